"""The operator brings all that is stored under the first key, and is told what is left."""

from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.seal import Seal
from tests.run.test_cli import GOOD, bot, outside, tokens
from tests.store.sealing import FIRST, SECOND
from tests.store.shelf import message
from tests.town import KEYS, QUEUE, Town, a_thread

THREAD = a_thread("C000GENERAL", "1763700000.000100")


async def said(town: Town, keys: str, *texts: str) -> None:
    client = Client(town.redis_url, seal=Seal(lambda: keys))
    for n, text in enumerate(texts, start=1 if keys == FIRST else 50):
        await RedisInbox(client, KEYS, QUEUE, 3600).put(THREAD, message(n, text), addressed=True)
    await client.close()


async def test_all_is_brought_under_the_first_key(town: Town) -> None:
    await said(town, FIRST, "one", "two")
    await said(town, "", "plain")

    first = await bot("reencrypt", REDIS_URL=town.redis_url, ENCRYPTION_KEYS=f"{SECOND},{FIRST}")
    again = await bot("reencrypt", REDIS_URL=town.redis_url, ENCRYPTION_KEYS=SECOND)

    assert first == (
        0,
        "3 values are encrypted anew with k2; 3 are under it now.\nNo other key is needed any more.\n",
        "",
    )
    assert again == (
        0,
        "0 values are encrypted anew with k2; 3 are under it now.\nNo other key is needed any more.\n",
        "",
    )


async def test_what_cannot_be_read_is_told_and_the_exit_code_is_1(town: Town) -> None:
    await said(town, FIRST, "one", "two")
    await said(town, "", "plain")

    code, out, err = await bot("reencrypt", REDIS_URL=town.redis_url, ENCRYPTION_KEYS=SECOND)

    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "1 values are encrypted anew with k2; 1 are under it now.",
        "2 cannot be read: they are encrypted with k1, which is missing or another key now.",
    ]


async def test_without_a_key_it_is_one_line_and_exit_code_2(town: Town) -> None:
    for keys, told in (("", "ENCRYPTION_KEYS: missing"), ("k1:x", "ENCRYPTION_KEYS: the key k1 is not 32 bytes")):
        code, out, err = await bot("reencrypt", REDIS_URL=town.redis_url, ENCRYPTION_KEYS=keys)

        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(told)


async def test_check_tells_what_is_under_which_key_and_what_is_lost(town: Town) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_MODEL": "small-model"}
    await said(town, FIRST, "one", "two")
    await said(town, "", "plain")

    code, out, _ = await bot("check", **good, ENCRYPTION_KEYS=f"{SECOND},{FIRST}")
    lost, told, err = await bot("check", **good, ENCRYPTION_KEYS=SECOND)

    assert code == 0
    assert "Encryption: the key k2 writes; of what is stored 1 not encrypted, 2 under k1\n" in out
    assert (lost, err) == (1, "1 of 4 would be in the way\n")
    assert (
        "  2 values are encrypted with k1, which is not, or is another key, in ENCRYPTION_KEYS; put it back\n" in told
    )
