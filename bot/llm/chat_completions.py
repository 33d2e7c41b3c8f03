"""Asks the model, and sorts its many ways to fail by what they mean for the person who waits.

The official client sends the request, retries and times out; the stream's chunks are decoded here, many at a time,
because building one object per token costs more processor time than everything else in the bot together.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
from openai import AsyncAPIResponse, AsyncOpenAI

from bot.conversation.pieces import Finished, Interrupted, Piece, Text
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import BotError, Busy, Late, PicturesRefused, TooLong, Unanswerable, Unavailable
from bot.llm import catalog, request
from bot.llm.broken import BrokenStream, Empty, Foreign, Oversized
from bot.llm.chunks import Chunks
from bot.llm.learned import NO_PICTURES, UNMARKED, Learned
from bot.llm.refusals import Refusal
from bot.llm.transport import REST, Rest
from bot.llm.values import code_of, model_of

log = logging.getLogger(__name__)

Response = AsyncAPIResponse[Any]

LIST_TIMEOUT = 10.0  # seconds
MAX_LISTED = 5_000
MAX_DROPPED = 5  # parameters that one request may lose before we believe the server's refusal
DRAIN = 0.1  # seconds to read on after [DONE], so that the connection can be used again
USAGE_TIMEOUT = 5.0  # seconds for what may follow the last word: totals, and [DONE], which some servers never send
BLIND_FOR = 3600.0  # seconds after which a model that took no pictures is shown one again
UNMARKED_FOR = 3600.0  # seconds after which a model that thought without an opening tag may have changed
_REFUSALS = frozenset({0, 400, 404, 413, 415, 422, 500, 501})  # llama.cpp answers 500 without its vision part
_ABOUT_PICTURES = re.compile(r"image|vision|picture|multi-?modal|content.{0,40}string", re.S)
_NO_PICTURES = re.compile(r"support|multi-?modal|unknown variant|string|not enabled|image input|at most 0|only text")
_BAD_PICTURE = re.compile(r"format|pars|invalid_image|corrupt|too large|size|pixel|download|decod|process|fetch")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `silence` is the longest gap between two pieces of a stream; `first_token` is how long its first word,
    or the first sign of thinking, may take."""

    first_token: float = 120.0
    silence: float = 60.0


@dataclass(slots=True)
class _Patience:
    """Until when the first sign of life may come, by the loop's clock; None for an answer in one piece."""

    until: float | None


@dataclass(slots=True)
class Server:
    """One chat completions server. What its models refuse is remembered for a while; see `Learned`.

    `limit` is its name for the longest answer in tokens, which is `max_tokens` everywhere else in the bot.
    """

    client: AsyncOpenAI
    timing: Timing = field(default_factory=Timing)
    streaming: bool = True
    limit: str = "max_tokens"
    blind_for: float = BLIND_FOR
    learned: Learned = field(default_factory=lambda: Learned(""))
    extra: Mapping[str, Any] | None = None  # fields of the body beside our own

    def __post_init__(self) -> None:
        """The client loads a third of its code with its first request: better at the start than in somebody's turn."""
        _ = self.client.chat.completions

    def _create(self, messages: Sequence[Any], **body: Any) -> AbstractAsyncContextManager[Response]:
        """The messages go past the client's look at each part of them, which in a long thread takes more processor time
        than all else in a turn."""
        beside = {**(self.extra or {}), "messages": messages}
        return self.client.chat.completions.with_streaming_response.create(messages=[], extra_body=beside, **body)

    def cost(self, model: str, usage: Usage) -> float | None:
        return catalog.cost(str(self.client.base_url), model, usage)

    async def listed(self) -> frozenset[str]:
        """The models that the server says it has, of many the first; some list nothing. May raise Unavailable."""
        found = set[str]()
        try:
            async with asyncio.timeout(LIST_TIMEOUT):
                async for model in self.client.models.list():
                    found.add(model_of(model.id))
                    if len(found) >= MAX_LISTED:
                        break
        except (openai.OpenAIError, httpx2.HTTPError, TimeoutError, ValueError, TypeError, AttributeError) as error:
            raise Unavailable("model.refuses", type(error).__name__) from error
        return frozenset(found - {""})

    async def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """See `ports.Model`. What fails before the first text raises; what fails later ends with `Interrupted`."""
        said = False
        if ask.pictures and NO_PICTURES in await self.learned.of(ask.model):
            raise PicturesRefused("known already")
        patience = _Patience(asyncio.get_running_loop().time() + (within or self.timing.first_token))
        for left in reversed(range(MAX_DROPPED + 1)):
            try:
                async with aclosing(self._answer(ask, patience)) as pieces:
                    async for piece in pieces:
                        said = said or isinstance(piece, Text)
                        yield piece
                return
            except (openai.OpenAIError, httpx2.HTTPError, BrokenStream, TimeoutError) as error:
                if said:
                    log.warning("answer interrupted", extra={"why": _detail(error), "model": ask.model})
                    yield _broken(error)
                    return
                refusal = _refusal(error)
                if not (left and refusal and await self._adapt(ask, refusal)):
                    raise await self._pictures_refused(ask, error) or _explained(error) from error

    async def _answer(self, ask: Ask, patience: _Patience) -> AsyncGenerator[Piece | Finished]:
        """What one request brings."""
        body = await self._body(ask)
        if "stream" not in body:
            patience.until = None
        async with AsyncExitStack() as stack:
            response = await self._open(body, stack, patience)
            async with aclosing(self._pieces(response, ask, patience)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _open(self, body: Mapping[str, Any], stack: AsyncExitStack, patience: _Patience) -> Response:
        """Send the request. Raises TimeoutError when no response begins in time."""
        async with asyncio.timeout_at(patience.until):
            return await stack.enter_async_context(self._create(**body))

    async def _body(self, ask: Ask) -> dict[str, Any]:
        return request.body(ask, await self.learned.of(ask.model), streaming=self.streaming, limit=self.limit)

    async def _adapt(self, ask: Ask, refusal: Refusal) -> bool:
        """Learn from a refusal. True if the request would be another one now."""
        known = await self.learned.of(ask.model)
        lesson = request.lesson(refusal, await self._body(ask), ask.messages, known)
        if lesson is None:
            return False
        fact, value = lesson
        await self.learned.learn(ask.model, fact, value)
        log.warning("not supported", extra={"model": ask.model, "what": fact, "instead": value or "nothing"})
        return True

    async def _pictures_refused(self, ask: Ask, error: Exception) -> PicturesRefused | None:
        """Whether the refusal is about pictures: that the model takes none is remembered for a while."""
        refusal = _refusal(error)
        if not ask.pictures or refusal is None or refusal.status not in _REFUSALS:
            return None
        if refusal.meaning == "too-long" and refusal.status != 413:
            return None
        if refusal.status != 413 and not _ABOUT_PICTURES.search(refusal.words):
            return None
        if _NO_PICTURES.search(refusal.words) and not _BAD_PICTURE.search(refusal.words):
            await self.learned.learn(ask.model, NO_PICTURES, seconds=self.blind_for)
        log.warning("pictures refused", extra={"model": ask.model, "why": _detail(error)})
        return PicturesRefused(_detail(error))

    async def _pieces(self, response: Response, ask: Ask, patience: _Patience) -> AsyncGenerator[Piece | Finished]:
        hidden = UNMARKED in await self.learned.of(ask.model)
        chunks = Chunks(hidden=hidden)
        async for data in self._reads(response, chunks, patience):
            for piece in chunks.take(data):
                yield piece
        for piece in chunks.end():
            yield piece
        if chunks.speaking and chunks.unmarked != hidden:
            await self.learned.learn(ask.model, UNMARKED, seconds=UNMARKED_FOR if chunks.unmarked else 0.0)
        if chunks.malformed:
            log.warning("malformed chunks left out", extra={"chunks": chunks.malformed, "model": ask.model})
        if chunks.empty:
            raise Empty
        yield Finished(chunks.finish_reason, chunks.usage, chunks.model or ask.model)

    async def _reads(self, response: Response, chunks: Chunks, patience: _Patience) -> AsyncGenerator[bytes]:
        """The response's bytes as they arrive. Raises TimeoutError when the server is silent for too long.

        How the connection ends does not matter any more once the answer is complete.
        """
        reads, now = response.iter_bytes(), asyncio.get_running_loop().time
        rest: Rest = response.http_response.extensions[REST]
        end = float("inf")
        while True:
            rest.on = chunks.speaking and not chunks.complete
            until = patience.until
            if chunks.complete:
                until = end = min(end, now() + (DRAIN if chunks.done else USAGE_TIMEOUT))
            elif chunks.alive and until is not None:
                until = now() + self.timing.silence
            try:
                async with asyncio.timeout_at(until):
                    data = await anext(reads)
            except StopAsyncIteration:
                return
            except (TimeoutError, openai.APIConnectionError, httpx2.HTTPError):
                if chunks.complete:
                    return
                raise
            yield data


def _refusal(error: Exception) -> Refusal | None:
    """What the server said, as a response of its own or in place of an answer; None where it said nothing."""
    match error:
        case openai.APIStatusError():
            return Refusal.of(error.status_code, error.body)
        case BrokenStream():
            return error.refusal
    return None


def _explained(error: Exception) -> BotError:
    """What a failure means for the asker. The provider's words are left out: they may quote keys or prompts."""
    detail = _detail(error)
    if refusal := _refusal(error):
        return _meant(refusal, detail, error.response.headers if isinstance(error, openai.APIStatusError) else {})
    match error:
        case Oversized():
            return Unanswerable("model.oversized", detail)
        case Foreign():
            return Unanswerable("model.no-api", detail)
        case Empty():
            return Unavailable("empty.broken-off", detail)
        case TimeoutError():
            return Late("model.late", detail)
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return Unavailable("model.late", detail)
        case _:
            return Unavailable("model.unreachable", detail)


def _meant(refusal: Refusal, detail: str, headers: Mapping[str, str]) -> BotError:
    match refusal.meaning:
        case "too-long":
            return TooLong("model.too-long", detail)
        case "busy":
            return Busy("model.busy", detail, refusal.after(headers))
        case "unreachable":
            return Unavailable("model.unreachable", detail, refusal.after(headers, default=2.0))
        case meaning:
            return Unanswerable(f"model.{meaning}", detail)


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
