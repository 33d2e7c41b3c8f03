"""`python -m bot token`: made once, listed without its secret, revoked by name."""

import asyncio

import pytest
from click.testing import CliRunner, Result

from bot.policy import tokens
from bot.run.cli import main
from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys, QueueKeys
from bot.store.tokens import RedisTokens
from bot.usage.budgets import Amount, Numbers, Owner
from tests.town import INSTALLED
from threadbot_sandbox.slack.seed import TEAM


async def serve(redis_url: str) -> None:
    """The bot was started once."""
    store = Client(redis_url)
    await RedisInstallations(store, "threadbot").put(INSTALLED, "xoxb-1")
    await store.close()


async def told(redis_url: str, *words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["token", *words], env={"REDIS_URL": redis_url})


async def kept(redis_url: str) -> list[tokens.Token]:
    store = Client(redis_url)
    found = list(await RedisTokens(store, Keys("threadbot", TEAM)).all())
    await store.close()
    return found


async def test_a_token_stands_alone_on_the_last_line(redis_url: str) -> None:
    await serve(redis_url)

    made = await told(redis_url, "new", "ci", "--user", "U0000000BEN", "--expires", "12h", "--scope", "threads:read")
    [token] = await kept(redis_url)

    assert made.exit_code == 0
    shown = tokens.read(made.stdout.splitlines()[-1])
    assert shown is not None
    assert (shown.workspace, shown.id, shown.digest) == (TEAM, token.id, token.digest)
    assert (token.name, token.user, token.by, token.rights) == ("ci", "U0000000BEN", "operator", ("threads:read",))
    assert (token.expires or 0) - token.created == 12 * 3600


async def test_without_a_person_it_is_the_operators_and_ends_after_ninety_days(redis_url: str) -> None:
    await serve(redis_url)

    await told(redis_url, "new", "ci")
    [token] = await kept(redis_url)

    assert (token.user, token.actor, token.rights) == ("", "operator", tokens.RIGHTS)
    assert (token.expires or 0) - token.created == 90 * 24 * 3600


async def test_they_are_listed_without_their_secrets_and_revoked_by_name(redis_url: str) -> None:
    await serve(redis_url)
    first = (await told(redis_url, "new", "first")).stdout.strip()
    await told(redis_url, "new", "second", "--user", "U0000000BEN")

    listed = (await told(redis_url, "list")).stdout
    revoked = await told(redis_url, "revoke", "FIRST")
    left = (await told(redis_url, "list")).stdout

    assert [line.split()[:2] for line in listed.splitlines()] == [["first", "operator"], ["second", "U0000000BEN"]]
    assert "never used" in listed
    assert first.rpartition("_")[2] not in listed
    assert revoked.exit_code == 0
    assert [line.split()[0] for line in left.splitlines()] == ["second"]


@pytest.mark.parametrize(
    "words",
    [
        ("new", "two words"), ("new",), ("new", "x", "--expires", "soon"), ("new", "x", "--user", "@ben"),
        ("new", "x", "--scope", "all"), ("new", "x", "--workspace", "T1"), ("new", "taken"), ("revoke", "nobody"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_nothing_is_made(redis_url: str, words: tuple[str, ...]) -> None:
    await serve(redis_url)
    await told(redis_url, "new", "taken")

    refused = await told(redis_url, *words)

    assert refused.exit_code != 0
    assert not refused.stdout.strip()
    assert refused.stderr
    assert len(await kept(redis_url)) == 1


async def test_a_bot_that_was_never_started_has_no_workspace(redis_url: str) -> None:
    refused = await told(redis_url, "new", "x")

    assert refused.exit_code == 1
    assert "start the bot once" in refused.stderr


@pytest.mark.parametrize("words", [("--budget", "5.00 per month"), ("--budget", "5.00", "per", "month")])
async def test_it_may_have_a_budget_of_its_own(redis_url: str, words: tuple[str, ...]) -> None:
    await serve(redis_url)
    made = await told(redis_url, "new", "ci", *words, "--expires", "1h")
    [token] = await kept(redis_url)
    listed = await told(redis_url, "list")

    assert made.exit_code == 0, made.output
    assert "$5.00 per month" in listed.stdout
    store = Client(redis_url)
    budgets = RedisBudgets(store, Keys("threadbot", TEAM), QueueKeys("threadbot"), 60.0)
    assert await budgets.numbers() == {Owner("token", token.channel): Numbers(month=Amount(cost=5_000_000_000))}
    await store.close()


@pytest.mark.parametrize("wrong", ["-5 per month", "nan per day", "5.00", "1e9 per day", "٥ per day"])
async def test_a_budget_that_is_none_makes_no_token(redis_url: str, wrong: str) -> None:
    await serve(redis_url)
    made = await told(redis_url, "new", "ci", "--budget", wrong)

    assert made.exit_code == 2
    assert "5.00 per month" in made.output
    assert await kept(redis_url) == []
    assert (await told(redis_url, "new", "ci", "surplus")).exit_code == 2
