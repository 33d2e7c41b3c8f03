"""Answers that are given again, in Redis; see `ports.Answers`.

An answer stands under the thread in which it was given, and goes with it. What leads there is the fingerprint of the
question, which ends with its time.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.conversation.ids import ThreadKey
from bot.store import seal as sealing
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.lives import Lives
from bot.store.script import Key, Script
from bot.turns.state import Kept

MOST = 200  # answers of one thread; with more, those before are let go

_KEPT = TypeAdapter(Kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Where(Script[str]):
    """The thread as text; '' where there is none."""

    asked: Key

    LUA = "return redis.call('GET', asked) or ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Find(Script[str]):
    """'' where there is none."""

    answers: Key
    question: str

    LUA = "return redis.call('HGET', answers, question) or ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep(Script[int]):
    answers: Key
    asked: Key
    question: str
    answer: str
    thread: str
    seconds: int
    most: int

    LUA = """
if redis.call('HLEN', answers) >= most then redis.call('DEL', answers) end
redis.call('HSET', answers, question, answer)
if redis.call('TTL', answers) < seconds then redis.call('EXPIRE', answers, seconds) end
redis.call('SET', asked, thread, 'EX', seconds)
return 1
"""


@dataclass(frozen=True, slots=True)
class RedisAnswers:
    client: Client
    keys: Keys
    lives: Lives | None = None

    async def find(self, question: str) -> Kept | None:
        named = await self.client.call(_Where(asked=self.keys.asked(question)))
        thread = ThreadKey.parsed(named) if named else None
        if thread is None or thread.workspace != self.keys.workspace:
            return None
        text = await self.client.call(_Find(answers=self.keys.answers(thread), question=question))
        about, where = sealing.of_kept(thread), f"the answers of {thread}"
        return unreadable.opened(self.client.seal, _KEPT, text, about, where) if text else None

    async def keep(self, question: str, answer: Kept, thread: ThreadKey, seconds: int) -> None:
        chosen = await self.lives.chosen(thread) if self.lives is not None else None
        script = _Keep(
            answers=self.keys.answers(thread),
            asked=self.keys.asked(question),
            question=question,
            answer=self.client.seal.shut(_KEPT.dump_python(answer, mode="json"), None, sealing.of_kept(thread)),
            thread=str(thread),
            seconds=seconds if chosen is None else min(seconds, chosen),
            most=MOST,
        )
        await self.client.call(script)
