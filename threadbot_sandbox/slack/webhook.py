"""HTTP mode: signed requests to the bot's events address.

Source: docs.slack.dev/apis/events-api and …/authentication/verifying-requests-from-slack.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from threadbot_sandbox.slack.delivery import Parcel, Receipt
from threadbot_sandbox.slack.method import Json

REDIRECTS = 2
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"


class Webhook:
    """The bot's address, and the session to reach it. `heard`: the last request was answered well."""

    def __init__(self, clock: Callable[[], float], changed: Callable[[], None], signing_secret: str) -> None:
        self.address: str | None = None
        self.heard = False
        self._clock = clock
        self._changed = changed
        self.signing_secret = signing_secret
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        self._session = aiohttp.ClientSession(headers={"User-Agent": "Slackbot 1.0 (sandbox)"})

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, parcel: Parcel, retry: int, reason: str, within: float) -> Receipt:
        retried = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason} if retry else {}
        receipt = await self._post(*_encoded(parcel), retried, within)
        if receipt.acked != self.heard:
            self.heard = receipt.acked
            self._changed()
        return receipt

    async def verify(self, within: float) -> bool:
        """The handshake by which Slack accepts an address: the challenge has to come back."""
        challenge = uuid4().hex
        body = json.dumps({"type": "url_verification", "token": "deprecated", "challenge": challenge})
        receipt = await self._post(body.encode(), JSON_TYPE, {}, within)
        self.heard = receipt.acked and challenge in str(receipt.answer)
        self._changed()
        return self.heard

    async def _post(self, body: bytes, content_type: str, retried: Json, within: float) -> Receipt:
        if self._session is None or self.address is None:
            return Receipt("no connection", reason="connection_failed")
        headers = {
            "content-type": content_type,
            **signed(body, str(int(self._clock())), self.signing_secret),
            **retried,
        }
        try:
            async with self._session.post(
                self.address,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=within),
                max_redirects=REDIRECTS,
            ) as response:
                return _receipt(response, await response.text())
        except TimeoutError:
            return Receipt("no ack", reason="http_timeout")
        except aiohttp.TooManyRedirects:
            return Receipt("too many redirects", reason="too_many_redirects")
        except (aiohttp.ClientError, OSError):
            return Receipt("no connection", reason="connection_failed")


def signed(body: bytes, timestamp: str, secret: str) -> dict[str, str]:
    """The two headers that prove that a request is Slack's."""
    base = b"v0:" + timestamp.encode() + b":" + body
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={signature}"}


def _encoded(parcel: Parcel) -> tuple[bytes, str]:
    """Events go as JSON, interactions as JSON in a form, commands as a form."""
    match parcel.kind:
        case "events_api":
            return json.dumps(parcel.payload).encode(), JSON_TYPE
        case "interactive":
            return urlencode({"payload": json.dumps(parcel.payload)}).encode(), FORM_TYPE
        case "slash_commands":
            return urlencode(parcel.payload).encode(), FORM_TYPE


def _receipt(response: aiohttp.ClientResponse, text: str) -> Receipt:
    if 200 <= response.status < 300:
        return Receipt("acked", acked=True, answer=_answer(text))
    wanted = response.headers.get("x-slack-no-retry") != "1"
    return Receipt(f"http {response.status}", reason="http_error" if wanted else None)


def _answer(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text} if text else None
