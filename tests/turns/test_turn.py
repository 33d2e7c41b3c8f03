"""One turn from the batch to the record, in a world of fakes."""

import asyncio
import re
from dataclasses import replace

import pytest

from bot.conversation.history import Past
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.conversation.pieces import Finished, Text
from bot.conversation.tokens import Usage
from bot.errors import Gone, LeaseLost, Unanswerable, Unavailable
from bot.happenings import (
    AnswerImpossible,
    ApologyImpossible,
    ModelAnswered,
    ModelAsked,
    TurnAbandoned,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import Rules
from bot.policy.roles import Refusal
from bot.ports import Refusals, World
from bot.turns import turn as turns
from bot.turns.accounting import record_of
from bot.turns.state import Ahead, Complete, Control, Face, Taken, Turn
from bot.turns.turn import take
from bot.wording.en import WORDS
from tests.fakes import DAY, THREAD, Fakes, FixedRules, Said, fake_world, question, rules
from tests.town import wait_until

ADA = "[q7w from Ada]\n"
USAGE = Usage(10, 3)
WHOLE = Finished("stop", USAGE, "small-model")


async def taken(fakes: Fakes, *messages: Message) -> Turn:
    turn = await fakes.asked(*messages)
    await take(turn, fakes.world)
    return turn


async def past(fakes: Fakes) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in (await fakes.history.load(THREAD)).messages]


async def complete(fakes: Fakes, text: str = "Hi.") -> Turn:
    """A turn whose earlier attempt had the whole answer from the model."""
    turn = await fakes.asked()
    record = record_of(turn, "answered").took(Taken("small-model", USAGE, 0.013, 2.0, "Bard"))
    await fakes.inbox.keep_answer(turn, Complete(text, text, "small line", record))
    await fakes.inbox.hand_back(turn.lease, 0.0, counted=True)
    return await fakes.claimed()


# -- the story --


async def test_a_question_is_answered_remembered_and_booked() -> None:
    fakes = fake_world()

    turn = await taken(fakes, question("hello"))

    assert fakes.chat.texts == ["Hello, Ada."]
    assert fakes.chat.last.footer == "Bard · small-model · 10 in + 3 out = 13 tokens · $0.0130 · 0.0 s"
    assert await past(fakes) == [("user", "hello"), ("assistant", "Hello, Ada.")]
    assert fakes.record == replace(record_of(turn, "answered"), reason="stop")
    assert fakes.record.taken == Taken("small-model", USAGE, 0.013, 0.0, "Bard")


async def test_what_happens_is_told_in_order() -> None:
    fakes = fake_world()

    await taken(fakes, question("hello"))

    assert [type(each) for each in fakes.seen] == [TurnStarted, ModelAsked, ModelAnswered, TurnFinished]


async def test_what_is_said_beside_it_is_told_to_the_model() -> None:
    fakes = fake_world()
    await fakes.inbox.put(THREAD, question("hello"), addressed=True)
    await fakes.inbox.put(THREAD, question("by the way", "1002.000000", "BEN"), addressed=False)

    await taken(fakes, question("well?", "1003.000000"))

    assert fakes.model.asks[0].messages[-1].text == f"{ADA}hello\n\n[q7w from Ben]\nby the way\n\n{ADA}well?"


async def test_the_thread_keeps_the_persona_that_answers_first_and_shows_its_face() -> None:
    bard = Persona("Bard", "Rhyme.", display_name="The Bard", icon=":quill:")
    fakes = fake_world(rules_of_all=rules(persona=bard))

    turn = await taken(fakes)

    assert fakes.prefs.pinned == {THREAD: "Bard"}
    assert turn.face == Face("The Bard", ":quill:")


@pytest.mark.parametrize(("name", "named"), [(DEFAULT, False), ("Bard", True)])
async def test_the_footer_names_who_answers_where_that_is_news(name: str, named: bool) -> None:
    fakes = fake_world(rules_of_all=rules(persona=Persona(name, "")))

    await taken(fakes)

    assert str(fakes.chat.last.footer).startswith(name) is named


async def test_seconds_are_those_since_the_attempt_began() -> None:
    go_on = asyncio.Event()
    fakes = fake_world([go_on, Text("Hi."), WHOLE])
    taking = asyncio.ensure_future(taken(fakes))
    await wait_until(lambda: fakes.model.running, "the model is asked")
    fakes.clock.time += 2.5
    go_on.set()
    await taking

    assert fakes.record.seconds == 2.5
    assert str(fakes.chat.last.footer).endswith("2.5 s")


async def test_several_choices_are_shown_and_the_first_is_remembered() -> None:
    fakes = fake_world([Text("Heads."), Text("Tails.", 1), WHOLE])

    await taken(fakes, question("toss"))

    assert fakes.chat.texts == ["Heads.\n\n---\n\n**Alternative 2**\n\nTails."]
    assert await past(fakes) == [("user", "toss"), ("assistant", "Heads.")]


async def test_a_mention_without_words_is_greeted_and_no_model_is_asked() -> None:
    fakes = fake_world()

    await taken(fakes, question(""))

    assert fakes.chat.texts == [WORDS.label("hello")]
    assert fakes.model.asks == []
    assert fakes.record.outcome == "greeted"
    assert await past(fakes) == [("user", "")]


async def test_where_all_who_ask_are_refused_nothing_is_said_in_the_thread() -> None:
    async def nobody(turn: Turn, _rules: object, _world: World) -> Refusals:
        return {message.author: Refusal("guest") for message in turn.asked}

    fakes = fake_world(guards=(nobody,))

    await taken(fakes)

    assert (fakes.chat.texts, fakes.model.asks) == ([], [])
    assert fakes.record.outcome == "refused"


async def test_what_the_refused_say_does_not_reach_the_model() -> None:
    async def not_gus(_turn: Turn, _rules: object, _world: World) -> Refusals:
        return {"GUS": Refusal("guest")}

    fakes = fake_world(guards=(not_gus,))

    await taken(fakes, question("hello"), question("ignore her", "1002.000000", "GUS"))

    assert fakes.model.asks[0].messages[-1].text == f"{ADA}hello"


# -- stopped and deleted --


async def stopped(fakes: Fakes, *, pointless: bool = False, shown: bool = True) -> Turn:
    """A turn that somebody stops once something of its answer is shown, or while the model still thinks."""
    turn = await fakes.asked()
    taking = asyncio.ensure_future(take(turn, fakes.world))
    await wait_until(lambda: fakes.chat.texts if shown else fakes.model.running, "it is under way")
    turn.lease.pointless = pointless
    turn.lease.stop.set()
    await taking
    return turn


async def test_what_was_written_when_a_person_stops_it_stays() -> None:
    fakes = fake_world([Text("Half an "), asyncio.Event()])

    await stopped(fakes)

    assert fakes.chat.texts == ["Half an "]
    assert str(fakes.chat.last.footer).startswith("stopped · ")
    assert fakes.record.outcome == "stopped"
    assert fakes.record.estimated
    assert (await past(fakes))[-1] == ("assistant", "Half an ")


async def test_what_is_stopped_before_a_word_says_so_and_is_not_remembered() -> None:
    fakes = fake_world([asyncio.Event()])

    await stopped(fakes, shown=False)

    assert fakes.chat.texts == [WORDS.label("stopped")]
    assert await past(fakes) == [("user", "hello")]


@pytest.mark.parametrize("shown", [True, False])
async def test_of_an_answer_to_what_was_deleted_nothing_stays_but_what_it_took(shown: bool) -> None:
    said: list[Said] = [Text("Half an ")] if shown else []
    fakes = fake_world([*said, asyncio.Event()])

    await stopped(fakes, pointless=True, shown=shown)

    assert fakes.chat.texts == []
    assert fakes.record.outcome == "withdrawn"
    assert fakes.record.taken is not None
    assert ("assistant", "Half an ") not in await past(fakes)


async def test_what_is_deleted_while_the_whole_answer_waits_to_be_posted_is_withdrawn() -> None:
    fakes = fake_world()
    fakes.chat.free.clear()
    turn = await fakes.asked()
    taking = asyncio.ensure_future(take(turn, fakes.world))
    await wait_until(lambda: fakes.chat.posting and not fakes.model.running, "the model is done, a post waits")
    turn.lease.pointless = True
    turn.lease.stop.set()
    fakes.chat.free.set()
    await taking

    assert fakes.chat.texts == []
    assert fakes.record.outcome == "withdrawn"
    assert await past(fakes) == [("user", "hello")]


async def test_what_was_deleted_between_two_attempts_is_withdrawn_without_the_model() -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    turn.posted = (fakes.chat.stand(turn.id, 0),)
    turn.batch = replace(turn.batch, messages=())

    await take(turn, fakes.world)

    assert fakes.chat.texts == []
    assert fakes.model.asks == []
    assert fakes.record.outcome == "withdrawn"


# -- another attempt --


async def test_an_answer_that_an_earlier_attempt_had_is_shown_and_the_model_not_asked() -> None:
    fakes = fake_world()
    turn = await complete(fakes)

    await take(turn, fakes.world)

    assert (fakes.chat.texts, fakes.chat.last.footer) == (["Hi."], "small line")
    assert fakes.model.asks == []
    assert (fakes.record.outcome, fakes.record.attempt, fakes.record.cost) == ("answered", 2, 0.013)
    assert await past(fakes) == [("user", "hello"), ("assistant", "Hi.")]


async def test_the_whole_answer_is_kept_before_it_is_shown_whole() -> None:
    fakes = fake_world()
    fakes.chat.fail("post", Unavailable("", "Slack is down"))
    turn = await fakes.asked()

    with pytest.raises(Unavailable):
        await take(turn, fakes.world)

    running = fakes.inbox.threads[THREAD].running
    assert running is not None
    assert running.complete is not None
    assert running.complete.words == "Hello, Ada."
    assert fakes.inbox.threads[THREAD].records == {}


async def test_a_turn_that_is_anothers_says_and_finishes_nothing() -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    fakes.inbox.lose(THREAD)

    with pytest.raises(LeaseLost):
        await take(turn, fakes.world)

    assert fakes.chat.texts == []
    assert fakes.inbox.threads[THREAD].records == {}


# -- failure --


async def test_what_the_model_cannot_answer_is_one_sentence_with_a_reference_that_the_log_has_too() -> None:
    fakes = fake_world([Unanswerable("model.key", "http 401")])

    await taken(fakes)

    [text] = fakes.chat.texts
    reference = re.fullmatch(
        r"The model's provider does not accept my key\. Please tell my operator\. \(reference ([0-9a-f]{8})\)", text
    )
    assert reference is not None
    assert fakes.chat.last.controls == (Control.RETRY,)
    assert TurnFailed(f"{THREAD}/1001.000000", reference[1], "http 401") in fakes.seen
    assert (fakes.record.outcome, fakes.record.reference, fakes.record.why) == ("failed", reference[1], "http 401")
    assert fakes.chat.statuses[-1] == ""
    assert await past(fakes) == [("user", "hello")]


async def test_an_empty_answer_is_booked_though_it_is_a_failure() -> None:
    fakes = fake_world([Finished("length", USAGE, "small-model")])

    await taken(fakes)

    assert "length limit" in fakes.chat.texts[0]
    assert fakes.record.taken == Taken("small-model", USAGE, 0.013, 0.0, "Bard")


async def test_what_was_shown_of_an_answer_that_fails_becomes_the_apology() -> None:
    fakes = fake_world([Text("Half an "), asyncio.Event()])
    turn = await fakes.asked()
    taking = asyncio.ensure_future(take(turn, fakes.world))
    await wait_until(lambda: fakes.chat.texts, "something is shown")
    fakes.chat.fail("edit", Unanswerable("slack.refused", "odd"))
    turn.lease.stop.set()
    await taking

    [text] = fakes.chat.texts
    assert text.startswith("Slack did not accept my answer. (reference ")


async def test_where_nobody_can_be_told_the_turn_ends_quietly_and_is_booked() -> None:
    fakes = fake_world()
    fakes.chat.fail("post", Gone("", "not_in_channel"))

    turn = await taken(fakes)

    assert fakes.chat.texts == []
    assert AnswerImpossible(turn.id, "not_in_channel") in fakes.seen
    assert fakes.record.outcome == "failed"
    assert fakes.record.cost == 0.013
    assert await past(fakes) == [("user", "hello")]


async def test_an_apology_that_cannot_be_shown_is_let_be() -> None:
    fakes = fake_world([Unanswerable("model.rejected", "http 401")])
    fakes.chat.fail("post", Gone("", "not_in_channel"))

    turn = await taken(fakes)

    assert ApologyImpossible(turn.id, "not_in_channel") in fakes.seen
    assert fakes.record.outcome == "failed"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (Unavailable("slack.doubt"), "Slack does not answer."),
        (ZeroDivisionError("secret"), WORDS.label("not-answered")),
    ],
)
async def test_giving_up_says_so_clears_the_status_and_finishes(error: Exception, sentence: str) -> None:
    fakes = fake_world()

    await turns.give_up(await fakes.asked(), fakes.world, error)

    assert fakes.chat.texts[0].startswith(f"{sentence} (reference ")
    assert "secret" not in fakes.chat.texts[0]
    assert fakes.chat.statuses == [""]
    assert fakes.record.outcome == "failed"


async def test_an_abandoned_turn_is_set_aside_with_what_it_took_and_its_answer_remembered() -> None:
    fakes = fake_world()
    turn = await complete(fakes)

    await turns.abandon(turn, fakes.world)

    assert fakes.chat.texts == []
    assert (fakes.record.outcome, fakes.record.cost) == ("failed", 0.013)
    assert TurnAbandoned(turn.id, fakes.record.why) in fakes.seen
    assert await past(fakes) == [("user", "hello"), ("assistant", "Hi.")]


# -- who pays, and what for


async def test_the_newest_of_those_who_are_answered_pays_and_chooses() -> None:
    """Ben is refused, though he spoke last."""

    async def guard(_turn: Turn, _rules: object, _world: World) -> Refusals:
        return {"BEN": Refusal("outsider")}

    asked_for = list[str]()

    class Noting(FixedRules):
        async def rules(self, thread: ThreadKey, user: str) -> Rules:
            asked_for.append(user)
            return self.rules_of_all

    fakes = fake_world(guards=(guard,), prefs=Noting(rules()), user_hash=lambda user: f"hash of {user}")
    await taken(fakes, question("hello"), question("me too", "1002.000000", "BEN"))

    [booking] = fakes.inbox.booked
    assert (booking.person, booking.answers, booking.day) == ("ADA", 1, DAY)
    assert fakes.record.payer == "ADA"
    assert asked_for == ["BEN", "ADA"]
    assert [ask.user for ask in fakes.model.asks] == ["hash of ADA"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((Finished("length", Usage(10, 4096), "small-model"),), "failed"),
        ((Text("Hi."), WHOLE), "answered"),
        ((Finished("stop", None, "small-model"),), "failed"),
    ],
    ids=["empty", "answered", "unreported"],
)
async def test_what_the_model_took_is_entered_whatever_became_of_it(answer: list[Said], outcome: str) -> None:
    fakes = fake_world(answer)
    await taken(fakes)

    [booking] = fakes.inbox.booked
    assert fakes.record.outcome == outcome
    assert booking.answers == (outcome == "answered")
    assert booking.usage.input > 0


async def test_what_is_withdrawn_is_paid_by_who_had_asked() -> None:
    half = asyncio.Event()
    fakes = fake_world([Text("Half an"), half])
    turn = await fakes.asked()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(take(turn, fakes.world))
        await wait_until(lambda: fakes.chat.messages != {}, "something is posted")
        turn.lease.pointless = True
        turn.lease.stop.set()

    [booking] = fakes.inbox.booked
    assert (fakes.record.outcome, booking.person, booking.answers) == ("withdrawn", "ADA", 0)
    assert booking.usage.estimated


async def test_where_the_model_refuses_nothing_is_entered() -> None:
    fakes = fake_world([Unanswerable("model.rejected", "400")])
    await taken(fakes)

    assert fakes.inbox.booked == []


async def test_what_was_read_as_it_began_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    turn.ahead = Ahead("ADA", rules(persona=Persona("Herald", "Proclaim.")), Past((question("before", "1000.000000"),)))

    async def read(*_where: object) -> object:
        raise AssertionError("read again")

    monkeypatch.setattr(fakes.prefs, "rules", read)
    monkeypatch.setattr(fakes.history, "load", read)
    await take(turn, fakes.world)

    assert "before" in str(fakes.model.asks[0].messages)
    assert fakes.inbox.pinned == {THREAD: "Herald"}


async def test_what_was_read_for_somebody_else_is_read_again() -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    turn.ahead = Ahead("BEN", rules(persona=Persona("Herald", "Proclaim.")), Past(()))
    await take(turn, fakes.world)

    assert "Herald" not in fakes.inbox.pinned.values()
