"""Who asks: the token that is shown, whether there may be another request with it, and whether its owner is answered.

The owner's rights are looked up anew for each request, as they are for each message in Slack.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.commands.authorize import standing
from bot.commands.model import Actor
from bot.policy import access, roles, tokens
from bot.policy.preferences import Access
from bot.policy.roles import Refusal
from bot.policy.tokens import Right, Token
from bot.ports import World
from bot.ports.api import ApiThreads, Tails
from bot.ports.tokens import Admitted, Tokens
from bot.web.api.problems import Problem, again
from bot.wording.words import Words

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="threadbot"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="threadbot", error="invalid_token"'}
ASK_AGAIN = 5.0  # seconds, where it is not known who somebody is
BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token, as `tb_…`.")


@dataclass(frozen=True, slots=True)
class Place:
    """What a workspace has for programs."""

    workspace: str
    world: World
    threads: ApiThreads
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Api:
    """What all requests share. `place` is that of a workspace, None where the app is not installed there.

    `model` is the operator's, `credit` US dollars, `per_minute` a number of requests; `closing` is set when the
    process ends, and whoever waits has to leave.
    """

    place: Callable[[str], Place | None]
    tails: Tails
    words: Words
    closing: asyncio.Event
    model: str
    credit: float = 0.001
    per_minute: int = 6000
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they find."""

    api: Api
    place: Place
    token: Token

    @property
    def world(self) -> World:
        return self.place.world

    @property
    def threads(self) -> ApiThreads:
        return self.place.threads

    @property
    def user(self) -> str:
        return self.token.actor

    @property
    def actor(self) -> Actor:
        """Who gives a command. It is given at no place that could be shut."""
        return Actor("api", self.place.workspace, self.user)


Door = Callable[..., Awaitable[Caller]]


def door(right: Right) -> Door:
    """What a request has to pass whose token needs this right."""

    async def enter(
        request: Request,
        shown: HTTPAuthorizationCredentials | None = Security(BEARER),  # noqa: B008 - as FastAPI wants it
    ) -> Caller:
        api: Api = request.app.state.api
        place, admitted = await _known(api, shown)
        request.state.headers = _rate(admitted, api)
        if admitted.wait:
            seconds = -(-admitted.wait // 1)
            raise Problem(429, "api.too-many", headers=again(seconds), seconds=int(seconds))
        caller = Caller(api, place, admitted.token)
        await _answered(caller)
        if right not in admitted.token.rights:
            raise Problem(403, "api.scope", scope=right)
        return caller

    return enter


def refusal(why: Refusal, words: Words) -> str:
    """Why somebody is not answered, without formatting."""
    return words.label(f"not-answered.{why.reason}", whom=words.label("ask.admin"))


async def _known(api: Api, shown: HTTPAuthorizationCredentials | None) -> tuple[Place, Admitted]:
    if shown is None or not shown.credentials:
        raise Problem(401, "api.no-token", headers=CHALLENGE)
    read = tokens.read(shown.credentials)
    place = api.place(read.workspace) if read else None
    admitted = await place.tokens.admit(read, api.per_minute) if place and read else None
    if place is None or admitted is None or admitted.token.over(api.now()):
        raise Problem(401, "api.bad-token", headers=INVALID)
    return place, admitted


async def _answered(caller: Caller) -> None:
    """Whether the token's owner is answered. Who was deactivated takes their tokens along."""
    world = caller.world
    seen = await world.prefs.access()
    why = await access.refusal_of_command(caller.user, None, seen, world)
    if why is None:
        return await _still_allowed(caller, seen)
    if why.reason == "deactivated":
        await caller.place.tokens.remove([caller.token])
        raise Problem(401, "api.bad-token", headers=INVALID)
    status, headers = (503, again(ASK_AGAIN)) if why.reason == "unchecked" else (403, {})
    raise Problem(status, f"not-answered.{why.reason}", headers=headers, whom=caller.api.words.label("ask.admin"))


async def _still_allowed(caller: Caller, seen: Access) -> None:
    """Whether who has made their token themselves may still make any."""
    token = caller.token
    if token.by != token.user or token.user in seen.tokens:
        return
    if not roles.may(await standing(token.user, None, seen, caller.world), "token.new"):
        raise Problem(403, "api.not-allowed")


def _rate(admitted: Admitted, api: Api) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(api.per_minute),
        "RateLimit-Remaining": str(admitted.left),
        "RateLimit-Reset": str(int(-(-admitted.whole // 1))),
    }


Writer = Annotated[Caller, Depends(door("threads:write"))]
Reader = Annotated[Caller, Depends(door("threads:read"))]
Accountant = Annotated[Caller, Depends(door("usage:read"))]
