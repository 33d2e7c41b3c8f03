"""The operator looks at the inbox, tries a failed turn again, and drops what nobody wants."""

import asyncio

import pytest
from click.testing import CliRunner
from redis.asyncio import Redis

from bot.run.cli import main
from bot.store.client import Client
from bot.store.ledger import RedisLedger
from bot.store.operations import split
from tests.journeys.test_budgets import spent
from tests.town import KEYS, Town, is_bot, wait_until
from threadbot_sandbox.model import Reply


async def operator(town: Town, *words: str) -> tuple[int, str, str]:
    return await command(*words, REDIS_URL=town.redis_url)  # nothing else is needed


async def command(*words: str, **environment: str) -> tuple[int, str, str]:
    """`python -m bot inbox`, without the second that a process takes to start; its exit code, output and errors."""
    done = await asyncio.to_thread(CliRunner().invoke, main, ["inbox", *words], env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), "a traceback"
    return done.exit_code, done.stdout, done.stderr


async def test_an_idle_inbox_says_so(town: Town) -> None:
    assert await operator(town, "list") == (0, "Nothing waits, nothing runs, nothing was set aside.\n", "")


async def test_a_failed_turn_is_listed_shown_and_tried_again(town: Town) -> None:
    town.model.enqueue(Reply(status=400), "Forty-two.")
    async with town.bot():
        ts = await town.slack.say("Ben", "#general", "@Threadbot what is the answer, in secret?")
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", ts))), description="an apology")
        await town.idle()
        _, listed, _ = await operator(town, "list")
        turn = listed.split()[1]
        store = Client(town.redis_url)
        thread, newest = split(turn)
        assert newest is not None
        await RedisLedger(store, KEYS, 60).rate(thread, newest, "UBEN", "down", "no\nanswer")
        await store.close()
        _, shown, _ = await operator(town, "show", turn)
        _, again, _ = await operator(town, "retry", turn)
        answer = await town.answer("#general", ts, ts)
        await town.idle()
        _, afterwards, _ = await operator(town, "list")

    assert listed.startswith("aside    slack/T00SANDBOX0/C000GENERAL/")
    assert "BadRequestError" in listed
    assert "outcome    failed" in shown
    assert 'vote       down by UBEN "no\\nanswer"' in shown
    assert "secret" not in listed + shown
    assert again == "ready\n"
    assert answer.text == "Forty-two."
    assert afterwards.startswith("Nothing waits")


async def test_what_runs_is_listed_and_cannot_be_dropped_but_what_waits_can(town: Town) -> None:
    async with town.bot(shutdown_grace=0):
        town.model.hold()
        ts = await town.slack.say("Ben", "#general", "@Threadbot what is the answer?")
        await town.model.wait_for(lambda: town.model.running == 1)
        thread = f"slack/T00SANDBOX0/C000GENERAL/{ts}"
        _, listed, _ = await operator(town, "list")
        _, refused, _ = await operator(town, "drop", thread)
    _, waiting, _ = await operator(town, "list")
    _, dropped, _ = await operator(town, "drop", thread)
    town.model.release()
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert listed.startswith(f"running  {thread}")
    assert "is running" in refused
    assert waiting.startswith(f"ready    {thread}")
    assert dropped == "1 messages will not be answered\n"
    assert not any(map(is_bot, town.slack.thread("#general", ts)))


async def test_what_the_model_took_for_what_is_dropped_is_entered_and_held_no_more(town: Town) -> None:
    town.model.enqueue(Reply("word " * 400, stall_after=300))
    async with town.bot(shutdown_grace=0, budget_person_day="5000 tokens", limit_person_at_once=1):
        ts = await town.slack.say("Ben", "#general", "@Threadbot what is the answer?")
        await wait_until(lambda: town.model.stalled == 1, "it is half written")
        await asyncio.sleep(1.0)
    holding = await held(town)
    _, dropped, _ = await operator(town, "drop", f"slack/T00SANDBOX0/C000GENERAL/{ts}")
    town.model.release()
    left, found = await held(town), await spent(town)

    assert dropped == "1 messages will not be answered\n"
    assert (bool(holding), left) == (True, set())
    assert (found.answers, found.calls, found.estimated, found.unpriced) == (0, 1, 1, 1)
    assert 150 <= found.output <= 600, "three hundred, within half to twice"


async def held(town: Town) -> set[str]:
    """The turns for which something is held, or that are counted among those of a person."""
    redis = Redis.from_url(town.redis_url, decode_responses=True)
    async with redis:
        holds = await redis.hkeys(KEYS.holds)
        sums = await redis.hkeys(KEYS.reserved)
        return {*holds, *sums, *await redis.zrange(KEYS.running("U0000000BEN"), 0, -1)}


@pytest.mark.parametrize("words", [("show", "nonsense"), ("retry", "a/b/c/d/e"), ("drop", "")])
async def test_a_malformed_id_is_one_sentence(town: Town, words: tuple[str, str]) -> None:
    code, _, err = await operator(town, *words)

    assert code == 2
    assert "an id is slack/workspace/channel/thread" in err


async def test_without_redis_it_says_so_in_one_line(town: Town) -> None:
    code, _, err = await command("list", REDIS_URL="redis://127.0.0.1:1/0")

    assert code == 1
    assert "Redis" in err
    assert err.count("\n") == 1
