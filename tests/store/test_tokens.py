"""Tokens in Redis: known by a hash, counted over all processes, and POSTs that are done once."""

import asyncio
import uuid

import pytest

from bot.policy import tokens
from bot.policy.tokens import Token
from bot.store.budgets import RedisBudgets
from bot.store.tokens import RedisTokens
from bot.usage.budgets import Amount, Numbers, Owner
from tests.store.shelf import Shelf


@pytest.fixture
def kept(shelf: Shelf) -> RedisTokens:
    return RedisTokens(shelf.client, shelf.keys)


def made(name: str) -> tuple[str, Token]:
    text, shown = tokens.make("T1")
    return text, Token(shown.id, name, shown.digest, "U1", "operator", created=100.0)


async def test_who_shows_it_is_known_and_nobody_else(kept: RedisTokens, shelf: Shelf) -> None:
    text, token = made("ci")
    assert await kept.put(token)
    shown, other = tokens.read(text), tokens.read(made("ci")[0])
    assert shown
    assert other

    admitted = await kept.admit(shown, 100)

    assert admitted is not None
    assert admitted.token == token
    assert await kept.admit(other, 100) is None
    assert await kept.admit(tokens.Shown("T1", token.id, other.digest), 100) is None
    assert text.rpartition("_")[2] not in str(await shelf.contents())


async def test_a_name_belongs_to_one_token(kept: RedisTokens) -> None:
    _, first = made("CI")
    assert await kept.put(first)
    assert await kept.put(first)
    assert not await kept.put(made("ci")[1])

    await kept.remove([first])

    assert await kept.put(made("ci")[1])


async def test_all_are_listed_with_their_last_use(kept: RedisTokens) -> None:
    (text, used), (_, unused) = made("a"), made("b")
    await kept.put(unused)
    await kept.put(used)
    shown = tokens.read(text)
    assert shown
    await kept.admit(shown, 100)

    found = await kept.all()

    assert list(found) == [used, unused]
    assert found[unused] is None
    assert (found[used] or 0) > 1_700_000_000


async def test_a_revoked_one_is_good_for_nothing(kept: RedisTokens, shelf: Shelf) -> None:
    text, token = made("a")
    await kept.put(token)
    shown = tokens.read(text)
    assert shown
    await kept.admit(shown, 100)

    await kept.remove([token])

    assert await kept.admit(shown, 100) is None
    assert await kept.all() == {}
    assert not await shelf.raw.exists(shelf.keys.tokens, shelf.keys.last_used)


async def test_so_many_requests_come_at_once_and_the_next_has_to_wait(kept: RedisTokens) -> None:
    text, token = made("a")
    await kept.put(token)
    shown = tokens.read(text)
    assert shown

    found = await asyncio.gather(*(kept.admit(shown, 10) for _ in range(30)))

    admitted = [each for each in found if each and not each.wait]
    assert sorted(each.left for each in admitted) == list(range(10))
    assert all(0 < each.wait <= 6 for each in found if each and each not in admitted)
    assert all(0 < each.whole <= 60 for each in found if each)


async def test_what_was_done_is_not_done_again(kept: RedisTokens) -> None:
    seed = str(uuid.uuid4())
    first = await kept.begin("r", "body", seed)
    busy, other = await kept.begin("r", "body", "x"), await kept.begin("r", "other", "x")
    await kept.end("r", {"ts": "1.1"}, 201)
    done, still_other = await kept.begin("r", "body", "x"), await kept.begin("r", "other", "x")

    assert (first.state, first.seed) == ("new", seed)
    assert [each.state for each in (busy, other, still_other)] == ["busy", "other", "other"]
    assert (done.state, done.reply, done.status) == ("done", {"ts": "1.1"}, 201)


async def test_what_was_not_done_is_begun_anew_in_the_same_place(kept: RedisTokens, shelf: Shelf) -> None:
    await kept.begin("r", "body", "seed 1")
    await kept.give_up("r")
    again = await kept.begin("r", "body", "seed 2")
    await shelf.raw.hset(shelf.keys.reply("r"), "until", 1)  # who began it was killed some time ago
    after_a_crash = await kept.begin("r", "body", "seed 3")

    assert (again.state, again.seed) == (after_a_crash.state, after_a_crash.seed) == ("new", "seed 1")


async def test_its_budget_is_kept_with_it_and_goes_with_it(kept: RedisTokens, shelf: Shelf) -> None:
    budgets = RedisBudgets(shelf.client, shelf.keys, shelf.queue, 60.0)
    (_, first), (_, second) = made("a"), made("b")
    await kept.put(first, Numbers(month=Amount(tokens=5)))
    await kept.put(second)
    owners = [Owner("token", each.channel) for each in (first, second)]

    assert await budgets.numbers(owners) == {owners[0]: Numbers(month=Amount(tokens=5))}
    assert not await kept.put(made("A")[1], Numbers(day=Amount(tokens=5))), "the name is taken"
    await kept.remove([first])
    assert await budgets.numbers() == {}
