"""What is said in a thread of a program: ask, read, wait for an answer, stop it, have it written anew."""

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from bot import happenings
from bot.commands.dispatch import dispatch
from bot.commands.model import Regenerate, Stop
from bot.conversation.ids import order
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.ports.api import ApiThread
from bot.turns.entries import Entry, Response, guid, response_to
from bot.turns.entries import Request as Asked
from bot.web.api import bodies, budget, replies
from bot.web.api.door import Caller, Reader, Writer
from bot.web.api.once import Facts, once
from bot.web.api.problems import Problem
from bot.web.api.shapes import body, keyed, refusals
from bot.web.api.threads import answer, known

MAX_LISTED = 1000
MAX_WAIT = 25.0  # seconds: proxies break off after thirty
LOOK_AROUND = 0.5  # seconds until who waits looks whether the process ends


router = APIRouter(tags=["entries"])


async def one(thread: ApiThread, wanted: str, caller: Caller) -> tuple[Entry, Sequence[Entry]]:
    """The entry of that id, and all that stand in the thread."""
    found = await caller.threads.entries(thread)
    entry = next((each for each in found if each.guid == wanted), None)
    if entry is None:
        raise Problem(404, "api.no-entry")
    return entry, found


@router.post(
    "/threads/{thread_guid}/entry",
    status_code=201,
    response_model=replies.OneEntry,
    responses=refusals(404, 409, 413, 422),
    openapi_extra=body("NewEntry", keyed=True),
)
async def create_entry(request: Request, thread_guid: str, caller: Writer) -> JSONResponse:
    """Ask something. The answer becomes an entry of its own."""
    thread = await known(thread_guid, caller)
    fields = await bodies.fields(request)
    if fields.get("type", "request") != "request":
        raise Problem(422, "api.field.type")
    text = bodies.needed(fields, "message", bodies.MAX_BYTES)
    budgets = await budget.of_thread(request, thread.key, caller)

    async def do(seed: str, name: str) -> Facts:
        await budgets.check(thread.key, text)
        ts = await caller.threads.place(thread, name)
        if ts is None:
            raise Problem(404, "api.no-thread")
        message = Message(ts, caller.user, literal(text))
        outcome = await caller.world.inbox.put(thread.key, message, addressed=True)
        caller.world.saw(happenings.MessageKept(seed, str(thread.key), outcome, "entry"))
        return {"ts": ts}

    ts = (await once(request, caller, fields, do))["ts"]
    reply = replies.request(thread.guid, guid(thread.guid, ts), text, order(ts), waiting=True)
    return answer(request, {"data": reply}, 201)


@router.get("/threads/{thread_guid}/entries", response_model=replies.Entries, responses=refusals(404, 422))
async def list_entries(
    request: Request,
    thread_guid: str,
    caller: Reader,
    after: Annotated[str | None, Query(description="Only what stands after this entry.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = MAX_LISTED,
    wait: Annotated[
        float,
        Query(ge=0, allow_inf_nan=False, description="Seconds to wait for an answer that is due, at most 25."),
    ] = 0,
) -> JSONResponse:
    """Requests and responses, oldest first. With `wait`, as soon as there is something after `after`, or no
    request waits any more."""
    thread = await known(thread_guid, caller)
    found, settled = _after(after, await caller.threads.entries(thread))
    if wait and not settled:
        found = await _awaited(thread, after, min(wait, MAX_WAIT), caller)
    return answer(request, {"data": replies.entries(thread.guid, found[:limit], caller.api.credit, caller.api.words)})


@router.get("/threads/{thread_guid}/entries/{entry_guid}", response_model=replies.OneEntry, responses=refusals(404))
async def get_entry(request: Request, thread_guid: str, entry_guid: str, caller: Reader) -> JSONResponse:
    """One entry."""
    thread = await known(thread_guid, caller)
    entry, _ = await one(thread, entry_guid, caller)
    return answer(request, {"data": replies.entry(thread.guid, entry, caller.api.credit, caller.api.words)})


@router.post(
    "/threads/{thread_guid}/entries/{entry_guid}/stop",
    response_model=replies.OneEntry,
    responses=refusals(404, 409, 422),
    openapi_extra=keyed(),
)
async def stop_entry(request: Request, thread_guid: str, entry_guid: str, caller: Writer) -> JSONResponse:
    """End the answer that is being written to this request; what is written stays."""
    thread = await known(thread_guid, caller)
    entry, _ = await one(thread, entry_guid, caller)

    async def do(seed: str, name: str) -> Facts:
        if isinstance(entry, Asked) and entry.waiting:
            await dispatch(Stop(thread.key), caller.actor, caller.world)
        return {}

    await once(request, caller, {}, do)
    return answer(request, {"data": replies.entry(thread.guid, entry, caller.api.credit, caller.api.words)})


@router.post(
    "/threads/{thread_guid}/entries/{entry_guid}/regenerate",
    response_model=replies.OneEntry,
    responses=refusals(404, 409, 422),
    openapi_extra=keyed(),
)
async def regenerate_entry(request: Request, thread_guid: str, entry_guid: str, caller: Writer) -> JSONResponse:
    """Have the newest answer of the thread written anew, in its place. The entry is the request, or its
    response; the reply is the request, which waits again."""
    thread = await known(thread_guid, caller)
    entry, found = await one(thread, entry_guid, caller)

    budgets = await budget.of_thread(request, thread.key, caller)

    async def do(seed: str, name: str) -> Facts:
        await budgets.check(thread.key, "")
        response = entry if isinstance(entry, Response) else response_to(entry.message.ts, found)
        if response is None:
            raise Problem(409, "api.regenerate.busy")
        result = await dispatch(Regenerate(thread.key, response.newest), caller.actor, caller.world)
        if result.code != "regenerating":
            code = result.code if result.code.startswith("regenerate.") else "regenerate.unknown"
            raise Problem(409, f"api.{code}")
        return {"newest": response.newest}

    newest = (await once(request, caller, {}, do))["newest"]
    asked = next((each for each in found if isinstance(each, Asked) and each.message.ts == newest), None)
    if asked is None:
        raise Problem(409, "api.regenerate.unknown")
    return answer(request, {"data": _waiting(thread, asked)})


def _waiting(thread: ApiThread, asked: Asked) -> dict[str, object]:
    return replies.request(thread.guid, asked.guid, replies.said(asked), asked.at, waiting=True)


def _after(after: str | None, found: Sequence[Entry]) -> tuple[Sequence[Entry], bool]:
    """What stands after that entry, and whether it is worth reading: there is something, or nothing is awaited."""
    idle = not any(isinstance(entry, Asked) and entry.waiting for entry in found)
    if after is None:
        return found, idle
    at = next((n for n, entry in enumerate(found, start=1) if entry.guid == after), None)
    if at is None:
        raise Problem(422, "api.after")
    return found[at:], idle or at < len(found)


async def _awaited(thread: ApiThread, after: str | None, seconds: float, caller: Caller) -> Sequence[Entry]:
    give_up = time.monotonic() + seconds
    async with caller.api.tails.follow(thread.key) as tail:
        while True:
            seen = (tail.waiting, tail.entries)
            found, settled = _after(after, await caller.threads.entries(thread))
            left = give_up - time.monotonic()
            if settled or left <= 0 or caller.api.closing.is_set():
                return found
            while seen == (tail.waiting, tail.entries) and left > 0 and not caller.api.closing.is_set():
                await tail.news(min(left, LOOK_AROUND))
                left = give_up - time.monotonic()
