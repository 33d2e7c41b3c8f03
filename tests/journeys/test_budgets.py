"""What may be used, from a question to what its asker is told; and what the ledger has of it."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.ledger import RedisLedger
from bot.usage.ledger import Spent
from bot.usage.periods import Calendar
from tests.crash import doomed
from tests.town import KEYS, Json, Town, is_bot, wait_until
from threadbot_sandbox import completion
from threadbot_sandbox.model import Reply
from threadbot_sandbox.redis import EmbeddedRedis

LONG = " ".join(f"word{n}" for n in range(2000))


async def spent(town: Town, keys: Keys = KEYS) -> Spent:
    store = Client(town.redis_url)
    try:
        return await RedisLedger(store, keys, 60).spent(Calendar().day())
    finally:
        await store.close()


def whispers(town: Town, who: str) -> list[str]:
    user = town.slack.workspace.person(who).id
    return [str(c.args["text"]) for c in town.slack.calls_of("chat.postEphemeral") if c.args["user"] == user]


async def refused(town: Town, who: str, text: str, channel: str = "#general") -> str:
    """Ask, and return what only the asker is told."""
    before = len(whispers(town, who))
    thread = await town.slack.say(who, channel, text)
    await town.slack.wait_for(lambda: len(whispers(town, who)) > before, description=f"{who} is told")
    await town.idle()
    assert not any(map(is_bot, town.slack.thread(channel, thread))), "nobody else sees anything"
    return whispers(town, who)[-1]


async def test_over_its_budget_a_question_is_not_answered_and_only_its_asker_is_told(town: Town) -> None:
    async with town.bot(budget_person_day="700 tokens"):
        for _ in range(9):
            asked = len(town.model.requests)
            thread = await town.slack.say("Ben", "#general", "@Threadbot tell me a joke")
            await town.all_delivered()
            await town.idle()
            if len(town.model.requests) == asked:
                break
        told = whispers(town, "Ben")[-1]
        chloes = await town.ask("Chloe", "#general", "@Threadbot tell me a joke")

    assert not any(map(is_bot, town.slack.thread("#general", thread)))
    assert re.search(r"not enough left of your budget for today. Used: [\d,]+ tokens of 700 tokens", told)
    assert "It starts anew on <!date^" in told
    assert (await spent(town)).tokens <= 700 + 200
    assert chloes.text, "everyone has a budget of their own"


async def test_an_answer_that_reaches_the_budget_ends_and_says_so(town: Town) -> None:
    town.model.enqueue(Reply(LONG, tokens_per_second=2000))
    async with town.bot(budget_channel_day="900 tokens"):
        answer = await town.ask("Ben", "#general", "@Threadbot count for ever")
        await town.idle()

    assert "stopped: this channel's budget for today is used up" in str(answer.footer)
    assert answer.text.startswith("word0 word1")
    assert 700 < town.model.requests[-1]["max_tokens"] < 900
    assert any("is used up now" in each or "nearly used up" in each for each in whispers(town, "Ben"))


@pytest.mark.parametrize("unpriced", ["count", "refuse"])
async def test_an_unknown_price_is_counted_in_tokens_or_refused_and_never_free(town: Town, unpriced: str) -> None:
    async with town.bot(budget_person_day="2.00", unpriced=unpriced):
        if unpriced == "refuse":
            assert "price of `small-model` is not known" in await refused(town, "Ben", "@Threadbot tell me a joke")
        else:
            assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
            await town.idle()

    found = await spent(town)
    assert (found.answers, found.unpriced) == ((0, 0) if unpriced == "refuse" else (1, 1))
    assert (found.tokens > 0) == (unpriced == "count")
    assert found.cost == 0


async def test_what_an_attempt_took_that_was_killed_is_entered_as_an_estimate(
    town: Town, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    town.model.enqueue(Reply(" ".join(["word"] * 400), stall_after=300))
    async with doomed(town, redis_server.socket, tmp_path) as bot:
        await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: town.model.stalled == 1, "the answer is half written")
        await asyncio.sleep(1.0)
        await bot.killed()
        town.model.release()
        await bot.start()
        await town.idle()

    found, log = await spent(town), reported(town)
    assert (found.answers, found.calls, found.estimated) == (1, 2, 1)
    really = log[0] + 300 + log[1]
    assert really / 2 <= found.tokens <= really * 2


def reported(town: Town) -> list[int]:
    """Tokens of each request's prompt, as the server counts them, and of the last one's answer."""
    return [sum(len(m["content"].encode()) // 4 + 5 for m in request["messages"]) for request in town.model.requests]


def by_the_servers_log(request: Json, answer: str) -> int:
    """Tokens of a request and its answer, as the small model counts and reports them."""
    return 3 + sum(map(completion.tokens_in, request["messages"])) + len(completion.pieces_of(answer))


async def test_the_ledger_has_what_the_models_server_has(town: Town) -> None:
    """Exactly where the server reported it; within half to twice where somebody stopped the answer."""
    said = ["One two three four.", "Five six.", "Seven."]
    async with town.bot(openai_retries=0):
        town.model.enqueue(said[0])
        first = await town.ask("Ben", "#general", "@Threadbot count")
        await town.idle()
        town.model.enqueue(said[1])
        await town.slack.click("Ben", "#general", first.messages[-1]["ts"], "turn_again")
        await town.slack.wait_for(lambda: "Five six." in str(town.slack.thread("#general", first.thread)))
        await town.idle()
        town.model.enqueue(Reply(status=400))
        await town.slack.say("Ben", "#general", "@Threadbot and now?")
        await town.model.wait_for(lambda: len(town.model.requests) == 3, description="it is refused")
        await town.all_delivered()
        await town.idle()
        town.model.enqueue(Reply("", finish_reason="length"))
        await town.slack.say("Ben", "#general", "@Threadbot nothing?")
        await town.model.wait_for(lambda: len(town.model.requests) == 4, description="it says nothing")
        await town.all_delivered()
        await town.idle()
        reported = await spent(town)
        town.model.enqueue(Reply("The quick brown fox jumps over the lazy dog. " * 50, stall_after=200))
        thread = await town.slack.say("Ben", "#general", "@Threadbot tell me of the fox")
        await wait_until(lambda: town.model.stalled == 1, "it is half written")
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", thread))))
        growing = [m for m in town.slack.thread("#general", thread) if is_bot(m)][-1]
        await town.slack.click("Ben", "#general", growing["ts"], "turn_stop")
        await town.idle()
        all_of_it = await spent(town)

    requests = town.model.requests
    answers = [said[0], said[1], None, ""]
    wanted = [by_the_servers_log(r, a) for r, a in zip(requests[:4], answers, strict=True) if a is not None]
    assert (reported.tokens, reported.calls, reported.answers, reported.estimated) == (sum(wanted), 3, 2, 0)
    stopped, really = all_of_it.tokens - reported.tokens, by_the_servers_log(requests[4], "") + 200
    assert really / 2 <= stopped <= really * 2
    assert (all_of_it.calls, all_of_it.estimated) == (4, 1)
