"""Answers that are given again to whoever asks the same."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.conversation.attachments import Picture
from bot.conversation.ids import ThreadKey
from bot.conversation.marks import Marks
from bot.conversation.pieces import Finished, Routed, Text
from bot.conversation.prompt import Ask, Said
from bot.conversation.tokens import Usage
from bot.errors import LeaseLost, TooLong, Unavailable
from bot.happenings import AnswerReused, ModelAsked
from bot.personas.persona import Persona
from bot.turns import answer_cache
from bot.turns.state import Complete, Turn
from bot.turns.turn import take
from bot.usage.ledger import Booking
from tests import fakes as doubles
from tests.fakes import THREAD, Fakes, fake_world, question, rules

BARD = Persona("Bard", "Rhyme.", version=3, cache=3600)
WHOLE = Finished("stop", Usage(10, 3), "small-model-2")
OTHER = ThreadKey("slack", "T1", "C2", "2001.000000")


def world_of(*answers: list[doubles.Said], persona: Persona = BARD) -> Fakes:
    return fake_world(*answers, rules_of_all=rules(persona=persona))


async def asked_in(fakes: Fakes, thread: ThreadKey, text: str = "hello", author: str = "ADA") -> None:
    await take(await fakes.asked(question(text, thread.root, author), thread=thread), fakes.world)


async def test_who_asks_the_same_gets_the_same_at_no_cost_and_the_footer_says_so() -> None:
    fakes = world_of([Routed("small-model", "cloud"), Text("Once."), WHOLE], [Text("Twice."), WHOLE])
    await asked_in(fakes, THREAD)
    await asked_in(fakes, OTHER)

    assert fakes.chat.texts == ["Once.", "Once."]
    assert len(fakes.model.asks) == 1
    footer = fakes.chat.last.footer
    assert footer == "kept answer, 0 minutes old · Bard · small-model-2 · 0 in + 0 out = 0 tokens · $0 · 0.0 s"
    record = fakes.inbox.threads[OTHER].records[OTHER.root]
    assert (record.model, record.target, record.cost, record.input, record.kept) == (
        "small-model-2",
        "cloud",
        0,
        0,
        True,
    )
    assert [m.text for m in (await fakes.history.load(OTHER)).messages] == ["hello", "Once."]
    assert [type(each) for each in fakes.seen].count(ModelAsked) == 1
    assert [each for each in fakes.seen if isinstance(each, AnswerReused)] == [
        AnswerReused(f"{OTHER}/{OTHER.root}", "small-model", "cloud")
    ]


async def test_how_old_it_is_is_told() -> None:
    fakes = world_of()
    await asked_in(fakes, THREAD)
    [(key, (kept, seconds))] = fakes.answers.kept.items()
    fakes.answers.kept[key] = replace(kept, at=kept.at - 61), seconds
    await asked_in(fakes, OTHER)

    assert seconds == 3600
    assert str(fakes.chat.last.footer).startswith("kept answer, 1 minute old · ")


async def test_nothing_is_kept_unless_the_persona_says_so() -> None:
    fakes = world_of(persona=replace(BARD, cache=0))
    await asked_in(fakes, THREAD)
    await asked_in(fakes, OTHER)

    assert len(fakes.model.asks) == 2
    assert fakes.answers.kept == {}


async def test_another_answer_goes_past_the_kept_one_and_takes_its_place() -> None:
    fakes = world_of([Text("Once."), WHOLE], [Text("Twice."), WHOLE])
    await asked_in(fakes, THREAD)
    assert await fakes.inbox.again(THREAD, THREAD.root) == "ready"
    await take(await fakes.claimed(), fakes.world)
    await asked_in(fakes, OTHER)

    assert fakes.chat.texts == ["Twice.", "Twice."]
    assert len(fakes.model.asks) == 2


async def test_further_choices_are_given_again_too() -> None:
    fakes = world_of([Text("Heads."), Text("Tails.", 1), WHOLE])
    await asked_in(fakes, THREAD)
    await asked_in(fakes, OTHER)

    assert fakes.chat.texts[0] == fakes.chat.texts[1]
    assert "Tails." in fakes.chat.texts[1]


@pytest.mark.parametrize(
    "said",
    [
        [Text("Once upon a"), Finished("length", Usage(10, 3), "small-model")],
        [Text("No."), Finished("content_filter", Usage(10, 3), "small-model")],
        [Routed("other-model", "cloud", "small-model", "model.busy"), Text("Instead."), WHOLE],
    ],
    ids=["cut", "filtered", "of a model that stood in"],
)
async def test_only_a_whole_answer_of_the_wanted_model_is_kept(said: list[doubles.Said]) -> None:
    fakes = world_of(said)
    await asked_in(fakes, THREAD)

    assert fakes.answers.kept == {}


async def test_an_answer_to_less_than_was_to_be_asked_is_not_kept() -> None:
    fakes = world_of([Text("Hi."), WHOLE], [TooLong("model.too-long")], [Text("Short."), WHOLE])
    await asked_in(fakes, THREAD)
    await take(await fakes.asked(question("more", "1009.000000")), fakes.world)

    assert fakes.chat.texts == ["Hi.", "Short."]
    assert len(fakes.answers.kept) == 1


@pytest.mark.parametrize("call", ["find", "keep"])
async def test_a_store_that_is_away_keeps_nobody_from_an_answer(call: str) -> None:
    fakes = world_of()
    fakes.answers.fail(call, Unavailable("memory.unreachable"))
    await asked_in(fakes, THREAD)

    assert fakes.chat.texts == ["Hello, Ada."]


async def test_who_has_lost_its_lease_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = world_of()
    turn = await fakes.asked(question("hello"))
    keeping = fakes.inbox.keep_answer

    async def lose(turn: Turn, answer: Complete, bookings: Sequence[Booking]) -> None:
        await keeping(turn, answer, bookings)
        turn.lease.lost = True

    monkeypatch.setattr(fakes.inbox, "keep_answer", lose)
    with pytest.raises(LeaseLost):
        await take(turn, fakes.world)

    assert fakes.answers.kept == {}


# -- what is the same --

SAID = (Said("system", "Rhyme.\n\nOnly [q7w lines"), Said("user", "[q7w from Ada]\nhello"))
ASK = Ask("small-model", SAID, {"temperature": 1.0, "stop": ["END"]}, marks=Marks("q7w"))
PRINT = answer_cache.fingerprint(ASK, BARD)


def test_who_pays_and_the_word_of_the_marks_make_no_difference() -> None:
    said = tuple(Said(one.role, one.text.replace("q7w", "b2c")) for one in SAID)
    other = replace(ASK, messages=said, marks=Marks("b2c"), user="hash", params={"stop": ["END"], "temperature": 1.0})

    assert answer_cache.fingerprint(other, BARD) == PRINT


@pytest.mark.parametrize(
    "other",
    [
        replace(ASK, model="other-model"),
        replace(ASK, params={}),
        replace(ASK, params={"temperature": 1.0, "stop": ["FIN"]}),
        replace(ASK, messages=(SAID[0], Said("user", "[q7w from Ben]\nhello"))),
        replace(ASK, messages=(SAID[0], Said("assistant", SAID[1].text))),
        replace(ASK, messages=(Said("system", "Rhyme well."), SAID[1])),
        replace(ASK, messages=(SAID[0], replace(SAID[1], pictures=(Picture("image/png", b"\x89PNG"),)))),
        replace(ASK, messages=(*SAID, Said("user", "b2c"))),
    ],
)
def test_what_differs_is_asked_anew(other: Ask) -> None:
    assert answer_cache.fingerprint(other, BARD) != PRINT


@pytest.mark.parametrize("other", [replace(BARD, version=4), replace(BARD, name="Poet")])
def test_another_version_or_persona_is_asked_anew(other: Persona) -> None:
    assert answer_cache.fingerprint(ASK, other) != PRINT


def test_the_word_of_another_thread_in_what_people_write_is_no_mark() -> None:
    one, other = (
        replace(ASK, messages=(Said("user", "xq7wy"),), marks=Marks("q7w")),
        replace(ASK, messages=(Said("user", "xb2cy"),), marks=Marks("b2c")),
    )

    assert answer_cache.fingerprint(one, BARD) != answer_cache.fingerprint(other, BARD)
