"""The same bot for programs that speak OpenAI's API: a persona is a model, and nothing is kept of a conversation.

What it does not do: tools, pictures, several choices and answers in JSON are refused; a request is lost with the
process that answers it.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from bot.commands import choosing
from bot.conversation.places import Direct
from bot.errors import BotError, TooLong, Unanswerable, Unavailable
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import MODEL, Rules, Unknown
from bot.policy.tokens import person
from bot.turns.completion import Conversation, complete
from bot.turns.draft import MAX_CHARACTERS
from bot.turns.fuse import PausedByFuse
from bot.turns.generate import Generated
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.pace import TooOftenAsked
from bot.usage.budgets import Who, owners
from bot.web.api import bodies, budget
from bot.web.api.completion_request import Wanted, read
from bot.web.api.door import Caller, Reader, Writer
from bot.web.api.problems import Problem, openai_error
from bot.web.api.threads import answer

router = APIRouter(tags=["openai"], include_in_schema=False)

OWNER = "threadbot"
COMMENT_EVERY = 15.0  # seconds
EVENTS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/v1/models")
async def list_models(request: Request, caller: Reader) -> JSONResponse:
    """The personas that the token's owner may choose, and the operator's model, which is the default persona."""
    names = [each.name for each in await choosing.personas(caller.actor, None, caller.world)]
    ids = dict.fromkeys([DEFAULT, caller.api.model, *names])
    return answer(request, {"object": "list", "data": [_model(id) for id in ids]})


@router.get("/v1/models/{name:path}")
async def get_model(request: Request, name: str, caller: Reader) -> JSONResponse:
    await _persona(name, caller)
    return answer(request, _model(name))


@router.post("/v1/chat/completions")
async def create_completion(request: Request, caller: Writer) -> Response:
    wanted = read(await bodies.fields(request))
    persona, model, rules = await _persona(wanted.model, caller)
    who = Who(person(caller.user), persona=persona.name, token=caller.token.channel)
    await budget.told(request, rules, who, await caller.world.budgets.numbers(owners(who)), caller)
    asked = Conversation(wanted.instructions, wanted.said, wanted.params, caller.user, caller.token.channel)
    sheet, stop = _Sheet(MAX_CHARACTERS * caller.world.limits.answer_messages), asyncio.Event()
    work = asyncio.ensure_future(complete(asked, persona, model, rules, caller.world, page=sheet, stop=stop))
    running = _Running(work, sheet, stop, wanted, caller)
    work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to be told
    work.add_done_callback(lambda _: sheet.tell())
    try:
        if wanted.stream:
            await running.begun(request)
            headers = {**getattr(request.state, "headers", {}), **EVENTS}
            return StreamingResponse(running.events(caller), headers=headers, media_type="text/event-stream")
        return answer(request, running.whole(await running.ended(request)))
    except BaseException:
        await running.give_up()
        raise


async def _persona(name: str, caller: Caller) -> tuple[Persona, str, Rules]:
    """Who answers under this name, by which model, and by which rules."""
    rules = await caller.world.prefs.rules(Direct(), caller.user)
    if name in (DEFAULT, caller.api.model):
        return rules.persona, caller.api.model if name == caller.api.model else rules[MODEL], rules
    try:
        found = await caller.world.prefs.persona(name)
    except Unknown:
        extra = {"param": "model", "code": "model_not_found"}
        raise Problem(404, "api.no-model", extra=extra, name=name[:60]) from None
    if await choosing.refusal(found.name, found.chosen_by, caller.actor, None, caller.world):
        raise Problem(403, "api.limited", name=found.name)
    settings = await caller.world.prefs.persona(DEFAULT)
    params = {**settings.params, **found.params}
    model = found.model or rules[MODEL]
    return Persona(found.name, found.system_prompt, model, params, version=found.version), model, rules


def _model(id: str) -> dict[str, object]:
    return {"id": id, "object": "model", "created": 0, "owned_by": OWNER}


def _problem(error: BotError) -> Problem:
    """What went wrong, in their terms: the provider's failures are a bad gateway's."""
    code = error.sentence or "not-answered"
    if code.startswith("memory."):
        return Problem(503, "api.unavailable", headers={"Retry-After": "2"})
    if isinstance(error, TooLong):
        found = Problem(400, code, extra={"code": "context_length_exceeded", "param": "messages"})
    else:
        found = Problem(502, code, extra={"code": code})
    found.values = dict(error.values)
    return found


@dataclass(slots=True)
class _Sheet:
    """What the answer is written on. `void` counts how often all of it was taken back."""

    most: int
    text: str = ""
    void: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def full(self) -> bool:
        return len(self.text) >= self.most

    def feed(self, text: str) -> None:
        self.text = (self.text + text)[: self.most]
        self.tell()

    def restart(self) -> None:
        self.text, self.void = "", self.void + 1

    def wait(self, until: float | None) -> None:
        pass

    def tell(self) -> None:
        self.news.set()


@dataclass(slots=True)
class _Running:
    """An answer under way. It ends when its reader goes."""

    work: "asyncio.Future[Generated]"
    sheet: _Sheet
    stop: asyncio.Event
    wanted: Wanted
    caller: Caller
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    async def begun(self, request: Request) -> None:
        """Return when there is something to read; raises what went wrong before that."""
        gone = asyncio.ensure_future(_gone(request))
        try:
            while not self.sheet.text and not self.work.done():
                news = asyncio.ensure_future(self.sheet.news.wait())
                await asyncio.wait({news, gone}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
                self.sheet.news.clear()
                if gone.done():
                    raise asyncio.CancelledError
        finally:
            gone.cancel()
        if self.work.done():
            self._result()

    async def ended(self, request: Request) -> Generated:
        gone = asyncio.ensure_future(_gone(request))
        try:
            either: set[asyncio.Future[Any]] = {self.work, gone}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if not self.work.done():
            raise asyncio.CancelledError
        return self._result()

    async def give_up(self) -> None:
        """Nobody reads it: the model is let go, and what it took is booked."""
        self.stop.set()
        with suppress(BotError):
            await asyncio.shield(self.work)

    def whole(self, generated: Generated) -> dict[str, object]:
        message = {"role": "assistant", "content": generated.text}
        choice = {"index": 0, "message": message, "finish_reason": _reason(generated), "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": _usage(generated)}

    async def events(self, caller: Caller) -> AsyncIterator[str]:
        try:
            async for event in self._chunks(caller):
                yield event
        finally:
            if not self.work.done():
                await self.give_up()

    async def _chunks(self, caller: Caller) -> AsyncIterator[str]:
        sent, first = "", {"role": "assistant", "content": ""}
        yield self._chunk(first)
        while True:
            over = self.work.done()
            if not self.sheet.text.startswith(sent):
                if over:  # it said something else when it was asked once more: what was sent cannot be taken back
                    yield _data(openai_error(502, caller.api.words.label("model.unreachable"), {}))
                    return
            elif piece := self.sheet.text[len(sent) :]:
                sent += piece
                yield self._chunk({"content": piece})
            if over:
                break
            try:
                async with asyncio.timeout(COMMENT_EVERY):
                    await self.sheet.news.wait()
            except TimeoutError:
                yield ": still here\n\n"
            self.sheet.news.clear()
        try:
            generated = self._result()
        except Problem as problem:
            said = caller.api.words.label(problem.code, **problem.values)
            yield _data(openai_error(problem.status, said, problem.extra))
            return
        yield self._chunk({}, _reason(generated))
        if self.wanted.with_usage:
            yield _data({**self._head("chat.completion.chunk"), "choices": [], "usage": _usage(generated)})
        yield "data: [DONE]\n\n"

    def _result(self) -> Generated:
        try:
            return self.work.result()
        except (OverBudget, Unpriced, TooOftenAsked, PausedByFuse) as no:
            raise budget.problem(no, self.caller) from no
        except (Unanswerable, Unavailable) as error:
            raise _problem(error) from error

    def _chunk(self, delta: dict[str, str], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _data({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, object]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.wanted.model}


def _reason(generated: Generated) -> str:
    """In OpenAI's words; what broke off in its middle ended for a length that nobody chose."""
    return generated.reason or "length"


def _usage(generated: Generated) -> dict[str, object]:
    used = generated.usage
    return {
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.input + used.output,
        "prompt_tokens_details": {"cached_tokens": used.cached},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning},
    }


def _data(what: object) -> str:
    return f"data: {json.dumps(what)}\n\n"


async def _gone(request: Request) -> None:
    """Returns when whoever asked has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
