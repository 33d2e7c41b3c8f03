"""Commands to the answers in a thread."""

import pytest

from bot.commands import threads
from bot.commands.dispatch import dispatch
from bot.commands.model import Command, Continue, PickPersona, Rate, Regenerate, Stop
from bot.commands.reports import Personas
from bot.conversation.messages import Message
from bot.policy.preferences import Scope
from bot.turns.state import Record
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import asked_by, by
from tests.people import HERE, NEWEST, PEOPLE, THREAD

ANSWER = Message(NEWEST, "", "It begins", kind="answer")


def cut() -> Fakes:
    """A member's thread, in which an answer was cut at the length limit."""
    world = fakes.with_everybody()
    world.inbox.records[THREAD, NEWEST] = Record("answered", (PEOPLE["member"],), (NEWEST,), reason="length")
    world.history.past[THREAD] = [Message(NEWEST, PEOPLE["member"], "a long question"), ANSWER]
    return world


async def code(command: Command, world: Fakes, role: str = "member") -> str:
    return (await dispatch(command, by(role), world.world)).code


async def test_an_answer_that_is_being_written_is_stopped_once_it_is_asked_for() -> None:
    world = asked_by(PEOPLE["member"])

    assert await code(Stop(THREAD, newest="1763700000.000900"), world) == "stop.nothing"
    assert world.inbox.stops == set()
    assert await code(Stop(THREAD), world) == "stopped"
    assert world.inbox.stops == {THREAD}


async def test_only_the_newest_answer_is_written_again_and_not_while_another_is() -> None:
    world = cut()
    world.inbox.records[THREAD, "1763700000.000900"] = Record("answered", (PEOPLE["member"],), ())

    assert await code(Regenerate(THREAD, NEWEST), world) == "regenerate.old"
    assert await code(Regenerate(THREAD, "1763700000.000900"), world) == "regenerating"
    assert await code(Regenerate(THREAD, "1763700000.000900"), world) == "regenerate.busy"
    assert await code(Regenerate(THREAD, "1763700000.000950"), world) == "regenerate.busy"
    world.inbox.waiting.clear()
    assert await code(Regenerate(THREAD, "1763700000.000950"), world, "admin") == "regenerate.unknown"


async def test_an_answer_is_continued_after_the_message_it_answers_and_but_once() -> None:
    world = cut()
    for _ in range(2):
        result = await dispatch(Continue(THREAD, NEWEST), by("member"), world.world)
        assert result.code == "continuing"

    [message] = world.inbox.waiting[THREAD]
    assert (message.ts, message.author, message.text) == ("1763700000.000101", PEOPLE["member"], threads.CONTINUE)


async def test_only_the_newest_answer_that_was_cut_is_continued() -> None:
    world = cut()
    assert await code(Continue(THREAD, "1763700000.000900"), world, "admin") == "continue.unknown"

    world.history.past[THREAD].append(Message("1763700000.000300", "", "And more", kind="answer"))
    assert await code(Continue(THREAD, NEWEST), world) == "continue.old"

    world.inbox.records[THREAD, NEWEST] = Record("answered", (PEOPLE["member"],), (NEWEST,), reason="stop")
    assert await code(Continue(THREAD, NEWEST), world) == "continue.complete"


async def test_a_vote_counts_for_an_answer_that_is_remembered_where_votes_are_asked_for() -> None:
    world, vote = cut(), Rate(THREAD, NEWEST, "down", "Not funny.")

    assert await code(vote, world) == "rated"
    assert world.ledger.verdicts[THREAD, NEWEST, PEOPLE["member"]].reason == "Not funny."
    assert await code(Rate(THREAD, "1763700000.000900", "up"), world) == "rate.unknown"


async def test_where_votes_are_switched_off_none_counts() -> None:
    world = cut()
    await world.prefs.choose(Scope("channel", HERE), {"feedback": False}, PEOPLE["owner"])

    assert await code(Rate(THREAD, NEWEST, "up"), world) == "rate.off"
    assert world.ledger.verdicts == {}


async def test_who_could_answer_in_a_thread_is_offered_with_who_does() -> None:
    world = cut()
    await world.prefs.choose(Scope.of(THREAD), {"persona": "concise"}, PEOPLE["owner"])
    result = await dispatch(PickPersona(THREAD), by("member"), world.world)

    assert isinstance(result.shows, Personas)
    assert result.shows.answers == "concise"
    assert {"default", "concise", "editor"} <= {each.name for each in result.shows.personas}


@pytest.mark.parametrize("vote", ["up", "down"])
async def test_a_later_vote_replaces_an_earlier_one(vote: str) -> None:
    world = cut()
    for each in ("up", "down", vote):
        await dispatch(Rate(THREAD, NEWEST, each), by("member"), world.world)  # type: ignore[arg-type]

    assert [verdict.vote for verdict in world.ledger.verdicts.values()] == [vote]
