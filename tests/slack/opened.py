"""A world of real Redis and a small Slack, for what commands touch of it; each role has somebody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from redis.asyncio import Redis

from bot.conversation.history import Earlier
from bot.conversation.messages import Message
from bot.ports import Limits, Model, World
from bot.run import app
from bot.run.worlds import defaults
from bot.slack.api.directory import People
from bot.store.archive import RedisArchive
from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.inbox import RedisInbox
from bot.store.last_known import RedisLastKnown
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.store.queue import RedisQueue
from bot.store.tokens import RedisTokens
from bot.store.turn_limits import RedisTurnLimits
from bot.turns.state import Record
from bot.wording.en import WORDS
from tests.people import HERE, NEWEST, PEOPLE, THREAD
from tests.town import INSTALLED, KEYS, QUEUE, Town
from threadbot_sandbox.slack import SmallSlack


class Unread:
    """No thread can be read."""

    async def present(self, *_: Any) -> None:
        return None

    async def earlier(self, *_: Any, **__: Any) -> Earlier:
        return Earlier()


@asynccontextmanager
async def opened(slack: SmallSlack, redis_url: str) -> AsyncIterator[World]:
    town = Town(slack, cast(Any, None), "http://127.0.0.1:1", redis_url)
    configured = town.settings(admin_users=PEOPLE["named"])
    eve = replace(slack.workspace.person("Ben"), id=PEOPLE["member"], name="eve", real_name="Eve")
    slack.workspace.users[eve.id] = eve
    async with AsyncExitStack() as stack:
        store = Client(redis_url)
        stack.push_async_callback(store.close)
        client = await app.open_slack(configured, stack)
        box = RedisInbox(store, KEYS, QUEUE, 3600)
        world = World(
            chat=cast(Any, None),
            directory=People(client, INSTALLED, RedisLastKnown(store, KEYS)),
            transcript=Unread(),
            model=cast(Model, None),
            inbox=box,
            history=box,
            prefs=RedisPrefs(store, KEYS, 3600, defaults(configured, home=True)),
            archive=RedisArchive(store, KEYS, 3600),
            erasures=RedisErasures(store, KEYS.prefix),
            ledger=RedisLedger(store, KEYS, 3600),
            budgets=RedisBudgets(store, KEYS, QUEUE, 60),
            turn_limits=RedisTurnLimits(store, KEYS, 60),
            files=cast(Any, None),
            answers=cast(Any, None),
            tokens=RedisTokens(store, KEYS),
            limits=Limits(),
            words=WORDS,
            now=asyncio.get_running_loop().time,
            saw=lambda _happening: None,
            guards=(),
            mark_word=lambda _thread: "q7w",
            user_hash=lambda _user: None,
        )
        seen = await world.prefs.access()
        managed = replace(seen, managers={HERE: frozenset({PEOPLE["manager"]})})
        await world.prefs.change_access(seen, managed, PEOPLE["owner"])
        yield world


async def contents(redis_url: str) -> dict[bytes, bytes | None]:
    """All that Redis holds, but for what it remembers of Slack's answers."""
    async with Redis.from_url(redis_url) as redis:
        return {key: await redis.dump(key) async for key in redis.scan_iter() if b":known:" not in key}


async def answered(world: World, asker: str) -> None:
    """A finished turn whose answer was cut at the length limit."""
    await world.inbox.put(THREAD, Message(NEWEST, asker, "a long question"), addressed=True)
    inbox = cast(RedisInbox, world.inbox)
    [lease] = await RedisQueue(inbox.client, QUEUE, 60).claim(1)
    turn = await world.inbox.begin(lease)
    assert turn is not None
    record = Record("answered", (asker,), (NEWEST,), reason="length", model="m", persona="default")
    await world.inbox.finish(turn, Message(NEWEST, "", "It begins", kind="answer"), record)
