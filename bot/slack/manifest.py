"""What does the Slack app need? Scopes, events and switches: exactly those that the program uses."""

from typing import Any

EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "app_home_opened",
    "member_joined_channel",
    "app_uninstalled",
    "tokens_revoked",
)

SCOPES = {
    "app_mentions:read": "hear mentions",
    "channels:history": "hear replies in public channels",
    "channels:read": "know when it is invited to a channel",
    "chat:write": "answer",
    "files:read": "know the files that come with a message",
    "groups:history": "hear replies in private channels",
    "groups:read": "know when it is invited to a private channel",
    "im:history": "hear direct messages",
    "mpim:history": "hear group direct messages",
    "usergroups:read": "know user groups by their names, and who is in them",
    "users:read": "call people by their names",
}


def manifest(*, socket_mode: bool, url: str = "https://YOUR-HOST") -> dict[str, Any]:
    """The app manifest (Slack docs: app manifest reference), for Socket Mode or for HTTP at `url`."""
    endpoint = {} if socket_mode else {"request_url": f"{url.rstrip('/')}/slack/events"}
    return {
        "display_information": {"name": "Threadbot", "description": "Mention it, and it answers in the thread"},
        "features": {
            "app_home": {"messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "Threadbot", "always_online": True},
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**endpoint, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **endpoint},
            "socket_mode_enabled": socket_mode,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }
