"""The small line under an answer."""

import pytest

from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.policy.preferences import Origin
from bot.ports import Finished, Interrupted
from bot.turns.footer import footer, notes
from bot.turns.generate import End, Generated, Stopped, TimedOut
from bot.turns.history import Recalled
from bot.turns.state import Taken
from tests.fakes import rules

USAGE = Usage(1200, 34, cached=1024)
WHOLE = Finished("stop", USAGE, "m")


@pytest.mark.parametrize(
    ("style", "usage", "cost", "line"),
    [
        ("full", USAGE, 0.0123, "m · 1,200 in (1,024 cached) + 34 out = 1,234 tokens · $0.0123 · 2.0 s"),
        ("full", Usage(12, 3), 0.0, "m · 12 in + 3 out = 15 tokens · $0 · 2.0 s"),
        ("full", Usage(12, 3), 0.00001, "m · 12 in + 3 out = 15 tokens · < $0.0001 · 2.0 s"),
        ("full", Usage(12, 3), None, "m · 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", Usage(12, 3, estimated=True), None, "m · ≈ 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", None, None, "m · tokens unknown · cost unknown · 2.0 s"),
        ("compact", USAGE, 0.0123, "1,234 tokens · $0.0123 · 2.0 s"),
        ("off", USAGE, 0.0123, None),
    ],
)
def test_the_footer_says_what_is_known(style: str, usage: Usage | None, cost: float | None, line: str | None) -> None:
    assert footer(style, Taken("m", usage, cost, 2.04)) == line


def test_a_note_that_the_reader_needs_stands_there_even_without_a_footer() -> None:
    taken = Taken("m", None, None, 2.0)

    assert footer("off", taken, notes=("incomplete", "not read: a.pdf")) == "incomplete · not read: a.pdf"
    assert str(footer("full", taken, notes=("incomplete",))).startswith("incomplete · m · ")


def generated(end: End, ask: Ask | None = None) -> Generated:
    return Generated("Hi.", end, ask or Ask("m", (), {}), "m", USAGE)


@pytest.mark.parametrize(
    ("end", "note"),
    [
        (Finished("stop", USAGE, "m"), ()),
        (Finished("tool_calls", USAGE, "m"), ()),
        (Finished("length", USAGE, "m"), ("cut at the length limit",)),
        (Finished("content_filter", USAGE, "m"), ("stopped by the provider's content filter",)),
        (Finished(None, None, ""), ("the model's server broke off before the end",)),
        (Finished("odd", None, ""), ("ended early: odd",)),
        (Interrupted("the connection was lost"), ("incomplete: the connection was lost",)),
        (TimedOut(), ("incomplete: the answer took too long",)),
        (Stopped(), ("stopped",)),
    ],
    ids=str,
)
def test_how_an_answer_ended_is_said_unless_it_is_whole(end: End, note: tuple[str, ...]) -> None:
    assert notes(generated(end), rules(), Recalled()) == note


@pytest.mark.parametrize(("level", "said"), [("thread", True), ("person", True), ("channel", False)])
def test_who_stands_in_for_a_deleted_persona_is_said_to_those_who_chose_it(level: Origin, said: bool) -> None:
    found = notes(generated(WHOLE), rules(gone="Oracle", gone_at=level), Recalled())

    assert found == (("“Oracle” is deleted, Bard answers",) if said else ())


@pytest.mark.parametrize(
    ("in_prompt", "before", "note"),
    [
        (0, 0, ()),
        (1, 0, ("1 earlier message left out",)),
        (2, 3, ("5 earlier messages left out",)),
    ],
)
def test_what_the_model_has_not_seen_is_counted(in_prompt: int, before: int, note: tuple[str, ...]) -> None:
    ask = Ask("m", (), {}, left_out=in_prompt)

    assert notes(generated(WHOLE, ask), rules(), Recalled(left_out=before)) == note


def test_what_could_not_be_read_is_said() -> None:
    assert notes(generated(WHOLE), rules(), Recalled(unread=True)) == ("some earlier messages could not be read",)
