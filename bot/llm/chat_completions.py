"""Asks the model, and sorts its many ways to fail by what they mean for the person who waits.

The official client sends the request, retries and times out; the stream's chunks are decoded here, many at a time,
because building one object per token costs more processor time than everything else in the bot together.
"""

import asyncio
import base64
import logging
import re
import time
from collections.abc import AsyncGenerator, Container
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
from openai import AsyncAPIResponse, AsyncOpenAI

from bot.conversation.pieces import Finished, Interrupted, Piece, Text
from bot.conversation.prompt import Ask, Said
from bot.conversation.tokens import Usage
from bot.errors import BotError, PicturesRefused, TooLong, Unanswerable, Unavailable
from bot.llm import catalog
from bot.llm.chunks import Chunks
from bot.llm.values import BrokenStream, Empty, Foreign, Oversized, code_of, is_too_long

log = logging.getLogger(__name__)

Response = AsyncAPIResponse[Any]

MAX_DROPPED = 5  # parameters that one request may lose before we believe the server's refusal
DRAIN = 0.1  # seconds to read on after [DONE], so that the connection can be used again
_UNSUPPORTED = re.compile(
    r"unsupported|support|unrecogni[sz]ed|unknown|unexpected|not (?:permitted|allowed)|extra", re.I
)
_QUOTED = re.compile(r"['\"`]([a-z_]+)['\"`]")
_PARAMETER = re.compile(r"(?<![a-z])[a-z]+_[a-z_]+|temperature|seed")
MAX_READ = 4_000  # characters of an error's message that are looked at
BLIND_FOR = 3600.0  # seconds after which a model that took no pictures is shown one again
UNMARKED_FOR = 3600.0  # seconds after which a model that thought without an opening tag may have changed
_REFUSALS = frozenset({400, 404, 413, 415, 422, 500, 501})  # llama.cpp answers 500 without its vision part
_ABOUT_PICTURES = re.compile(r"image|vision|picture|multi-?modal|content.{0,40}string", re.I | re.S)
_NO_PICTURES = re.compile(
    r"support|multi-?modal|unknown variant|string|not enabled|image input|at most 0|only text", re.I
)
_BAD_PICTURE = re.compile(r"format|pars|invalid_image|corrupt|too large|size|pixel|download|decod|process|fetch", re.I)
_OTHER_NAME = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
_NEVER_DROPPED = frozenset({"model", "messages", "stream"})


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `silence` is the longest gap between two pieces of an answer, `first_token` that before the first."""

    first_token: float = 120.0
    silence: float = 60.0


@dataclass(slots=True)
class Server:
    """One chat completions server. Parameters that it refuses are remembered, per model, while the process lives.

    `limit` is its name for the longest answer in tokens, which is `max_tokens` everywhere else in the bot.
    """

    client: AsyncOpenAI
    timing: Timing = field(default_factory=Timing)
    streaming: bool = True
    limit: str = "max_tokens"
    blind_for: float = BLIND_FOR
    _renamed: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _blind: dict[str, float] = field(default_factory=dict)  # models that take no pictures, until we ask again
    _unmarked: dict[str, float] = field(default_factory=dict)  # models that think without an opening tag, so long

    def _create(self, **body: Any) -> AbstractAsyncContextManager[Response]:
        return self.client.chat.completions.with_streaming_response.create(**body)

    def cost(self, model: str, usage: Usage) -> float | None:
        return catalog.cost(str(self.client.base_url), model, usage)

    async def lists(self, model: str) -> bool:
        """Whether the server says that it has this model; some list nothing. Raises Unavailable when it refuses us."""
        try:
            await self.client.models.retrieve(model)
        except openai.NotFoundError:
            return False
        except openai.OpenAIError as error:
            raise Unavailable("model.refuses", type(error).__name__) from error
        return True

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """See `ports.Model`. What fails before the first text raises; what fails later ends with `Interrupted`."""
        said = False
        if ask.pictures and time.monotonic() < self._blind.get(ask.model, 0.0):
            raise PicturesRefused("known already")
        try:
            async with AsyncExitStack() as stack:
                response = await self._open(ask, stack)
                async for piece in self._pieces(response, ask):
                    said = said or isinstance(piece, Text)
                    yield piece
        except (openai.OpenAIError, httpx2.HTTPError, BrokenStream, TimeoutError) as error:
            if not said:
                raise self._pictures_refused(ask, error) or _explained(error) from error
            log.warning("answer interrupted", extra={"why": _detail(error), "model": ask.model})
            yield _broken(error)

    def _pictures_refused(self, ask: Ask, error: Exception) -> PicturesRefused | None:
        """Whether the refusal is about pictures: that the model takes none is remembered for a while."""
        if not ask.pictures or not isinstance(error, openai.APIStatusError) or error.status_code not in _REFUSALS:
            return None
        if is_too_long(f"{error.code} {error.type} {error.message}"):
            return None
        told = f"{error.code} {error.message}"[:MAX_READ]
        if error.status_code != 413 and not _ABOUT_PICTURES.search(told):
            return None
        if _NO_PICTURES.search(told) and not _BAD_PICTURE.search(told):
            self._blind[ask.model] = time.monotonic() + self.blind_for
        log.warning("pictures refused", extra={"model": ask.model, "why": _detail(error)})
        return PicturesRefused(_detail(error))

    async def _pieces(self, response: Response, ask: Ask) -> AsyncGenerator[Piece | Finished]:
        chunks = Chunks(hidden=time.monotonic() < self._unmarked.get(ask.model, 0.0))
        async for data in self._reads(response, chunks):
            for piece in chunks.take(data):
                yield piece
        for piece in chunks.end():
            yield piece
        if chunks.speaking:
            self._unmarked[ask.model] = time.monotonic() + UNMARKED_FOR if chunks.unmarked else 0.0
        if chunks.malformed:
            log.warning("malformed chunks left out", extra={"chunks": chunks.malformed, "model": ask.model})
        if chunks.empty:
            raise Empty
        yield Finished(chunks.finish_reason, chunks.usage, chunks.model or ask.model)

    async def _reads(self, response: Response, chunks: Chunks) -> AsyncGenerator[bytes]:
        """The response's bytes as they arrive. Raises TimeoutError when the server is silent for too long.

        How the connection ends does not matter any more once the answer is complete.
        """
        reads = response.iter_bytes()
        while True:
            seconds = self.timing.silence if chunks.alive else self.timing.first_token if self.streaming else None
            try:
                async with asyncio.timeout(DRAIN if chunks.done else seconds):
                    data = await anext(reads)
            except StopAsyncIteration:
                return
            except (TimeoutError, openai.APIConnectionError, httpx2.HTTPError):
                if chunks.complete:
                    return
                raise
            yield data

    async def _open(self, ask: Ask, stack: AsyncExitStack) -> Response:
        """Ask. A parameter that the server names as unsupported is renamed or dropped, and the request sent again."""
        for _ in range(MAX_DROPPED):
            body = self._body(ask)
            try:
                return await stack.enter_async_context(self._create(**body))
            except (openai.BadRequestError, openai.UnprocessableEntityError) as refusal:
                if not self._adapt(ask.model, body, refusal):
                    raise
        return await stack.enter_async_context(self._create(**self._body(ask)))

    def _body(self, ask: Ask) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": ask.model,
            "messages": [{"role": said.role, "content": _content(said)} for said in ask.messages],
            **{self.limit if name == "max_tokens" else name: value for name, value in ask.params.items()},
        }
        if self.streaming:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if ask.user:
            body["user"] = ask.user
        for name, other in self._renamed.get(ask.model, {}).items():
            if name in body:
                value = body.pop(name)
                if other:
                    body[other] = value
        return body

    def _adapt(self, model: str, body: dict[str, Any], refusal: openai.APIStatusError) -> bool:
        """Remember not to send what was refused. False when the refusal names nothing that we could leave out."""
        name = _refused_parameter(refusal, body)
        if not name:
            return False
        known = self._renamed.setdefault(model, {})
        other = _OTHER_NAME.get(name)
        if other in known:  # tried both names by now
            known[other], other = None, None
        known[name] = other
        log.warning("parameter not supported", extra={"model": model, "parameter": name, "instead": other or "nothing"})
        return True


def _content(said: Said) -> str | list[dict[str, Any]]:
    """Plain text where that will do: not every server takes a list of parts."""
    if not said.pictures:
        return said.text
    parts: list[dict[str, Any]] = [{"type": "text", "text": said.text}]
    for picture in said.pictures:
        url = f"data:{picture.mimetype};base64,{base64.b64encode(picture.data).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _refused_parameter(refusal: openai.APIStatusError, sent: Container[str]) -> str:
    """Which of the parameters `sent` a 400 or 422 calls unsupported, or "". `code` may be missing, `param` too."""
    told = f"{refusal.code} {refusal.message}"[:MAX_READ]
    if not _UNSUPPORTED.search(told):
        return ""
    if isinstance(refusal.param, str) and refusal.param:
        names = [re.split(r"[.\[]", refusal.param, maxsplit=1)[0]]
    else:  # in quotes, or at least no everyday word such as "user" or "stop"
        names = _QUOTED.findall(told) + _PARAMETER.findall(told)
    return next((name for name in names if name in sent and name not in _NEVER_DROPPED), "")


def _explained(error: Exception) -> BotError:
    """What a failure means for the asker. The provider's words are left out: they may quote keys or prompts."""
    detail = _detail(error)
    match error:
        case openai.APIStatusError(code="insufficient_quota") | BrokenStream(code="insufficient_quota"):
            return Unanswerable("model.no-credit", detail)
        case Oversized():
            return Unanswerable("model.oversized", detail)
        case Foreign():
            return Unanswerable("model.no-api", detail)
        case Empty():
            return Unavailable("empty.broken-off", detail)
        case BrokenStream(too_long=True):
            return TooLong("model.too-long", detail)
        case openai.APIStatusError():
            return _refused(error, detail)
        case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
            return Unavailable("model.late", detail)
        case _:
            return Unavailable("model.unreachable", detail)


def _refused(error: openai.APIStatusError, detail: str) -> BotError:
    """What a status means that is no success."""
    status = error.status_code
    if is_too_long(f"{error.code} {error.type} {error.message}"):
        return TooLong("model.too-long", detail)
    if "content_filter" in f"{error.code} {error.type}" or _is_filtered(error):
        return Unanswerable("model.filtered", detail)
    if status == 429:
        return Unavailable("model.busy", detail, _retry_after(error))
    if status >= 500 or status in (408, 409):
        return Unavailable("model.unreachable", detail)
    if status < 400:
        return Unanswerable("model.moved", detail)
    if status in (401, 403):
        return Unanswerable("model.key", detail)
    return Unanswerable("model.missing" if status == 404 else "model.rejected", detail)


def _is_filtered(error: openai.APIStatusError) -> bool:
    return error.status_code == 400 and "content management policy" in error.message


def _retry_after(error: openai.APIStatusError) -> float:
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:  # none, or a date
        return 5.0
    return min(seconds, 120.0) if seconds > 0 else 5.0


def _detail(error: Exception) -> str:
    """For the log: class, status, code and request id; never the message, which may quote the key or the prompt."""
    facts = [type(error).__name__]
    if isinstance(error, openai.APIStatusError):
        facts += [f"status {error.status_code}", f"request {code_of(error.request_id) or 'unknown'}"]
    if isinstance(error, openai.APIError):
        facts += [f"code {code_of(error.code) or 'unknown'}", f"type {code_of(error.type) or 'unknown'}"]
    if isinstance(error, BrokenStream):
        facts.append(f"code {error.code or 'unknown'}")
    return ", ".join(facts)


def _broken(error: Exception) -> Interrupted:
    """For the reader of what had come until then."""
    match error:
        case Oversized():
            return Interrupted("oversized")
        case BrokenStream():
            return Interrupted("server-failed")
    return Interrupted("connection-lost")
