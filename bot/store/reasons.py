"""In which answers' votes people wrote something, over all threads. The words stay where the votes are: what is
forgotten there is forgotten here."""

from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.store import unreadable
from bot.store.script import Key, Script
from bot.store.scripts import NOW

MOST_KEPT = 1000

REASONED = (
    NOW
    + f"""
local function reasoned(reasons, answer, keep_for)
  redis.call('ZADD', reasons, now(), answer)
  redis.call('ZREMRANGEBYRANK', reasons, 0, {-MOST_KEPT - 1})
  redis.call('EXPIRE', reasons, keep_for)
end
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest(Script[list[str]]):
    """Answers, by their thread and the newest message answered, and the ms of the last reason; the latest first."""

    reasons: Key
    most: int

    LUA = "return redis.call('ZREVRANGE', reasons, 0, most - 1, 'WITHSCORES')"


def parsed(member: str) -> tuple[ThreadKey, str] | None:
    name, _, newest = member.rpartition("/")
    thread = ThreadKey.parsed(name)
    if thread is None:
        unreadable.passed_over("where a reason for a vote stands")
        return None
    return thread, newest
