"""The data of the version without workspaces, opened by this one."""

import json
import time
from collections.abc import Iterable
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from bot.conversation.ids import ThreadKey
from bot.ports import Directory
from bot.slack.api.directory import PRIVATE
from bot.store import migrations
from bot.store.client import Client
from bot.store.migrations import step_1
from bot.store.migrations.side_by_side import open_window
from bot.store.migrations.step_1 import Ground
from tests.fixtures.dump import dump
from tests.store.migrations.conftest import FACTS, LEFT, MONTH, RUNNING, STEPS
from tests.store.migrations.facts import Facts, renamed
from tests.town import KEYS, QUEUE
from threadbot_sandbox.slack import reading
from threadbot_sandbox.slack.seed import BOT_USER, TEAM, Group
from threadbot_sandbox.slack.workspace import Workspace


def as_it_is(_thread: ThreadKey, text: str) -> str:
    return text


THREAD = step_1.thread_of(RUNNING)
IDLE = "T00SANDBOX0/C000GENERAL/1796082577.178237"


class Names:
    """What a directory tells of the fixture's town, without asking a busy machine for it."""

    def __init__(self) -> None:
        self._town = Workspace()
        self._town.groups["S00VISITORS"] = Group("S00VISITORS", "visitors", "Visitors", ("U0000000GUS",))

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        known = {user.id: user for user in self._town.users.values()}
        return {
            each: reading.profile(self._town, known[each])["profile"]["display_name"] for each in ids if each in known
        }

    async def channel_names(self, ids: Iterable[str], thread: ThreadKey) -> dict[str, str]:
        return {
            each: PRIVATE if BOT_USER not in channel.members and channel.kind == "private" else channel.name
            for each in ids
            if (channel := self._town.channels.get(each))
        }

    async def group_names(self, ids: Iterable[str]) -> dict[str, str]:
        return {each: self._town.groups[each].handle for each in ids if each in self._town.groups}


@pytest.fixture
def facts(client: Client, redis: Redis) -> Facts:
    """As people of the same town read it."""
    return Facts(client, redis, cast(Directory, Names()))


async def old_keys(redis: Redis) -> set[str]:
    """The families of keys of that version that are there."""
    names = [str(key).removeprefix("{threadbot}:") for key in await redis.keys()]
    return {name.partition(":")[0] for name in names} & set(step_1.OLD_NAMES)


async def test_every_kind_of_data_is_there_by_meaning(left: Redis, client: Client, facts: Facts) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert await facts.all() == renamed(FACTS)


async def test_nothing_stays_under_old_keys_but_what_the_earlier_version_needs(left: Redis, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert await old_keys(left) == {"state", "ready", "wake", *step_1.CHOICES, "chosen"}
    assert set(await left.hvals("{threadbot}:state")) == {"moved"}


async def test_scores_that_end_in_a_half_stay_exact(left: Redis, client: Client) -> None:
    before = LEFT[f"{{threadbot}}:past:{IDLE}"]["value"]
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)
    after = (await dump(left))[KEYS.past(step_1.thread_of(IDLE))]["value"]

    assert any(score.endswith(".5") for _, score in before)
    assert after == before


async def test_what_lapses_keeps_its_lifetime(left: Redis, client: Client) -> None:
    await left.expire(f"{{threadbot}}:said:{IDLE}", 500)
    await left.expire("{threadbot}:spent:2026-11", 700)
    await left.expire("{threadbot}:threads:U0000000ADA", 900)
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert 400 < await left.ttl(KEYS.messages(step_1.thread_of(IDLE))) <= 500
    assert 600 < await left.ttl(KEYS.used("2026-11")) - 400 * 24 * 3600 <= 700, "months are kept longer now"
    assert 800 < await left.ttl(KEYS.threads("U0000000ADA")) <= 900


async def test_a_running_turn_is_never_moved(left: Any, client: Client, ground: Ground) -> None:
    await left.zadd("{threadbot}:leases", {RUNNING: time.time() * 1000 + 60_000})
    kept = {name: await left.exists(f"{{threadbot}}:{name}:{RUNNING}") for name in step_1.THREAD_NAMES}
    turn = await left.hgetall(f"{{threadbot}}:turn:{RUNNING}")
    waiting = await left.zrange(f"{{threadbot}}:waiting:{RUNNING}", 0, -1)
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert {name: await left.exists(f"{{threadbot}}:{name}:{RUNNING}") for name in step_1.THREAD_NAMES} == kept
    assert await left.hgetall(f"{{threadbot}}:turn:{RUNNING}") == turn
    assert await left.zrange(f"{{threadbot}}:waiting:{RUNNING}", 0, -1) == json.loads(turn["batch"]) == waiting[:1]
    assert await left.zrange(KEYS.waiting(THREAD), 0, -1) == waiting[1:], "what it does not answer is ours"
    assert not await left.exists(KEYS.turn(THREAD), KEYS.past(THREAD))

    await left.zadd("{threadbot}:leases", {RUNNING: 1})
    assert await step_1.move_thread(ground, THREAD)
    assert await left.zrange(KEYS.waiting(THREAD), 0, -1) == waiting
    assert await left.hget(QUEUE.state, str(THREAD)) == "ready"


async def test_what_came_to_a_thread_since_it_moved_is_added_in_its_place(left: Any, ground: Ground) -> None:
    await open_window(ground)
    thread = step_1.thread_of(IDLE)
    await step_1.move_thread(ground, thread, as_it_is)
    [overheard, *_] = await left.zrange(KEYS.past(thread), 0, -1)
    await left.hset(f"{{threadbot}}:said:{IDLE}", mapping={"99.5": '{"ts":"99.5"}', overheard: '{"ts":"old"}'})
    await left.zadd(f"{{threadbot}}:waiting:{IDLE}", {"99.5": 99_500_000, overheard: 7})
    await left.zadd(f"{{threadbot}}:heard:{IDLE}", {"99.5": 99_500_000})
    await left.expire(f"{{threadbot}}:said:{IDLE}", 100)
    said = await left.hget(KEYS.messages(thread), overheard)

    assert await step_1.move_thread(ground, thread, as_it_is) == 3
    assert set(await left.zrange(KEYS.waiting(thread), 0, -1)) == {"99.5", overheard}
    assert overheard not in await left.zrange(KEYS.past(thread), 0, -1)
    assert await left.zrange(KEYS.heard(thread), 0, -1) == []
    assert await left.hget(KEYS.messages(thread), overheard) == said
    assert await left.hget(KEYS.messages(thread), "99.5") == '{"ts":"99.5"}'
    assert await left.hget(QUEUE.state, str(thread)) == "ready"
    assert await left.lrange(QUEUE.ready, 0, -1) == [str(thread)]
    assert await step_1.move_thread(ground, thread, as_it_is) == 0
    for name in ("said", "waiting", "heard"):
        await left.expire(f"{{threadbot}}:{name}:{IDLE}", 100)
    await left.expire(KEYS.waiting(thread), 100)


async def test_messages_pass_through_later_steps_and_none_is_missed(ground: Ground, left: Redis) -> None:
    """Between reading and moving, the earlier version may have taken in more."""
    await open_window(ground)
    key, thread = f"{{threadbot}}:said:{IDLE}", step_1.thread_of(IDLE)
    before = await left.hgetall(key)
    late = Late(ground.client)

    await step_1.move_thread(Ground(late, "threadbot", TEAM), thread, recode=lambda _, text: text.upper())  # type: ignore[arg-type]

    assert await left.hgetall(KEYS.messages(thread)) == {
        **{member: text.upper() for member, text in before.items()},
        "1.000000": '{"LATE": 1}',
    }


class Late:
    """A client; after its first answer somebody says something more in the thread."""

    def __init__(self, client: Client) -> None:
        self._client, self._said = client, False

    async def run(self, script: str, keys: list[str], args: list[str | int]) -> object:
        found = await self._client.run(script, keys, args)
        if not self._said:
            self._said = True
            more = "return redis.call('HSET', KEYS[1], '1.000000', '{\"late\": 1}')"
            await self._client.run(more, [f"{{threadbot}}:said:{IDLE}"], [])
        return found
