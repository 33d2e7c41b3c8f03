"""What would end other processes: a flood of connections, no file to be opened any more, a freeze. It serves on."""

import asyncio
import contextlib
import os
import resource
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests import processes
from tests.patience import PATIENCE
from tests.processes import Process
from tests.town import Town, free_port, is_bot, wait_until

HALF_REQUEST = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n\r\nx"
FILES = 256
"""So many may the process have open in these tests: enough for its work, and soon used up."""


@asynccontextmanager
async def http_bot(town: Town, **settings: str) -> AsyncIterator[tuple[Process, int]]:
    """The bot in HTTP mode as a process of its own, and its port."""
    port, secret = free_port(), town.slack.signing_secret
    chosen = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": secret, "HOST": "127.0.0.1", "PORT": str(port)}
    async with processes.bot(town, **(chosen | settings)) as bot:
        town.slack.deliver_http_to = f"http://127.0.0.1:{port}/slack/events"
        assert await town.slack.verify_http()
        yield bot, port


@asynccontextmanager
async def half_open(port: int, number: int) -> AsyncIterator[None]:
    """So many connections that have begun a request, and say nothing more."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(number):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            with contextlib.suppress(ConnectionError):
                writer.write(HALF_REQUEST)
        yield


async def healthy(port: int) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as response:
        return response.status == 200


async def well_again(port: int) -> None:
    """Trouble with Redis counts as over when nothing has failed for a while."""
    async with asyncio.timeout(PATIENCE):
        while not await healthy(port):  # noqa: ASYNC110 - health announces no change
            await asyncio.sleep(0.1)


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def test_half_open_connections_keep_nobody_from_being_answered(town: Town) -> None:
    async with http_bot(town) as (bot, port):
        resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        async with half_open(port, 1_100):
            answer = await town.ask("Ada", "#general", "@Threadbot Who was the first president?")

            assert "Washington" in answer.text
            assert await healthy(port)

    assert "Traceback" not in bot.said


async def test_a_process_that_could_open_no_file_works_again_when_it_can(town: Town) -> None:
    """Neither the model nor Slack nor Redis can be reached anew meanwhile, and no connection is taken."""
    town.slack.retry_delays = (0.0, *(0.5,) * 40)
    async with http_bot(town) as (bot, port):
        used = open_files(bot.pid)
        resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (used, FILES))
        thread = await town.slack.say("Ada", "#general", "@Threadbot Who was the first president?")
        await asyncio.gather(*(_tried(port) for _ in range(50)))
        resource.prlimit(bot.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        first = await town.answer("#general", thread, thread)
        second = await town.ask("Ben", "#general", "@Threadbot tell me a joke")

        assert first.text
        assert second.text
        await well_again(port)


async def _tried(port: int) -> None:
    """A health check that may find nobody."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(1)) as http:
            await http.get(f"http://127.0.0.1:{port}/healthz")


async def test_a_frozen_process_is_replaced_and_wakes_up_without_harm(town: Town) -> None:
    """Frozen for longer than its lease in the middle of an answer, which another process completes meanwhile."""
    quick = {"LEASE_SECONDS": "1"}
    async with processes.bot(town, **quick) as frozen:
        town.model.hold()
        thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.model.wait_for(lambda: town.model.running == 1)
        frozen.tell(signal.SIGSTOP)
        async with processes.bot(town, **quick) as other:
            town.model.release()
            answer = await town.answer("#general", thread, thread)
            frozen.tell(signal.SIGCONT)
            await wait_until(lambda: len(town.slack.sockets) == 2, "both are connected")
            other.tell(signal.SIGTERM)
            assert await other.ended() == 0
        follow_up = await town.ask("Ada", "#general", "@Threadbot and another", thread=thread)

    assert answer.text
    assert follow_up.text
    assert len([message for message in town.slack.thread("#general", thread) if is_bot(message)]) == 2
    assert "Traceback" not in frozen.said
