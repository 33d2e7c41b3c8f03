"""Commands to tokens: make one, see which there are, revoke one, and say who may make them."""

import time
from collections.abc import Mapping
from dataclasses import replace

from bot.commands.authorize import standing, token_named
from bot.commands.model import Actor
from bot.commands.reports import TokenList
from bot.commands.result import Result, report
from bot.commands.token_model import AllowTokens, NewToken, RevokeToken
from bot.conversation.places import Ref
from bot.policy import roles, tokens
from bot.policy.preferences import Entry
from bot.policy.tokens import LIFETIME, Token
from bot.ports import World
from bot.usage import amounts
from bot.usage.budgets import Owner


async def make(command: NewToken, actor: Actor, world: World) -> Result:
    """The token itself stands in the result, and nowhere else."""
    if not tokens.is_name(command.name):
        return Result("token.name", {"most": tokens.MAX_NAME})
    text, shown = tokens.make(actor.workspace)
    now = time.time()
    token = Token(shown.id, command.name, shown.digest, actor.user, actor.user, created=now, expires=now + LIFETIME)
    if not await world.tokens.put(token, command.numbers):
        return Result("token.taken", {"name": command.name})
    await world.prefs.audit(Entry(actor.user, command.act, command.name, after=amounts.listed(command.numbers)))
    return Result("token.made", {"name": command.name, "token": text, "expires": token.expires}, changed=True)


async def listing(actor: Actor, world: World) -> Result:
    everybody = await _manages(actor, world)
    found = await world.tokens.all()
    return report(
        await listed({each: used for each, used in found.items() if everybody or each.user == actor.user}, world)
    )


async def listed(tokens: Mapping[Token, float | None], world: World) -> TokenList:
    """With how much each may use."""
    numbers = await world.budgets.numbers([Owner("token", each.channel) for each in tokens]) if tokens else {}
    return TokenList(tokens, {owner.id: each for owner, each in numbers.items()})


async def revoke(command: RevokeToken, actor: Actor, world: World) -> Result:
    token = await token_named(command.name, world)
    if token is None:
        return Result("token.unknown", {"name": command.name[:40]})
    await world.tokens.remove([token])
    await world.prefs.audit(Entry(actor.user, command.act, token.name))
    return Result("token.revoked", {"name": token.name}, changed=True)


async def allow(command: AllowTokens, actor: Actor, world: World) -> Result:
    seen = await world.prefs.access()
    makers = seen.tokens | {command.user} if command.add else seen.tokens - {command.user}
    await world.prefs.change_access(seen, replace(seen, tokens=makers), actor.user)
    return Result("token.allowed" if command.add else "token.denied", {"user": Ref("user", command.user)}, changed=True)


async def _manages(actor: Actor, world: World) -> bool:
    held = await standing(actor.user, None, await world.prefs.access(), world)
    return roles.may(held, "token.new")
