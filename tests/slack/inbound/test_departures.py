"""Who and what goes away in Slack is noted, and nothing else."""

from typing import Any

import pytest

from bot.privacy.held import Erasure
from bot.slack.inbound.departures import departure
from bot.slack.manifest import CHANNEL_GONE
from tests.town import INSTALLED

HERE = INSTALLED.workspace
CHANNEL, PERSON = Erasure(HERE, "channel", "C1", away=True), Erasure(HERE, "person", "U1", away=True)
APP = Erasure(HERE, "workspace", away=True)


@pytest.mark.parametrize("kind", sorted(CHANNEL_GONE))
def test_a_channel_is_left_archived_or_deleted(kind: str) -> None:
    assert departure({"type": kind, "channel": "C1"}, INSTALLED) == CHANNEL
    assert departure({"type": kind, "channel": None}, INSTALLED) is None


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        ({"type": "member_left_channel", "user": INSTALLED.bot_user, "channel": "C1"}, CHANNEL),
        ({"type": "member_left_channel", "user": "U1", "channel": "C1"}, None),
        ({"type": "user_change", "user": {"id": "U1", "deleted": True}}, PERSON),
        ({"type": "user_change", "user": {"id": "U1", "deleted": False}}, None),
        ({"type": "user_change", "user": "U1"}, None),
        ({"type": "user_change"}, None),
        ({"type": "app_uninstalled"}, APP),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": ["U2"]}}, APP),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}, None),
        ({"type": "tokens_revoked", "tokens": None}, None),
    ],
)
def test_people_and_the_app(event: dict[str, Any], gone: Erasure | None) -> None:
    assert departure(event, INSTALLED) == gone
