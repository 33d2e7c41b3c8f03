"""A word in every place that holds words: after forgetting, retention and the end of an installation it is in none, and
it was never in a log."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from bot import log
from bot.privacy.places import PLACES
from bot.store.keys import beginning
from tests.api import Program, served
from tests.journeys.test_personas import make_bard
from tests.journeys.test_privacy import BEN, GENERAL, dump, gone, press
from tests.responder import command
from tests.town import Answer, Town
from threadbot_sandbox.model import Reply
from threadbot_sandbox.slack.seed import TEAM

SENTINEL = "quetzalcoatl"
ELSEWHERE = "D0000000BEN"
OTHERS = "kukulkan"


@pytest.fixture(autouse=True)
def whole_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bot")


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All lines, with what stands beside the words, as the processes write them."""
    return "\n".join(map(log.Text().format, caplog.records))


async def value(redis: Redis, key: str) -> object:
    """All that is in a key, be it of any type."""
    kind = str(await redis.type(key))
    found: object = None
    match kind:
        case "string":
            found = await redis.get(key)
        case "hash":
            found = await redis.hgetall(key)
        case "list":
            found = await redis.lrange(key, 0, -1)
        case "zset":
            found = await redis.zrange(key, 0, -1)
        case "set":
            found = await redis.smembers(key)
        case "stream":
            found = await redis.xrange(key)
    return found


async def families(town: Town) -> set[str]:
    """Those in whose keys the word stands now."""
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        found = set[str]()
        async for key in redis.scan_iter("*"):
            if SENTINEL in str(await value(redis, str(key))):
                found.add(str(key).removeprefix(beginning("threadbot", TEAM)).partition(":")[0])
        return found


async def wait_until_shortened(redis: Redis) -> None:
    """No key that holds the word lives longer than a day from now."""
    for _ in range(400):
        lives = [
            await redis.ttl(key) async for key in redis.scan_iter("*") if SENTINEL in str(await value(redis, str(key)))
        ]
        if lives and all(0 < life <= 24 * 3600 for life in lives):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"they live for {lives} seconds")


@asynccontextmanager
async def two_replicas(town: Town) -> AsyncIterator[None]:
    async with town.bot(uninstall_grace_days=0), town.bot(uninstall_grace_days=0):
        yield


async def fill(town: Town) -> Answer:
    """Ben says the word where he can: in a thread with others, beside it, as a file, as a reason, in direct messages.
    The answers repeat it."""
    first = await town.ask("Ben", "#general", f"@Threadbot remember {SENTINEL} one")
    await town.idle()
    ts = first.messages[-1]["ts"]
    await town.slack.click("Ben", "#general", ts, "turn_rate", value=f"down {first.thread}")
    form = await town.slack.wait_for(lambda: town.slack.modal("Ben"), description="the form for a reason")
    assert form is not None
    await town.slack.submit("Ben", form["id"], {"reason": f"{SENTINEL} three"})
    await town.slack.upload("Ben", "#general", f"{SENTINEL}.txt", SENTINEL.encode(), "a file", thread_ts=first.thread)
    await town.slack.say("Ben", "#general", f"{SENTINEL} beside it", thread_ts=first.thread)
    await town.ask("Ada", "#general", f"@Threadbot what was said before {OTHERS}?", thread=first.thread)
    await town.ask("Ben", ELSEWHERE, f"remember {SENTINEL} two")
    await town.idle()
    await town.slack.say("Ben", "#general", f"{SENTINEL} after it", thread_ts=first.thread)
    await town.all_delivered()
    return first


async def forget(town: Town) -> None:
    await command(town, "Ben", "#general", "/threadbot forget me")
    await press(town, "Ben", "#general", "admin_forget_answers")


async def forget_by_leaving(town: Town) -> None:
    town.slack.change_user("Ben", deleted=True)
    town.slack.send_event({"type": "user_change", "user": {"id": BEN, "deleted": True}})


async def uninstall(town: Town) -> None:
    town.slack.fail("auth.test", error="account_inactive", times=99)
    town.slack.send_event({"type": "app_uninstalled"})


@pytest.mark.parametrize("end", [forget, forget_by_leaving, uninstall])
async def test_a_word_is_nowhere_when_it_is_over(
    town: Town, end: Callable[[Town], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    async with two_replicas(town):
        first = await fill(town)
        assert await families(town) == {"messages", "votes"}
        assert SENTINEL in str(town.model.requests)
        await end(town)
        await gone(town, SENTINEL)
        asked = len(town.model.requests)
        if end is not uninstall:
            await town.ask("Ada", "#general", f"@Threadbot and now, {OTHERS}?", thread=first.thread)
            assert OTHERS in await dump(town), "others' words are theirs"

    assert SENTINEL not in str(town.model.requests[asked:])
    assert SENTINEL not in await dump(town)
    assert SENTINEL not in logged(caplog)
    assert len(caplog.records) > 20


async def test_while_an_answer_is_under_way_it_is_the_turn_that_holds_the_word(town: Town) -> None:
    """It goes when the answer is complete."""
    async with two_replicas(town):
        first = await town.ask("Ben", "#general", f"@Threadbot remember {SENTINEL}")
        await town.idle()
        town.slack.fail("chat.update", error="ratelimited", retry_after=2, times=50)
        await town.slack.say("Ben", "#general", "@Threadbot what was said before?", thread_ts=first.thread)
        await forget(town)
        town.slack.web_api.faults.clear()
        await gone(town, SENTINEL)
        await town.idle()
        await gone(town, SENTINEL)


async def test_what_is_kept_no_longer_is_nowhere(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    start = town.slack.workspace.clock
    async with two_replicas(town):
        town.slack.workspace.clock = lambda: start() - 3 * 24 * 3600
        first = await fill(town)
        await town.idle()
        town.slack.workspace.clock = start
        await command(town, "Ada", "#general", "/threadbot retention 1 day workspace")
        await gone(town, SENTINEL)
        await town.ask("Ada", "#general", "@Threadbot and now?", thread=first.thread)

    assert SENTINEL not in str(town.model.requests[-1])
    assert SENTINEL not in await dump(town)
    assert SENTINEL not in logged(caplog)


async def test_an_export_has_the_word_from_every_place_and_leaves_it_in_no_other(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with two_replicas(town):
        await fill(town)
        before = await families(town)
        assert "I have sent you a file" in await command(town, "Ben", "#general", "/threadbot export")
        after = await families(town)

    files = [file for message in town.slack.messages(ELSEWHERE) for file in message.get("files", ())]
    exported = json.loads(town.slack.workspace.files[files[-1]["id"]].content)
    text = json.dumps(exported)
    for said in ("one", "beside it", "after it", "two", "three"):
        assert f"{SENTINEL} {said}" in text
    assert f"{SENTINEL}.txt" in text
    assert OTHERS not in text
    assert before == after
    assert SENTINEL not in logged(caplog)
    assert GENERAL in {thread["channel"] for thread in exported["threads"]}


async def fill_by_program(town: Town, program: Program) -> tuple[str, Answer]:
    """A program says the word for Ben: as a title, as a question, and as one whose answer is kept; and Ben himself asks
    the persona that keeps its answers."""
    await make_bard(town, cache="1h")
    await command(town, "Ada", "#general", "/persona use Bard workspace")
    silent = await program.thread()
    await program.ask("PATCH", f"/threads/{silent}", data={"title": f"{SENTINEL} and nothing said yet"})
    town.model.enqueue(f"It was {SENTINEL}.", f"And {SENTINEL}, too.")
    thread = await program.thread()
    await program.ask("PATCH", f"/threads/{thread}", data={"title": f"{SENTINEL} title"})
    await program.say(thread, f"remember {SENTINEL} one")
    await program.answered(thread)
    answer = await town.ask("Ben", "#general", f"@Threadbot remember {SENTINEL} two")
    await town.ask("Ada", "#general", f"@Threadbot remember {OTHERS}", thread=answer.thread)
    await town.idle()
    return thread, answer


@asynccontextmanager
async def with_program(town: Town) -> AsyncIterator[Program]:
    async with served(town, BEN, uninstall_grace_days=0) as program, town.bot(uninstall_grace_days=0):
        yield program


@pytest.mark.parametrize("end", [forget, forget_by_leaving, uninstall])
async def test_a_word_that_a_program_said_is_nowhere_when_it_is_over(
    town: Town, end: Callable[[Town], Awaitable[None]], caplog: pytest.LogCaptureFixture
) -> None:
    async with with_program(town) as program:
        thread, _ = await fill_by_program(town, program)
        found = await families(town)
        await end(town)
        await gone(town, SENTINEL)
        shown = await program.get(f"/threads/{thread}/entries")
        listed = await program.get("/threads")

    assert found == {"messages", "api", "shown", "answers"}
    assert SENTINEL not in str((shown, listed))
    assert SENTINEL not in await dump(town)
    assert SENTINEL not in logged(caplog)


async def test_a_word_that_grows_for_a_program_is_nowhere_when_it_is_forgotten(town: Town) -> None:
    town.model.enqueue(Reply(f"One {SENTINEL} three four five", stall_after=4))
    async with with_program(town) as program:
        thread = await program.thread()
        entry = await program.say(thread, f"remember {SENTINEL}")
        await anext(aiter(program.stream(thread, entry)))
        assert {"messages", "draft"} <= await families(town)
        await forget(town)
        await town.slack.wait_for(lambda: "still answering in 1 thread" in str(town.slack.notes("Ben")))
        town.model.release()
        await gone(town, SENTINEL)
        await town.idle()
        assert SENTINEL not in await gone(town, SENTINEL)


async def test_a_word_that_a_program_said_is_exported_and_kept_no_longer_than_is_chosen(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with with_program(town) as program:
        await fill_by_program(town, program)
        assert "I have sent you a file" in await command(town, "Ben", "#general", "/threadbot export")
        assert await families(town) == {"messages", "api", "shown", "answers"}
        await command(town, "Ada", "#general", "/threadbot retention 1 day workspace")
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            await wait_until_shortened(redis)

    files = [file for message in town.slack.messages(ELSEWHERE) for file in message.get("files", ())]
    exported = json.dumps(json.loads(town.slack.workspace.files[files[-1]["id"]].content))
    for said in ("title", "and nothing said yet", "one", "two"):
        assert f"{SENTINEL} {said}" in exported
    assert SENTINEL not in logged(caplog)


def test_every_place_with_words_is_known_here() -> None:
    """`turn` and `draft` hold them for as long as an answer is under way."""
    known = {"messages", "votes", "turn", "answers", "api", "shown", "draft"}
    assert {place.key for place in PLACES if place.words} == known
