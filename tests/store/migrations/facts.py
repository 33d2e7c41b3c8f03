"""What this version reads from its Redis, by meaning, in the shape of the facts that earlier versions told."""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import mentioned, named
from bot.conversation.messages import Message
from bot.personas import form
from bot.policy.preferences import WORKSPACE, Defaults, Scope
from bot.ports import Directory
from bot.store import records
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.ledger import RedisLedger
from bot.store.migrations import step_1
from bot.store.operations import Operations
from bot.store.preferences import RedisPrefs
from bot.store.queue import RedisQueue
from bot.store.seal import PLAIN
from bot.usage.ledger import Spent
from tests.town import KEYS, QUEUE
from threadbot_sandbox.slack.seed import TEAM

Json = dict[str, Any]

APPOINTED = frozenset({"U000000DORA"})
SINCE = {
    **{"cache_written": 0, "reasoning": 0, "free": False, "target": "", "instead": "", "kept": False},
    **{"payer": "", "day": ""},
}
"""What a record tells since then."""
SPENT_THEN = ("answers", "input", "output", "cached", "cost", "unpriced", "up", "down")
TAKEN_OVER = {"running": "ready"}  # whose process is gone


def renamed(facts: Json) -> Json:
    """What an earlier version told, with threads and states as they are called now."""

    def now(name: str) -> str:
        return str(step_1.thread_of(name))

    def choice(scope: str) -> str:
        kind, _, id = scope.partition(":")
        return f"thread:{now(id)}" if kind == "thread" else scope

    def turn(id: str) -> str:
        name, _, newest = id.rpartition("/")
        return f"{now(name)}/{newest}"

    threads = {now(name): about for name, about in facts["threads"].items()}
    return facts | {
        "threads": {
            name: about
            | {"state": TAKEN_OVER.get(about["state"], about["state"])}
            | {"turns": {newest: SINCE | record for newest, record in about["turns"].items()}}
            for name, about in threads.items()
        },
        "stops": {now(name): why for name, why in facts["stops"].items()},
        "aside": [turn(each) for each in facts["aside"]],
        "choices": {choice(scope): chosen for scope, chosen in facts["choices"].items()},
        "threads_of": {user: sorted(map(now, names)) for user, names in facts["threads_of"].items()},
    }


@dataclasses.dataclass
class Facts:
    client: Client
    redis: Any  # its commands are typed for bytes as well
    directory: Directory

    def __post_init__(self) -> None:
        self.inbox = RedisInbox(self.client, KEYS, QUEUE, 60)
        self.prefs = RedisPrefs(self.client, KEYS, 60, Defaults("", {"openai_model": "m"}, admins=APPOINTED))
        self.ledger = RedisLedger(self.client, KEYS, 60)

    async def all(self) -> Json:
        entries = await Operations(self.client, "threadbot", 60).entries([TEAM])
        states = {each.id: each.state for each in entries if each.state != "aside"}
        threads = {name for family in ("messages", "turns", "turn") for name in await self._named(family)}
        return {
            "threads": {
                name: await self._thread(ThreadKey.parse(name), states) for name in sorted(threads | states.keys())
            },
            "stops": await RedisQueue(self.client, QUEUE, 60).stopped(),
            "aside": [each.id for each in entries if each.state == "aside"],
            "personas": await self._personas(),
            "choices": await self._choices(),
            "access": _without(_plainly(await self.prefs.access()), "tokens"),
            "audit": _plainly(await self.prefs.audited(1000)),
            "spent": await self._spent(),
            "threads_of": {
                user: sorted(await self.redis.zrange(KEYS.threads(user), 0, -1))
                for user in await self._named("threads")
            },
        }

    async def _named(self, family: str) -> list[str]:
        start = f"{KEYS._key(family)}:"
        return sorted([key.removeprefix(start) async for key in self.redis.scan_iter(f"{start}*")])

    async def _shown(self, messages: Sequence[Message], thread: ThreadKey) -> list[Json]:
        """As people read them."""
        of = mentioned(message.text for message in messages)
        names = {
            **await self.directory.names(of.people),
            **await self.directory.channel_names(of.channels, thread),
            **await self.directory.group_names(of.groups),
        }
        return [
            {"ts": m.ts, "author": m.author, "role": m.role, "text": as_then(m, names), "name": m.name,
             "files": [file.name for file in m.files]}
            for m in messages
        ]  # fmt: skip

    async def _members(self, key: str, thread: ThreadKey) -> list[Json]:
        texts = [
            await self.redis.hget(KEYS.messages(thread), member) or "" for member in await self.redis.zrange(key, 0, -1)
        ]
        return await self._shown(list(records.messages(PLAIN, thread, texts)), thread)

    async def _thread(self, thread: ThreadKey, states: dict[str, Any]) -> Json:
        past = await self.inbox.load(thread)
        fields = await self.redis.hgetall(KEYS.turns(thread))
        newest = sorted(field for field in fields if field not in ("last", "unread_from"))
        running = await self.redis.hgetall(KEYS.turn(thread))
        votes = {each: _plainly(dict(await self.ledger.votes(thread, each))) for each in newest}
        facts = {
            "state": states.get(str(thread), "idle"),
            "past": await self._shown(past.messages, thread),
            "known_up_to": past.known,
            "unread_from": fields.get("unread_from"),
            "last_turn": fields.get("last"),
            "waiting": await self._members(KEYS.waiting(thread), thread),
            "heard": await self._members(KEYS.heard(thread), thread),
            "turns": {each: _plainly(await self.inbox.record(thread, each)) for each in newest},
            "votes": {each: cast for each, cast in votes.items() if cast},
            "talk": await self.redis.hgetall(KEYS.talk(thread)),
        }
        if "batch" in running:
            facts["running"] = {
                "newest": running["newest"],
                "attempt": int(running.get("attempt", 0)),
                "batch": json.loads(running["batch"]),
                "posted": json.loads(running.get("posted", "[]")),
                "intent": int(running["intent"]) if "intent" in running else None,
                "complete": json.loads(running["complete"]) if "complete" in running else None,
            }
        return facts

    async def _personas(self) -> Json:
        facts = {}
        for key in sorted(await self.redis.hkeys(KEYS.personas)):
            facts[key] = {
                "deleted": int(await self.redis.hget(KEYS.personas, key)) < 0,
                "versions": [
                    {"version": v.persona.version, "by": v.by, "deed": v.deed, "changed": list(v.changed),
                     "fields": dict(form.fields(v.persona))}
                    for v in (await self.prefs.history(key))[::-1]
                ],
            }  # fmt: skip
        return facts

    async def _choices(self) -> Json:
        fields = sorted(await self.redis.hkeys(KEYS.prefs))
        fields += [f"thread:{thread}" for thread in await self._named("chosen")]
        chosen = {field: _plainly(await self.prefs.chosen(_scope(field))) for field in fields}
        return {
            field: {name: value for name, value in choices.items() if value is not None}
            for field, choices in chosen.items()
        }

    async def _spent(self) -> Json:
        """As it was told then."""
        by: Any = {"user": "person", "channel": "channel", "persona": "persona", "model": "model"}
        return {
            when: {"all": _spent_then(await self.ledger.spent(when))}
            | {
                then: {id: _spent_then(spent) for id, spent in (await self.ledger.spent_by(when, now)).items()}
                for then, now in by.items()
            }
            for when in await self._named("used")
        }


def as_then(message: Message, names: Mapping[str, str]) -> str:
    """As people read it in the landed version, which wrote links as `label (url)`, and took `&quot;` for a quotation
    mark, which Slack does not."""
    text = named(message.text, names)
    return text if message.kind else re.sub(r"\[([^]]*)\]\((\S*?)\)", r"\1 (\2)", text).replace("&quot;", '"')


def _spent_then(spent: Spent) -> Json:
    return {name: amount for name, amount in _plainly(spent).items() if name in SPENT_THEN}


def _scope(field: str) -> Scope:
    kind: Any = field.partition(":")[0]
    return WORKSPACE if kind == "workspace" else Scope(kind, field.partition(":")[2])


def _plainly(thing: Any) -> Any:
    if dataclasses.is_dataclass(thing):
        return {f.name: _plainly(getattr(thing, f.name)) for f in dataclasses.fields(thing)}
    if isinstance(thing, dict):
        return {str(key): _plainly(value) for key, value in thing.items()}
    if isinstance(thing, frozenset | set):
        return sorted(thing)
    return [_plainly(each) for each in thing] if isinstance(thing, tuple | list) else thing


def _without(facts: Any, name: str) -> Any:
    """What no earlier version knew of."""
    assert not facts[name]
    return {each: value for each, value in facts.items() if each != name}
