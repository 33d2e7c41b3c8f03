"""The manifest declares what the program uses: no more, which installers would have to grant, and no less."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import bot
from bot.slack.inbound import listeners
from bot.slack.inbound.events import Me
from bot.slack.manifest import manifest
from threadbot_sandbox.slack import SmallSlack

NEEDS = {  # Slack docs: the scopes of each method; methods that need none are left out
    "assistant_threads_setStatus": {"chat:write"},
    "bots_info": {"users:read"},
    "chat_appendStream": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_startStream": {"chat:write"},
    "chat_stopStream": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "files_info": {"files:read"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "username": {"chat:write.customize"},
    "command": {"commands"},
    "shortcut": {"commands"},
}
NO_SCOPE = {
    "api_call",
    "apps_connections_open",
    "auth_test",
    "views_open",
    "views_publish",
    "views_push",
    "views_update",
    "app_home_opened",
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
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
    world: Any = None
    listeners.bolt_app(AsyncWebClient("xoxb-1"), Me("T1", "U1", "B1"), "secret", world)
    return found


def called() -> set[str]:
    """The Web API methods that the program names."""
    trees = [ast.parse(path.read_text()) for path in (Path(bot.__file__).parent / "slack").rglob("*.py")]
    names = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return names & {name for name in dir(AsyncWebClient) if "_" in name.strip("_") and not name.startswith("_")}


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
