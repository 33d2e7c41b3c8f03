"""Programs through the end of a process: what was asked is answered once, whoever is killed meanwhile."""

import asyncio
import signal
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests import processes
from tests.api import Program, listening, make_token, text
from tests.town import Town, free_port
from threadbot_sandbox.model import Reply

CLIENT = Path(__file__).with_name("threads_client.py")
JOKE = "Why did the thread stop? It was knot amused."
LEASE = "3"  # seconds: on a busy machine one is renewed late


@dataclass
class Front:
    """What stands before replicas: each connection goes to the first of them that takes one.

    The client of others tries nothing again: a request that is on its way to a replica that dies is lost to it, with
    any bot. So there is a `pause` between two requests, in which replicas may die.
    """

    ports: tuple[int, ...]
    port: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def connected(self, client: StreamReader, to_client: StreamWriter) -> None:
        async with self._one:
            for port in self.ports:
                with suppress(OSError):
                    replica, to_replica = await asyncio.open_connection("127.0.0.1", port)
                    await asyncio.gather(_pass(client, to_replica), _pass(replica, to_client))
                    return
            to_client.close()

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        """No request is on its way; the next one waits."""
        async with self._one:
            yield


@asynccontextmanager
async def front(*ports: int) -> AsyncIterator[Front]:
    found = Front(ports)
    async with await asyncio.start_server(found.connected, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


async def _pass(source: StreamReader, sink: StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(65_536):
            sink.write(piece)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def replica(town: Town, port: int) -> AsyncIterator[processes.Process]:
    async with processes.bot(town, API="true", PORT=str(port), HOST="127.0.0.1", LEASE_SECONDS=LEASE) as found:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await listening(http)
        yield found


async def test_the_replica_that_answers_is_killed_while_the_client_waits(town: Town) -> None:
    ports = free_port(), free_port()
    town.model.enqueue(Reply(JOKE, stall_after=3), Reply(JOKE))
    async with replica(town, ports[0]) as first, front(*ports) as before:
        url = f"http://127.0.0.1:{before.port}"
        token = await make_token(town.redis_url)
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, CLIENT, url, token, "small-model"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await town.model.wait_for(lambda: town.model.stalled == 1)
        async with replica(town, ports[1]) as second:
            async with before.pause():
                first.tell(signal.SIGKILL)
                await first.ended()
            said, wrong = await client.communicate()

            assert said.decode().splitlines()[-1:] == [JOKE], wrong.decode()
            async with aiohttp.ClientSession(url) as http:
                program = Program(http, token)
                [thread] = (await program.get("/threads")).data
                entries = await program.entries(thread["guid"])
            second.kill()

    assert [entry["type"] for entry in entries] == ["request", "response"]
    assert text(entries[1]) == JOKE
    assert len(town.model.requests) == 2


async def test_a_stream_goes_on_at_another_replica_where_it_broke(town: Town) -> None:
    ports = free_port(), free_port()
    town.model.enqueue(Reply("One two three four five", stall_after=4), Reply("One two three four five"))
    async with replica(town, ports[0]) as first:
        token = await make_token(town.redis_url)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{ports[0]}") as http:
            program = Program(http, token)
            thread = await program.thread()
            entry = await program.say(thread, "count")
            begun = await anext(aiter(program.stream(thread, entry)))
            async with replica(town, ports[1]), aiohttp.ClientSession(f"http://127.0.0.1:{ports[1]}") as other:
                first.tell(signal.SIGKILL)
                last = {"Last-Event-ID": str(begun.id)}
                events = [event async for event in Program(other, token).stream(thread, entry, **last)]

    pieces = [begun.data["content"], *(event.data["content"] for event in events if event.name == "delta")]
    assert "".join(pieces) == "One two three four five"
    assert events[-1].name == "done"


async def test_a_post_that_nobody_answered_is_sent_again_and_done_once(town: Town) -> None:
    """The reply is lost with the replica that gave it; the key tells that it was the same request."""
    ports = free_port(), free_port()
    key = {"Idempotency-Key": "once"}
    async with replica(town, ports[0]) as first:
        token = await make_token(town.redis_url)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{ports[0]}") as http:
            program = Program(http, token)
            thread = await program.thread()
            path, said = f"/threads/{thread}/entry", {"message": "hello"}
            made = await program.post(path, data=said, headers=key)
            async with replica(town, ports[1]), aiohttp.ClientSession(f"http://127.0.0.1:{ports[1]}") as other:
                first.tell(signal.SIGKILL)
                again = await Program(other, token).post(path, data=said, headers=key)
                entries = await Program(other, token).answered(thread)

    assert made.data == again.data
    assert [entry["type"] for entry in entries] == ["request", "response"]
