"""The installed app as its manifest declares it: its commands, its shortcuts, its events, its tabs.

Until a manifest is installed everything goes: any command, any shortcut, all events.
"""

from dataclasses import dataclass, field
from typing import Any

from threadbot_sandbox.slack.errors import ApiError

Json = dict[str, Any]

COMMANDS, SHORTCUTS = 50, 10
LENGTHS = {"name": 35, "description": 140, "background_color": 7}
CHANNEL_TYPES = {"channel": "channels", "group": "groups"}


@dataclass(slots=True)
class App:
    """None: not declared, so all is allowed."""

    commands: list[Json] | None = None
    shortcuts: list[Json] | None = None
    events: frozenset[str] | None = None
    home: bool = True
    messages: bool = True
    agent: bool = True
    suggestions: list[Json] = field(default_factory=list)

    @classmethod
    def declared(cls, manifest: Json) -> "App":
        """Raises ApiError `invalid_manifest` with what Slack would say against it."""
        if problems := _problems(manifest):
            raise ApiError.invalid("invalid_manifest", *problems)
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        tabs = features.get("app_home", {})
        return cls(
            commands=list(features.get("slash_commands", ())),
            shortcuts=list(features.get("shortcuts", ())),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
            home=bool(tabs.get("home_tab_enabled")),
            messages=bool(tabs.get("messages_tab_enabled")),
            agent="agent_view" in features or "assistant_view" in features,
            suggestions=list(features.get("agent_view", {}).get("suggested_prompts", ())),
        )

    def has_command(self, command: str) -> bool:
        return self.commands is None or any(each["command"] == command for each in self.commands)

    def has_shortcut(self, callback_id: str, kind: str) -> bool:
        known = self.shortcuts
        return known is None or any((s["callback_id"], s["type"]) == (callback_id, kind) for s in known)

    def hears(self, event: Json) -> bool:
        """Whether the app subscribed to it; kinds of messages are subscribed to one by one."""
        kind = str(event.get("channel_type"))
        name = f"message.{CHANNEL_TYPES.get(kind, kind)}" if event["type"] == "message" else event["type"]
        return self.events is None or name in self.events

    def listed(self) -> Json:
        """For the page."""
        return {
            "commands": self.commands or [],
            "shortcuts": self.shortcuts or [],
            "home": self.home and self.commands is not None,
            "can_stop": self.hears({"type": "agent_session_stopped"}),
            "suggestions": self.suggestions,
        }


def scopes(manifest: Json) -> set[str]:
    return set(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))


def _problems(manifest: Json) -> list[str]:
    about, features = manifest.get("display_information", {}), manifest.get("features", {})
    found = [
        f"/display_information/{name}: too long" for name, most in LENGTHS.items() if len(about.get(name, "")) > most
    ]
    if not about.get("name"):
        found.append("/display_information/name: missing")
    if not 174 <= len(about.get("long_description", "x" * 174)) <= 4000:
        found.append("/display_information/long_description: 174 to 4000 characters")
    commands, shortcuts = features.get("slash_commands", []), features.get("shortcuts", [])
    found += [f"/features/slash_commands/{n}: {why}" for n, each in enumerate(commands) if (why := _bad_command(each))]
    found += [f"/features/shortcuts/{n}: {why}" for n, each in enumerate(shortcuts) if (why := _bad_shortcut(each))]
    if len(commands) > COMMANDS or len(shortcuts) > SHORTCUTS:
        found.append("/features: too many commands or shortcuts")
    if (commands or shortcuts) and "commands" not in scopes(manifest):
        found.append("/oauth_config/scopes/bot: commands and shortcuts need the scope `commands`")
    return found


def _bad_command(command: Json) -> str:
    name = command.get("command", "")
    if not name.startswith("/") or len(name) > 32 or name != name.lower() or " " in name:
        return "a command begins with /, is in small letters and has no space"
    return "" if command.get("description") else "description missing"


def _bad_shortcut(shortcut: Json) -> str:
    if shortcut.get("type") not in ("message", "global"):
        return "type must be message or global"
    missing = [name for name in ("name", "callback_id", "description") if not shortcut.get(name)]
    return f"{', '.join(missing)} missing" if missing else "" if len(shortcut["name"]) <= 24 else "name too long"
