"""What a chat completion looks like on the wire: chunks, whole answers, usage, errors.

Shapes after OpenAI's reference for Chat Completions. Nothing here waits or sends.
"""

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

DONE = b"data: [DONE]\n\n"
PICTURE = 765  # tokens of a picture of some size
# A word with the space before it; long words in parts. Near enough to how tokens fall.
_PIECE = re.compile(r"\s*\S{1,12}|\s+")

_KINDS = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    403: "invalid_request_error",
    404: "invalid_request_error",
    429: "requests",
}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


class BadPart(Exception):
    """Why a part of a message's content is refused."""


def pieces_of(text: str) -> list[str]:
    """The text cut as a model would deliver it; joined again it is the same text."""
    return _PIECE.findall(text)


def text_of(message: Json) -> str:
    """What a message says, be its content a string or a list of parts."""
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content if part.get("type") == "text")


def pictures_of(message: Json) -> list[str]:
    """The addresses of a message's pictures. Raises `BadPart` for one that no model takes."""
    content = message.get("content")
    if not isinstance(content, list):
        return []
    found = []
    for part in content:
        match part:
            case {"type": "text", "text": str()}:
                continue
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                _check_picture(url)
                found.append(url)
            case _:
                raise BadPart("Invalid content part: expected a text or an image_url.")
    return found


def _check_picture(url: str) -> None:
    if url.startswith(("https://", "http://")):
        return
    head, _, data = url.partition(";base64,")
    if not head.startswith("data:image/"):
        raise BadPart("Invalid image URL: expected an https address or a base64-encoded data URL.")
    try:
        begin = base64.b64decode(data, validate=True)[:12]
    except binascii.Error:
        raise BadPart("Invalid base64 image data.") from None
    if not begin.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) and begin[8:12] != b"WEBP":
        raise BadPart("Unsupported image: it must be png, jpeg, gif or webp.")


def tokens_in(message: Json) -> int:
    """Estimated at four bytes a token and so many for a picture, plus four for the message itself."""
    return math.ceil(len(text_of(message).encode()) / 4) + 4 + PICTURE * len(pictures_of(message))


def usage(prompt: int, cached: int, completion: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def error(status: int, message: str, *, param: str | None = None, code: str | None = None) -> Json:
    return {
        "error": {
            "message": message,
            "type": _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error"),
            "param": param,
            "code": code or _CODES.get(status),
        }
    }


def event(data: Json) -> bytes:
    return b"data: " + _json(data) + b"\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """What all chunks of one completion have in common."""

    id: str
    created: int
    model: str
    choices: int = 1
    field: str = "content"  # or "refusal"
    with_usage: bool = False  # asked for by stream_options.include_usage: the field is then in every chunk

    def opening(self) -> bytes:
        return self._of_each({"role": "assistant", "content": "", "refusal": None}, None)

    def texts(self, pieces: list[str]) -> list[bytes]:
        """One encoded chunk per piece and choice. Only the text differs, so the rest is encoded once."""
        frames = []
        for index in range(self.choices):
            whole = event(self._chunk([self._choice(index, {self.field: "\0"}, None)]))
            frames.append(whole.split(b'"\\u0000"'))
        return [b"".join(before + text + after for before, after in frames) for text in map(_json, pieces)]

    def closing(self, finish_reason: str) -> bytes:
        return self._of_each({}, finish_reason)

    def counted(self, counts: Json) -> bytes:
        return event({**self._chunk([]), "usage": counts})

    def empty_choices(self) -> bytes:
        """Azure's first chunk: what its filter made of the prompt, and no choice."""
        return event({**self._chunk([]), "prompt_filter_results": [{"prompt_index": 0}]})

    def whole(self, text: str, finish_reason: str, counts: Json | None) -> bytes:
        message: Json = {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "annotations": [],
            self.field: text,
        }
        answer: Json = {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [
                {"index": index, "message": message, "logprobs": None, "finish_reason": finish_reason}
                for index in range(self.choices)
            ],
            "system_fingerprint": "fp_sandbox",
        }
        return _json(answer if counts is None else {**answer, "usage": counts})

    def _of_each(self, delta: Json, finish_reason: str | None) -> bytes:
        return b"".join(
            event(self._chunk([self._choice(index, delta, finish_reason)])) for index in range(self.choices)
        )

    def _chunk(self, choices: list[Json]) -> Json:
        chunk: Json = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": "fp_sandbox",
            "choices": choices,
        }
        return {**chunk, "usage": None} if self.with_usage else chunk

    def _choice(self, index: int, delta: Json, finish_reason: str | None) -> Json:
        return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _json(data: Any) -> bytes:
    # Half of a surrogate pair has no UTF-8 form.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
