"""What the Slack app needs: scopes, events and switches, exactly those that the program uses."""

from typing import Any

from bot import wording
from bot.commands.parse import VERBS
from bot.personas.builtin import built_in

CHANNEL_GONE = frozenset(
    {"channel_left", "channel_archive", "channel_deleted", "group_left", "group_archive", "group_deleted"}
)
DEPARTURES = (*sorted(CHANNEL_GONE), "member_left_channel", "user_change", "app_uninstalled", "tokens_revoked")
"""What tells that something is gone which we may keep words of."""
USE_PERSONA = "use_persona"
"""Callback id of what a message's menu offers."""
EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "app_home_opened",
    "member_joined_channel",
    *DEPARTURES,
)

SCOPES = {
    "app_mentions:read": "hear mentions",
    "channels:history": "hear replies in public channels",
    "channels:read": "know channels by their names",
    "chat:write": "answer",
    "chat:write.customize": "answer under a persona's name and picture",
    "commands": "offer slash commands, and a shortcut in a message's menu",
    "files:read": "read the files that come with a message",
    "files:write": "send somebody a table of what was used",
    "groups:history": "hear replies in private channels",
    "groups:read": "know private channels by their names",
    "im:history": "hear direct messages",
    "mpim:history": "hear group direct messages",
    "usergroups:read": "know user groups by their names, and who is in them",
    "users:read": "call people by their names",
}

OPTIONAL = frozenset({"files:write"})
"""Without these everything works but a single command, which then says so."""
AGENT_EVENTS = ("agent_session_stopped",)
AGENT_SCOPES = {"assistant:write": "be shown as an agent"}
MAX_PROMPTS = 4


def manifest(
    *, socket_mode: bool, url: str = "https://YOUR-HOST", agent: bool = False, install: str | None = None
) -> dict[str, Any]:
    """The app manifest (Slack docs: app manifest reference), for Socket Mode or for HTTP at `url`. `install` is the
    public address at which other workspaces install the app.

    As an `agent` the app has Slack's own Stop button and suggested prompts, but workspace guests cannot use it, and
    the step cannot be taken back.
    """
    words = wording.of(wording.DEFAULT_LOCALE)
    address = f"{url.rstrip('/')}/slack/events"
    requests, commands = ({}, {}) if socket_mode else ({"request_url": address}, {"url": address})
    redirect = {"redirect_urls": [f"{install.rstrip('/')}/slack/oauth_redirect"]} if install else {}
    events, scopes = (*EVENTS, *AGENT_EVENTS) if agent else EVENTS, SCOPES | (AGENT_SCOPES if agent else {})
    return {
        "display_information": {"name": "Threadbot", "description": "Mention it, and it answers in the thread"},
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            **({"agent_view": _agent_view()} if agent else {}),
            "bot_user": {"display_name": "Threadbot", "always_online": True},
            "shortcuts": [
                {
                    "name": words.label("notice.pick"),
                    "type": "message",
                    "callback_id": USE_PERSONA,
                    "description": words.label("pick.about"),
                }
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": words.label(f"command.{command}"),
                    "usage_hint": words.label(f"command.{command}.usage"),
                    "should_escape": True,
                    **commands,
                }
                for command in VERBS
            ],
        },
        "oauth_config": {**redirect, "scopes": {"bot": sorted(scopes)}},
        "settings": {
            "event_subscriptions": {**requests, "bot_events": list(events)},
            "interactivity": {"is_enabled": True, **requests},
            "socket_mode_enabled": socket_mode,
            "org_deploy_enabled": install is not None,
            "token_rotation_enabled": False,
        },
    }


def _agent_view() -> dict[str, Any]:
    prompts = built_in()["assistant"].suggestions[:MAX_PROMPTS]
    return {
        "agent_description": "Answers in threads, and remembers what was said there",
        "suggested_prompts": [{"title": each.title, "message": each.message} for each in prompts],
    }
