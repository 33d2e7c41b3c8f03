"""POSTs that may be sent again: with the same `Idempotency-Key` a request is done once, and told the same each time.

What is kept of a reply are ids; what was said is not kept a second time.
"""

import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from fastapi import Request

from bot.errors import BotError
from bot.web.api.door import Caller
from bot.web.api.problems import Problem, again

HEADER = "Idempotency-Key"
MAX_KEY = 255  # characters

Facts = Mapping[str, str]
"""What a reply is made of, besides what was asked."""
Do = Callable[[str, str], Awaitable[Facts]]
"""Does it. Given are a seed, as a UUID, from which the ids of what it makes follow, and the name under which the
request is known, empty where it cannot be sent again."""


async def once(request: Request, caller: Caller, fields: Mapping[str, object], do: Do) -> Facts:
    """The facts of the reply, from the first time it was done."""
    key = request.headers.get(HEADER)
    seed = str(uuid.uuid4())
    if key is None:
        return await do(seed, "")
    if not 0 < len(key) <= MAX_KEY:
        raise Problem(422, "api.key-long", most=MAX_KEY)
    name = _hash([caller.token.id, key])
    keeper = caller.place.tokens
    begun = await keeper.begin(name, _hash([request.method, request.url.path, fields]), seed)
    match begun.state:
        case "busy":
            raise Problem(409, "api.key-busy", headers=again(1))
        case "other":
            raise Problem(422, "api.key-other")
        case "done":
            return begun.reply if isinstance(begun.reply, dict) else {}
    try:
        facts = await do(begun.seed, name)
        await keeper.end(name, facts, 200)
    except BaseException:
        with suppress(BotError):
            await keeper.give_up(name)
        raise
    return facts


def _hash(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
