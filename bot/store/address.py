"""What REDIS_URL names: one server, a master that Sentinels know, or a Cluster; and how each is connected to.

    redis://  rediss://  unix://                                   one server
    redis+sentinel://[[user]:password@]host[:port],…/service[/db]  the master of `service`; rediss+sentinel with TLS
    redis+cluster://[[user]:password@]host[:port],…                a Cluster; rediss+cluster with TLS

User, password and database are the servers'; what Sentinels want is said by ?sentinel_username= and
?sentinel_password=.
"""

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import RedisError

from bot.errors import SettingsError

Kind = Literal["server", "sentinel", "cluster"]
Connected = Redis | RedisCluster

CONNECTS_WITHIN = 2.0  # seconds
SENTINEL_WITHIN = 1.0  # seconds: the next Sentinel is asked when one is silent for so long
CONNECTIONS = 64  # the client holds itself to fewer; a pool that is used up raises
PORTS = {"sentinel": 26379, "cluster": 6379}
FORMS = {
    "sentinel": "redis+sentinel://:password@host:26379,host:26379/service/0",
    "cluster": "redis+cluster://:password@host:6379",
}


@dataclass(frozen=True, slots=True)
class Address:
    """`shown` has no password. `options` are redis-py's keyword arguments for a connection to the servers."""

    kind: Kind
    shown: str
    url: str = field(repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    tls: bool = False
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, url: str) -> "Address":
        """Raises SettingsError when it cannot be an address. Connects to nothing."""
        parts = urlsplit(url)
        plain, _, form = parts.scheme.partition("+")
        login, _, hosts = parts.netloc.rpartition("@")
        shown = f"{parts.scheme}://{hosts}{parts.path}"
        kind: Kind = "sentinel" if form == "sentinel" else "cluster" if form == "cluster" else "server"
        if kind == "server":
            return cls(kind, shown, url)
        steps = [step for step in parts.path.split("/") if step]
        service = steps.pop(0) if kind == "sentinel" and steps else ""
        database = steps.pop(0) if steps else "0"
        query = parse_qs(parts.query)
        to_sentinels = {name: query.pop(f"sentinel_{name}", [""])[0] for name in ("username", "password")}
        try:
            if steps or not database.isdecimal() or (kind == "sentinel") != bool(service):
                raise ValueError
            if kind == "cluster" and database != "0":
                raise ValueError
            found = tuple(_host(one, PORTS[kind]) for one in hosts.split(","))
            first = f"{plain}://{login}@host/{database}?{urlencode(query, doseq=True)}"
            options = dict(parse_url(first))
        except ValueError as wrong:
            raise SettingsError(f"REDIS_URL: not an address of a Redis {kind}; write {FORMS[kind]}") from wrong
        options.pop("host", None)
        tls = options.pop("connection_class", None) is SSLConnection
        return cls(kind, shown, url, found, service, tls, options, {k: v for k, v in to_sentinels.items() if v})

    def connect(self, socket_timeout: float | None, retries: int) -> Connected:
        """A client; nothing is connected yet. Raises SettingsError for an option that redis-py does not know."""
        options: dict[str, Any] = {
            "socket_timeout": socket_timeout,
            "socket_connect_timeout": CONNECTS_WITHIN,
            "retry": Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.02), retries),
            "max_connections": CONNECTIONS,
            "client_name": "threadbot",
            "decode_responses": True,
            "encoding_errors": "surrogateescape",  # what is no text is written back as it was read
        }
        try:
            match self.kind:
                case "server":
                    return _tried(Redis.from_url(self.url, **options))
                case "sentinel":
                    return self._master(options | self.options)
                case "cluster":
                    nodes = [ClusterNode(host, port) for host, port in self.hosts]
                    tls = {"ssl": True} if self.tls else {}
                    return RedisCluster(startup_nodes=nodes, **(options | self.options | tls))
        except (TypeError, ValueError, RedisError) as wrong:
            raise SettingsError("REDIS_URL: an option after the ? is not known or has a wrong value") from wrong

    def _master(self, options: dict[str, Any]) -> Redis:
        tls = {name: value for name, value in self.options.items() if name.startswith("ssl_")} if self.tls else {}
        asking = {
            "socket_timeout": SENTINEL_WITHIN,
            "socket_connect_timeout": SENTINEL_WITHIN,
            "retry": Retry(NoBackoff(), 0),
            **({"ssl": True} | tls if self.tls else {}),
            **self.sentinel_options,
        }
        sentinels: Any = Sentinel(self.hosts, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
        return _tried(sentinels.master_for(self.service, **options, **({"ssl": True} if self.tls else {})))


async def close(client: Connected) -> None:
    """Close it with all that it has opened."""
    await client.aclose()
    if isinstance(client, Redis) and isinstance(client.connection_pool, SentinelConnectionPool):
        await client.connection_pool.sentinel_manager.aclose()


def _tried(client: Redis) -> Redis:
    """A connection that connects to nothing, but shows a wrong option."""
    client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
    return client


def _host(text: str, port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("no host")
    return parts.hostname, parts.port or port
