"""The event loop that the bot runs in: uvloop where it is installed, since it takes less of the processor."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

SWITCH_EVERY = 0.0005
"""Seconds after which what is worked out in a thread gives way to the loop: Python's own five milliseconds would be the
longest wait of all."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run` does."""
    sys.setswitchinterval(SWITCH_EVERY)
    with asyncio.Runner(loop_factory=_factory()) as runner:
        runner.run(work)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop; None for asyncio's own."""
    try:
        import uvloop
    except ImportError:  # there is none for this system
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made
