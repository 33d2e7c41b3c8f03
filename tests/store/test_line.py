"""Where many wait, everybody gets a turn: workspace by workspace, and in each channel by channel."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation.ids import ThreadKey
from bot.store import depths
from bot.store.operations import Operations
from bot.turns.state import Lease
from tests.store.shelf import Shelf, at, message
from threadbot_sandbox.redis import EmbeddedRedis


def thread(n: int, channel: str = "C1", workspace: str = "T1") -> ThreadKey:
    return ThreadKey("slack", workspace, channel, at(n))


async def wait_in_line(shelf: Shelf, threads: Iterable[ThreadKey]) -> None:
    """They are ready, as one more question makes them."""
    names = [str(each) for each in threads]
    for start in range(0, len(names), 1000):
        some = names[start : start + 1000]
        await shelf.raw.hset(shelf.queue.state, mapping=dict.fromkeys(some, "ready"))
        await shelf.raw.rpush(shelf.queue.ready, *some)


async def one(shelf: Shelf) -> Lease:
    [lease] = await shelf.claim(1)
    return lease


class Round:
    """The queue as a child would build it."""

    def __init__(self) -> None:
        self.ready: list[ThreadKey] = []
        self.teams: list[str] = []
        self.channels: dict[str, list[str]] = defaultdict(list)
        self.threads: dict[tuple[str, str], list[ThreadKey]] = defaultdict(list)

    def line_up(self, thread: ThreadKey, *, in_front: bool = False) -> None:
        team, channel = thread.workspace, thread.channel
        if channel not in self.channels[team]:
            self.channels[team].append(channel)
        if team not in self.teams:
            self.teams.append(team)
        self.threads[team, channel].insert(0 if in_front else len(self.threads[team, channel]), thread)

    def claim(self, most: int) -> list[ThreadKey]:
        if self.teams or len(self.ready) > max(most, 2):
            while self.ready:
                self.line_up(self.ready.pop(0))
        found = [self.ready.pop(0) for _ in range(min(most, len(self.ready)))]
        while len(found) < most and self.teams:
            team = self.teams.pop(0)
            channel = self.channels[team].pop(0)
            found.append(self.threads[team, channel].pop(0))
            self.channels[team] += [channel] if self.threads[team, channel] else []
            self.teams += [team] if self.channels[team] else []
        return found

    def hand_back(self, thread: ThreadKey) -> None:
        if self.teams:
            self.line_up(thread, in_front=True)
        else:
            self.ready.insert(0, thread)


PLACES = st.tuples(st.sampled_from(["T1", "T2", "T3"]), st.sampled_from(["C1", "C2", "C3", "C4"]))
COME = st.tuples(st.just("come"), st.lists(PLACES, min_size=1, max_size=12))
CLAIM = st.tuples(st.just("claim"), st.integers(1, 6))
BACK = st.tuples(st.just("back"), st.integers(0, 20))


@given(st.lists(st.one_of(COME, CLAIM, BACK), max_size=40))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_line_behaves_like_its_model(
    redis_server: EmbeddedRedis, steps: list[tuple[str, list[tuple[str, str]] | int]]
) -> None:
    asyncio.run(lived_through(redis_server.url, steps))


async def lived_through(url: str, steps: list[tuple[str, list[tuple[str, str]] | int]]) -> None:
    shelf, model, number = await Shelf.open(url), Round(), 0
    await shelf.raw.flushall()
    running: list[Lease] = []
    for what, about in steps:
        if isinstance(about, list):
            for workspace, channel in about:
                number += 1
                model.ready.append(thread(number, channel, workspace))
                await wait_in_line(shelf, [thread(number, channel, workspace)])
        elif what == "claim":
            leases = await shelf.claim(about)
            assert [lease.thread for lease in leases] == model.claim(about)
            running += leases
        elif running:
            lease = running.pop(about % len(running))
            await shelf.hand_back(lease, 0.0, counted=False)
            model.hand_back(lease.thread)
    left = await shelf.claim(1000)
    assert [lease.thread for lease in left] == model.claim(1000)
    assert not await shelf.raw.exists(shelf.queue.line, shelf.queue.ready)
    await shelf.close()


@pytest.mark.parametrize("newcomer", [thread(99_000, "C2"), thread(99_000, "C2", "T2"), thread(99_000, "D1")])
async def test_a_newcomer_waits_for_one_turn_behind_ten_thousand(shelf: Shelf, newcomer: ThreadKey) -> None:
    await wait_in_line(shelf, (thread(n) for n in range(10_000)))
    before = [(await one(shelf)).thread for _ in range(5)]
    await wait_in_line(shelf, [newcomer])
    after = [(await one(shelf)).thread for _ in range(3)]

    assert before == [thread(n) for n in range(5)]
    assert newcomer in after[:2]
    assert sorted(map(str, [*after, newcomer])) == sorted(map(str, [thread(5), thread(6), newcomer, newcomer]))


async def test_who_came_while_nobody_claimed_does_not_wait_longer(shelf: Shelf) -> None:
    """All replicas were full, or away."""
    await wait_in_line(shelf, (*(thread(n) for n in range(10_000)), thread(99_000, "C2"), thread(99_001, "C1", "T2")))
    began = time.monotonic()
    found = [(await one(shelf)).thread for _ in range(3)]

    assert found == [thread(0), thread(99_001, "C1", "T2"), thread(99_000, "C2")]
    assert time.monotonic() - began < 5


async def test_a_busy_workspace_with_many_channels_is_no_more_than_one(shelf: Shelf) -> None:
    await wait_in_line(shelf, (thread(n, f"C{n % 50}") for n in range(500)))
    await one(shelf)
    await wait_in_line(shelf, [thread(99_000 + n, "C1", "T2") for n in range(3)])
    found = [(await one(shelf)).thread.workspace for _ in range(6)]

    assert found == ["T1", "T2"] * 3


async def test_what_pauses_and_what_is_ready_take_turns(shelf: Shelf) -> None:
    """After an outage of the model a great many are due at once."""
    due = [thread(n) for n in range(100)]
    await shelf.raw.hset(shelf.queue.state, mapping={str(each): "later" for each in due})
    await shelf.raw.zadd(shelf.queue.leases, {str(each): 1 for each in due})
    await wait_in_line(shelf, [thread(200 + n) for n in range(2)])
    found = [(await one(shelf)).thread for _ in range(4)]

    assert found == [thread(200), due[0], thread(201), due[1]]


async def test_what_is_handed_back_goes_before_the_others_of_its_channel(shelf: Shelf) -> None:
    await wait_in_line(shelf, (thread(n, f"C{n % 2}") for n in range(10)))
    lease = await one(shelf)
    await shelf.hand_back(lease, 0.0, counted=False)
    found = [(await one(shelf)).thread for _ in range(3)]

    assert found == [thread(1, "C1"), lease.thread, thread(3, "C1")]


async def test_an_operator_can_take_a_thread_out_of_the_line(shelf: Shelf) -> None:
    for n in range(4):
        await shelf.ask(n, thread=thread(n))
    first = await one(shelf)
    assert await operations(shelf).drop(str(thread(1))) == "1 messages will not be answered"
    found = await shelf.claim(10)

    assert [lease.thread for lease in (first, *found)] == [thread(0), thread(2), thread(3)]


async def test_what_came_in_again_after_that_is_answered_once(shelf: Shelf) -> None:
    for n in range(4):
        await shelf.ask(n, thread=thread(n))
    await one(shelf)
    await operations(shelf).drop(str(thread(1)))
    await shelf.put(thread(1), message(9), addressed=True)
    found = await shelf.claim(10)

    assert sorted(str(lease.thread) for lease in found) == sorted(str(thread(n)) for n in (1, 2, 3))
    assert await shelf.claim(10) == []


async def test_nothing_of_a_workspace_stays_in_line(shelf: Shelf) -> None:
    await wait_in_line(shelf, (thread(n, f"C{n % 3}", f"T{n % 2 + 1}") for n in range(20)))
    await one(shelf)
    await shelf.archive.remove_workspace()
    rest = await shelf.claim(100)

    assert "T1" not in str(await shelf.contents())
    assert {lease.thread.workspace for lease in rest} == {"T2"}
    assert len(rest) == 10


async def test_nobody_is_lost_when_the_line_has_a_wrong_type(shelf: Shelf) -> None:
    await wait_in_line(shelf, (thread(n, f"C{n % 3}") for n in range(20)))
    first = await one(shelf)
    await shelf.raw.set(shelf.queue.line, "odd")
    found = await shelf.claim(100)

    assert {lease.thread for lease in (first, *found)} == {thread(n, f"C{n % 3}") for n in range(20)}


async def test_nobody_is_lost_when_it_is_forgotten_who_is_ready(shelf: Shelf) -> None:
    await wait_in_line(shelf, (thread(n, f"C{n % 3}") for n in range(20)))
    await one(shelf)
    await shelf.raw.set(shelf.queue.state, "odd")
    found = await shelf.claim(100)

    assert {lease.thread for lease in found} >= {thread(n, f"C{n % 3}") for n in range(1, 20)}


async def test_what_is_no_thread_is_dropped_from_the_line(shelf: Shelf) -> None:
    odd = ["secret", "", "a/b", "slack//C1/1", "slack/T1//1"]
    await shelf.raw.hset(shelf.queue.state, mapping=dict.fromkeys(odd, "ready"))
    await shelf.raw.rpush(shelf.queue.ready, *odd)
    await wait_in_line(shelf, [thread(1), thread(2)])
    found = [lease.thread for _ in range(10) for lease in await shelf.claim(1)]

    assert sorted(map(str, found)) == sorted(map(str, [thread(1), thread(2)]))
    assert not await shelf.raw.exists(shelf.queue.line)


async def test_the_longest_wait_is_told(shelf: Shelf) -> None:
    await shelf.ask(5, thread=thread(5, "C5"))
    await shelf.ask(3, thread=thread(3, "C3"))
    for n in range(10, 20):
        await shelf.ask(n, thread=thread(n))
    await one(shelf)  # C5's: the others stand in line
    found = await depths.read(shelf.client, "test", ["T1"])

    assert (found["ready"], found["running"]) == (11, 1)
    assert found["oldest"] == pytest.approx(time.time() - float(at(3)), abs=60)


def operations(shelf: Shelf) -> Operations:
    return Operations(shelf.client, "test", 3600)
