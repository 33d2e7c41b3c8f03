"""Asking the model until its answer is whole."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.conversation import prompt
from bot.conversation.attachments import Picture
from bot.conversation.marks import Marks
from bot.conversation.messages import File, Message
from bot.conversation.pieces import Finished, Interrupted, Retracted, Routed, Text, Thought
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import Busy, Late, PicturesRefused, TooLong, Unanswerable, Unavailable
from bot.happenings import AnswerBroke, ModelAnswered, ModelAsked, RequestReduced
from bot.personas.persona import Persona
from bot.turns import generate as generating
from bot.turns.generate import Full, Generated, Stopped, TimedOut, generate
from bot.turns.meter import Meter, Part
from bot.wording.en import WORDS
from tests.fakes import Fakes, Said, fake_world
from tests.town import wait_until

USAGE = Usage(12, 3, cached=4)
WHOLE = Finished("stop", USAGE, "small-model-2")
PICTURE = Picture("image/png", b"")


def request(past: int = 0, picture: bool = False) -> Ask:
    said = [Message(f"{n}.0", "ADA", f"message {n}") for n in range(1, past + 1)]
    new = Message("99.0", "ADA", "and now?", files=(File("F1", "a.png"),) if picture else ())
    return prompt.build(
        Persona("Bard", "Rhyme."), "small-model", said, [new], Marks("q7w"), 16_000, read={"F1": PICTURE}
    )


class Paper:
    """It takes in so many pieces."""

    def __init__(self, room: int = 100) -> None:
        self.room = room
        self.fed: list[str] = []
        self.waits: list[float | None] = []

    @property
    def text(self) -> str:
        return "".join(self.fed)

    @property
    def full(self) -> bool:
        return len(self.fed) == self.room

    def feed(self, text: str) -> None:
        self.fed.append(text)

    def restart(self) -> None:
        self.fed = []

    def wait(self, until: float | None) -> None:
        self.waits.append(until)


class Generation:
    """One answer under way: what it was fed with so far, and the event that stops it."""

    def __init__(self, *answers: Sequence[Said]) -> None:
        self.fakes: Fakes = fake_world(*answers)
        self.page, self.meter = Paper(), Meter()
        self.stop = asyncio.Event()

    async def run(self, ask: Ask | None = None, seconds: float = 60.0) -> Generated:
        return await generate(
            ask or request(),
            self.fakes.world,
            turn="T",
            stop=self.stop,
            seconds=seconds,
            page=self.page,
            meter=self.meter,
        )

    @property
    def fed(self) -> list[str]:
        return self.page.fed

    @property
    def asks(self) -> list[Ask]:
        return self.fakes.model.asks


async def test_an_answer_is_fed_on_as_it_comes_and_returned_whole() -> None:
    generation, ask = Generation([Text("Hello, "), Text("Ada."), WHOLE]), request()

    generated = await generation.run(ask)

    assert generation.fed == ["Hello, ", "Ada."]
    assert generated == Generated("Hello, Ada.", WHOLE, ask, "small-model-2", USAGE, {})
    generated.check()


async def test_a_busy_model_is_waited_for_and_the_page_told() -> None:
    generation = Generation([Busy("model.busy", "429", after=0.01)], [Text("Ah."), WHOLE])

    generated = await generation.run()

    assert generated.text == "Ah."
    assert generation.page.waits == [generation.fakes.clock.time + 0.01, None]


@pytest.mark.parametrize("after", [[60.1], [30.0, 30.1], [0.0] * 9], ids=["long", "together long", "often"])
async def test_a_model_that_is_busy_for_long_is_not_waited_for(
    after: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    generation = Generation(*([Busy("model.busy", "429", after=each)] for each in after))
    monkeypatch.setattr(asyncio, "sleep", sleep)

    with pytest.raises(Unanswerable) as raised:
        await generation.run()

    assert "busy" in WORDS.label(raised.value.sentence)
    assert sum(slept) <= generating.MAX_BUSY
    assert len(generation.asks) <= generating.MAX_PAUSES + 1


async def test_who_stops_while_the_model_is_busy_need_not_wait() -> None:
    generation = Generation([Busy("model.busy", "429", after=50.0)])
    running = asyncio.ensure_future(generation.run())
    await wait_until(lambda: generation.page.waits, "it waits")

    generation.stop.set()

    assert (await running).end == Stopped()


async def test_a_model_that_says_nothing_in_time_is_asked_once_more_for_a_minute() -> None:
    generation = Generation([Late("model.late")], [Text("Ah."), WHOLE])

    assert (await generation.run()).text == "Ah."
    assert generation.fakes.model.within == [None, 60.0]


async def test_one_that_says_nothing_again_is_given_up() -> None:
    generation = Generation([Late("model.late")], [Late("model.late")], [Text("never"), WHOLE])

    with pytest.raises(Unanswerable) as raised:
        await generation.run()

    assert "in time" in WORDS.label(raised.value.sentence)
    assert len(generation.asks) == 2


async def test_what_the_server_does_not_report_is_estimated() -> None:
    ask = request()

    generated = await Generation([Text("Hello."), Finished("stop", None, "")]).run(ask)

    assert (generated.model, generated.usage) == ("small-model", ask.estimate("Hello."))
    assert generated.usage.estimated


async def test_further_choices_are_kept_apart_and_counted() -> None:
    ask = request()
    pieces: list[Said] = [Text("Heads."), Text("Tai", 2), Text("Edge.", 1), Text("ls.", 2), Finished("stop", None, "m")]
    generation = Generation(pieces)

    generated = await generation.run(ask)

    assert generation.fed == ["Heads."]
    assert list(generated.others.items()) == [(1, "Edge."), (2, "Tails.")]
    assert generated.usage == ask.estimate("Heads.Edge.Tails.")


async def test_a_request_that_is_too_long_is_shortened_until_it_fits() -> None:
    generation = Generation([TooLong("", "413")], [TooLong("", "413")], [Text("Ah."), WHOLE])

    generated = await generation.run(request(past=8))

    assert [len(ask.past) for ask in generation.asks] == [8, 4, 2]
    assert generated.ask is generation.asks[-1]
    assert generated.ask.left_out == 6
    assert [type(seen) for seen in generation.fakes.seen] == [
        ModelAsked, RequestReduced, ModelAsked, RequestReduced, ModelAsked, ModelAnswered
    ]  # fmt: skip
    assert [seen.round for seen in generation.fakes.seen if isinstance(seen, ModelAsked)] == [1, 2, 3]


async def test_what_is_too_long_though_nothing_can_be_left_out_is_refused() -> None:
    generation = Generation(*([TooLong("Too long.", "413")] for _ in range(9)))

    with pytest.raises(TooLong):
        await generation.run(request(past=2))

    assert [len(ask.past) for ask in generation.asks] == [2, 1, 0]


async def test_a_model_that_takes_no_pictures_is_asked_without_and_only_once_more() -> None:
    generation = Generation([PicturesRefused("400")], [PicturesRefused("400")], [Text("never"), WHOLE])

    with pytest.raises(PicturesRefused):
        await generation.run(request(picture=True))

    assert [ask.pictures for ask in generation.asks] == [True, False]
    (note,) = generation.asks[1].file_notes
    assert WORDS.note(note) == "not read: a.png (the model does not accept it)"


async def test_rounds_are_counted_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "MAX_ROUNDS", 2)
    generation = Generation(*([TooLong("", "413")] for _ in range(9)))

    with pytest.raises(TooLong):
        await generation.run(request(past=100))

    assert len(generation.asks) == 2


@pytest.mark.parametrize("error", [Unavailable("", "down"), Unanswerable("No.", "401")])
async def test_what_the_model_cannot_do_at_all_escapes(error: Exception) -> None:
    generation = Generation([error])

    with pytest.raises(type(error)):
        await generation.run()

    assert generation.fed == []


async def test_a_stream_without_an_end_is_a_bug() -> None:
    with pytest.raises(RuntimeError):
        await Generation([Text("and then")]).run()


async def test_a_person_stops_it_and_what_has_come_is_kept() -> None:
    generation = Generation([Text("Half an"), asyncio.Event()])
    running = asyncio.ensure_future(generation.run())
    await wait_until(lambda: generation.fed, "something has come")

    generation.stop.set()
    generated = await running

    assert (generated.text, generated.end) == ("Half an", Stopped())
    assert generated.usage.estimated
    assert generation.fakes.model.running == 0
    generated.check()


async def test_what_is_stopped_after_it_was_shortened_says_so() -> None:
    generation = Generation([TooLong("", "413")], [asyncio.Event()])
    running = asyncio.ensure_future(generation.run(request(past=2)))
    await wait_until(lambda: len(generation.asks) == 2, "it is asked again")

    generation.stop.set()

    assert (await running).ask.left_out == 1


async def test_an_answer_for_which_there_is_no_more_room_is_cut_off_and_may_go_on() -> None:
    generation = Generation([Text("On "), Text("and "), Text("on."), asyncio.Event()])
    generation.page.room = 2

    generated = await generation.run()

    assert (generated.text, generated.end, generated.reason) == ("On and ", Full(8), "length")
    assert generated.usage.estimated
    assert generation.fakes.model.running == 0


async def test_further_choices_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generating, "MAX_CHARACTERS", 1)

    generated = await Generation([Text("Heads."), *([Text("Tails.", 1)] * 9), WHOLE]).run()

    assert generated.others == {1: "Tails.Tails."}


async def test_an_answer_that_takes_too_long_is_cut_off() -> None:
    generated = await Generation([Text("Half an"), asyncio.Event()]).run(seconds=0.01)

    assert (generated.text, generated.end) == ("Half an", TimedOut())
    generated.check()


async def test_thinking_is_no_part_of_the_answer_and_is_paid_for() -> None:
    ask = request()

    generated = await Generation([Thought(300), Thought(90), Text("Paris."), Finished("stop", None, "m")]).run(ask)

    assert (generated.text, generated.thought) == ("Paris.", 390)
    assert generated.usage.output == ask.estimate("Paris.").output + 130


async def test_what_turns_out_to_be_thinking_is_taken_back() -> None:
    ending: list[Said] = [Retracted(), Retracted(1), Text("Paris."), Text("Rome.", 1), WHOLE]
    generated = await Generation([Text("Hm. "), Text("Hm.", 1), *ending]).run()

    assert (generated.text, generated.others) == ("Paris.", {1: "Rome."})


async def test_so_it_is_in_an_answer_that_is_asked_for_again() -> None:
    generated = await Generation([Text("Half an"), CUT], [Text("Hm. "), Retracted(), Text("Paris."), WHOLE]).run()

    assert generated.text == "Paris."


async def test_a_model_that_only_thought_is_told_from_one_that_said_nothing() -> None:
    generated = await Generation([Thought(300), WHOLE]).run()

    with pytest.raises(Unanswerable) as raised:
        generated.check()

    assert "thought about it" in WORDS.label(raised.value.sentence)


CUT = Interrupted("connection-lost")


@pytest.mark.parametrize("cut", [CUT, Interrupted("server-failed"), Finished(None, None, "small-model-2")], ids=str)
async def test_an_answer_that_breaks_off_is_asked_for_once_more_and_paid_for_twice(cut: Said) -> None:
    ask = request()
    generation = Generation([Text("Half an"), cut], [Text("A who"), Text("le one."), WHOLE])

    generated = await generation.run(ask)

    assert (generated.text, generated.end, generation.asks) == ("A whole one.", WHOLE, [ask, ask])
    assert generated.usage == USAGE + ask.estimate("Half an")
    assert generated.usage.estimated
    assert [type(seen) for seen in generation.fakes.seen] == [ModelAsked, AnswerBroke, ModelAsked, ModelAnswered]


async def test_a_shorter_answer_takes_its_place_once_it_is_whole() -> None:
    generation = Generation([Text("Half of a long"), CUT], [Text("Sho"), Text("rt."), WHOLE])

    assert (await generation.run()).text == "Short."


@pytest.mark.parametrize(
    ("second", "text", "end"),
    [
        ([Unavailable("", "down")], "Half an", CUT),
        ([Unanswerable("", "401")], "Half an", CUT),
        ([TooLong("", "413")], "Half an", CUT),
        ([Text("A"), Interrupted("server-failed")], "Half an", CUT),
        ([Text("A"), Finished(None, None, "m")], "Half an", CUT),
        ([WHOLE], "Half an", CUT),
        ([Text("More of it"), Interrupted("server-failed")], "More of it", Interrupted("server-failed")),
    ],
    ids=["down", "refused", "too long", "shorter", "shorter without an end", "empty", "longer"],
)
async def test_if_that_fails_too_the_longer_part_is_kept(second: list[Said], text: str, end: generating.End) -> None:
    ask = request()
    generation = Generation([Text("Half an"), CUT], second, [Text("never"), WHOLE])

    generated = await generation.run(ask)

    assert (generated.text, generated.end, len(generation.asks)) == (text, end, 2)
    assert generated.usage.input >= ask.estimate("Half an").input
    assert generated.usage.estimated


async def test_an_answer_that_is_too_large_is_not_asked_for_again() -> None:
    generation = Generation([Text("Half an"), Interrupted("oversized")])

    assert (await generation.run()).end == Interrupted("oversized")
    assert len(generation.asks) == 1


async def test_who_stops_the_second_answer_keeps_the_first_part() -> None:
    generation = Generation([Text("Half an"), CUT], [Text("A"), asyncio.Event()])
    running = asyncio.ensure_future(generation.run())
    await wait_until(lambda: len(generation.asks) == 2, "it is asked again")

    generation.stop.set()

    assert ((await running).text, (await running).end) == ("Half an", Stopped())


async def test_further_choices_are_those_of_the_answer_that_is_kept() -> None:
    first: list[Said] = [Text("Half an"), Text("Tai", 1), CUT]

    assert (await Generation(first, [Text("Heads."), Text("Edge.", 1), WHOLE]).run()).others == {1: "Edge."}
    assert (await Generation(first, [Text("A"), Text("Edge.", 1), CUT]).run()).others == {1: "Tai"}


@pytest.mark.parametrize(
    ("end", "sentence", "why"),
    [
        (Finished("stop", USAGE, "m"), "empty answer", "empty answer, finish reason stop, 0 characters of thinking"),
        (
            Finished("length", USAGE, "m"),
            "length limit",
            "empty answer, finish reason length, 0 characters of thinking",
        ),
        (
            Finished("content_filter", USAGE, "m"),
            "content filter",
            "empty answer, finish reason content_filter, 0 characters of thinking",
        ),
        (Finished(None, None, ""), "broke off", "empty answer, finish reason None, 0 characters of thinking"),
        (
            Finished("tool_calls", USAGE, "m"),
            "use a tool",
            "empty answer, finish reason tool_calls, 0 characters of thinking",
        ),
        (Finished("odd", None, ""), "broke off", "empty answer, finish reason odd, 0 characters of thinking"),
        (Interrupted("connection-lost"), "broke off", "empty answer, finish reason None, 0 characters of thinking"),
        (TimedOut(), "took too long", "turn timeout"),
    ],
    ids=str,
)
def test_an_answer_without_words_is_none_and_what_it_took_is_known_all_the_same(
    end: generating.End, sentence: str, why: str
) -> None:
    generated = Generated(" \n", end, request(), "m", USAGE)

    with pytest.raises(Unanswerable) as raised:
        generated.check()

    assert sentence in WORDS.label(raised.value.sentence)
    assert raised.value.detail == why


# -- what was taken


async def test_each_request_is_paid_by_itself_to_who_answered_it() -> None:
    ask, big = request(), Routed("big-model", "cloud")
    small = Routed("small-model", "cellar", "big-model", "model.busy")
    generation = Generation([big, Text("Half an"), CUT], [small, Text("A whole one."), WHOLE])

    generated = await generation.run(ask)

    assert generation.meter.taken == [
        Part("big-model", ask.estimate("Half an"), big),
        Part("small-model-2", USAGE, small),
    ]
    assert generated.usage == generation.meter.usage


@pytest.mark.parametrize("end", [Finished("length", Usage(12, 4096, reasoning=4096), "m"), Finished("stop", None, "m")])
async def test_an_empty_answer_is_paid(end: Finished) -> None:
    generation = Generation([end])

    with pytest.raises(Unanswerable):
        (await generation.run()).check()

    assert [part.usage for part in generation.meter.taken] == [end.usage or request().estimate("")]


async def test_a_model_that_was_late_has_been_at_work_and_one_that_refused_has_not() -> None:
    late, ask = Late("model.slow", "nothing in time"), request()
    generation = Generation([Busy("model.busy", "429", 0.0)], [late], [late])

    with pytest.raises(Unanswerable):
        await generation.run(ask)

    assert [part.usage for part in generation.meter.taken] == [ask.estimate("")] * 2


async def test_so_has_one_that_thought_before_it_failed() -> None:
    ask = request()
    generation = Generation([Thought(300), Unavailable("", "down")])

    with pytest.raises(Unavailable):
        await generation.run(ask)

    assert [part.usage for part in generation.meter.taken] == [ask.estimate("", 300)]


async def test_and_one_in_whose_place_another_was_asked_because_it_was_late() -> None:
    ask, first, second = request(), Routed("big-model", "cloud"), Routed("small-model", "cellar", late=True)
    generation = Generation([first, second, Text("Ah."), WHOLE])

    await generation.run(ask)

    assert generation.meter.taken == [Part("big-model", ask.estimate(""), first), Part("small-model-2", USAGE, second)]


async def test_who_is_stopped_while_a_busy_model_is_waited_for_has_taken_nothing() -> None:
    generation = Generation([Busy("model.busy", "429", 30.0)])
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(generation.run())
        await wait_until(lambda: generation.page.waits != [], "the model is waited for")
        generation.stop.set()

    assert running.result().end == Stopped()
    assert generation.meter.taken == []
