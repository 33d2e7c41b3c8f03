"""What is kept of installations, and what is not."""

from bot.installations import Installation
from bot.store.client import Client
from bot.store.installations import Owner, RedisInstallations
from tests.store.shelf import Shelf

ONE = Installation("T1", "UBOT", "BBOT", "threadbot", "A1", team="T1", scopes=("chat:write",))
ORG = Installation("E1", "UBOT", "BBOT", enterprise="E1", org_wide=True)


async def test_facts_are_known_to_all_and_tokens_to_one_process_alone(shelf: Shelf, redis_url: str) -> None:
    ours, client = RedisInstallations(shelf.client, "test"), Client(redis_url, "test")
    others = RedisInstallations(client, "test")
    await ours.put(ONE, "xoxb-secret-1")
    await ours.put(ORG, "xoxb-secret-2")
    known = await others.known()
    await client.close()

    assert known == [ORG, ONE]
    assert ours.served("E1") == (ORG, "xoxb-secret-2")
    assert ours.served("T2") is None
    assert others.served("T1") is None
    assert "secret" not in str(await shelf.contents())


async def test_a_prefix_belongs_to_who_was_first(shelf: Shelf) -> None:
    installations = RedisInstallations(shelf.client, "test")
    first = Owner("A1", "T1")

    assert await installations.claim(first) == first
    assert await installations.claim(Owner("A2", "T2")) == first
    assert first.differs(Owner("A1", "T2"))
    assert first.differs(Owner("A2", "T1"))
    assert not first.differs(Owner("", "T1")), "unknown is no other app"
