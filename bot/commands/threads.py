"""What can people ask of the bot itself in a thread, by a click or in words, and what becomes of it?

Every command passes `act`: the one place where the right to it is looked up, afresh, before anything is done.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.conversation.ids import ThreadKey, just_after
from bot.conversation.messages import Message
from bot.policy import access as admission
from bot.policy import roles as rights
from bot.policy import triggers as attention
from bot.policy.preferences import Rules, Scope, Unknown
from bot.policy.roles import Act
from bot.ports import World
from bot.usage.ledger import Vote
from bot.wording import results as told


@dataclass(frozen=True, slots=True)
class Stop:
    """End the answer that is being written in a thread; what is written stays.

    `newest` names the turn, if a button under its answer was used. `ts` is the message that said so, if it was said in
    words: it can stop only what was asked before it.
    """

    thread: ThreadKey
    user: str
    newest: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Write the answer to the message `newest` anew, in its place."""

    thread: ThreadKey
    user: str
    newest: str


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on where the answer to the message `newest` was cut at the model's length limit."""

    thread: ThreadKey
    user: str
    newest: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Say whether the answer to the message `newest` was good, and perhaps why."""

    thread: ThreadKey
    user: str
    newest: str
    vote: Vote
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Who answers in this thread, and why?"""

    thread: ThreadKey
    user: str


@dataclass(frozen=True, slots=True)
class UsePersona:
    """From now on another persona answers in this thread. `starter` wrote its first message, if Slack has told."""

    thread: ThreadKey
    user: str
    name: str
    starter: str | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Answer in this thread without being mentioned, or no longer. `starter` as above."""

    thread: ThreadKey
    user: str
    on: bool
    starter: str | None = None


Command = Stop | Again | Continue | Rate | WhoAnswers | UsePersona | Follow

REFUSED = "Only those who asked, and admins, may do that. Please ask them, or {whom}."
NOT_YOURS = "Only who began this thread, and admins, may choose who answers in it. Please ask them, or {whom}."
NOT_FOR_YOU = "Sorry, I cannot do that for you. Please ask {whom}."
NOTHING_RUNS = "There is nothing to stop: I am not writing an answer here."
NOT_AGAIN = {
    "busy": "I am still answering in this thread. Please try again when I am done.",
    "old": "I can write only my newest answer in a thread anew. For this one, please ask again.",
    "unknown": "I do not remember this question any more. Please ask it again.",
}
NOT_CUT = "That answer is complete: there is nothing to continue."
NOT_NEWEST = "I can only continue my newest answer in a thread."
FORGOTTEN = "I do not remember this answer any more."
NOT_RATED = "Feedback is switched off here."
THANKS = "Thank you for your feedback."
MOST_NAMES = 30
CONTINUE = "Continue exactly where you stopped."
FOLLOWING = "I follow this thread now: what is said here is said to me, without a mention. “stop following” ends that."
NOT_FOLLOWING = "I no longer follow this thread. Mention me when you want me again."
KEPT = ", which keeps it until another one is chosen."
NOT_FOLLOWED = "I do not follow this thread."
ALWAYS_HERE = "In direct messages I answer everything; no need to follow."
MUTED = "I am muted in this channel, so I do not follow its threads."
_RIGHTS: dict[type, tuple[Act, str]] = {
    Stop: ("answer.stop", REFUSED),
    Again: ("answer.again", REFUSED),
    Continue: ("answer.continue", REFUSED),
    Rate: ("answer.feedback", NOT_FOR_YOU),
    WhoAnswers: ("persona.explain", NOT_FOR_YOU),
    UsePersona: ("persona.use-thread", NOT_YOURS),
    Follow: ("policy.follow", NOT_FOR_YOU),
}
_NAME = re.compile(r"persona ([\w-]{1,40})", re.IGNORECASE)


async def act(command: Command, world: World) -> str | None:
    """Do it, if they may. Returns what to tell this person alone; None when the thread shows it."""
    return await _DEEDS[type(command)](command, world)


async def refused(command: Command, world: World, *, own: bool = False) -> str | None:
    """Why they may not, and whom to ask; None if they may. `own`: the answer, or the thread, is theirs."""
    wanted, line = _RIGHTS[type(command)]
    access = await world.prefs.access()
    person = await world.directory.person(command.user)
    held = rights.roles(command.user, person, command.thread.channel, access)
    if rights.may(held, wanted, own=own):
        return None
    return line.format(whom=admission.whom(access, command.thread.channel))


def spoken(thread: ThreadKey, message: Message, starter: str | None, *, addressed: bool) -> Command | None:
    """The command that a message consists of; None for everything that is said to the model.

    Without being `addressed` the bot takes in only what it may obey in a thread that it follows or writes in.
    """
    words, author = " ".join(message.text.split()).rstrip(".!"), message.author
    match words.casefold():
        case "stop":
            return Stop(thread, author, ts=message.ts)
        case "follow this thread" if addressed:
            return Follow(thread, author, True, starter)
        case "stop following" | "stop following this thread":
            return Follow(thread, author, False, starter)
        case "persona" | "persona list" | "persona help" if addressed:
            return WhoAnswers(thread, author)
    named = _NAME.fullmatch(words) if addressed else None
    return UsePersona(thread, author, named[1], starter) if named else None


async def means(command: Command, world: World) -> bool:
    """Whether words that may be a command are one here. "stop" is, while there is something to stop."""
    match command:
        case Stop(thread, ts=ts):
            return bool(await world.inbox.askers(thread, before=ts))
    return True


async def owns(command: UsePersona | Follow, world: World) -> bool:
    """Whether the thread is theirs: they began it, or are alone in it with the bot."""
    thread = command.thread
    if thread.direct or command.starter is not None:
        return thread.direct or command.starter == command.user
    past = (await world.history.load(thread)).messages
    return any(message.ts == thread.root and message.author == command.user for message in past)


async def _stop(command: Stop, world: World) -> str | None:
    thread = command.thread
    askers = await world.inbox.askers(thread, before=command.ts)
    if not askers:
        return NOTHING_RUNS
    if refusal := await refused(command, world, own=command.user in askers):
        return refusal
    return None if await world.inbox.stop(thread, command.newest) else NOTHING_RUNS


async def _again(command: Again, world: World) -> str | None:
    record = await world.inbox.record(command.thread, command.newest)
    if record is None:
        return NOT_AGAIN["busy" if await world.inbox.askers(command.thread) else "unknown"]
    if refusal := await refused(command, world, own=command.user in record.askers):
        return refusal
    return NOT_AGAIN.get(await world.inbox.again(command.thread, command.newest))


async def _continue(command: Continue, world: World) -> str | None:
    """The wish to go on becomes a message, which is kept like any other. It has its place right after the message that
    was answered, so that no turn is continued twice, however often and on whichever replica somebody clicks."""
    thread, newest = command.thread, command.newest
    record = await world.inbox.record(thread, newest)
    if record is None:
        return NOT_AGAIN["unknown"]
    if refusal := await refused(command, world, own=command.user in record.askers):
        return refusal
    if record.reason != "length":
        return NOT_CUT
    answers = [message.ts for message in (await world.history.load(thread)).messages if message.role == "assistant"]
    if answers[-1:] != [newest]:
        return NOT_NEWEST
    await world.inbox.put(thread, Message(just_after(newest), command.user, CONTINUE), addressed=True)
    return None


async def _rate(command: Rate, world: World) -> str | None:
    if refusal := await refused(command, world):
        return refusal
    if not (await _rules(command, world)).feedback:
        return NOT_RATED
    thread, newest, user = command.thread, command.newest, command.user
    known = await world.ledger.rate(thread, newest, user, command.vote, command.reason)
    return THANKS if known else FORGOTTEN


async def _who_answers(command: WhoAnswers, world: World) -> str | None:
    if refusal := await refused(command, world):
        return refusal
    rules = await _rules(command, world)
    why = KEPT if rules.origins["persona"] == "thread" else f": {told.ORIGINS[rules.origins['persona']]}."
    lines = [f"{told.named(rules.persona)} answers in this thread{why}"]
    if rules.gone:
        lines.append(f"The persona {told.plain(rules.gone)}, which was chosen here, was deleted.")
    known = await world.prefs.personas()
    names = ", ".join(told.plain(persona.name) for persona in known[:MOST_NAMES])
    more = f" and {len(known) - MOST_NAMES} more (`/persona list`)" if len(known) > MOST_NAMES else ""
    lines.append(f"Mention me with `persona NAME` to choose another for this thread: {names}{more}.")
    return " ".join(lines)


async def _use_persona(command: UsePersona, world: World) -> str | None:
    if refusal := await refused(command, world, own=await owns(command, world)):
        return refusal
    try:
        await world.prefs.choose(Scope.of(command.thread), {"persona": command.name}, command.user)
    except Unknown as no:
        more = f"Did you mean *{told.plain(no.nearest)}*?" if no.nearest else "Mention me with `persona` to see all."
        return f"{told.plain(str(no))} {more}"
    return f"{told.named((await _rules(command, world)).persona)} answers in this thread from now on."


async def _follow(command: Follow, world: World) -> str | None:
    if refusal := await refused(command, world, own=await owns(command, world)):
        return refusal
    if command.thread.direct:
        return ALWAYS_HERE
    rules = await _rules(command, world)
    if rules.policy == "mute":
        return MUTED
    if not command.on and not attention.follows(rules):
        return NOT_FOLLOWED
    await world.prefs.choose(Scope.of(command.thread), {"follow": command.on}, command.user)
    return FOLLOWING if command.on else NOT_FOLLOWING


async def _rules(command: Command, world: World) -> Rules:
    return await world.prefs.rules(command.thread, command.user)


_DEEDS: dict[type, Callable[[Any, World], Awaitable[str | None]]] = {
    Stop: _stop,
    Again: _again,
    Continue: _continue,
    Rate: _rate,
    WhoAnswers: _who_answers,
    UsePersona: _use_persona,
    Follow: _follow,
}
