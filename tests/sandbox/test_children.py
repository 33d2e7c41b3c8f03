"""The processes of the sandbox: shown, started again, and ended for certain."""

import asyncio
import os
import sys
from collections.abc import Callable

import pytest

from tests.patience import PATIENCE
from threadbot_sandbox.children import Children, Command


class Lines:
    """What was shown, and a way to wait for it."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._more = asyncio.Event()

    def say(self, line: str) -> None:
        self.all.append(line)
        self._more.set()

    async def seen(self, true: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true(self.all):
                self._more.clear()
                await self._more.wait()


@pytest.fixture
async def lines() -> Lines:
    return Lines()


def python(code: str, **options: float | tuple[int, ...]) -> Command:
    return Command("child", (sys.executable, "-uc", code), **options)  # type: ignore[arg-type]


async def test_its_lines_are_shown_even_the_endless_and_the_unfinished(lines: Lines) -> None:
    async with Children(lines.say).keeping(python("print('x' * 200_000); print('end', end='')", final=(0,))) as ended:
        assert await ended == 0

    assert lines.all == [f"child │ {'x' * 200_000}", "child │ end"]


async def test_an_end_that_is_not_final_is_followed_by_a_new_start(lines: Lines) -> None:
    async with Children(lines.say).keeping(python("print('hello'); raise SystemExit(7)")) as ended:
        await lines.seen(lambda all: all.count("child │ hello") == 2)
        assert not ended.done()

    assert "the child ended (exit code 7); it starts again in 1 s" in lines.all


async def test_a_child_that_does_not_listen_is_killed_after_its_grace(lines: Lines) -> None:
    deaf = "import os, signal, time; signal.signal(15, signal.SIG_IGN); print(os.getpid()); time.sleep(60)"
    async with Children(lines.say).keeping(python(deaf, grace=0.1)):
        await lines.seen(bool)

    with pytest.raises(ProcessLookupError):
        os.kill(int(lines.all[0].split()[-1]), 0)


async def test_what_a_child_says_at_its_end_is_shown(lines: Lines) -> None:
    polite = (
        "import signal, sys, time\n"
        "def end(*_):\n    print('goodbye')\n    sys.exit()\n"
        "signal.signal(15, end); print('ready'); time.sleep(60)"
    )
    async with Children(lines.say).keeping(python(polite)):
        await lines.seen(bool)

    assert lines.all == ["child │ ready", "child │ goodbye"]


async def test_what_goes_wrong_while_it_runs_comes_out_as_it_is(lines: Lines) -> None:
    with pytest.raises(LookupError):
        async with Children(lines.say).keeping(python("import time; time.sleep(60)")):
            raise LookupError


async def test_kill_does_not_wait(lines: Lines) -> None:
    children = Children(lines.say)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(60)"
    clock = asyncio.get_running_loop().time
    async with children.keeping(python(deaf, grace=30)):
        await lines.seen(bool)
        asyncio.get_running_loop().call_later(0.1, children.kill)
        begin = clock()

    assert clock() - begin < 5
