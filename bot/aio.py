"""Waiting for one thing without missing another."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SEE_THROUGH = 3.0  # seconds


async def either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The outcome of `work`; None if the event comes first: the work is then cancelled."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        waiting.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


async def together(work: Coroutine[Any, Any, T], *others: Coroutine[Any, Any, None]) -> T:
    """Run all side by side; returns the outcome of `work` when all are done.

    The first error cancels the rest and escapes as it is (a TaskGroup would wrap it).
    """
    working = asyncio.ensure_future(work)
    tasks = [working, *(asyncio.ensure_future(other) for other in others)]
    try:
        await asyncio.gather(*tasks)
        return working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def see_through(work: Coroutine[Any, Any, T]) -> T:
    """Let a post that has begun end, and be noted, even if we are told to stop: whoever comes next must know of it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=SEE_THROUGH)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
