"""Step 2: stored messages hold our own text, Markdown with tokens, and the kind of what the bot said.

Before, what people said was as Slack encodes it, and what the model said plain; a role told them apart. The messages of
a thread move from `said:` to `messages:` as they are rewritten, so that none is rewritten twice.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from bot.conversation.mentions import literal
from bot.store.migrations import step_1_scripts
from bot.store.migrations.step_1 import Ground, matching

_SAID = re.compile(r"(?P<workspace>\{[^{}]+\}:[^:]+:)said:(?P<thread>.+)")

# KEYS said messages   ARGV member text recoded_text …   → 1 | 0 (the messages have changed since they were read)
_REWRITE = """
local said, messages = unpack(KEYS)
if redis.call('HLEN', said) * 3 ~= #ARGV then return 0 end
for i = 1, #ARGV, 3 do
  if redis.call('HGET', said, ARGV[i]) ~= ARGV[i + 1] then return 0 end
end
for i = 1, #ARGV, 3 do redis.call('HSET', messages, ARGV[i], ARGV[i + 2]) end
local left = redis.call('PTTL', said)
if left > 0 then redis.call('PEXPIRE', messages, left) end
redis.call('DEL', said)
return 1
"""


@dataclass(frozen=True, slots=True)
class Step:
    """`decode` makes our text of Slack's."""

    NUMBER: ClassVar[int] = 2

    decode: Callable[[str], str]

    async def run(self, ground: Ground) -> dict[str, int]:
        """Rewrite the messages of all threads. Returns how many threads there were."""
        count = 0
        async for key in matching(ground, f"{{{ground.prefix}}}:*:said:*"):
            if _SAID.fullmatch(key):
                count += await self._rewrite(ground, key)
        return {"rewritten": count}

    async def _rewrite(self, ground: Ground, said: str) -> int:
        """1, or 0 if another has done it."""
        messages = _SAID.sub(r"\g<workspace>messages:\g<thread>", said)
        while flat := await ground.client.run(step_1_scripts.ALL, [said], []):
            pairs = zip(flat[::2], flat[1::2], strict=True)
            texts = [part for member, text in pairs for part in (member, text, self.message(text))]
            if await ground.client.run(_REWRITE, [said, messages], texts):
                return 1
        return 0

    def message(self, text: str) -> str:
        """A stored message as JSON. One that cannot be read stays as it is."""
        try:
            return self._recoded(text)
        except (ValueError, KeyError, TypeError, AttributeError):
            return text

    def _recoded(self, text: str) -> str:
        message = json.loads(text)
        if message.pop("role", "user") == "assistant":
            message |= {"text": literal(message["text"]), "kind": "answer"}
        else:
            message["text"] = self.decode(message["text"])
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
