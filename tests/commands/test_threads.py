"""What is obeyed in a thread, and of whom."""

from typing import cast

import pytest

from bot.commands import threads as commands
from bot.commands.threads import Again, Command, Continue, Follow, Rate, Stop, UsePersona, WhoAnswers
from bot.conversation.messages import Message
from bot.ports import World
from bot.store.inbox import RedisInbox
from bot.store.queue import RedisQueue
from bot.turns.state import Record, Turn
from tests.commands.test_dispatch import (
    ADMINS,
    EVERYBODY,
    GUESTS,
    HERE,
    MANAGERS,
    PEOPLE,
    PERSONS,
    contents,
    world,
)
from tests.town import QUEUE, a_thread

__all__ = ["world"]  # the fixture

THREAD = a_thread(HERE, "1763700000.000100")
NEWEST = THREAD.root
SOMEBODY = "U000000ZOE0"


def said(text: str) -> Message:
    return Message("1763700000.000200", "UADA", text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Stop(THREAD, "UADA", ts="1763700000.000200")),
        (" Stop! ", Stop(THREAD, "UADA", ts="1763700000.000200")),
        ("Follow  this thread.", Follow(THREAD, "UADA", True, "UBEN")),
        ("stop following", Follow(THREAD, "UADA", False, "UBEN")),
        ("persona", WhoAnswers(THREAD, "UADA")),
        ("persona list", WhoAnswers(THREAD, "UADA")),
        ("Persona Bard", UsePersona(THREAD, "UADA", "Bard", "UBEN")),
        ("persona code-reviewer.", UsePersona(THREAD, "UADA", "code-reviewer", "UBEN")),
        ("persona of the year", None),
        ("what is a persona", None),
        ("/persona use bard", None),
        ("stop it", None),
        ("follow", None),
        ("", None),
    ],
)
def test_a_message_that_is_a_command_is_one_word_for_word(text: str, command: Command | None) -> None:
    assert commands.spoken(THREAD, said(text), "UBEN", addressed=True) == command


@pytest.mark.parametrize("text", ["persona", "persona bard", "follow this thread"])
def test_what_is_not_said_to_the_bot_chooses_nothing(text: str) -> None:
    assert commands.spoken(THREAD, said(text), "UBEN", addressed=False) is None


TABLE: list[tuple[Command, set[str], set[str]]] = [
    (Stop(THREAD, "", newest=NEWEST), MANAGERS, PERSONS),
    (Again(THREAD, "", NEWEST), MANAGERS, PERSONS),
    (Continue(THREAD, "", NEWEST), MANAGERS, PERSONS),
    (Rate(THREAD, "", NEWEST, "down"), GUESTS, GUESTS),
    (WhoAnswers(THREAD, ""), PERSONS, PERSONS),
    (UsePersona(THREAD, "", "concise"), MANAGERS, PERSONS),
    (Follow(THREAD, "", on=True), GUESTS, PERSONS),
]
"""A command; which roles may give it in what is not theirs; which ones in what is."""


def by(user: str, command: Command) -> Command:
    given = {name: getattr(command, name) for name in command.__slots__}
    return type(command)(**given | {"user": user})


async def begun(world: World) -> Turn:
    """The turn of the one thread that can be claimed."""
    [lease] = await RedisQueue(cast(RedisInbox, world.inbox).client, QUEUE, 60).claim(5)
    turn = await world.inbox.begin(lease)
    assert turn is not None
    return turn


async def answered(world: World, asker: str) -> None:
    """A finished turn whose answer was cut at the length limit."""
    await world.inbox.put(THREAD, Message(NEWEST, asker, "a long question"), addressed=True)
    turn = await begun(world)
    record = Record("answered", (asker,), (NEWEST,), reason="length", model="m", persona="default")
    await world.inbox.finish(turn, Message(NEWEST, "", "It begins", kind="answer"), record)


@pytest.mark.parametrize("role", PEOPLE)
async def test_everyone_is_obeyed_in_what_they_may(role: str, world: World) -> None:
    for own in (False, True):
        may = {type(c) for c, _, _ in TABLE if await commands.refused(by(PEOPLE[role], c), world, own=own) is None}
        assert may == {type(c) for c, others, theirs in TABLE if role in (theirs if own else others)}


@pytest.mark.parametrize("role", sorted(EVERYBODY - ADMINS - {"manager"}))
async def test_whoever_may_not_changes_nothing_and_is_told_whom_to_ask(role: str, world: World, redis_url: str) -> None:
    await answered(world, SOMEBODY)
    before = await contents(redis_url)
    for command, may, _ in TABLE[1:]:
        if role not in may:
            told = await commands.act(by(PEOPLE[role], command), world)
            assert told is not None
            assert told.endswith("an admin of this workspace."), command

    assert await contents(redis_url) == before


async def test_an_answer_is_continued_after_the_message_it_answers_and_but_once(world: World) -> None:
    await answered(world, PEOPLE["member"])
    for _ in range(2):
        assert await commands.act(Continue(THREAD, PEOPLE["member"], NEWEST), world) is None
    turn = await begun(world)

    assert [(m.ts, m.text) for m in turn.batch.messages] == [("1763700000.000101", commands.CONTINUE)]


async def test_whoever_began_a_thread_is_known_from_memory_where_slack_does_not_tell(world: World) -> None:
    await answered(world, PEOPLE["guest"])
    choice = UsePersona(THREAD, PEOPLE["guest"], "CONCISE")

    assert await commands.act(choice, world) == "*concise* answers in this thread from now on."
    assert (await world.prefs.rules(THREAD, SOMEBODY)).persona.name == "concise"
    assert await commands.act(by(PEOPLE["member"], choice), world) != await commands.act(choice, world)


async def test_who_names_a_persona_that_is_not_there_is_told_how_to_see_all(world: World) -> None:
    said = await commands.act(UsePersona(THREAD, PEOPLE["owner"], "xyzzy"), world)

    assert said == "There is no persona of that name. Mention me with `persona` to see all."
