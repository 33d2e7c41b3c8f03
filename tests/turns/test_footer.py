"""What the reader of an answer has to know of it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.conversation.marks import Marks
from bot.conversation.messages import Message, Quote
from bot.conversation.notes import Note
from bot.conversation.pieces import Finished, Interrupted, Routed
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.policy.preferences import Origin
from bot.turns.footer import notes
from bot.turns.generate import End, Full, Generated, Stopped, TimedOut
from bot.turns.history import Recalled
from bot.wording.en import WORDS
from tests.fakes import rules

USAGE = Usage(1200, 34, cached=1024)
WHOLE = Finished("stop", USAGE, "m")


def said(notes: Sequence[Note]) -> tuple[str, ...]:
    return tuple(map(WORDS.note, notes))


def generated(end: End, ask: Ask | None = None) -> Generated:
    return Generated("Hi.", end, ask or Ask("m", (), {}, marks=Marks("q7w")), "m", USAGE)


@pytest.mark.parametrize(
    ("end", "note"),
    [
        (Finished("stop", USAGE, "m"), ()),
        (Finished("tool_calls", USAGE, "m"), ()),
        (Finished("length", USAGE, "m"), ("cut at the length limit",)),
        (Finished("content_filter", USAGE, "m"), ("stopped by the provider's content filter",)),
        (Finished(None, None, ""), ("the model's server broke off before the end",)),
        (Finished("odd", None, ""), ("ended early",)),
        (Interrupted("connection-lost"), ("incomplete: the connection to the model was lost",)),
        (Full(8), ("cut after 8 messages",)),
        (TimedOut(), ("incomplete: the answer took too long",)),
        (Stopped(), ("stopped",)),
    ],
    ids=str,
)
def test_how_an_answer_ended_is_said_unless_it_is_whole(end: End, note: tuple[str, ...]) -> None:
    assert said(notes(generated(end), rules(), Recalled())) == note


@pytest.mark.parametrize(
    ("why", "told"), [("model.busy", "which is busy"), ("model.key", "whose key is refused"), ("other", "which does")]
)
def test_a_model_that_stood_in_for_another_is_named(why: str, told: str) -> None:
    found = notes(replace(generated(WHOLE), route=Routed("luna", "cloud", "terra", why)), rules(), Recalled())

    assert said(found)[0].startswith(f"luna (instead of terra, {told}")


def test_another_way_to_the_same_model_is_nothing_to_tell() -> None:
    assert notes(replace(generated(WHOLE), route=Routed("luna", "cloud")), rules(), Recalled()) == ()


@pytest.mark.parametrize(("level", "told"), [("thread", True), ("person", True), ("channel", False)])
def test_who_stands_in_for_a_deleted_persona_is_said_to_those_who_chose_it(level: Origin, told: bool) -> None:
    found = notes(generated(WHOLE), rules(gone="Oracle", gone_at=level), Recalled())

    assert said(found) == (("“Oracle” was deleted, so Bard answers",) if told else ())


@pytest.mark.parametrize(
    ("in_prompt", "before", "note"),
    [
        (0, 0, ()),
        (1, 0, ("1 earlier message left out",)),
        (2, 3, ("5 earlier messages left out",)),
    ],
)
def test_what_the_model_has_not_seen_is_counted(in_prompt: int, before: int, note: tuple[str, ...]) -> None:
    ask = Ask("m", (), {}, left_out=in_prompt, marks=Marks("q7w"))

    assert said(notes(generated(WHOLE, ask), rules(), Recalled(left_out=before))) == note


def test_what_could_not_be_read_is_said() -> None:
    assert said(notes(generated(WHOLE), rules(), Recalled(unread=True))) == ("some earlier messages could not be read",)


def test_a_quotation_that_was_not_read_is_counted() -> None:
    new = (Message("1.1", "ADA", "see", quotes=(Quote(""), Quote("read", "BEN"))),)
    ask = Ask("m", (), {}, new=new, marks=Marks("q7w"))

    assert said(notes(generated(WHOLE, ask), rules(), Recalled())) == ("1 forwarded message not read",)
