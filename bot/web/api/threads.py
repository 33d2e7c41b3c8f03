"""Threads of programs: begin one, see what there is, give it a title, forget it."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from bot.commands import choosing
from bot.commands.privacy_model import ForgetThread
from bot.commands.result import Result
from bot.conversation.places import Direct
from bot.personas.persona import Persona
from bot.policy.preferences import MAX_NAME, Entry, Unknown
from bot.ports.api import ApiThread
from bot.turns.entries import Request as Asked
from bot.web.api import bodies, replies
from bot.web.api.door import Caller, Reader, Writer
from bot.web.api.once import Facts, once
from bot.web.api.problems import Problem
from bot.web.api.shapes import body, refusals

MAX_TITLE = 200  # characters
MAX_LISTED = 100
MAX_CODES = 60  # that somebody is told who asked for another one
FORGET_TIMEOUT = 15.0  # seconds
FORGET_PAUSE = 0.1
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CURSOR = re.compile(r"[0-9]{1,16}")


router = APIRouter(tags=["threads"])


async def known(guid: str, caller: Caller) -> ApiThread:
    """The caller's thread of that id."""
    found = await caller.threads.get(guid, caller.token.id) if _GUID.fullmatch(guid) else None
    if found is None:
        raise Problem(404, "api.no-thread")
    return found


def answer(request: Request, reply: object, status: int = 200) -> JSONResponse:
    return JSONResponse(reply, status, getattr(request.state, "headers", {}))


@router.post(
    "/threads",
    status_code=201,
    response_model=replies.OneThread,
    responses=refusals(409, 413, 422),
    openapi_extra=body("NewThread", keyed=True),
)
async def create_thread(request: Request, caller: Writer) -> JSONResponse:
    """Begin a thread. `ai_version_code` is a persona or a model; without it the default persona answers."""
    fields = await bodies.fields(request)
    wanted = bodies.text(fields, "ai_version_code", MAX_NAME)

    async def do(seed: str, name: str) -> Facts:
        persona, model, code = await _wanted(wanted, caller)
        title = caller.api.words.label("api.title", code=code)
        made = await caller.threads.create(seed, caller.token.id, code, title)
        if persona or model:
            await caller.world.prefs.pin(made.key, persona, model)
        return {"guid": made.guid, "code": made.code, "title": made.title, "at": str(made.at)}

    facts = await once(request, caller, fields, do)
    reply = {
        "guid": facts["guid"],
        "ai_code": "chatgpt",
        "ai_version_code": facts["code"],
        "title": facts["title"],
        "created_at": replies.moment(int(facts["at"])),
    }
    return answer(request, {"data": reply}, 201)


@router.get("/threads", response_model=replies.Threads, responses=refusals(422))
async def list_threads(
    request: Request,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 20,
    cursor: Annotated[str | None, Query(description="The `next_cursor` of the page before.")] = None,
) -> JSONResponse:
    """The token's threads, newest first."""
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise Problem(422, "api.cursor")
    before = int(cursor) if cursor is not None else None
    found = await caller.threads.listed(caller.token.id, before, limit + 1)
    page = found[:limit]
    following = str(page[-1].at) if len(found) > limit else None
    return answer(request, {"data": [replies.thread(each) for each in page], "next_cursor": following})


@router.get("/threads/{guid}", response_model=replies.OneThread, responses=refusals(404))
async def get_thread(request: Request, guid: str, caller: Reader) -> JSONResponse:
    """One thread."""
    return answer(request, {"data": replies.thread(await known(guid, caller))})


@router.patch(
    "/threads/{guid}",
    response_model=replies.OneThread,
    responses=refusals(404, 413, 422),
    openapi_extra=body("NewTitle"),
)
async def rename_thread(request: Request, guid: str, caller: Writer) -> JSONResponse:
    """Give a thread another title."""
    thread = await known(guid, caller)
    title = bodies.needed(await bodies.fields(request), "title", MAX_TITLE)
    return answer(request, {"data": replies.thread(await caller.threads.rename(thread, title))})


@router.delete("/threads/{guid}", response_model=replies.OneGone, responses=refusals(404, 409))
async def delete_thread(request: Request, guid: str, caller: Writer) -> JSONResponse:
    """Forget a thread and all that was said in it. An answer that is being written there ends."""
    thread = await known(guid, caller)
    await _forget(thread, caller)
    return answer(request, {"data": {"guid": thread.guid, "deleted": True}})


async def _wanted(code: str | None, caller: Caller) -> tuple[Persona | None, str, str]:
    """The persona, or the model, that a thread keeps, and its name."""
    world, actor = caller.world, caller.actor
    if code is None:
        return None, "", (await world.prefs.rules(Direct(), caller.user)).persona.name
    try:
        persona = await world.prefs.persona(code)
    except Unknown:
        pass
    else:
        _may(await choosing.refusal(persona.name, persona.chosen_by, actor, None, world))
        return persona, "", persona.name
    if code == caller.api.model:
        return None, code, code
    if code in await world.model.offered():
        _may(await choosing.refusal(code, world.model.chosen_by(code), actor, None, world))
        return None, code, code
    names = [each.name for each in await choosing.personas(actor, None, world)]
    codes = [*names, caller.api.model, *await choosing.models(actor, None, world)]
    told = list(dict.fromkeys(codes))[:MAX_CODES]
    raise Problem(422, "api.version-code", names=", ".join(told), extra={"ai_version_codes": told})


def _may(refusal: Result | None) -> None:
    if refusal is not None:
        raise Problem(403, "api.limited", name=refusal.values["name"])


async def _forget(thread: ApiThread, caller: Caller) -> None:
    """All that waits is withdrawn, which ends what runs; then nothing of it is left."""
    if caller.world.hold:
        raise Problem(409, "api.hold")
    world, give_up = caller.world, asyncio.get_running_loop().time() + FORGET_TIMEOUT
    for entry in await caller.threads.entries(thread):
        if isinstance(entry, Asked) and entry.waiting:
            await world.inbox.drop(thread.key, entry.message.ts)
    while not await world.archive.remove_thread(thread.key):
        if asyncio.get_running_loop().time() > give_up or caller.api.closing.is_set():
            raise Problem(503, "api.forget.busy", headers={"Retry-After": "5"})
        await asyncio.sleep(FORGET_PAUSE)
    await caller.threads.forget(thread)
    await world.erasures.announce()
    await world.prefs.audit(Entry(caller.user, ForgetThread.act, str(thread.key)))
