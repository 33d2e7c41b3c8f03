"""Any order of events, beside a model of the inbox that is simple enough to be believed.

Redis is real; time passes only where the machine says so.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.conversation.ids import ThreadKey
from bot.errors import LeaseLost
from bot.turns.state import Lease, Turn
from tests.servers import DebianRedis
from tests.store.shelf import OTHER, THREAD, Shelf, message, reply, texts
from threadbot_sandbox.redis import EmbeddedRedis

T = TypeVar("T")

THREADS = st.sampled_from([THREAD, OTHER])
NUMBERS = st.integers(0, 30)


@dataclass
class Kept:
    """What the inbox should hold of one thread."""

    seen: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    past: list[str] = field(default_factory=list)
    batch: list[int] | None = None
    attempt: int = 0
    owner: str | None = None  # token of the lease that holds
    begun: str | None = None  # token under which the attempt was counted
    state: str = "idle"  # or ready, later, running
    lapsed: bool = False
    stop: str | None = None  # or asked, pointless


class Life(RuleBasedStateMachine):
    """Two threads, any number of replicas."""

    server: EmbeddedRedis

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.shelf = self.do(Shelf.open(self.server.url))
        self.do(self.shelf.raw.flushall())
        self.kept = {thread: Kept() for thread in (THREAD, OTHER)}
        self.leases: list[Lease] = []
        self.turns: list[Turn] = []

    def do(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(_done(work))

    def teardown(self) -> None:
        self.do(self.shelf.close())
        self.loop.close()

    @rule(thread=THREADS, n=NUMBERS)
    def somebody_asks(self, thread: ThreadKey, n: int) -> None:
        kept = self.kept[thread]
        outcome = self.do(self.shelf.ask(n, thread=thread))

        assert outcome == ("again" if n in kept.seen else "new")
        if n not in kept.seen:
            kept.seen.add(n)
            kept.waiting.add(n)
            kept.state = "ready" if kept.state == "idle" else kept.state

    @rule(thread=THREADS, n=NUMBERS)
    def somebody_deletes(self, thread: ThreadKey, n: int) -> None:
        kept = self.kept[thread]
        self.do(self.shelf.drop(thread, message(n).ts))
        kept.seen.add(n)
        kept.waiting.discard(n)
        kept.past = [text for text in kept.past if text != f"message {n}"]
        if kept.state != "idle" and kept.batch is not None and not kept.waiting & set(kept.batch):
            kept.stop = "pointless"

    @rule(thread=THREADS)
    def somebody_says_stop(self, thread: ThreadKey) -> None:
        kept = self.kept[thread]
        stopped = self.do(self.shelf.stop(thread))

        assert stopped == (kept.state != "idle")
        if stopped:
            kept.stop = kept.stop or "asked"
            kept.lapsed = kept.lapsed or kept.state == "later"  # it need not pause any longer

    def free(self) -> list[ThreadKey]:
        return [thread for thread, kept in self.kept.items() if kept.state == "ready" or kept.lapsed]

    def one_lease(self, data: st.DataObject) -> Lease:
        """Rather one that still holds than one that does not."""
        holding = [lease for lease in self.leases if self.kept[lease.thread].owner == lease.token]
        return data.draw(st.sampled_from(holding * 3 + self.leases[-3:]))

    def one_turn(self, data: st.DataObject) -> Turn:
        holding = [turn for turn in self.turns if self.kept[turn.lease.thread].owner == turn.lease.token]
        return data.draw(st.sampled_from(holding * 3 + self.turns[-3:]))

    @precondition(lambda self: self.free())
    @rule(most=st.integers(1, 3), survives=st.sampled_from([True, True, True, False]))
    def a_replica_claims(self, most: int, survives: bool) -> None:
        leases = self.do(self.shelf.claim(most))
        free = self.free()

        assert len(leases) == min(most, len(free))
        for lease in leases:
            kept = self.kept[lease.thread]
            assert lease.thread in free
            kept.owner, kept.state, kept.lapsed = lease.token, "running", False
            self.leases.append(lease)
            if survives:
                self.begins(lease)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def a_turn_begins(self, data: st.DataObject) -> None:
        self.begins(self.one_lease(data))

    def begins(self, lease: Lease) -> None:
        kept = self.kept[lease.thread]
        if kept.owner != lease.token:
            with pytest.raises(LeaseLost):
                self.do(self.shelf.begin(lease))
            return
        turn = self.do(self.shelf.begin(lease))
        if kept.batch is None and kept.waiting:
            kept.batch = sorted(kept.waiting)
        if kept.begun != lease.token:
            kept.begun, kept.attempt = lease.token, kept.attempt + 1
        left = [n for n in kept.batch or [] if n in kept.waiting]
        if not left:
            assert turn is None
            self.it_is_over(kept, [])
            return
        assert turn is not None
        assert texts(turn.batch.messages) == [f"message {n}" for n in left]
        assert turn.attempt == kept.attempt
        self.turns.append(turn)

    @precondition(lambda self: self.turns)
    @rule(data=st.data())
    def a_turn_finishes(self, data: st.DataObject) -> None:
        turn = self.one_turn(data)
        kept = self.kept[turn.batch.thread]
        if kept.owner == turn.lease.token:
            self.do(self.shelf.finish(turn, reply(turn, f"answer to {turn.batch.newest.text}")))
            answered = [m.text for m in turn.batch.messages if int(m.text.split()[1]) in kept.waiting]
            self.it_is_over(kept, [*answered, f"answer to {turn.batch.newest.text}"])
            kept.waiting -= {int(text.split()[1]) for text in answered}
            kept.state = "ready" if kept.waiting else "idle"
            self.do(self.shelf.finish(turn, reply(turn, "sent again")))
        else:
            before = self.do(self.shelf.contents())
            with suppress(LeaseLost):  # or it had landed before
                self.do(self.shelf.finish(turn, reply(turn, "too late")))
            assert self.do(self.shelf.contents()) == before

    def it_is_over(self, kept: Kept, said: list[str]) -> None:
        kept.past += said
        kept.batch, kept.attempt, kept.owner, kept.begun, kept.lapsed = None, 0, None, None, False
        kept.stop = None
        kept.state = "ready" if kept.waiting else "idle"

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), counted=st.booleans(), after=st.sampled_from([0.0, 60.0]))
    def a_turn_is_handed_back(self, data: st.DataObject, counted: bool, after: float) -> None:
        lease = self.one_lease(data)
        kept = self.kept[lease.thread]
        self.do(self.shelf.hand_back(lease, after, counted=counted))
        if kept.owner == lease.token:
            kept.attempt -= int(not counted and kept.begun == lease.token)
            kept.owner, kept.lapsed, kept.state = None, False, "later" if after else "ready"

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def a_lease_is_renewed(self, data: st.DataObject) -> None:
        lease = self.one_lease(data)
        kept = self.kept[lease.thread]
        lost = self.do(self.shelf.renew([lease]))

        assert lost == ([] if kept.owner == lease.token else [lease])
        if not lost:
            kept.lapsed = False

    @precondition(lambda self: any(kept.state in ("running", "later") for kept in self.kept.values()))
    @rule(thread=THREADS)
    def time_passes(self, thread: ThreadKey) -> None:
        kept = self.kept[thread]
        if kept.state in ("running", "later"):
            self.do(self.shelf.raw.zadd(self.shelf.queue.leases, {str(thread): 1}, xx=True))
            kept.lapsed = True

    @invariant()
    def the_past_is_as_told(self) -> None:
        for thread, kept in self.kept.items():
            assert sorted(texts(self.do(self.shelf.load(thread)).messages)) == sorted(kept.past)

    @invariant()
    def who_shall_stop_is_told(self) -> None:
        wanted = {str(thread): kept.stop == "pointless" for thread, kept in self.kept.items() if kept.stop}
        assert self.do(self.shelf.stopped()) == wanted

    @invariant()
    def whoever_waits_can_be_reached(self) -> None:
        """No thread with waiting messages is out of everybody's sight."""
        contents = self.do(self.shelf.contents())
        ready, leases = (contents.get(key) or [] for key in (self.shelf.queue.ready, self.shelf.queue.leases))
        leased = [thread for thread, _ in leases]
        for thread, kept in self.kept.items():
            assert list(ready).count(str(thread)) == int(kept.state == "ready")
            assert (str(thread) in leased) == (kept.state in ("running", "later"))
            assert not (kept.waiting and kept.state == "idle")


async def _done(work: Awaitable[T]) -> T:
    return await work


def test_the_inbox_behaves_like_its_model(redis_server: EmbeddedRedis, redis_url: str) -> None:
    """Fewer lives on the second server: what differs there is the server, not the order of events."""
    Life.server = redis_server
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=8 if isinstance(redis_server, DebianRedis) else 30,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
