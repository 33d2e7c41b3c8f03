"""What was used and spent in a month: by the actor, by somebody else, in a channel, as a persona, or by everyone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.commands import usage_file
from bot.commands.model import Actor
from bot.commands.reports import Reasons, UsageReport
from bot.commands.result import Offer, Result, report
from bot.commands.usage_file import DIRECT, PARTS, Subject
from bot.commands.usage_model import ShowReasons, ShowUsage
from bot.policy import tokens
from bot.ports import World
from bot.usage import reports
from bot.usage.ledger import By, Spent
from bot.usage.periods import days_of, month_before
from bot.usage.reports import OTHERS, Shares

MOST_SHARES = 15  # of each kind, the others together among them
MOST_DRAWN = 6  # slices


async def show(command: ShowUsage, actor: Actor, world: World) -> Result:
    """May raise Unknown, of a persona."""
    if command.of == "person" and command.id != actor.user and world.people != "names":
        return Result("usage.not-named")
    subject, month = await _subject(command, actor, world), command.month or world.calendar.month()
    if command.as_file:
        return await _send(subject, month, actor, world)
    shown = await _report(command, subject, month, world)
    again = replace(command, id="" if command.of == "me" else subject.id, month=month, as_file=True)
    return Result("report", shows=shown, offers=(Offer(again),) if shown.spent != Spent() else ())


async def show_reasons(command: ShowReasons, world: World) -> Result:
    return report(Reasons(await world.ledger.reasons(command.most), named=world.people == "names"))


async def daily(month: str, subject: Subject, world: World) -> Mapping[str, Spent]:
    """What was used on each day of a month until now."""
    days = _until_now(month, world)
    return dict(zip(days, await world.ledger.spent_over(days, subject.by, subject.id), strict=True))


async def _subject(command: ShowUsage, actor: Actor, world: World) -> Subject:
    match command.of:
        case "everyone":
            return Subject("workspace")
        case "me":
            return Subject("person", actor.user)
        case "persona":
            return Subject("persona", (await world.prefs.persona(command.id)).name)
    return Subject(command.of, command.id)


async def _send(subject: Subject, month: str, actor: Actor, world: World) -> Result:
    text = await usage_file.written(subject, _until_now(month, world), actor.workspace, world)
    if text is None:
        return Result("usage.nothing", {"month": month})
    about = world.words.label("usage.file", month=month)
    sent = await world.chat.send_file(actor.user, f"usage-{month}.csv", text.encode(), about)
    return Result("usage.sent" if sent else "usage.not-sent")


async def _report(command: ShowUsage, subject: Subject, month: str, world: World) -> UsageReport:
    days = await daily(month, subject, world)
    shown = UsageReport(
        command.of,
        subject.id,
        month,
        past=month < world.calendar.month(),
        spent=await world.ledger.spent(month, subject.by, subject.id),
        days=days,
        before=await _before(subject, month, len(days), world),
        people=world.people,
    )
    return shown if subject.by != "workspace" else await _with_parts(shown, world)


async def _before(subject: Subject, month: str, days: int, world: World) -> Spent | None:
    """Until the same day of the month before. What earlier versions counted, they counted by month alone."""
    earlier = days_of(month_before(month))[:days]
    found = reports.total(await world.ledger.spent_over(earlier, subject.by, subject.id))
    return found if found != Spent() else None


async def _with_parts(shown: UsageReport, world: World) -> UsageReport:
    parts: dict[By, Shares] = {}
    used = await usage_file.parted(shown.month, world)
    for by in PARTS:
        parts[by] = reports.largest(used[by], MOST_SHARES)
    shown_channels = [id for id, _ in parts["channel"] if id not in (DIRECT, OTHERS)]
    drawn = [id for id in shown_channels[:MOST_DRAWN] if not tokens.is_channel(id)]
    names = await world.directory.channel_names(drawn, None)
    programs = await _programs(shown_channels, world)
    last = await usage_file.parted(month_before(shown.month), world)
    return replace(shown, parts=parts, last=last, names=names, programs=programs)


async def _programs(channels: Sequence[str], world: World) -> Mapping[str, str]:
    """What the tokens are called that stand in the place of some of these channels."""
    if not any(map(tokens.is_channel, channels)):
        return {}
    return await usage_file.programs(world)


def _until_now(month: str, world: World) -> Sequence[str]:
    today = world.calendar.day()
    return [day for day in days_of(month) if day <= today]
