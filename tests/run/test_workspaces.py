"""Which workspace an operator means, where there are several."""

import click
import pytest

from bot.policy.preferences import Defaults, Entry
from bot.run import workspaces
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys
from bot.store.preferences import RedisPrefs
from tests.run.test_cli import bot
from tests.town import INSTALLED, KEYS, Town


def test_the_only_one_need_not_be_named() -> None:
    assert workspaces.one(["T1"], None) == "T1"
    assert workspaces.one(["T1", "T2"], "T2") == "T2"


@pytest.mark.parametrize(
    ("known", "named", "told"),
    [
        ([], None, "no workspace is known under this prefix yet"),
        (["T1", "T2"], None, "several workspaces: write --workspace with one of T1, T2"),
        (["T1"], "T9", "no such workspace: write --workspace with one of T1"),
    ],
)
def test_otherwise_it_is_told_what_to_write(known: list[str], named: str | None, told: str) -> None:
    with pytest.raises(click.ClickException, match=told):
        workspaces.one(known, named)


async def test_the_audit_log_is_that_of_the_named_workspace(town: Town) -> None:
    client = Client(town.redis_url)
    installations = RedisInstallations(client, "threadbot")
    for workspace, keys in ((INSTALLED.workspace, KEYS), ("T2", Keys("threadbot", "T2"))):
        await installations.put(INSTALLED.__class__(workspace, "UBOT", "BBOT"), "xoxb-1")
        await RedisPrefs(client, keys, 60, Defaults("", {})).audit(Entry("UADA", f"done.in-{workspace}", ""))
    await client.close()

    code, printed, _ = await bot("audit", "--workspace", "T2", REDIS_URL=town.redis_url)
    unclear, _, told = await bot("audit", REDIS_URL=town.redis_url)

    assert (code, printed.count("\n")) == (0, 1)
    assert "done.in-T2" in printed
    assert unclear == 2
    assert "write --workspace with one of T00SANDBOX0, T2" in told
