"""The manifest declares what the program uses: no more, which installers would have to grant, and no less."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

import bot
from bot.slack.api.client import SlackClient
from bot.slack.inbound import listeners
from bot.slack.manifest import manifest
from tests.test_architecture import called_method
from threadbot_sandbox.slack import SmallSlack

NEEDS = {  # Slack docs: the scopes of each method; methods that need none are left out
    "assistant.threads.setStatus": {"chat:write"},
    "bots.info": {"users:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "chat.appendStream": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.startStream": {"chat:write"},
    "chat.stopStream": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "channel_archive": {"channels:read"},
    "channel_deleted": {"channels:read"},
    "channel_left": {"channels:read"},
    "group_archive": {"groups:read"},
    "group_deleted": {"groups:read"},
    "group_left": {"groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "user_change": {"users:read"},
    "username": {"chat:write.customize"},
    "command": {"commands"},
    "shortcut": {"commands"},
}
NO_SCOPE = {
    "agents.sessions.setStatus",  # of an agent
    "app_uninstalled",
    "apps.connections.open",
    "auth.revoke",
    "auth.teams.list",
    "auth.test",
    "blocks.validate",
    "views.open",
    "views.publish",
    "views.push",
    "views.update",
    "app_home_opened",
    "tokens_revoked",
}


@pytest.fixture
def heard(client: SlackClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What Bolt is asked to listen for, by the kind of listener."""
    found: dict[str, set[str]] = {}

    def recording(kind: str) -> Callable[..., Any]:
        register = getattr(AsyncApp, kind)

        def record(app: AsyncApp, what: Any, *args: Any, **named: Any) -> Any:
            found.setdefault(kind, set()).add(what if isinstance(what, str) else what.pattern)
            return register(app, what, *args, **named)

        return record

    for kind in ("event", "command", "shortcut", "action", "view", "options", "message"):
        monkeypatch.setattr(AsyncApp, kind, recording(kind))
    listeners.bolt_app(client, lambda _workspace: None)
    return found


def called() -> set[str]:
    """The Web API methods that the program calls; tests/test_architecture.py sees that there are no others."""
    trees = [ast.parse(path.read_text()) for path in (Path(bot.__file__).parent / "slack").rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {method for call in calls if (method := called_method(call)) is not None}


def test_it_declares_what_is_listened_for(heard: dict[str, set[str]]) -> None:
    about = manifest(socket_mode=True)
    features = about["features"]
    events = {name.partition(".")[0] for name in about["settings"]["event_subscriptions"]["bot_events"]}
    as_agent = set(manifest(socket_mode=True, agent=True)["settings"]["event_subscriptions"]["bot_events"])

    assert {each["command"] for each in features["slash_commands"]} == heard["command"]
    assert {each["callback_id"] for each in features["shortcuts"]} == heard["shortcut"]
    assert events == heard["event"] - {listeners.STOPPED_IN_SLACK}
    assert {name.partition(".")[0] for name in as_agent} == heard["event"]
    assert "options" not in heard  # they would want a URL of their own


def test_its_scopes_are_those_of_what_is_used(heard: dict[str, set[str]]) -> None:
    about = manifest(socket_mode=True)
    uses = called() | set(about["settings"]["event_subscriptions"]["bot_events"])
    uses |= {"username", "command", "shortcut"}

    assert set(about["oauth_config"]["scopes"]["bot"]) == {scope for use in uses - NO_SCOPE for scope in NEEDS[use]}


def test_over_http_everything_has_its_address_and_in_socket_mode_nothing_has() -> None:
    http, socket_mode = manifest(socket_mode=False, url="https://bot.example.com/"), manifest(socket_mode=True)
    commands, settings = http["features"]["slash_commands"], http["settings"]
    addresses = [each["url"] for each in commands]
    addresses += [settings[part]["request_url"] for part in ("event_subscriptions", "interactivity")]

    assert set(addresses) == {"https://bot.example.com/slack/events"}
    assert settings["socket_mode_enabled"] is False
    assert "http" not in str(socket_mode)


@pytest.mark.parametrize("socket_mode", [True, False])
@pytest.mark.parametrize("agent", [True, False])
def test_slack_takes_it(slack: SmallSlack, socket_mode: bool, agent: bool) -> None:
    slack.install(manifest(socket_mode=socket_mode, agent=agent))
