"""What is kept of people: forgotten when they want it, and when they, a channel or the app are gone."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.responder import command, shown
from tests.town import Town, said, wait_until
from threadbot_sandbox.slack.seed import TEAM

ADA, BEN = "U0000000ADA", "U0000000BEN"
GENERAL = "C000GENERAL"


async def dump(town: Town) -> str:
    """Everything in Redis, as text."""
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        found: list[Any] = []
        for key in sorted([str(key) async for key in redis.scan_iter("*")]):
            match await redis.type(key):
                case "hash":
                    found.append((key, await redis.hgetall(key)))
                case "zset":
                    found.append((key, await redis.zrange(key, 0, -1)))
                case "list":
                    found.append((key, await redis.lrange(key, 0, -1)))
                case _:
                    found.append((key, await redis.get(key)))
    return str(found)


async def gone(town: Town, *words: str) -> str:
    """Wait until nothing in Redis says any of these words; returns all that it says then."""

    async def seen() -> str | None:
        text = await dump(town)
        return None if any(word in text for word in words) else text

    for _ in range(400):
        if (text := await seen()) is not None:
            return text
        await wait_until(_moment(), "a moment passes")
    raise AssertionError(f"still there: {[word for word in words if word in await dump(town)]}")


def _moment() -> Callable[[], bool]:
    looks = iter(range(5))
    return lambda: next(looks, None) is None


async def press(town: Town, who: str, channel: str, action: str) -> None:
    await town.slack.click(who, channel, town.slack.notes(who)[-1]["ts"], action)


async def test_ones_words_are_forgotten_and_the_answers_if_one_wants_that(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot remember: my number is seventy-seven")
        await town.ask("Ben", "#general", "@Threadbot and what did Ada say?", thread=first.thread)
        await town.idle()
        asked = await command(town, "Ada", "#general", "/threadbot forget me")
        await press(town, "Ada", "#general", "admin_forget_answers")
        await town.slack.wait_for(lambda: "I have forgotten" in str(town.slack.notes("Ada")), description="it is done")
        left = await dump(town)
        town.slack.fail("conversations.replies", error="missing_scope", times=5)
        await town.ask("Ben", "#general", "@Threadbot once more?", thread=first.thread)

    assert [label for label in ("Forget my words", "Forget my words and the answers") if label in asked] == [
        "Forget my words",
        "Forget my words and the answers",
    ]
    assert "seventy-seven" not in left
    assert "what did Ada say" in left, "others' words are theirs"
    assert "seventy-seven" not in str(said(town.model.requests[-1]))
    assert "under an id that leads to nobody" in str(town.slack.notes("Ada"))


async def test_a_reason_is_forgotten_where_one_never_wrote(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        ts = answer.messages[-1]["ts"]
        await town.slack.click("Ada", "#general", ts, "turn_rate", value=f"down {answer.thread}")
        form = await town.slack.wait_for(lambda: town.slack.modal("Ada"), description="the form for a reason")
        assert form is not None
        await town.slack.submit("Ada", form["id"], {"reason": "because of my seventy-seven reasons"})
        await _there(town, "seventy-seven")
        await command(town, "Ada", "#general", "/threadbot forget me")
        await press(town, "Ada", "#general", "admin_forget")
        left = await gone(town, "seventy-seven")

    assert "tell me a joke" in left


async def _there(town: Town, word: str) -> None:
    for _ in range(400):
        if word in await dump(town):
            return
        await wait_until(_moment(), "a moment passes")
    raise AssertionError(f"not there: {word}")


async def test_what_is_asked_just_now_is_forgotten_when_it_is_answered(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        ts = await town.slack.say("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.model.wait_for(lambda: town.model.running == 1)
        await command(town, "Ben", "#general", "/threadbot forget me")
        await press(town, "Ben", "#general", "admin_forget_answers")
        await town.slack.wait_for(lambda: "still answering in 1 thread" in str(town.slack.notes("Ben")))
        town.model.release()
        await town.answer("#general", ts, ts)
        left = await gone(town, "seventy-seven", f"person:{BEN}")

    assert "person:forgotten-" in left, "what was used stays as a sum"


async def test_a_channel_is_forgotten_by_those_who_manage_it(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        elsewhere = await town.ask("Ben", "#random", "@Threadbot tell me a joke")
        await town.idle()
        refused = await command(town, "Ben", "#general", "/threadbot forget here")
        done = await command(town, "Ada", "#general", "/threadbot forget here")
        left = await dump(town)

    assert "Only admins and managers of this channel may do that." in refused
    assert "I have forgotten what was said here, in 1 thread." in done
    assert "seventy-seven" not in left
    assert elsewhere.thread in left


async def test_on_a_legal_hold_nothing_is_forgotten(town: Town) -> None:
    async with town.bot(legal_hold=True):
        first = await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        await command(town, "Ben", "#general", "/threadbot forget me")
        await press(town, "Ben", "#general", "admin_forget")
        await town.slack.wait_for(lambda: "a legal hold" in str(town.slack.notes("Ben")), description="it is said")
        here = await command(town, "Ada", "#general", "/threadbot forget here")
        link = f"https://sandbox.slack.com/archives/{GENERAL}/p{first.thread.replace('.', '')}"
        thread = await command(town, "Ada", "#general", f"/threadbot forget {link}")
        async with Redis.from_url(town.redis_url) as redis:
            [key] = [key async for key in redis.scan_iter("*:messages:*")]
            life = await redis.ttl(key)

    assert "a legal hold" in here
    assert "a legal hold" in thread
    assert "seventy-seven" in await dump(town)
    assert life > 99 * 365 * 24 * 3600


def archive(town: Town) -> None:
    town.slack.workspace.conversation("#general").archived = True
    town.slack.send_event({"type": "channel_archive", "channel": GENERAL, "user": ADA})


def leave(town: Town) -> None:
    channel = town.slack.workspace.conversation("#general")
    channel.members.remove("U0THREADBOT")
    town.slack.send_event({"type": "member_left_channel", "channel": GENERAL, "user": "U0THREADBOT"})


def delete(town: Town) -> None:
    del town.slack.workspace.channels[GENERAL]
    town.slack.send_event({"type": "channel_deleted", "channel": GENERAL})


def deactivate(town: Town) -> None:
    town.slack.change_user("Ben", deleted=True)
    town.slack.send_event({"type": "user_change", "user": {"id": BEN, "deleted": True}})


@pytest.mark.parametrize("go", [archive, leave, delete, deactivate])
async def test_what_is_gone_for_long_is_forgotten(town: Town, go: Callable[[Town], None]) -> None:
    async with town.bot(uninstall_grace_days=0):
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        go(town)
        await gone(town, "seventy-seven")


async def test_what_comes_back_is_not_forgotten_and_what_is_gone_is_kept_for_some_days(town: Town) -> None:
    async with town.bot(uninstall_grace_days=0):
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        town.slack.send_event({"type": "channel_archive", "channel": GENERAL, "user": ADA})  # and taken back at once
        await town.all_delivered()
        await gone(town, "/channel/")
    async with town.bot():
        archive(town)
        await town.all_delivered()
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            due = await redis.zscore("{threadbot}:erasures", f"{TEAM}/channel/{GENERAL}/away")

    assert "seventy-seven" in await dump(town)
    assert due is not None
    assert 6.9 < (float(due) / 1000 - time.time()) / 24 / 3600 < 7.1


async def test_nothing_is_left_where_the_app_was_uninstalled(town: Town) -> None:
    async with town.bot(uninstall_grace_days=0):
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        town.slack.fail("auth.test", error="account_inactive", times=99)
        town.slack.send_event({"type": "app_uninstalled"})
        left = await gone(town, "seventy-seven", BEN, "installations")

    assert f":{TEAM}:" not in left


async def test_ones_export_is_a_file_in_ones_direct_messages_once_a_day(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.ask("Ada", "#general", "@Threadbot mine is ninety-nine")
        await town.idle()
        told = await command(town, "Ben", "#general", "/threadbot export")
        again = await command(town, "Ben", "#general", "/threadbot export me")

    [file] = [file for message in town.slack.messages("D0000000BEN") for file in message.get("files", ())]
    content = town.slack.workspace.files[file["id"]].content
    exported = json.loads(content)
    assert "I have sent you a file" in told
    assert "the next one from <!date^" in again
    assert file["name"].endswith(".json")
    assert exported["schema_version"] == 1
    assert [m["text"] for thread in exported["threads"] for m in thread["messages"]] == ["my number is seventy-seven"]
    assert "ninety-nine" not in content.decode()
    assert any(place.startswith("used:") for place in exported["beside_threads"])


async def lives(town: Town, channel: str) -> list[int]:
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        return [await redis.ttl(key) async for key in redis.scan_iter(f"*/{channel}/*")]


async def test_less_is_kept_within_seconds_where_that_is_chosen(town: Town) -> None:
    day = 24 * 3600
    async with town.bot():
        here = await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.ask("Ben", "#random", "@Threadbot tell me a joke")
        await town.idle()
        assert max(await lives(town, GENERAL)) > 29 * day
        refused = await command(town, "Ben", "#general", "/threadbot retention 1 day here")
        told = await command(town, "Ada", "#general", "/threadbot retention 1 day here")
        for _ in range(50):
            if max(await lives(town, GENERAL)) <= day:
                break
            await wait_until(_moment(), "a moment passes")
        await town.ask("Ben", "#general", "@Threadbot and now?", thread=here.thread)
        await town.idle()
        shown = await command(town, "Ben", "#general", "/threadbot settings")
        back = await command(town, "Ada", "#general", "/threadbot retention reset here")
        workspace = await command(town, "Ada", "#general", "/threadbot retention 7 days workspace")

    assert "Only admins and managers of this channel may do that." in refused
    assert "kept for 1 day from now on" in told
    assert "Kept for: 1 day – _chosen for this channel_" in shown
    assert "How long what is said in this channel is kept is reset." in back
    assert "kept for 7 days from now on" in workspace
    assert max(await lives(town, GENERAL)) <= day


async def test_old_words_are_gone_within_seconds_when_less_is_kept(town: Town) -> None:
    start = town.slack.workspace.clock
    async with town.bot():
        town.slack.workspace.clock = lambda: start() - 3 * 24 * 3600
        old = await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        town.slack.workspace.clock = start
        await town.ask("Ben", "#general", "@Threadbot tell me a joke", thread=old.thread)
        await town.idle()
        await command(town, "Ada", "#general", "/threadbot retention 1 day workspace")
        left = await gone(town, "seventy-seven")
        await town.ask("Ben", "#general", "@Threadbot once more?", thread=old.thread)

    assert "tell me a joke" in left
    assert "seventy-seven" not in str(town.model.requests[-1])
    assert "tell me a joke" in str(town.model.requests[-1])


async def test_who_asks_first_is_told_once_and_in_private_what_becomes_of_it(town: Town) -> None:
    async with town.bot(notice=True):
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.ask("Ada", "#general", "@Threadbot and me?", thread=first.thread)
        await town.ask("Ben", "D0000000BEN", "hello")
    async with town.bot(notice=True):
        await town.ask("Ben", "#random", "@Threadbot tell me a joke")

    [bens] = town.slack.notes("Ben")
    [adas] = town.slack.notes("Ada")
    assert "`small-model` at `127.0.0.1`" in bens["text"]
    assert "for 30 days" in bens["text"]
    assert "thread_ts" not in bens, "nobody has replied yet, and Slack would show it nowhere in a thread"
    assert adas["thread_ts"] == first.thread


async def test_the_notice_can_be_switched_off(town: Town) -> None:
    async with town.bot(notice=False):
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert town.slack.notes("Ben") == []


async def test_what_becomes_of_ones_words_is_told_where_one_asks(town: Town) -> None:
    async with town.bot(files="text"):
        await command(town, "Ada", "#general", "/threadbot names off here")
        await command(town, "Ada", "#general", "/threadbot retention 7 days here")
        here = await command(town, "Ben", "#general", "/threadbot privacy")
        elsewhere = await command(town, "Ben", "#random", "/threadbot privacy")
        await town.slack.open_home("Ben")
        home = await town.slack.wait_for(lambda: town.slack.home("Ben"), description="Ben's Home tab")

    assert "*What leaves:* the text of the thread and the content of files, to `small-model` at `127.0.0.1`." in here
    assert "*How long I keep it:* for 7 days." in here
    assert "display names" in elsewhere
    assert "for 30 days" in elsewhere
    assert home is not None
    assert "*How long I keep it:* for 30 days." in shown(home["blocks"])


async def test_who_wants_to_be_no_context_is_not_read_when_others_ask(town: Town) -> None:
    async with town.bot():
        told = await command(town, "Ada", "#general", "/threadbot context me off")
        first = await town.ask("Ada", "#general", "@Threadbot my number is seventy-seven")
        await town.slack.say("Ada", "#general", "and ninety-nine", thread_ts=first.thread)
        await town.ask("Ben", "#general", "@Threadbot what did Ada say?", thread=first.thread)
        bens = str(said(town.model.requests[-1]))
        await town.ask("Ada", "#general", "@Threadbot and I?", thread=first.thread)
        adas = str(said(town.model.requests[-1]))
        await command(town, "Ada", "#general", "/threadbot context me on")
        await town.ask("Ben", "#general", "@Threadbot once more?", thread=first.thread)

    assert "not read as context any more" in told
    assert "my number is seventy-seven" not in bens
    assert "and ninety-nine" not in bens
    assert "my number is seventy-seven" in adas
    assert "my number is seventy-seven" in str(said(town.model.requests[-1]))


async def test_words_deleted_in_slack_while_the_bot_is_away_are_not_sent_again(town: Town) -> None:
    town.slack.retry_delays = ()
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        secret = await town.slack.say("Ben", "#general", "seventy-seven", thread_ts=first.thread)
        await town.slack.say("Ben", "#general", "ninety-nine", thread_ts=first.thread)
        await town.all_delivered()
    unanswered = await town.slack.say("Ben", "#random", "@Threadbot fifty-five")
    await town.slack.delete("Ben", "#general", secret)
    await town.slack.delete("Ben", "#random", unanswered)
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot and now?", thread=first.thread)
        await town.idle()
        left = await dump(town)

    told = str(said(town.model.requests[-1]))
    assert "ninety-nine" in told
    assert "seventy-seven" not in told
    assert "seventy-seven" not in left
    assert "fifty-five" not in str(town.model.requests)


async def test_a_legal_hold_prolongs_what_is_there_and_its_end_shortens_it(town: Town) -> None:
    day = 24 * 3600
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot my number is seventy-seven")
        await town.idle()
        assert max(await lives(town, GENERAL)) <= 30 * day
    for hold in (True, False):
        async with town.bot(legal_hold=hold):
            for _ in range(100):
                found = await lives(town, GENERAL)
                if (min(found) > 365 * day) if hold else (max(found) <= 30 * day):
                    break
                await wait_until(_moment(), "a moment passes")
            else:
                raise AssertionError(f"hold {hold}: {sorted(found)}")
