"""What was done a moment ago is not done again, unless it failed."""

import asyncio

import pytest

from bot.store import lately
from bot.store.lately import Lately


async def done(what: Lately, name: str) -> bool:
    async with what.once(name) as first:
        return first


async def test_the_second_is_told_that_it_is_done() -> None:
    what = Lately(60.0)

    assert [await done(what, "a"), await done(what, "a"), await done(what, "b")] == [True, False, True]


async def test_it_is_forgotten_after_a_while() -> None:
    what = Lately(0.0)

    assert [await done(what, "a"), await done(what, "a")] == [True, True]


async def test_who_comes_meanwhile_waits_for_the_outcome() -> None:
    what, go = Lately(60.0), asyncio.Event()

    async def slowly(*, fails: bool) -> bool:
        async with what.once("a") as first:
            await go.wait()
            if fails:
                raise ConnectionError
            return first

    failing = asyncio.ensure_future(slowly(fails=True))
    await asyncio.sleep(0)
    others = [asyncio.ensure_future(slowly(fails=False)) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(other.done() for other in others)
    go.set()

    with pytest.raises(ConnectionError):
        await failing
    assert sorted(await asyncio.gather(*others)) == [False, False, True]


async def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lately, "MOST", 2)
    what = Lately(60.0)
    for name in "abc":
        await done(what, name)

    assert [await done(what, "c"), await done(what, "a")] == [False, True]
