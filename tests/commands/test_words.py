"""Commands that people give in words."""

import pytest

from bot.commands.model import Choose, Explain, Stop
from bot.commands.words import Spoken, meant, spoken
from bot.conversation.messages import Message
from tests.commands import fakes
from tests.people import THREAD

TS = "1763700000.000200"


def said(text: str) -> Message:
    return Message(TS, "UADA", text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("stop", Stop(THREAD, ts=TS)),
        (" Stop! ", Stop(THREAD, ts=TS)),
        ("Follow  this thread.", Choose("follow", True, "thread", THREAD, "UBEN")),
        ("stop following", Choose("follow", False, "thread", THREAD, "UBEN")),
        ("persona", Explain(THREAD)),
        ("persona list", Explain(THREAD)),
        ("Persona Bard", Choose("persona", "Bard", "thread", THREAD, "UBEN")),
        ("persona code-reviewer.", Choose("persona", "code-reviewer", "thread", THREAD, "UBEN")),
        ("persona of the year", None),
        ("what is a persona", None),
        ("/persona use bard", None),
        ("stop it", None),
        ("follow", None),
        ("", None),
    ],
)
def test_a_message_that_is_a_command_is_one_word_for_word(text: str, command: Spoken | None) -> None:
    assert spoken(THREAD, said(text), "UBEN", addressed=True, followed=False) == command


@pytest.mark.parametrize("text", ["persona", "persona bard", "follow this thread"])
@pytest.mark.parametrize("followed", [True, False])
def test_what_is_not_said_to_the_bot_chooses_nothing(text: str, followed: bool) -> None:
    assert spoken(THREAD, said(text), "UBEN", addressed=False, followed=followed) is None


@pytest.mark.parametrize("followed", [True, False])
def test_only_a_thread_that_is_followed_can_be_left_without_a_mention(followed: bool) -> None:
    command = spoken(THREAD, said("stop following"), "UBEN", addressed=False, followed=followed)

    assert (command is not None) == followed


async def test_the_word_stop_is_a_command_while_there_is_something_to_stop() -> None:
    world = fakes.Fakes()
    before = await meant(Stop(THREAD, ts=TS), world.world)
    world.inbox.waiting[THREAD] = [Message(THREAD.root, "UADA", "a question")]

    assert not before
    assert await meant(Stop(THREAD, ts=TS), world.world)
    assert not await meant(Stop(THREAD, ts=THREAD.root), world.world)
    assert await meant(Explain(THREAD), fakes.Fakes().world)
