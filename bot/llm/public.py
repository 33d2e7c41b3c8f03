"""Which servers may be asked whose address somebody has written who does not run the bot: public ones, by https.

Whatever a name leads to is looked at as it is connected to: a name may lead elsewhere a moment later. Behind an HTTP
proxy, which looks names up by itself, it is looked at before.
"""

import ipaddress
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.errors import Unanswerable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv6 addresses whose last four bytes are an IPv4 address, which they lead to (RFC 6052)."""


class NotPublic(OSError):
    """A name leads to an address that is not public."""


def is_public(text: str) -> bool:
    """Whether this is an IP address of the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast and not each.is_reserved for each in _meant(address))


def _meant(address: Address) -> list[Address]:
    """The address, and what it stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _TRANSLATED:
        return [ipaddress.IPv4Address(address.packed[-4:])]
    tunnels = (address.sixtofour, *(address.teredo or ()))
    return [address, *(each for each in tunnels if each is not None)]


@dataclass(slots=True)
class Guard(AbstractResolver):
    """`allowed` are names and addresses that the operator lets through whatever they lead to, by http too."""

    allowed: Collection[str] = ()
    resolver: AbstractResolver = field(default_factory=ThreadedResolver)

    async def check(self, url: str) -> None:
        """Raises Unanswerable for what may not be asked."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise Unanswerable("server.address", "no URL") from None
        if host in self.allowed and parts.scheme in ("http", "https"):
            return
        if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
            raise Unanswerable("server.address", "not https, or with a password")
        try:
            await self.resolve(host, port or 443)
        except NotPublic:
            raise Unanswerable("server.not-public", "not public") from None
        except OSError:
            raise Unanswerable("server.unknown", "no such host") from None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Where a host is. Raises OSError, and NotPublic if any of it is not public."""
        found: Sequence[ResolveResult] = await self.resolver.resolve(host, port, family)
        if host not in self.allowed and not all(is_public(each["host"]) for each in found):
            raise NotPublic(host)
        return list(found)

    async def close(self) -> None:
        await self.resolver.close()
