"""The operator gets what was used, for a spreadsheet or to be read."""

import csv
import io

import pytest

from bot.conversation.tokens import Usage
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.ledger import RedisLedger
from bot.usage.ledger import Booking
from tests.run.test_cli import bot
from tests.town import INSTALLED, KEYS, Town

MONTH = ("--from", "2026-11-01", "--to", "2026-11-30")
HEAD = "day,dimension,id,name,answers,input_tokens,output_tokens,cached_tokens,cost_usd,estimated"


@pytest.fixture
async def used(town: Town) -> Town:
    client = Client(town.redis_url)
    await RedisInstallations(client, "threadbot").put(INSTALLED, "xoxb-1")
    ledger = RedisLedger(client, KEYS, 60)
    for day, channel in (("2026-11-01", "C000GENERAL"), ("2026-11-30", "D0000000BEN"), ("2026-12-01", "C000GENERAL")):
        usage = Usage(1000, 50, 400, estimated=day.endswith("30"))
        booking = Booking(day, "gpt", usage, 0.25, "U0000000BEN", channel, "=Bard", answers=1)
        await ledger.charge(day, [booking])
    await client.close()
    return town


def rows(printed: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(printed))]


async def test_days_are_printed_with_exactly_these_columns_and_only_those_asked_for(used: Town) -> None:
    code, printed, _ = await bot("usage", "--csv", *MONTH, REDIS_URL=used.redis_url)  # nothing else is needed

    assert code == 0
    assert printed.splitlines()[0] == HEAD
    assert [(row["day"], row["dimension"], row["id"], row["answers"], row["estimated"]) for row in rows(printed)] == [
        ("2026-11-01", "workspace", KEYS.workspace, "1", "0"),
        ("2026-11-01", "channel", "C000GENERAL", "1", "0"),
        ("2026-11-01", "persona", "'=Bard", "1", "0"),
        ("2026-11-01", "model", "gpt", "1", "0"),
        ("2026-11-30", "workspace", KEYS.workspace, "1", "1"),
        ("2026-11-30", "channel", "direct", "1", "1"),
        ("2026-11-30", "persona", "'=Bard", "1", "1"),
        ("2026-11-30", "model", "gpt", "1", "1"),
    ]


async def test_people_and_channels_have_their_names_where_slack_can_be_asked(used: Town) -> None:
    settings = used.settings()
    slack = {
        "SLACK_BOT_TOKEN": settings.bot_token,
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_API_URL": settings.slack_api_url,
        "OPENAI_API_KEY": "sk-1",
    }
    code, printed, _ = await bot("usage", "--csv", *MONTH, REDIS_URL=used.redis_url, REPORT_PEOPLE="names", **slack)
    named = {(row["dimension"], row["id"]): row["name"] for row in rows(printed)}

    assert code == 0
    assert named["person", "U0000000BEN"] == "Ben"
    assert named["channel", "C000GENERAL"] == "general"


async def test_pseudonyms_stay_for_a_month(used: Town) -> None:
    asked = [await bot("usage", "--csv", *MONTH, REDIS_URL=used.redis_url, REPORT_PEOPLE="pseudonyms") for _ in "12"]

    assert asked[0] == asked[1]
    assert [row["id"] for row in rows(asked[0][1]) if row["dimension"] == "person"] == ["others"] * 2
    assert "U0000000BEN" not in asked[0][1]


async def test_without_csv_it_is_a_table_to_be_read(used: Town) -> None:
    _, printed, _ = await bot("usage", *MONTH, REDIS_URL=used.redis_url)
    lines = printed.splitlines()

    assert lines[0].split() == HEAD.split(",")
    assert len({line.index("   0.25") for line in lines[1:]}) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--from", "2026-11-02", "--to", "2026-11-01"), "--from 2026-11-02 comes after --to 2026-11-01"),
        (("--from", "yesterday"), "'yesterday' does not match the format '%Y-%m-%d'"),
        (("--workspace", "T0NOBODY"), "there is no such workspace"),
    ],
)
async def test_what_cannot_be_meant_is_one_clear_error(used: Town, given: tuple[str, ...], said: str) -> None:
    code, printed, problem = await bot("usage", "--csv", *given, REDIS_URL=used.redis_url)

    assert (code, printed) == (2, "")
    assert said in problem


async def test_a_wrong_setting_is_told(used: Town) -> None:
    code, _, problem = await bot("usage", "--csv", REDIS_URL=used.redis_url, REPORT_PEOPLE="initials")

    assert code == 2
    assert problem.startswith("REPORT_PEOPLE: ")
