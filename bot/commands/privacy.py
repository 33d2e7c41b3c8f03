"""What is kept of people: forgetting a thread, a channel, or all that somebody said; and handing it out to them."""

import asyncio
from datetime import UTC, datetime
from typing import assert_never

from bot.commands.model import Actor
from bot.commands.privacy_model import (
    ExportMine,
    ForgetHere,
    ForgetMe,
    ForgetThread,
    PrivacyCommand,
    ReadMe,
    ShowForgetting,
    ShowPrivacy,
)
from bot.commands.reports import Privacy
from bot.commands.result import Offer, Result, report
from bot.conversation.places import Direct, Moment
from bot.policy.preferences import Entry
from bot.ports import World
from bot.privacy.export import export
from bot.privacy.handling import handling
from bot.privacy.held import Erasure, Progress

WAITED_FOR, LOOKED_EVERY = 1.5, 0.1  # seconds that a command waits for what it has begun, and between two looks


async def carry_out(command: PrivacyCommand, actor: Actor, world: World) -> Result:
    match command:
        case ShowForgetting(what):
            return await _how_far(what, actor, world)
        case ShowPrivacy(place):
            rules = await world.prefs.rules(place, actor.user)
            return report(Privacy(handling(rules, world.reach, actor.user, hold=world.hold)))
        case ReadMe(on):
            return await _context(on, actor, world)
        case ExportMine():
            return await _export(actor, world)
        case ForgetMe(sure=False):
            return Result("forget.sure", offers=(Offer(ForgetMe(True)), Offer(ForgetMe(True, answers=True))))
        case _ if world.hold:
            return Result("forget.held")
        case ForgetMe() | ForgetHere():
            return await _begin(command, actor, world)
        case ForgetThread():
            return await _forget_thread(command, actor, world)
    assert_never(command)


async def _context(on: bool | None, actor: Actor, world: World) -> Result:
    if on is None:
        on = actor.user not in (await world.prefs.rules(Direct(), actor.user)).unread
        return Result("context.on" if on else "context.off")
    await world.prefs.set_read(actor.user, on)
    return Result("context.on" if on else "context.off", changed=True)


async def _export(actor: Actor, world: World) -> Result:
    """Once a day: it reads all that there is."""
    wait, now = await world.archive.reserve_export(actor.user), datetime.now(UTC)
    if wait:
        return Result("export.later", {"when": Moment(now.timestamp() + wait)})
    sent = False
    try:
        content = await export(actor.user, actor.workspace, world.archive, now)
        name = f"threadbot-export-{now:%Y-%m-%d}.json"
        sent = await world.chat.send_file(actor.user, name, content, world.words.label("export.about"))
    finally:
        if not sent:
            await world.archive.release_export(actor.user)
    return Result("exported" if sent else "export.no-file")


async def _forget_thread(command: ForgetThread, actor: Actor, world: World) -> Result:
    if not await world.archive.remove_thread(command.thread):
        return Result("forget.busy")
    await world.erasures.announce()
    await world.prefs.audit(Entry(actor.user, command.act, str(command.thread)))
    return Result("forgotten.thread")


async def _begin(command: ForgetMe | ForgetHere, actor: Actor, world: World) -> Result:
    """It is noted, and done by whichever replica takes it; what comes of it within moments is told at once."""
    erasure = _erasure(command, actor)
    if not erasure.id:
        return Result("forget.nowhere")
    what = f"channel:{erasure.id}" if erasure.kind == "channel" else ""
    await world.prefs.audit(Entry(actor.user, command.act, what))  # first, so that its id is replaced, too
    await world.erasures.note(erasure)
    try:
        async with asyncio.timeout(WAITED_FOR):
            while not _looked_through(await world.erasures.progress(erasure)):  # noqa: ASYNC110 - others work on it
                await asyncio.sleep(LOOKED_EVERY)
    except TimeoutError:
        pass
    return await _how_far(command, actor, world)


async def _how_far(what: ForgetMe | ForgetHere, actor: Actor, world: World) -> Result:
    erasure = _erasure(what, actor)
    progress = await world.erasures.progress(erasure)
    if progress is None or not _looked_through(progress):
        done = progress or Progress()
        return Result("forget.under-way", {"done": done.done, "of": done.of, "what": what})
    code = {"person": "forgotten.me", "words": "forgotten.words"}.get(erasure.kind, "forgotten.here")
    busy = 0 if progress.over else progress.busy
    return Result(code, {"count": progress.threads, "busy": busy})  # type: ignore[arg-type]


def _erasure(what: ForgetMe | ForgetHere, actor: Actor) -> Erasure:
    match what:
        case ForgetMe(answers=answers):
            return Erasure(actor.workspace, "person" if answers else "words", actor.user)
        case ForgetHere(place):
            return Erasure(actor.workspace, "channel", place.id or "")


def _looked_through(progress: Progress | None) -> bool:
    """Whether all is removed, but for what the bot is answering just now."""
    return progress is not None and (progress.over or 0 < progress.of == progress.done)
