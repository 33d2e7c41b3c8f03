"""Servers that somebody else has named: only public ones are asked, whatever a name leads to."""

import socket
from dataclasses import dataclass, field

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import Unanswerable
from bot.llm.public import Guard, NotPublic, is_public


@dataclass
class Names(AbstractResolver):
    """Each name leads to the next of its addresses, each time it is asked for."""

    known: dict[str, list[str]] = field(default_factory=dict)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host not in self.known:
            raise OSError("no such name")
        found = self.known[host]
        where = found.pop(0) if len(found) > 1 else found[0]
        return [ResolveResult(hostname=host, host=one, port=port, family=2, proto=0, flags=0) for one in where.split()]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
        *("localhost", "", "1.2.3"),
    ],
)
def test_others_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://models.example/v1", "server.address"),
        ("ftp://models.example/v1", "server.address"),
        ("https:///v1", "server.address"),
        ("https://me:secret@models.example/v1", "server.address"),
        ("https://models.example:99999/v1", "server.address"),
        ("https://inside.example/v1", "server.not-public"),
        ("https://both.example/v1", "server.not-public"),
        ("https://nowhere.example/v1", "server.unknown"),
    ],
)
async def test_what_may_not_be_asked_is_refused(url: str, why: str) -> None:
    names = Names({"models.example": ["8.8.8.8"], "inside.example": ["10.1.2.3"], "both.example": ["8.8.8.8 10.1.2.3"]})

    with pytest.raises(Unanswerable) as refused:
        await Guard(resolver=names).check(url)
    assert refused.value.sentence == why


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "[::ffff:10.0.0.1]"])
async def test_an_address_that_is_written_out_is_looked_at_too(host: str) -> None:
    with pytest.raises(Unanswerable):
        await Guard().check(f"https://{host}/v1")


async def test_a_name_that_leads_elsewhere_a_moment_later_is_not_followed() -> None:
    guard = Guard(resolver=Names({"turning.example": ["8.8.8.8", "127.0.0.1"]}))

    await guard.check("https://turning.example/v1")
    with pytest.raises(NotPublic):
        await guard.resolve("turning.example", 443)


async def test_what_the_operator_allows_may_be_asked() -> None:
    guard = Guard({"inside.example"}, Names({"inside.example": ["10.1.2.3"], "more.inside.example": ["10.1.2.3"]}))

    await guard.check("http://inside.example:8000/v1")
    assert await guard.resolve("inside.example", 8000)
    with pytest.raises(Unanswerable):
        await guard.check("https://more.inside.example/v1")
