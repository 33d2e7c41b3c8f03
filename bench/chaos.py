"""Does the bot lose, double or scramble anything while replicas are killed or restarted, or Redis is?

    python -m bench.chaos [--scenario kill|rolling|redis|upgrade|freeze|all] [--seed N] [--quick]

    chaos_plan      who says what when, and what breaks: from a seed
    chaos_town      the small Slack, the small model, and who watches both
    chaos_replica   the bot as a process that can be killed
    chaos_verdict   what was lost, doubled, out of order

What it shows and one real result: `docs/crashes.md`.
"""

import asyncio
import logging
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

import click
from redis.asyncio import Redis
from starlette.requests import ClientDisconnect

from bench import chaos_plan as plans
from bench import chaos_verdict as verdicts
from bench.chaos_plan import ALL, FROZEN, SCENARIOS, Fault, Plan, Scenario, Size
from bench.chaos_replica import Replica, environment
from bench.chaos_town import Town
from bench.chaos_verdict import Promise, Verdict
from tests.fixtures.landed import checkout
from threadbot_sandbox.redis import EmbeddedRedis

REPLICAS = 2
START_WITHIN = 60.0
STOP_WITHIN = 10.0
"""Seconds beyond its grace in which a replica that was told to stop has to end."""
LEFT_OVER = ("queue:state", "queue:ready", "queue:leases")
"""Keys of the inbox that are empty when nothing waits."""
EARLIER = "efa43cc"
"""The version that `upgrade` begins with: the last one that knew no workspaces."""
SWEPT = 3.0
"""Seconds until what that version has left is noticed, beyond those of a lapsed lease."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`lease` and `attempts` of the replicas; `drain`: seconds for what is still open when all has been said."""

    size: dict[Scenario, Size]
    lease: float
    grace: dict[Scenario, float]
    attempts: int = 10
    drain: float = 60.0


@dataclass(slots=True)
class Run:
    """One scenario, under way."""

    town: Town
    redis: EmbeddedRedis
    replicas: list[Replica]
    promise: Promise
    began: float = 0.0
    trouble: list[str] = field(default_factory=list)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--scenario", type=click.Choice([*SCENARIOS, "all"]), default="all", show_default=True)
@click.option("--seed", type=int, help="Replay this plan of messages, faults and redeliveries.")
@click.option("--threads", type=click.IntRange(1), default=300, show_default=True)
@click.option("--messages", type=click.IntRange(1), default=10, show_default=True, help="In each thread.")
@click.option("--quick", is_flag=True, help="30 threads with 5 messages, less than a minute in all.")
@click.option("--logs", type=click.Path(path_type=Path), help="Keep the replicas' logs in this folder.")
def main(scenario: str, seed: int | None, threads: int, messages: int, quick: bool, logs: Path | None) -> None:
    """Kill, restart and upgrade replicas, and Redis, under load; count what was lost, doubled or out of order."""
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # warns of each write to the killed
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    chosen = ALL if scenario == "all" else (scenario,)
    rules = _quick() if quick else _full(threads, messages)
    click.echo(f"seed {seed} (the same plan again: --seed {seed})")
    try:
        kept = asyncio.run(_all([each for each in SCENARIOS if each in chosen], seed, rules, logs))
    except asyncio.CancelledError:
        sys.exit(143)
    sys.exit(0 if kept else 1)


_NO_PAUSES: dict[Scenario, tuple[float, float]] = {"upgrade": (0.0, 0.0), "freeze": (0.0, 0.0)}
"""Their plans name the moments."""


def _full(threads: int, messages: int) -> Rules:
    calm = _NO_PAUSES | {"kill": (2.0, 6.0), "rolling": (4.0, 8.0), "redis": (8.0, 16.0)}
    size = {name: Size(threads, messages, 110.0, pause) for name, pause in calm.items()}
    return Rules(size, lease=5.0, grace=_GRACE)


def _quick() -> Rules:
    calm = _NO_PAUSES | {"kill": (1.0, 2.0), "rolling": (2.0, 3.0), "redis": (1.0, 3.0)}
    size = {name: Size(30, 5, 4.0, pause) for name, pause in calm.items()}
    size["upgrade"] = Size(30, 5, 20.0, calm["upgrade"])  # a replica takes seconds to start
    size["freeze"] = Size(30, 5, 1.2 * FROZEN, calm["freeze"])
    return Rules(size, lease=1.5, grace=_GRACE, drain=20.0)


_GRACE: dict[Scenario, float] = {"kill": 25.0, "rolling": 1.5, "redis": 25.0, "upgrade": 1.5, "freeze": 25.0}
"""When replicas are told to stop, some answers shall take longer than they are given, and be handed back."""


async def _all(scenarios: Sequence[Scenario], seed: int, rules: Rules, logs: Path | None) -> bool:
    main_task = asyncio.current_task()
    if main_task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main_task.cancel)
    kept = True
    for scenario in scenarios:
        plan = plans.make(seed, scenario, rules.size[scenario])
        with tempfile.TemporaryDirectory(prefix="chaos-") as name:
            folder = (logs / scenario).absolute() if logs else Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            kept &= await _scenario(plan, rules, Path(name), folder)
    return kept


async def _scenario(plan: Plan, rules: Rules, data: Path, logs: Path) -> bool:
    grace = rules.grace[plan.scenario]
    swept = SWEPT if plan.scenario == "upgrade" else 0.0
    promise = Promise(rules.lease, grace, plans.longest_answer(rules.size[plan.scenario].messages), swept)
    click.echo(
        f"\n{plan.scenario}: {len(plan.threads)} threads, {plan.messages} messages in {plan.seconds:.0f} s, "
        f"{REPLICAS} replicas; LEASE_SECONDS={rules.lease:g} SHUTDOWN_GRACE={grace:g} TURN_ATTEMPTS={rules.attempts}"
    )
    async with _running(plan, rules, promise, data, logs) as run:
        await _play(run)
        open_at_the_end = await _drain(run, rules)
        verdict = verdicts.of(run.town, promise)
        verdict.other += [*run.trouble, *open_at_the_end, *await _left_behind(run)]
    _report(run, verdict)
    return verdict.kept


@asynccontextmanager
async def _running(plan: Plan, rules: Rules, promise: Promise, data: Path, logs: Path) -> AsyncIterator[Run]:
    """Slack, model, Redis and the replicas; all ended when the block is left."""
    town, redis = Town(plan), EmbeddedRedis(data / "redis")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(town.open())
        stack.push_async_callback(asyncio.to_thread, redis.stop)
        await asyncio.to_thread(redis.start)
        env = environment(
            town.slack,
            town.model_url,
            redis.url,
            LEASE_SECONDS=f"{promise.lease:g}",
            SHUTDOWN_GRACE=f"{promise.grace:g}",
            TURN_ATTEMPTS=str(rules.attempts),
        )
        first = env
        if plan.scenario == "upgrade":
            first = env | {"PYTHONPATH": str(stack.enter_context(checkout(EARLIER)))}
        replicas = [Replica(env, logs / f"replica-{n}.log", first) for n in range(REPLICAS)]
        for replica in replicas:
            stack.push_async_callback(replica.close)
            await replica.start()
        await _connected(town)
        yield Run(town, redis, replicas, promise)


async def _play(run: Run) -> None:
    """Everything that the plan has. Returns when all is said and broken and both replicas are up again."""
    run.began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        watching = [tasks.create_task(_watch(replica, run)) for replica in run.replicas]
        async with asyncio.TaskGroup() as sayings:
            for thread in run.town.plan.threads:
                sayings.create_task(run.town.talk(thread, run.began))
            sayings.create_task(_break(run))
        await _connected(run.town)
        for task in watching:
            task.cancel()


async def _break(run: Run) -> None:
    for fault in run.town.plan.faults:
        await asyncio.sleep(max(run.began + fault.at - time.monotonic(), 0))
        run.town.noted.faults.append(time.monotonic())
        await _do(fault, run)


async def _do(fault: Fault, run: Run) -> None:
    replica = run.replicas[fault.which]
    match fault.what:
        case "kill":
            await replica.kill()
            await replica.start()
        case "terminate":
            code = await replica.terminate(run.promise.grace + STOP_WITHIN)
            if code is None:
                over = run.promise.grace + STOP_WITHIN
                run.trouble.append(f"told to stop, a replica had not ended after {over:g} s and was killed")
            elif code:
                run.trouble.append(f"told to stop, a replica ended with exit code {code}: {replica.last_words()}")
            await replica.start()
            await _connected(run.town)
        case "upgrade" | "upgrade killed":
            await (replica.kill() if fault.what == "upgrade killed" else replica.terminate(run.promise.grace + 10))
            replica.upgrade()
            await replica.start()
            await _connected(run.town)
        case "freeze":
            await replica.freeze(fault.away)
            await _connected(run.town)
        case "kill redis" | "stop redis":
            await asyncio.to_thread(run.redis.kill if fault.what == "kill redis" else run.redis.stop)
            await asyncio.sleep(fault.away)
            await asyncio.to_thread(run.redis.start)


async def _watch(replica: Replica, run: Run) -> None:
    """A replica that ends although nobody ended it is a failure, and is started again."""
    while True:
        if (why := await replica.died()) is not None:
            run.trouble.append(f"a replica died by itself, {why}")
            await replica.start()
        await asyncio.sleep(0.05)


async def _connected(town: Town) -> None:
    await town.slack.wait_for(
        lambda: len(town.slack.sockets) == REPLICAS, timeout=START_WITHIN, description="all replicas are connected"
    )


async def _drain(run: Run, rules: Rules) -> list[str]:
    """Wait until all is answered, and a lease longer, in which a doubled answer would show."""
    try:
        async with asyncio.timeout(rules.drain):
            await run.town.answered()
            await run.town.quiet()
    except TimeoutError:
        return [f"not all was settled {rules.drain:g} s after the last message"]
    finally:
        await asyncio.sleep(rules.lease + 1)
    return []


async def _left_behind(run: Run) -> list[str]:
    left = [f"a status in {thread}" for _, thread in run.town.slack.workspace.statuses]
    async with Redis.from_url(run.redis.url, decode_responses=True) as client:
        if run.town.plan.scenario == "upgrade":
            await _swept(client)
            left += [f"`{key}` of the earlier version" async for key in client.scan_iter("{threadbot}:waiting:*")]
        for name in LEFT_OVER:
            if await client.exists(f"{{threadbot}}:{name}"):
                left.append(f"`{name}` in Redis is not empty")
    return left


async def _swept(client: Redis) -> None:
    """Return when nothing waits under the keys of the earlier version, or it has waited for too long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(2 * SWEPT):
            while [key async for key in client.scan_iter("{threadbot}:waiting:*")]:  # noqa: ASYNC110 - it announces nothing
                await asyncio.sleep(0.1)


def _report(run: Run, verdict: Verdict) -> None:
    noted, promise = run.town.noted, run.promise
    broken = sum(not asked.whole for asked in noted.asked)
    click.echo(
        f"  {len(noted.faults)} faults; {noted.delivered} deliveries, {noted.unacknowledged} of them not acknowledged, "
        f"{noted.sent_again} sent again without need\n"
        f"  {verdict.answers} answers; {len(noted.asked)} requests to the model, {broken} broken off"
    )
    for name, found in verdict.judged.items():
        click.echo(f"  {name:13}{len(found)}")
        for line in found[:5]:
            click.echo(f"      {line}")
    if verdict.came_later:
        click.echo(
            f"  beside that, {len(verdict.came_later)} were answered late because Slack delivered them late, such as"
        )
        for line in verdict.came_later[:3]:
            click.echo(f"      {line}")
    if verdict.delays:
        cuts = statistics.quantiles(verdict.delays, n=100, method="inclusive")
        click.echo(
            f"  said → complete answer: median {cuts[49]:.1f} s, 99 of 100 within {cuts[98]:.1f} s, "
            f"longest {max(verdict.delays):.1f} s (allowed: lease {promise.lease:g} + grace {promise.grace:g} "
            f"{f'+ {promise.swept:g} for the other version ' if promise.swept else ''}"
            f"+ two answers of at most {promise.model:.1f} = {promise.longest:.1f} s)"
        )
    if verdict.takeovers:
        middle = statistics.median(verdict.takeovers)
        click.echo(
            f"  broken off → asked again: median {middle:.1f} s, longest {max(verdict.takeovers):.1f} s "
            f"({len(verdict.takeovers)} turns)"
        )
    click.echo(f"  {'kept' if verdict.kept else 'BROKEN'}")


def _worth_saying(record: logging.LogRecord) -> bool:
    """The killed leave in the middle of a request; that is the point, and no error of the server's."""
    return not (record.exc_info and isinstance(record.exc_info[1], ClientDisconnect))


if __name__ == "__main__":
    main()
