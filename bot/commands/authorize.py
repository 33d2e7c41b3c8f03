"""Whether a command may be given: whether the actor is answered at all, roles, and whose thread or answer it is.

All of it is asked for every command. What decides is what the surface has proved and what our own store holds, never
something that somebody wrote or sent along. A look-up that fails grants nothing, and for administrative acts Slack is
asked afresh.
"""

from bot.commands import budget_model, model, privacy_model, token_model, usage_model
from bot.commands.model import Actor, Command
from bot.commands.result import Code, Result
from bot.conversation.ids import ThreadKey, just_after
from bot.conversation.places import Channel, Place
from bot.policy import access, roles
from bot.policy.needs import Role
from bot.policy.preferences import Access
from bot.policy.tokens import Token
from bot.ports import World

FOR_EVERYBODY = frozenset({"forget.me", "export.me", "privacy.show", "context.me"})
"""Acts of people who are not answered, too. What needs no right at all, such as help, is no command."""


async def authorize(command: Command, actor: Actor, world: World) -> Result | None:
    """Why it is not done: the actor may not, or there is nothing that it could be done to. None if they may."""
    act, channel = command.act, _channel(command)
    seen = await world.prefs.access()
    # who manages a channel that a link names is nobody's business
    named = isinstance(command, privacy_model.ForgetThread)
    refusal = _refusal(act, seen, None if named else channel)
    if not actor.user:
        return refusal
    if act not in FOR_EVERYBODY:
        why = await access.refusal_of_command(actor.user, _where(command, actor), seen, world)
        if why is not None:
            return Result("not-admitted", {"refusal": why})
    held = await standing(actor.user, channel, seen, world)
    may = roles.may(held, act)
    if may and not roles.administrative(act):
        return None
    if roles.may(held, act, own=True) and roles.has_own(act):
        own = await _own(command, actor, world)
        if isinstance(own, Result):
            return own
        if own:
            return None
    return await _afresh(act, channel, actor, seen, refusal, world) if may else refusal


async def _afresh(
    act: str, channel: str | None, actor: Actor, seen: Access, refusal: Result, world: World
) -> Result | None:
    """Whether Slack still says what gave the right. Where it says nothing, the act is left undone."""
    person = await world.directory.person(actor.user, afresh=True)
    if not person.known:
        return Result("unchecked")
    return None if roles.may(roles.roles(actor.user, person, channel, seen), act) else refusal


async def standing(user: str, channel: str | None, seen: Access, world: World) -> frozenset[Role]:
    """All that somebody is in a channel."""
    return roles.roles(user, await world.directory.person(user), channel, seen)


async def token_named(name: str, world: World) -> Token | None:
    found = await world.tokens.all()
    return next((each for each in found if each.name.casefold() == name.casefold()), None)


def _where(command: Command, actor: Actor) -> ThreadKey | Place | None:
    """Where the command is given, as far as that is known."""
    match command:
        case model.Stop() | model.Regenerate() | model.Continue() | model.Rate() | model.PickPersona():
            return command.thread
        case budget_model.AskForMore(thread) | budget_model.Cheaper(thread):
            return thread
        case model.AskSuggested(thread):
            return thread
        case model.Explain(ThreadKey() as thread) | model.Choose(where=ThreadKey() as thread):
            return thread
    return actor.place


def _channel(command: Command) -> str | None:
    """The channel that a command is about, whose managers may perhaps give it."""
    match command:
        case model.Stop() | model.Regenerate() | model.Continue() | model.Rate() | model.PickPersona():
            return command.thread.channel
        case budget_model.AskForMore(thread) | budget_model.Cheaper(thread):
            return thread.channel
        case model.Explain(where) | model.Choose(where=where):
            return where.channel if isinstance(where, ThreadKey) else _id(where)
        case privacy_model.ForgetThread(thread):
            return thread.channel
        case privacy_model.ForgetHere(place):
            return _id(place)
        case usage_model.ShowUsage(of="channel", id=channel):
            return channel
    return None


def _id(place: Place) -> str | None:
    return place.id if isinstance(place, Channel) else None


async def _own(command: Command, actor: Actor, world: World) -> bool | Result:  # noqa: C901 - one case for each command
    """Whether the answer or the thread is the actor's; a Result if there is no such answer."""
    match command:
        case model.Stop(thread, _, ts):
            askers = await world.inbox.askers(thread, before=ts)
            return actor.user in askers if askers else Result("stop.nothing")
        case model.Regenerate(thread, newest):
            record = await world.inbox.record(thread, newest)
            if record is None:
                return Result("regenerate.busy" if await world.inbox.askers(thread) else "regenerate.unknown")
            return actor.user in record.askers
        case budget_model.AskForMore(thread, newest) | budget_model.Cheaper(thread, newest):
            record = await world.inbox.record(thread, newest)
            return Result("regenerate.unknown") if record is None else actor.user in record.askers
        case model.Continue(thread, newest):
            record = await world.inbox.record(thread, newest)
            return Result("continue.unknown") if record is None else actor.user in record.askers
        case model.PickPersona(thread, starter) | model.Choose(where=ThreadKey() as thread, starter=starter):
            return thread.direct or await _started(thread, starter, actor, world)
        case usage_model.ShowUsage(of="person", id=person):
            return person == actor.user
        case token_model.NewToken():
            return actor.user in (await world.prefs.access()).tokens
        case token_model.RevokeToken(name):
            token = await token_named(name, world)
            return Result("token.unknown", {"name": name[:40]}) if token is None else token.user == actor.user
        case privacy_model.ForgetThread(thread, given):
            direct = not isinstance(given, Channel) and given.id == thread.channel
            return direct or await _started(thread, None, actor, world)
    return False


async def _started(thread: ThreadKey, starter: str | None, actor: Actor, world: World) -> bool:
    """Whether the actor wrote the first message: the surface has proved it, we remember it, or we can look it up."""
    if starter is not None:
        return starter == actor.user
    past = (await world.history.load(thread)).messages
    if not any(message.ts == thread.root for message in past):
        past = (await world.transcript.earlier(thread, before=just_after(thread.root), after="0", most=1)).messages
    return any(message.ts == thread.root and message.author == actor.user for message in past)


def _refusal(act: str, seen: Access, channel: str | None) -> Result:
    """Polite, and with somebody to ask."""
    managed = channel is not None and roles.may(["manager"], act) and not roles.may(["member"], act)
    return Result(_who_may(act, managed), {"ask": access.whom(seen, channel if managed else None)})


def _who_may(act: str, managed: bool) -> Code:
    if roles.may(["guest"], act):
        return "refused.workspace"
    if roles.may(["member"], act):
        return "refused.members-or-starter" if roles.has_own(act) else "refused.members"
    if act.startswith("token."):
        return "refused.admins"
    if roles.may(["member"], act, own=True) and act != "usage.person":
        return "refused.asker" if act.startswith("answer.") else "refused.starter"
    return "refused.managers" if managed else "refused.admins"
