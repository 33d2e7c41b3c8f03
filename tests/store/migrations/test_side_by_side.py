"""An earlier version runs beside us. What it does is done here with its own scripts, from its commit."""

import json
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.errors import Unavailable
from bot.policy.preferences import WORKSPACE, Defaults, Entry
from bot.privacy.held import Erasure
from bot.privacy.keeper import removed
from bot.privacy.own import own
from bot.store import migrations
from bot.store.archive import RedisArchive
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.inbox import RedisInbox
from bot.store.ledger import RedisLedger
from bot.store.migrations import side_by_side, step_1
from bot.store.migrations.side_by_side import SideBySide
from bot.store.migrations.step_2 import Step
from bot.store.migrations.window import CLOSED
from bot.store.preferences import RedisPrefs
from bot.store.queue import RedisQueue
from bot.turns.state import Record, Turn
from tests.fixtures.landed import module_of
from tests.store.migrations.conftest import MONTH, STEPS
from tests.town import KEYS, QUEUE
from threadbot_sandbox.slack.seed import TEAM

NAME = f"{TEAM}/C000GENERAL/1763700000.000100"
THREAD = step_1.thread_of(NAME)
OLD = ("state", "ready", "leases", "stops", "said", "waiting", "heard", "past", "turns", "talk", "turn")


@pytest.fixture(scope="session")
def scripts() -> Iterator[ModuleType]:
    """The inbox's scripts as the landed version had them."""
    with module_of("efa43cc", "bot/store/scripts.py") as module:
        yield module


class Earlier:
    """A replica of the earlier version, as far as its inbox goes."""

    def __init__(self, client: Client, scripts: ModuleType, name: str = NAME) -> None:
        self.client, self.scripts, self.name = client, scripts, name

    def key(self, family: str) -> str:
        return f"{{threadbot}}:{family}"

    def of_thread(self, *families: str) -> list[str]:
        return [self.key(f"{family}:{self.name}") for family in families]

    async def put(self, ts: str, *, addressed: bool = True, author: str = "UADA", manner: str = "plain") -> str:
        team, channel, _ = self.name.split("/")
        keys = [self.key(f"seen:{team}/{channel}/{ts}"), *self.of_thread("said", "waiting", "heard", "past")]
        keys += [self.key("state"), self.key("ready"), self.key("wake"), *self.of_thread("talk")]
        keys.append(self.key(f"threads:{author}"))
        text = f'{{"ts":"{ts}","author":"{author}","text":"message {ts}"}}'
        score = int(ts.replace(".", ""))
        args: list[Any] = [self.name, ts, score, text, int(addressed), 100, MONTH, 200, manner, 4]
        return str(await self.client.run(self.scripts.PUT, keys, args))

    async def claim(self) -> list[str]:
        keys = [self.key("ready"), self.key("leases"), self.key("state")]
        return list(await self.client.run(self.scripts.CLAIM, keys, ["old", 10, 60_000]))

    async def begin(self) -> None:
        keys = [self.key("state"), *self.of_thread("said", "waiting", "heard", "turn")]
        assert await self.client.run(self.scripts.BEGIN, keys, [self.name, "old.1", 50, MONTH])

    async def finish(self, newest: str) -> int:
        keys = [self.key("state"), self.key("leases"), self.key("ready"), self.key("wake")]
        keys += self.of_thread("said", "waiting", "heard", "past", "turn", "turns")
        keys += [self.key("stops"), self.key("aside"), *self.of_thread("chosen", "votes"), self.key("spent:2026-11")]
        record = json.dumps({"outcome": "answered", "askers": ["UADA"], "asked": [newest]})
        answer = json.dumps({"ts": newest, "author": "", "text": "answer", "role": "assistant"})
        args: list[str | int] = [
            self.name,
            "old.1",
            MONTH,
            600,
            1000,
            1000,
            newest,
            f"{newest.replace('.', '')}.5",
            answer,
            record,
        ]
        charges = '{"all::answers":1,"user:UADA:answers":1}'
        return int(await self.client.run(self.scripts.FINISH, keys, [*args, 0, charges, 1000, newest]))


def recoded(_thread: ThreadKey, text: str) -> str:
    return Step(str).message(text)


@pytest.fixture
async def window(client: Client) -> SideBySide:
    ground = step_1.Ground(client, "threadbot", TEAM)
    await side_by_side.open_window(ground)
    return SideBySide(ground, MONTH, recoded)


@pytest.fixture
def earlier(client: Client, scripts: ModuleType) -> Earlier:
    return Earlier(client, scripts)


@pytest.fixture
def inbox(client: Client, window: SideBySide) -> RedisInbox:
    return RedisInbox(client, KEYS, QUEUE, MONTH, window)


@pytest.fixture
def queue(client: Client) -> RedisQueue:
    return RedisQueue(client, QUEUE, 60)


def message(n: int, author: str = "UADA") -> Message:
    return Message(ts(n), author, f"message {n}")


def ts(n: int) -> str:
    return f"17637{n:05}.000100"


async def begun(queue: RedisQueue, inbox: RedisInbox) -> Turn:
    [lease] = await queue.claim(10)
    turn = await inbox.begin(lease)
    assert turn is not None
    return turn


def shown(turn: Turn) -> list[str]:
    return [m.ts for m in turn.batch.messages]


async def test_a_message_that_either_version_has_is_not_taken_by_the_other(inbox: RedisInbox, earlier: Earlier) -> None:
    assert await earlier.put(ts(1)) == "new"
    assert await inbox.put(THREAD, message(1), addressed=True) == "again"
    assert await inbox.put(THREAD, message(2), addressed=True) == "new"
    assert await earlier.put(ts(2)) == "again"
    assert not await inbox.first_time(THREAD, ts(2))
    assert await inbox.first_time(THREAD, ts(3))
    assert await earlier.put(ts(3)) == "again"
    await inbox.drop(THREAD, ts(4))
    assert await earlier.put(ts(4)) == "again"


async def test_in_a_thread_that_is_ours_the_earlier_version_does_no_turn_and_loses_nothing(
    inbox: RedisInbox, queue: RedisQueue, earlier: Earlier, window: SideBySide
) -> None:
    await inbox.put(THREAD, message(1), addressed=True)
    assert await earlier.put(ts(2)) == "new"
    assert await earlier.put(ts(3), addressed=False) == "new"
    assert await earlier.claim() == []

    turn = await begun(queue, inbox)

    assert shown(turn) == [ts(1), ts(2)]
    assert await earlier.put(ts(4)) == "new"
    await inbox.finish(turn, None, Record("answered", ("UADA",), (ts(1), ts(2))))
    assert await queue.claim(1) == []
    await window.sweep_once()
    turn = await begun(queue, inbox)
    assert (shown(turn), [m.ts for m in turn.batch.heard]) == ([ts(4)], [ts(3)])


async def test_a_turn_of_the_earlier_version_is_waited_for(
    inbox: RedisInbox, queue: RedisQueue, earlier: Earlier, redis: Redis, window: SideBySide
) -> None:
    await earlier.put(ts(1))
    assert await earlier.claim() == [NAME]
    await earlier.begin()
    assert await inbox.put(THREAD, message(2), addressed=True) == "new"
    assert await inbox.put(THREAD, message(3), addressed=False, manner="follow") == "new"
    [lease] = await queue.claim(1)
    with pytest.raises(Unavailable, match="an earlier version answers there") as busy:
        await inbox.begin(lease)
    await queue.hand_back(lease, busy.value.after, counted=False)
    await earlier.put(ts(4))
    await window.sweep_once()
    assert await earlier.finish(ts(1)) == 1
    assert await earlier.claim() == [], "what came meanwhile is ours"

    await redis.zadd(QUEUE.leases, {str(THREAD): 1})
    turn = await begun(queue, inbox)

    assert (shown(turn), turn.attempt) == ([ts(2), ts(3), ts(4)], 1)
    assert [m.text for m in (await inbox.load(THREAD)).messages] == [f"message {ts(1)}", "answer"]
    assert await earlier.claim() == []


async def test_a_turn_whose_process_has_died_is_taken_over(
    inbox: RedisInbox, queue: RedisQueue, earlier: Earlier, redis: Redis, window: SideBySide
) -> None:
    await earlier.put(ts(1))
    await earlier.claim()
    await earlier.begin()
    await redis.hset(f"{{threadbot}}:turn:{NAME}", mapping={"posted": '["9.0"]', "intent": "0"})
    await window.sweep_once()
    assert await queue.claim(1) == []
    await redis.zadd("{threadbot}:leases", {NAME: 1})
    await window.sweep_once()

    turn = await begun(queue, inbox)

    assert (shown(turn), turn.posted, turn.intent, turn.attempt) == ([ts(1)], ("9.0",), 0, 2)
    assert await earlier.finish(ts(1)) == 0, "who has lost its lease changes nothing"


async def test_idle_threads_that_only_the_earlier_version_knows_are_moved_too(
    earlier: Earlier, window: SideBySide, redis: Redis, inbox: RedisInbox
) -> None:
    await earlier.put(ts(1))
    await earlier.claim()
    await earlier.begin()
    await earlier.finish(ts(1))
    await window.sweep_once()

    assert len((await inbox.load(THREAD)).messages) == 2
    assert await redis.zrange(KEYS.threads("UADA"), 0, -1) == [str(THREAD)]
    used = {field: value.split()[0] for field, value in (await redis.hgetall(KEYS.used("2026-11"))).items()}
    assert used == {"workspace:": "1", "person:UADA": "1"}
    assert not [key for key in map(str, await redis.keys()) if key.split(":")[1] in OLD[4:]]


async def test_what_the_earlier_version_chose_is_carried_over_and_what_we_chose_stays(
    client: Client, redis: Redis, window: SideBySide
) -> None:
    old = "{threadbot}:prefs"
    await redis.hset(old, mapping={"workspace": '{"model":"one"}', "channel:C1": '{"model":"two"}'})
    prefs = RedisPrefs(client, KEYS, MONTH, Defaults("", {"openai_model": "m"}))
    await window.sweep_once()
    await prefs.choose(WORKSPACE, {"model": "ours"}, "UADA")
    await window.sweep_once()
    assert (await prefs.chosen(WORKSPACE))["model"] == "ours"

    await redis.hset(old, "channel:C2", '{"model":"three"}')
    await redis.hdel(old, "channel:C1")
    await window.sweep_once()

    assert {id: choices["model"] for id, choices in (await prefs.channels()).items()} == {"C2": "three"}
    assert (await prefs.chosen(WORKSPACE))["model"] == "ours"


async def test_administrative_acts_of_both_stand_in_order(client: Client, redis: Redis, window: SideBySide) -> None:
    prefs = RedisPrefs(client, KEYS, MONTH, Defaults("", {"openai_model": "m"}))
    now = time.time()
    await prefs.audit(Entry("UADA", "ours", ""))
    acts = {"first": now - 100, "second": now - 50, "last": now + 100}
    for act, at in acts.items():
        await redis.lpush("{threadbot}:audit", f'{{"at":{at},"by":"U","act":"{act}","what":"","before":"","after":""}}')
    await window.sweep_once()

    assert [entry.act for entry in await prefs.audited()] == ["last", "ours", "second", "first"]
    assert not await redis.exists("{threadbot}:audit")


async def test_who_is_forgotten_by_the_earlier_version_is_forgotten_by_us(
    inbox: RedisInbox, queue: RedisQueue, redis: Redis, window: SideBySide
) -> None:
    await inbox.put(THREAD, message(1, "UBEN"), addressed=True)
    turn = await begun(queue, inbox)
    await inbox.finish(turn, None, Record("answered", ("UBEN",), (ts(1),)))
    entry = '{"at":1,"by":"UBEN","act":"forget.me","what":"0 threads","before":"","after":""}'
    await redis.lpush("{threadbot}:audit", entry)
    await window.sweep_once()

    assert await RedisErasures(inbox.client, "threadbot").claim() == Erasure(THREAD.workspace, "words", "UBEN")


async def test_a_thread_of_a_person_who_is_forgotten_is_made_ours_first(
    inbox: RedisInbox, earlier: Earlier, redis: Redis
) -> None:
    await earlier.put(ts(1), author="UBEN")
    await earlier.claim()
    await earlier.begin()
    await earlier.finish(ts(1))

    archive = RedisArchive(inbox.client, inbox.keys, MONTH, inbox.window)
    await archive.remove_person("UBEN", "nobody")
    held = await archive.read(THREAD)
    assert await removed(own(held, "UBEN", answers=False), held, "UBEN", "nobody", archive)
    assert not await redis.exists(f"{{threadbot}}:said:{NAME}")
    assert [m.role for m in (await inbox.load(THREAD)).messages] == ["assistant"]


async def test_an_answer_of_the_earlier_version_can_be_rated(
    client: Client, earlier: Earlier, window: SideBySide
) -> None:
    await earlier.put(ts(1))
    await earlier.claim()
    await earlier.begin()
    await earlier.finish(ts(1))
    ledger = RedisLedger(client, KEYS, MONTH, window)

    assert await ledger.rate(THREAD, ts(1), "UBEN", "up")
    assert (await ledger.votes(THREAD, ts(1)))["UBEN"].vote == "up"


async def test_a_choice_for_a_thread_is_carried_over_and_not_twice(
    redis: Redis, window: SideBySide, inbox: RedisInbox
) -> None:
    key = f"{{threadbot}}:chosen:{NAME}"
    await redis.set(key, '{"follow":true}', ex=60)
    await window.sweep_once()
    assert await redis.get(KEYS.chosen(THREAD)) == '{"follow":true}'
    await redis.set(KEYS.chosen(THREAD), '{"persona":"Ours"}', ex=60)
    window._all_looked_at = float("-inf")
    await window.sweep_once()
    assert await redis.get(KEYS.chosen(THREAD)) == '{"persona":"Ours"}'
    await redis.set(key, '{"follow":false}', ex=60)
    window._all_looked_at = float("-inf")
    await window.sweep_once()

    assert await redis.get(KEYS.chosen(THREAD)) == '{"follow":false}'


async def test_the_window_closes_when_nothing_has_come_for_long(
    client: Client, redis: Redis, window: SideBySide, earlier: Earlier
) -> None:
    await redis.hset("{threadbot}:prefs", "workspace", '{"model":"one"}')
    await redis.set(f"{{threadbot}}:chosen:{NAME}", "{}", ex=60)
    await earlier.put(ts(1))
    await window.sweep_once()
    window.quiet_for = -1
    assert await window.sweep_once() == 0

    assert window.seen(THREAD, ts(1)) is None
    assert await window.adopt(ThreadKey("slack", TEAM, "C9", "1.0"))
    old = {f"{{threadbot}}:{name}" for name in (*step_1.OLD_NAMES, "migration", "copied:prefs")}
    assert not old & set(await redis.keys())
    assert not await redis.exists(f"{{threadbot}}:chosen:{NAME}")
    assert await redis.hget(KEYS.prefs, "workspace") == '{"model":"one"}'
    assert await migrations.run(client, "threadbot", TEAM, MONTH, STEPS) is CLOSED


async def test_a_replica_that_does_not_know_yet_that_the_window_is_closed_puts_nothing_back(
    window: SideBySide, redis: Redis
) -> None:
    other = SideBySide(window.ground, MONTH, recoded)
    window.quiet_for = -1
    await window.sweep_once()

    assert await other.adopt(THREAD)
    assert not await redis.exists("{threadbot}:state")


async def test_an_earlier_version_that_comes_back_is_reckoned_with_again(
    client: Client, redis: Redis, earlier: Earlier
) -> None:
    assert await migrations.run(client, "threadbot", TEAM, MONTH, STEPS) is CLOSED
    await earlier.put(ts(1))
    await earlier.claim()
    await redis.hset("{threadbot}:prefs", "workspace", '{"model":"newer"}')
    window = await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert window.seen(THREAD, ts(1)) is not None
    assert await redis.hget(KEYS.prefs, "workspace") == '{"model":"newer"}'
    assert await redis.exists(f"{{threadbot}}:said:{NAME}"), "its turn is running"
