"""In which event loop the bot runs."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from bot.run import loop


class Loop(asyncio.SelectorEventLoop):
    """Another event loop than the usual one."""


async def seen(into: list[type]) -> None:
    into.append(type(asyncio.get_running_loop()))


def test_uvloop_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", SimpleNamespace(new_event_loop=Loop))
    found: list[type] = []

    loop.run(seen(found))

    assert found == [Loop]


def test_without_it_asyncios_own_loop_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    found: list[type] = []

    loop.run(seen(found))

    assert found[0].__module__.startswith("asyncio.")
