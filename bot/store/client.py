"""How do we talk to Redis, and what do we say when it does not answer?

Two clients: one for commands, with timeouts and retries (our scripts are safe to repeat), and one for the blocking
wait, which must not time out (redis-py would break a BLPOP off after its 5 s default).
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, RedisError

from bot.errors import SettingsError, StartError, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

ANSWERS_WITHIN = 3.0  # seconds that Redis may be silent before we take it for dead


class Client:
    """A connection to one Redis. `prefix` is the common beginning of all our keys."""

    def __init__(self, url: str) -> None:
        """Raises SettingsError when the URL has an option that redis-py does not know or cannot use."""
        self.where = _without_password(url)
        try:
            self._redis = Redis(connection_pool=_pool(url))
        except (TypeError, ValueError, RedisError) as wrong:
            raise SettingsError("REDIS_URL: an option after the ? is not known or has a wrong value") from wrong
        self._blocking = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2, decode_responses=True)
        self._scripts: dict[str, Any] = {}
        self._in_trouble = False

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Run a script. Raises Unavailable when Redis does not answer or refuses to write."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._redis.register_script(script)
        return await self._watched(registered(keys=keys, args=args))

    async def pop(self, key: str, seconds: float) -> None:
        """Wait until something can be taken off the list `key`, and take it; or give up after `seconds`."""
        await self._watched(self._within(seconds + ANSWERS_WITHIN, self._blocking.blpop([key], timeout=seconds)))

    async def _within(self, seconds: float, work: Awaitable[T]) -> T:
        async with asyncio.timeout(seconds):
            return await work

    async def check(self) -> list[str]:
        """Warnings about a Redis that answers but is set up in a way that loses data. Raises StartError if refused."""
        try:
            await self._watched(self._redis.ping())
            policy = await self._redis.config_get("maxmemory-policy")
        except Unavailable as trouble:
            if _is_refusal(trouble.__cause__):
                raise StartError(f"REDIS_URL: {self.where} refuses the password or user; correct the URL") from trouble
            raise
        except RedisError:
            return []  # managed services often forbid CONFIG
        kept = policy.get("maxmemory-policy", "noeviction")
        if kept == "noeviction":
            return []
        return [f"Redis at {self.where} has maxmemory-policy {kept} and may forget messages; set it to noeviction"]

    async def close(self) -> None:
        await self._blocking.aclose()
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()

    async def _watched(self, work: Awaitable[T]) -> T:
        """Do it, and say once when trouble begins and once when it is over."""
        try:
            done = await work
        except (TimeoutError, RedisError, OSError) as error:
            if not self._in_trouble:
                log.warning("Redis does not serve us", extra={"redis": self.where, "why": _reason(error)})
            self._in_trouble = True
            raise Unavailable("My memory is out of reach at the moment.", f"Redis: {_reason(error)}", 1.0) from error
        if self._in_trouble:
            log.warning("Redis serves us again", extra={"redis": self.where})
            self._in_trouble = False
        return done


def _pool(url: str) -> BlockingConnectionPool:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=32,
        timeout=20,
        socket_timeout=ANSWERS_WITHIN,
        socket_connect_timeout=2,
        retry=Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.02), 3),
        client_name="threadbot",
        decode_responses=True,
    )
    pool.make_connection()  # type: ignore[no-untyped-call]  # connects to nothing, but shows a wrong option
    return pool


def _is_refusal(error: BaseException | None) -> bool:
    """redis-py hides a refused password inside of a ConnectionError."""
    refusals = (AuthenticationError, AuthorizationError, NoPermissionError)
    return isinstance(error, refusals) or (error is not None and isinstance(error.__cause__, refusals))


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"
