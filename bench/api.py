"""The API beside a bare FastAPI echo, in one run: requests a second, latency, the first byte of a stream.

    python -m bench.api [--quick]

Bot and echo are processes of their own; Slack, model and the programs that ask share a third one.
"""

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.chaos_replica import environment
from bot.run.api import allow_files
from tests.api import Program, listening, make_token
from tests.town import Town, free_port
from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

AT_ONCE, ROUNDS = 16, 5
ECHO = """
import sys, uvicorn
from fastapi import FastAPI, Request
app = FastAPI()
@app.post("/echo")
async def echo(request: Request): return {"data": (await request.body()).decode()}
@app.get("/livez")
async def livez(): return {"status": "ok"}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", http="h11")
"""
Ask = Callable[[aiohttp.ClientSession], Awaitable[None]]


@dataclass
class Kind:
    """One kind of request: where it goes, how it is asked, how often in a round; then how long each took, and all."""

    name: str
    base: str
    ask: Ask
    count: int
    times: list[float] = field(default_factory=list)
    took: float = 0.0


async def measure(kinds: Sequence[Kind]) -> None:
    """In rounds, one kind after another in each: whatever else the machine does meets all of them."""
    for kind in kinds:
        await one_round(kind)
        kind.times.clear()
        kind.took = 0.0
    for _ in range(ROUNDS):
        for kind in kinds:
            await one_round(kind)
    for kind in kinds:
        cuts = [cut * 1000 for cut in statistics.quantiles(kind.times, n=100)]
        rate = len(kind.times) / kind.took
        print(f"| {kind.name} | {rate:,.0f} | {cuts[49]:.1f} | {cuts[94]:.1f} | {cuts[98]:.1f} |")


async def one_round(kind: Kind) -> None:
    left = iter(range(kind.count))

    async def one(http: aiohttp.ClientSession) -> None:
        for _ in left:
            began = time.perf_counter()
            await kind.ask(http)
            kind.times.append(time.perf_counter() - began)

    async with aiohttp.ClientSession(kind.base) as http:
        began = time.perf_counter()
        await asyncio.gather(*(one(http) for _ in range(AT_ONCE)))
        kind.took += time.perf_counter() - began


async def first_byte(program: Program, model: SmallModel, count: int) -> None:
    """One stream after another: from the question to its first piece, and to its end."""
    firsts, ends = list[float](), list[float]()
    thread = await program.thread()
    for _ in range(count):
        model.enqueue(Reply("one two three"))
        began = time.perf_counter()
        entry = await program.say(thread, "count")
        seen = [time.perf_counter() - began async for _ in program.stream(thread, entry)]
        firsts.append(seen[0])
        ends.append(seen[-1])
    print(
        f"\nA stream, from the question: first piece {statistics.median(firsts) * 1000:.0f} ms, "
        f"end {statistics.median(ends) * 1000:.0f} ms (median of {count})"
    )


async def many_streams(program: Program, model: SmallModel, count: int) -> None:
    """All open before the model says its first word."""
    model.think = lambda _: Reply("word " * 40, tokens_per_second=20)
    model.hold()
    threads = [await program.thread() for _ in range(count)]
    entries = [await program.say(thread, "count") for thread in threads]
    firsts, ends, opened = list[float](), list[float](), 0
    began = 0.0

    async def read(thread: str, entry: str) -> None:
        nonlocal opened
        opened += 1
        seen = [time.perf_counter() async for _ in program.stream(thread, entry)]
        firsts.append(seen[0] - began)
        ends.append(seen[-1] - began)

    reading = asyncio.gather(*map(read, threads, entries))
    await model.wait_for(lambda: model.running == count and opened == count, timeout=120)
    await asyncio.sleep(2)
    began = time.perf_counter()
    model.release()
    await reading
    cuts = statistics.quantiles(firsts, n=20)
    print(
        f"\n{count:,} streams at once, 40 tokens at 20 a second each: all {len(ends):,} ended; first piece after "
        f"{cuts[9]:.1f} s (p95 {cuts[18]:.1f} s), the last end after {max(ends):.1f} s (2 s were the model's)"
    )


@asynccontextmanager
async def process(port: int, *command: str, env: dict[str, str] | None = None) -> AsyncIterator[None]:
    started = await asyncio.create_subprocess_exec(sys.executable, *command, env=env)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await listening(http)
        yield
    finally:
        started.terminate()
        await started.wait()


async def main(quick: bool) -> None:
    allow_files()
    count, streams = (400, 100) if quick else (2000, 1000)
    print(f"Python {platform.python_version()}, {AT_ONCE} at once, {count:,} requests each\n")
    with tempfile.TemporaryDirectory() as folder:
        redis = EmbeddedRedis(Path(folder))
        redis.start()
        slack, model = SmallSlack(), SmallModel(think=lambda _: Reply("ok"), remember=10)
        try:
            async with serving(slack.app), serving(model.app) as url:
                await compared(Town(slack, model, url, redis.url), count, streams)
        finally:
            redis.stop()


async def compared(town: Town, count: int, streams: int) -> None:
    port, echo = free_port(), free_port()
    more = {"API": "true", "PORT": str(port), "HOST": "127.0.0.1", "LOG_LEVEL": "warning"}
    more |= {"API_REQUESTS_MINUTE": "1000000", "TURNS_AT_ONCE": "2000"}
    env = environment(town.slack, town.model_url, town.redis_url, **more)
    bot, bare = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{echo}"
    async with process(echo, "-c", ECHO, str(echo)), process(port, "-m", "bot", "run", env=env):
        token = await make_token(town.redis_url)
        async with aiohttp.ClientSession(bot, connector=aiohttp.TCPConnector(limit=0)) as http:
            program = Program(http, token)
            thread = await program.thread()
            await program.say(thread, "hello")
            await program.answered(thread)
            headers = {"Authorization": f"Bearer {token}"}

            async def poll(client: aiohttp.ClientSession) -> None:
                async with client.get(f"/api/v1/threads/{thread}/entries", headers=headers) as answer:
                    assert answer.status == 200
                    await answer.read()

            async def post(client: aiohttp.ClientSession) -> None:
                async with client.post("/api/v1/threads", headers=headers) as made:
                    guid = (await made.json())["data"]["guid"]
                said = {"message": "hello"}
                async with client.post(f"/api/v1/threads/{guid}/entry", data=said, headers=headers) as answer:
                    assert answer.status == 201
                    await answer.read()

            async def plain(client: aiohttp.ClientSession) -> None:
                async with client.post("/echo", data={"message": "hello"}) as answer:
                    await answer.read()

            print("| | per second | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|")
            each = count // ROUNDS
            kinds = [Kind("bare FastAPI: echo", bare, plain, each), Kind("poll: GET entries", bot, poll, each)]
            await measure([*kinds, Kind("ask: POST thread and entry, answered meanwhile", bot, post, each // 4)])
            await town.idle()
            await first_byte(program, town.model, 20)
            await many_streams(program, town.model, streams)


if __name__ == "__main__":
    asyncio.run(main("--quick" in sys.argv))
