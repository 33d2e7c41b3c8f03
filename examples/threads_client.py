"""Ask the bot over its API, and print the answer while it grows. Python's own library is all it takes.

    python threads_client.py HOST TOKEN [PERSONA] < question.txt

What is sent twice, because a reply was lost, is asked once; a stream that breaks off goes on where it was.
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any

TRIES = 8


class Threads:
    """The API at a host, with a token."""

    def __init__(self, host: str, token: str) -> None:
        self._base, self._token = f"{host.rstrip('/')}/api/v1", token

    def post(self, path: str, **fields: str) -> dict[str, Any]:
        """Do it once, however often it has to be sent."""
        key = str(uuid.uuid4())
        for tried in range(TRIES):
            try:
                with self._open(path, json.dumps(fields).encode(), **{"Idempotency-Key": key}) as reply:
                    data: dict[str, Any] = json.load(reply)["data"]
                    return data
            except urllib.error.HTTPError as refused:
                if refused.code not in (409, 429, 503) or tried == TRIES - 1:
                    raise SystemExit(json.load(refused)["message"]) from None
                time.sleep(float(refused.headers.get("Retry-After", 1)))
            except (OSError, HTTPException):
                if tried == TRIES - 1:
                    raise
                time.sleep(2**tried / 10)
        raise AssertionError("the last try returns or raises")

    def answer(self, thread: str, entry: str) -> Iterator[str]:
        """The answer to a request, piece by piece. Ends the program with the reason if there is none."""
        last = "0"
        for tried in range(TRIES):
            try:
                with self._open(f"/threads/{thread}/entries/{entry}/stream", None, **{"Last-Event-ID": last}) as reply:
                    for name, id, data in _events(reply):
                        last = id
                        if name == "delta":
                            yield data["content"]
                        elif name == "restart":
                            yield "\n[again]\n"
                        elif name == "error":
                            raise SystemExit(data["message"])
                        elif name == "done":
                            return
            except (OSError, HTTPException):
                time.sleep(2**tried / 10)

    def _open(self, path: str, body: bytes | None = None, **headers: str) -> HTTPResponse:
        headers |= {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, body, headers)
        opened: HTTPResponse = urllib.request.urlopen(request, timeout=60)
        return opened


def _events(reply: HTTPResponse) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, id and data of server-sent events."""
    fields: dict[str, str] = {}
    for line in reply:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            yield fields["event"], fields["id"], json.loads(fields["data"])
            fields = {}


def main() -> None:
    host, token, *persona = sys.argv[1:]
    threads = Threads(host, token)
    thread = threads.post("/threads", **({"ai_version_code": persona[0]} if persona else {}))
    entry = threads.post(f"/threads/{thread['guid']}/entry", type="request", message=sys.stdin.read())
    for piece in threads.answer(thread["guid"], entry["guid"]):
        print(piece, end="", flush=True)
    print()


if __name__ == "__main__":
    main()
