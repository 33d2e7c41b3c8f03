"""The models that may be asked, and the ways to them: which are tried in which order, and which not for a while.

A way is a model at a server under a key. What fails is kept from being tried, for all replicas: a model under a key (or
in a group of keys that share a limit) that is over its rate, an account without credit, a server that does not answer.
A key that its server refuses is told to the operator once, and is not tried again until it changes.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from bot.conversation.marks import Marks
from bot.conversation.pieces import Finished, Interrupted, Piece, Routed
from bot.conversation.prompt import Ask, Said
from bot.conversation.tokens import Usage
from bot.errors import AllBusy, BotError, Busy, Late, NotOffered, PicturesRefused, TooLong, Unanswerable, Unavailable
from bot.happenings import Listener, ModelRequested
from bot.llm import base_url, catalog
from bot.llm.catalog import Price
from bot.llm.chat_completions import Server
from bot.llm.cooling import Shared, fingerprint
from bot.llm.health import Health
from bot.personas.persona import Chooser
from bot.policy.needs import ROLES
from bot.usage.budgets import Rate

log = logging.getLogger(__name__)

REFUSED_FOR = 30 * 24 * 3600.0  # seconds that a refused key is known as one; it is tried once more then
NO_CREDIT_FOR = 600.0
MISSING_FOR = 300.0  # seconds for which a model that was not there is not looked for again
FORBIDDEN_FOR = 60.0
MAX_WAIT = 20.0  # seconds that a turn waits for the first way that may be tried again
MAX_KEYS = 3  # that one request tries at one server, if the key changes under it
MAX_OFFERED = 1_000
MAX_TRIED = 64  # tokens, where a model is tried
ANSWER_TOKENS = 512  # that are left free for the answer, where the context is known
KEY = "model.key"
ELSEWHERE = frozenset({KEY, "model.no-credit", "model.missing", "model.moved", "model.no-api"})
"""Refusals after which another way may be tried. After one for what was asked, the same would be refused there."""

NAMED_REASONS = frozenset({KEY, "model.no-credit", "model.missing", "model.busy"})
"""Reasons that the reader of an answer is told, where another model stood in."""


class Key(Protocol):
    """What opens a server; it may change while the bot runs. Empty where none is wanted."""

    def __call__(self) -> str: ...

    async def look(self) -> bool:
        """Look for a new one now; whether there is."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A server, under one key. `name` is the operator's for it, `url` its address. Targets in one `group` share a rate
    limit. One that is `free` has no price."""

    name: str
    server: Server
    key: Key
    url: str = ""
    group: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A model at a target: `name` is what people call it, `id` what the server does. None is unknown."""

    name: str
    id: str
    target: Target
    server: Server
    price: Price | None = None
    context: int | None = None
    pictures: bool | None = None
    chosen_by: Chooser | None = None

    @property
    def whole_name(self) -> str:
        return f"{self.name}@{self.target.name}"

    def listed_in(self, names: frozenset[str]) -> bool:
        """Whether a server that lists these has it. One that lists nothing may have any."""
        return not names or self.id in names or f"{self.id}:latest" in names

    @property
    def known_price(self) -> Price | None:
        if self.target.free:
            return Price(0.0, 0.0)
        return self.price or catalog.known(self.target.url, self.id)

    def cools(self, key: str) -> Mapping[str, str]:
        """What has to be well for it to be tried, by what may be wrong."""
        owner = fingerprint(f"{self.target.url} {key}")
        return {
            "key": f"key:{owner}",
            "credit": f"credit:{owner}",
            "rate": f"rate:{self.target.group or owner}:{fingerprint(self.id)}",
            "model": f"model:{owner}:{fingerprint(self.id)}",
            "url": f"url:{fingerprint(self.target.url)}",
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """See `ports.Model`. Where it is `open`, the first target is asked for any model, also for one that has no way."""

    targets: tuple[Target, ...]
    shared: Shared
    ways: tuple[Way, ...] = ()
    open: bool = True
    allow_dearer: bool = False
    saw: Listener = lambda _: None
    nobody: str = "model.missing"
    """The sentence where no way leads to a model."""

    def to(self, model: str) -> list[Way]:
        """All ways to a model: NAME, or NAME@TARGET."""
        found = [way for way in self.ways if model in (way.name, way.whole_name)]
        if found or not self.open:
            return found
        first = self.targets[0]
        return [Way(model, model, first, first.server)]

    def cost(self, model: str, usage: Usage, route: Routed | None = None) -> float | None:
        if usage.cost is not None:
            return usage.cost
        way = self._way(route)
        target = way.target if way else next(iter(self.targets), None)
        if way and way.price:
            return way.price.of(usage)
        return catalog.cost(target.url, model, usage) if target else None

    def rate(self, ask: Ask) -> Rate | None:
        prices = [way.known_price for way in self._order(ask)]
        known = [price for price in prices if price is not None]
        if not known or len(known) < len(prices):
            return None
        nano = 1000.0  # from dollars a million tokens to billionths of a dollar a token
        stored = (max(price.input, price.cache_write or 0.0) for price in known)
        return Rate(max(stored) * nano, max(price.output for price in known) * nano)

    def free(self, route: Routed | None) -> bool:
        way = self._way(route)
        return way is not None and way.target.free

    async def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        ways = self._order(ask)
        if not ways:
            raise Unanswerable(self.nobody, "no target has it")
        health = Health(self.shared, alone=len(ways) == 1)
        refusal: BotError | None = None
        late = False
        for way in ways:
            if (cold := await health.cold(way.cools(way.target.key()))) is not None:
                refusal = refusal or cold  # the first is that of the model that was wanted
                continue
            try:
                yield replace(self._routed(way, ask.model, refusal), late=late)
                async with aclosing(self._tried(way, ask, within, health)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except BotError as error:
                if len(ways) == 1 or not (isinstance(error, Unavailable) or error.sentence in ELSEWHERE):
                    raise
                log.info("another way is tried", extra={"model": way.whole_name, "why": error.detail})
                refusal, late = refusal or error, isinstance(error, Late)
        raise await self._all_refused(refusal, ways, health)

    async def offered(self) -> tuple[str, ...]:
        """See `ports.Model`: the operator's list, without what its server does not have; or else the server's."""
        lists = await asyncio.gather(*map(self._listed, self.targets))
        if self.open:
            return tuple(sorted(lists[0]))[:MAX_OFFERED]
        has = {target.name: listed for target, listed in zip(self.targets, lists, strict=True)}
        found = (way.name for way in self.ways if way.listed_in(has[way.target.name]))
        return tuple(dict.fromkeys(found))[:MAX_OFFERED]

    async def has(self, model: str) -> bool:
        ways = self.to(model)
        lists = await asyncio.gather(*(self._listed(way.target) for way in ways))
        return any(way.listed_in(listed) for way, listed in zip(ways, lists, strict=True))

    def chosen_by(self, model: str) -> Chooser | None:
        """Of several ways to it, what the most private one says."""
        return min((way.chosen_by for way in self.to(model) if way.chosen_by), key=ROLES.index, default=None)

    async def _listed(self, target: Target) -> frozenset[str]:
        """What the server lists; nothing where it does not say, as Azure does not of deployments."""
        if base_url.is_azures(target.url):
            return frozenset()
        try:
            return await target.server.listed()
        except Unavailable as trouble:
            log.info("a server does not list its models", extra={"target": target.name, "why": trouble.detail})
            return frozenset()

    async def prove(self, model: str) -> None:
        """See `ports.Model`. One way that answers is enough."""
        refusal: BotError = NotOffered()
        for n, way in enumerate(self.to(model)):
            try:
                return await self.attempt(way)
            except BotError as error:
                refusal = refusal if n else error
        raise refusal

    async def attempt(self, way: Way) -> None:
        """Ask for one token, whatever is known of the way; what cools for it is over if it answers. Raises BotError."""
        try:
            await _one_token(way, 1)
        except Unanswerable as refusal:
            if refusal.sentence != "model.rejected":
                raise
            await _one_token(way, MAX_TRIED)  # some models do not take so little
        await self.shared.warm(*way.cools(way.target.key()).values())

    def _order(self, ask: Ask) -> list[Way]:
        """The ways to the model that is wanted, then those to the models that may stand in for it."""
        wanted = self.to(ask.model)
        found = [*wanted]
        for model in ask.fallbacks:
            found += [way for way in self.to(model) if way not in found and self._may_stand_in(way, wanted)]
        return found

    def _may_stand_in(self, way: Way, wanted: Sequence[Way]) -> bool:
        """Not for more money, unless the operator allows it; a price that nobody knows might be more."""
        if self.allow_dearer or way.target.free:
            return True
        price, usual = way.known_price, [each.known_price for each in wanted]
        if price is None or not usual:
            return False
        return any(each and price.input <= each.input and price.output <= each.output for each in usual)

    def _routed(self, way: Way, wanted: str, refusal: BotError | None) -> Routed:
        instead = "" if wanted in (way.name, way.whole_name) else wanted
        why = refusal.sentence if refusal and refusal.sentence in NAMED_REASONS else "other"
        return Routed(way.name, way.target.name, instead, why if instead else "")

    def _way(self, route: Routed | None) -> Way | None:
        if route is None:
            return None
        return next((way for way in self.to(route.model) if way.target.name == route.target), None)

    async def _tried(
        self, way: Way, ask: Ask, within: float | None, health: Health
    ) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """The answer under the key as it stands."""
        if ask.pictures and way.pictures is False:
            raise PicturesRefused("pictures of MODELS_FILE")
        if way.context and (ask.past or ask.files) and ask.tokens > max(way.context - ANSWER_TOKENS, way.context // 2):
            raise TooLong("model.too-long", "context of MODELS_FILE")
        sent = replace(ask, model=way.id)
        for left in reversed(range(MAX_KEYS)):
            key = way.target.key()
            try:
                async with aclosing(self._asked(way, sent, within)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Finished):  # whoever listens may leave after it
                            await health.well(way.cools(key))
                        yield piece
                return
            except BotError as refusal:
                if refuses_key(refusal):
                    await way.target.key.look()
                    if way.target.key() != key and left:
                        continue
                await self._failed(way, key, refusal, health)
                raise

    async def _asked(self, way: Way, sent: Ask, within: float | None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """One request, of which is told how it ends. Whoever listens may leave at any piece."""
        result = "stopped"
        try:
            async with aclosing(way.server.stream(sent, within)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Finished | Interrupted):
                        result = "ok" if isinstance(piece, Finished) else "error"
                    yield piece
        except BotError as refusal:
            result = _result(refusal)
            raise
        finally:
            self.saw(ModelRequested(way.name, way.target.name, result))

    async def _failed(self, way: Way, key: str, refusal: BotError, health: Health) -> None:
        """Let what failed cool down."""
        cools, status = way.cools(key), getattr(refusal.__cause__, "status_code", 0)
        match refusal:
            case Busy(after=after):
                await self.shared.cool(cools["rate"], refusal.sentence, after)
            case Unavailable(after=after):
                await health.failed(cools["url"], after)
            case _ if refuses_key(refusal):
                await self.shared.cool(cools["key"], KEY, REFUSED_FOR)
                if await self.shared.first(f"told:{cools['key']}", REFUSED_FOR):
                    about = {"target": way.target.name, "why": refusal.detail}
                    log.error(
                        "a model's server refuses the key, which is not tried again until it changes", extra=about
                    )
            case _ if health.alone:
                pass
            case _ if refusal.sentence == KEY or (status == 403 and refusal.sentence in ELSEWHERE):
                await self.shared.cool(cools["model"], refusal.sentence, FORBIDDEN_FOR)
            case _ if refusal.sentence == "model.no-credit":
                await self.shared.cool(cools["credit"], refusal.sentence, NO_CREDIT_FOR)
                if await self.shared.first(f"told:{cools['credit']}", 24 * 3600.0):
                    log.error("an account at a model's provider is out of credit", extra={"target": way.target.name})
            case _ if refusal.sentence == "model.missing":
                await self.shared.cool(cools["model"], refusal.sentence, MISSING_FOR)

    async def _all_refused(self, refusal: BotError | None, ways: Sequence[Way], health: Health) -> BotError:
        """What to raise when none of the ways may be tried, or all have been."""
        waits = [wait for way in ways if (wait := await health.wait(way.cools(way.target.key()))) is not None]
        if not waits or isinstance(refusal, Late):
            return refusal or Unanswerable("model.missing", "no way is left")
        soonest = min(waits)
        if soonest <= MAX_WAIT:
            return Busy("model.busy", "all ways are cooling", max(soonest, 0.1))
        return refusal if len(ways) == 1 and refusal else AllBusy(soonest)


def _result(refusal: BotError) -> str:
    match refusal:
        case _ if refuses_key(refusal):
            return "denied"
        case Busy():
            return "limited"
        case Unavailable():
            return "error"
    return "refused"


async def _one_token(way: Way, most: int) -> None:
    ask = Ask(way.id, (Said("user", "Hi"),), {"max_tokens": most}, marks=Marks(""))
    async with aclosing(way.server.stream(ask)) as pieces:
        async for _ in pieces:
            pass


def refuses_key(refusal: BotError) -> bool:
    """Whether the key itself is wrong. A 403 may be about the model, the region or the words (OpenRouter's is)."""
    return refusal.sentence == KEY and getattr(refusal.__cause__, "status_code", 0) != 403
