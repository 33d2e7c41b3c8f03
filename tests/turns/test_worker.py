"""A replica at work: whose turns it runs, and what becomes of those that do not end well."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot import happenings
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, Message
from bot.conversation.pieces import Finished, Text
from bot.errors import Gone, LeaseLost, Unanswerable, Unavailable, Unreadable
from bot.ports import World
from bot.turns import worker
from bot.turns.state import Lease, Turn
from bot.turns.worker import NOT_INSTALLED_PAUSE, Capacity, Source, work
from bot.wording.en import WORDS
from tests.fakes import THREAD, Fakes, Said, fake_world, question
from tests.town import wait_until

OTHER = replace(THREAD, root="1002.000000")
QUICK = Capacity(lease=0.03, grace=0.0, ask_for_work=0.01, ask_for_stops=0.01)


def source(fakes: Fakes) -> Source:
    """One workspace is installed here."""

    def world_of(thread: ThreadKey) -> World | None:
        return fakes.world if thread.workspace == THREAD.workspace else None

    return Source(fakes.inbox, world_of, fakes.world.saw)


@asynccontextmanager
async def working(fakes: Fakes, capacity: Capacity = QUICK) -> AsyncIterator[asyncio.Event]:
    """A replica works until the block ends, or until the event that it gives is set."""
    stop = asyncio.Event()
    running = asyncio.ensure_future(work(source(fakes), stop, capacity))
    try:
        yield stop
    finally:
        stop.set()
        await running


async def ask(fakes: Fakes) -> None:
    await fakes.inbox.put(THREAD, question("hello"), addressed=True)


def finished(fakes: Fakes) -> bool:
    return bool(fakes.inbox.threads[THREAD].records)


def handed_back(fakes: Fakes, times: int = 1) -> Callable[[], bool]:
    return lambda: len(fakes.inbox.handed_back) >= times


async def test_a_turn_that_another_replica_let_lapse_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = fake_world()
    claim = fakes.inbox.claim

    async def lapsed(most: int) -> list[Lease]:
        return [replace(lease, taken_over=True) for lease in await claim(most)]

    monkeypatch.setattr(fakes.inbox, "claim", lapsed)
    await ask(fakes)
    async with working(fakes):
        await wait_until(lambda: finished(fakes), "it is answered")

    assert fakes.seen.count(happenings.TurnTakenOver(str(THREAD))) == 1


class Cancelling(list[Said]):
    """What a library does that cancels the task which called it, such as a tool's client whose server goes away."""

    def __iter__(self) -> Iterator[Said]:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return iter([Text("never said")])


async def test_what_waits_is_answered() -> None:
    fakes = fake_world()
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "the turn is finished")

    assert fakes.chat.texts == ["Hello, Ada."]
    assert fakes.inbox.handed_back == []


async def test_no_more_turns_run_at_once_than_there_is_room_for() -> None:
    go_on = asyncio.Event()
    fakes = fake_world([go_on, Text("one"), Finished("stop", None, "m")])
    async with working(fakes, Capacity(at_once=1, ask_for_work=0.01, grace=5)):
        await ask(fakes)
        await fakes.inbox.put(OTHER, question("me too", "1002.000000"), addressed=True)
        await wait_until(lambda: fakes.model.running == 1, "the first is asked")
        running = [thread for thread, held in fakes.inbox.threads.items() if held.token]
        go_on.set()
        await wait_until(lambda: bool(fakes.inbox.threads[OTHER].records), "the second is answered too")

    assert running == [THREAD]


async def test_the_end_of_the_process_hands_a_turn_back_at_once_and_uncounted() -> None:
    fakes = fake_world([asyncio.Event()])
    async with working(fakes) as stop:
        await ask(fakes)
        await wait_until(lambda: fakes.model.running == 1, "the model is asked")
        stop.set()
        await wait_until(handed_back(fakes), "it is handed back")

    assert fakes.inbox.handed_back == [(0.0, False)]
    assert (await fakes.claimed()).attempt == 1
    assert fakes.model.running == 0


async def test_a_process_that_is_ended_from_outside_hands_back_too() -> None:
    fakes = fake_world([asyncio.Event()])
    running = asyncio.ensure_future(work(source(fakes), asyncio.Event(), QUICK))
    await ask(fakes)
    await wait_until(lambda: fakes.model.running == 1, "the model is asked")

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert fakes.inbox.handed_back == [(0.0, False)]


async def test_turns_under_way_get_their_grace() -> None:
    go_on = asyncio.Event()
    fakes = fake_world([go_on, Text("Made it."), Finished("stop", None, "m")])
    async with working(fakes, Capacity(grace=5, ask_for_work=0.01)) as stop:
        await ask(fakes)
        await wait_until(lambda: fakes.model.running == 1, "the model is asked")
        stop.set()
        go_on.set()

    assert fakes.chat.texts == ["Made it."]
    assert fakes.inbox.handed_back == []


async def test_a_turn_whose_lease_is_lost_stops_and_touches_nothing_more() -> None:
    fakes = fake_world([Text("Half an"), asyncio.Event()])
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: fakes.chat.texts, "something is shown")
        before = fakes.chat.texts
        fakes.inbox.lose(THREAD)
        await wait_until(lambda: fakes.model.running == 0, "the model is asked no more")

    assert (fakes.inbox.handed_back, fakes.inbox.refused) == ([], 0)
    assert happenings.LeaseLost(str(THREAD), "when renewing") in fakes.seen
    assert fakes.chat.texts == before
    assert not finished(fakes)


async def test_a_turn_that_learns_by_itself_that_it_is_anothers_says_nothing_of_it() -> None:
    fakes = fake_world()
    fakes.inbox.fail("keep_answer", LeaseLost("when noting complete"))
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: happenings.LeaseLost(str(THREAD), "when noting complete") in fakes.seen, "it ends")

    assert not [text for text in fakes.chat.texts if WORDS.label("not-answered") in text]
    assert fakes.inbox.handed_back == []


@pytest.mark.parametrize("trouble", [[asyncio.CancelledError()], Cancelling()], ids=["raised", "task cancelled"])
async def test_a_turn_that_something_in_it_cancels_counts_as_an_attempt(trouble: list[Said]) -> None:
    fakes = fake_world(trouble)
    async with working(fakes):
        await ask(fakes)
        await wait_until(handed_back(fakes), "it is put back")
        fakes.clock.time += 5
        await wait_until(lambda: finished(fakes), "the next attempt answers")

    assert fakes.inbox.handed_back == [(5.0, True)]
    assert fakes.record.attempt == 2
    assert fakes.chat.texts == ["Hello, Ada."]


async def test_a_turn_that_is_cancelled_each_time_is_not_tried_for_ever() -> None:
    fakes = fake_world(*([asyncio.CancelledError()] for _ in range(9)))
    async with working(fakes):
        await ask(fakes)
        for attempt in range(1, 4):
            await wait_until(handed_back(fakes, attempt), "it is put back")
            fakes.clock.time += 5
        await wait_until(lambda: finished(fakes), "it is given up")

    assert fakes.record.outcome == "failed"
    assert len(fakes.model.asks) == 3
    assert WORDS.label("not-answered") in fakes.chat.texts[0]


async def test_trouble_that_passes_is_tried_again_after_a_pause_that_grows() -> None:
    fakes = fake_world([Unavailable("", "down", 2.0)], [Unavailable("", "down", 2.0)])
    async with working(fakes):
        await ask(fakes)
        for attempt in (1, 2):
            await wait_until(handed_back(fakes, attempt), "it is put back")
            fakes.clock.time += 4
        await wait_until(lambda: finished(fakes), "it is answered")

    assert fakes.inbox.handed_back == [(2.0, True), (4.0, True)]
    assert fakes.chat.texts == ["Hello, Ada."]


async def test_trouble_that_does_not_pass_is_said_in_the_end() -> None:
    fakes = fake_world(*([Unavailable("model.unreachable", "down", 0.0)] for _ in range(3)))
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "it is given up")

    assert len(fakes.inbox.handed_back) == 2
    assert fakes.chat.texts[0].startswith(
        "The model is not reachable at the moment. Please try again later. (reference "
    )


async def test_a_bug_is_said_as_one_plain_apology() -> None:
    fakes = fake_world([ZeroDivisionError("secret")])
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "it is given up")

    assert fakes.chat.texts[0].startswith(WORDS.label("not-answered"))
    assert fakes.record.why == "ZeroDivisionError"


async def test_a_turn_that_cannot_even_apologise_is_set_aside() -> None:
    fakes = fake_world(*([Unanswerable("model.rejected")] for _ in range(20)))
    fakes.chat.fail("post", *(Unavailable("", "Slack is down", 0.0) for _ in range(99)))
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "it is set aside")

    assert fakes.record.why == "neither an answer nor an apology could be shown"
    assert fakes.chat.texts == []


async def test_an_inbox_that_is_away_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PUT_BACK_PAUSE", 0.0)
    fakes = fake_world()
    for method in ("claim", "renew", "stopped"):
        fakes.inbox.fail(method, Unavailable("", "away", 0.0), Unreadable("odd"))
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "the turn is finished")

    assert fakes.chat.texts == ["Hello, Ada."]


async def test_a_turn_of_which_too_little_can_be_read_ends_with_an_apology_and_asks_no_model() -> None:
    fakes = fake_world()
    begin = fakes.inbox.begin

    async def begin_unreadable(lease: Lease) -> Turn | None:
        turn = await begin(lease)
        assert turn is not None
        turn.batch, turn.unreadable = Batch(turn.batch.thread, (Message(turn.newest, "", ""),)), Unreadable("odd")
        return turn

    fakes.inbox.begin = begin_unreadable  # type: ignore[method-assign]
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: finished(fakes), "it is given up")

    assert fakes.chat.texts[0].startswith("Something that I keep cannot be read. Please tell my operator. (reference ")
    assert fakes.record.outcome == "failed"
    assert fakes.record.askers == ()
    assert fakes.model.asks == []


@pytest.mark.parametrize(
    "error", [LeaseLost(), Gone("", "not_in_channel"), Unavailable("", "away", 0.0), Unreadable("odd")]
)
async def test_whatever_happens_as_a_turn_begins_the_next_thread_is_served(error: Exception) -> None:
    fakes = fake_world()
    fakes.inbox.fail("begin", error)
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: not fakes.inbox.faults["begin"], "it began")
        await fakes.inbox.put(OTHER, question("and me?", "1002.000000"), addressed=True)
        await wait_until(lambda: bool(fakes.inbox.threads[OTHER].records), "the other is answered")


async def test_a_person_stops_a_turn_whichever_replica_heard_of_it() -> None:
    fakes = fake_world([Text("Half an"), asyncio.Event()])
    async with working(fakes):
        await ask(fakes)
        await wait_until(lambda: fakes.chat.texts, "something is shown")
        await fakes.inbox.stop(THREAD)
        await wait_until(lambda: finished(fakes), "it is finished")

    assert fakes.record.outcome == "stopped"
    assert str(fakes.chat.last.footer).startswith("stopped · ")


async def test_leases_of_running_turns_are_renewed() -> None:
    go_on = asyncio.Event()
    fakes = fake_world([go_on, Text("Done."), Finished("stop", None, "m")])
    async with working(fakes, Capacity(lease=0.03, grace=5, ask_for_work=0.01)):
        await ask(fakes)
        await wait_until(lambda: fakes.inbox.renewed > 2, "it is renewed")
        fakes.clock.time += 59  # of 60
        seen = fakes.inbox.renewed
        await wait_until(lambda: fakes.inbox.renewed > seen + 1, "it is renewed again")
        fakes.clock.time += 59
        go_on.set()
        await wait_until(lambda: finished(fakes), "it is finished")

    assert fakes.chat.texts == ["Done."]


async def test_a_thread_of_a_workspace_that_is_not_installed_waits_for_another_replica() -> None:
    fakes, elsewhere = fake_world(), replace(THREAD, workspace="T2")
    await fakes.inbox.put(elsewhere, question("hello"), addressed=True)
    async with working(fakes):
        await wait_until(lambda: bool(fakes.inbox.handed_back), "it is handed back")

    assert fakes.inbox.handed_back == [(NOT_INSTALLED_PAUSE, False)]
    assert happenings.WorkspaceMissing("T2") in fakes.seen
    assert fakes.model.asks == []
