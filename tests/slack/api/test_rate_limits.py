"""Which calls wait for which; the count itself is tested in tests/store/test_pace.py."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.errors import Unavailable
from bot.slack.api import rate_limits as pace
from bot.slack.api.rate_limits import Bucket, Pace


@dataclass
class Counted:
    """What was asked of the shared count, which gives places at once unless told otherwise."""

    waits: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    away: bool = False
    reserved: list[Sequence[Bucket]] = field(default_factory=list)
    kept_for: list[str] = field(default_factory=list)
    left: list[tuple[str, float]] = field(default_factory=list)
    joined: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    async def reserve(self, buckets: Sequence[Bucket], patience: float | None = None) -> float:
        self._check()
        self.reserved.append(buckets)
        return self.waits.pop(0) if self.waits else 0.0

    async def spare(self, name: str, allowed: int, within: float, *, among: str) -> float:
        self._check()
        self.kept_for.append(among)
        return 0.0

    async def hold(self, name: str, seconds: float) -> None:
        self._check()

    async def held(self, name: str) -> float:
        return self.closed.pop(0) if self.closed else 0.0

    async def join(self, group: str, member: str, most: int, seconds: float, gone: Collection[str] = ()) -> bool:
        self._check()
        self.joined.append((group, member, tuple(gone)))
        return True

    async def leave(self, group: str, member: str, seconds: float = 0.0) -> None:
        self._check()
        self.left.append((group, seconds))

    def _check(self) -> None:
        if self.away:
            raise Unavailable("away")


async def test_a_post_waits_for_its_channel_and_for_the_workspace() -> None:
    counted = Counted()

    await Pace(counted).turn("chat.postMessage", "C1")

    assert [name for name, _, _ in counted.reserved[0]] == ["chat.postMessage.C1", "chat.postMessage"]


async def test_an_edit_waits_for_its_method_alone() -> None:
    counted = Counted()

    await Pace(counted).turn("chat.update", "C1")

    assert counted.reserved == [[("chat.update", pace.PER_MINUTE["chat.update"], pace.WINDOW)]]


async def test_a_call_that_was_waiting_when_slack_refused_another_waits_anew() -> None:
    counted = Counted(waits=[0.01, 0.01], closed=[5.0, 0.0])

    await Pace(counted).turn("chat.update")

    assert len(counted.reserved) == 2


@pytest.mark.parametrize(("waits", "closed", "goes"), [([], [], True), ([3.0], [], False), ([0.01], [5.0], False)])
async def test_what_need_not_be_done_does_not_wait_long(waits: list[float], closed: list[float], goes: bool) -> None:
    assert (await Pace(Counted(waits, closed)).soon("conversations.replies", "", 2.0) == 0.0) is goes


async def test_progress_leaves_places_for_the_answers_that_must_be_completed() -> None:
    counted = Counted()

    await Pace(counted).spare("chat.update")
    await Pace(counted).spare("chat.appendStream")

    assert counted.kept_for == [pace.GROWING, "chat.appendStream.nobody"]


async def test_without_redis_what_must_go_goes_and_progress_waits() -> None:
    rhythm = Pace(Counted(away=True))

    await rhythm.turn("chat.update")

    assert await rhythm.spare("chat.update") > 0
    assert not await rhythm.join(pace.GROWING, "turn")


@pytest.mark.parametrize("places", [None, Counted(away=True)])
async def test_where_nobody_can_be_told_of_a_refusal_we_wait_alone_and_only_with_such_calls(places: Any) -> None:
    rhythm, began = Pace(places), time.monotonic()

    await rhythm.refused("chat.postMessage", "C1", 0.3)
    await rhythm.turn("chat.postMessage", "C2")
    await rhythm.turn("chat.update", "C1")
    at_once = time.monotonic() - began
    await rhythm.turn("chat.postMessage", "C1")

    assert at_once < 0.2
    assert time.monotonic() - began >= 0.3


async def test_progress_does_not_wait_for_a_refusal_to_pass() -> None:
    rhythm = Pace(None)

    await rhythm.refused("chat.update", "", 30.0)

    assert 29 < await rhythm.spare("chat.update") <= 30
    assert 29 < await rhythm.soon("chat.update", "", 2.0) <= 30


@pytest.mark.parametrize("method", ["chat.update", "chat.startStream", "chat.stopStream", "chat.appendStream"])
def test_no_method_is_called_more_often_than_slack_allows(method: str) -> None:
    tiers = {"chat.update": 50, "chat.startStream": 20, "chat.stopStream": 20, "chat.appendStream": 100}

    assert pace.PER_MINUTE[method] <= tiers[method]
    assert pace.WINDOW >= 60


async def test_a_stream_that_ends_keeps_its_place_for_a_minute() -> None:
    """All that are open, and all that were ended within the minute, must not be more than may be ended in a minute."""
    counted = Counted()

    await Pace(counted).leave(pace.STREAMS, "turn")
    await Pace(counted).leave(pace.GROWING, "turn")

    assert counted.left == [(pace.STREAMS, pace.WINDOW), (pace.GROWING, 0.0)]
    assert pace.PER_MINUTE["chat.stopStream"] > pace.MAX_STREAMS


async def test_that_an_answer_grows_is_told_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    rhythm = Pace(counted)
    await rhythm.join(pace.GROWING, "turn")
    await rhythm.prolong("turn")
    monkeypatch.setattr(pace, "PROLONGED_EVERY", 0.0)
    await rhythm.prolong("turn")
    await rhythm.prolong("taken over")

    assert [member for _, member, _ in counted.joined] == ["turn", "turn", "taken over"]


async def test_that_answers_grow_no_more_is_told_by_the_next_and_never_of_many() -> None:
    counted = Counted()
    rhythm = Pace(counted)
    for turn in ("one", "two"):
        await rhythm.join(pace.GROWING, turn)
        await rhythm.settled(turn)
    await rhythm.settled("never grew")
    assert counted.joined[1] == (pace.GROWING, "two", ("one",))

    for n in range(10):
        await rhythm.join(pace.GROWING, f"turn {n}")
    for n in range(10):
        await rhythm.settled(f"turn {n}")
    assert len(counted.left) == 10 - pace.MAX_GONE


async def test_where_there_is_certainly_no_place_to_spare_nobody_asks() -> None:
    counted = Counted()
    rhythm = Pace(counted)
    assert await rhythm.spare("chat.update") == 0.0
    assert 0 < await rhythm.spare("chat.update") <= pace.WINDOW / pace.PER_MINUTE["chat.update"]
    assert await rhythm.spare("chat.appendStream") == 0.0
    assert len(counted.kept_for) == 2
