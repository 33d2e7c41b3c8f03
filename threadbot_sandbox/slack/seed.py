"""Who and what a fresh workspace holds. The ids have Slack's form, and can be read."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["channel", "private", "im", "mpim"]

TEAM = "T00SANDBOX0"
TEAM_NAME = "Sandbox"
TEAM_DOMAIN = "sandbox"
BOT_USER = "U0THREADBOT"
BOT = "B0THREADBOT"
APP = "A0THREADBOT"
SLACKBOT = "USLACKBOT"
CREATED = 1_735_689_600
"""When everything in the seed came into being: the first second of 2025."""


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace, and how the app is installed there: with which `token` (None: the one of the folder's keys);
    `org_wide` in all teams of the `enterprise`, of which `others` are those that are not played here."""

    team: str = TEAM
    name: str = TEAM_NAME
    domain: str = TEAM_DOMAIN
    token: str | None = None
    enterprise: str | None = None
    org_wide: bool = False
    others: tuple[str, ...] = ()

    @property
    def teams(self) -> tuple[str, ...]:
        """All whose people are at home here."""
        return (self.team, *self.others)


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the user that stands for a bot (then `bot_id` is set)."""

    id: str
    name: str
    real_name: str
    color: str
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False
    team: str = TEAM
    bot_id: str | None = None
    app_id: str | None = None

    @property
    def is_bot(self) -> bool:
        return self.bot_id is not None


@dataclass(frozen=True, slots=True)
class Group:
    """A user group, as in `<!subteam^S…>`."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


ADA, BEN, CHLOE, GUS = "U0000000ADA", "U0000000BEN", "U00000CHLOE", "U0000000GUS"
DORA, OTTO, DEPLOYBOT = "U000000DORA", "U000000OTTO", "U0DEPLOYBOT"
OTHER_TEAM = "T000OUTSIDE"

USERS = (
    User(ADA, "ada", "Ada", "9f69e7", is_admin=True, is_owner=True),
    User(BEN, "ben", "Ben", "4bbe2e"),
    User(CHLOE, "chloe", "Chloe", "e7392d"),
    User(DORA, "dora", "Dora", "5b6abf", is_admin=True),
    User(GUS, "gus", "Gus", "3c989f", is_restricted=True),
    User(OTTO, "otto", "Otto", "a2543d", team=OTHER_TEAM),
    User(BOT_USER, "threadbot", "Threadbot", "2b6cb0", bot_id=BOT, app_id=APP),
    User(DEPLOYBOT, "deploybot", "Deploybot", "b7791f", bot_id="B0DEPLOYBOT", app_id="A0DEPLOYBOT"),
)

GROUPS = (Group("S0GARDENERS", "gardeners", "Gardeners", (ADA, CHLOE)),)

CHANNELS: tuple[tuple[str, str, Kind, tuple[str, ...]], ...] = (
    ("C000GENERAL", "general", "channel", (ADA, BEN, CHLOE, DORA, GUS, BOT_USER, DEPLOYBOT)),
    ("C0000RANDOM", "random", "channel", (ADA, BEN, CHLOE, DORA, DEPLOYBOT)),
    ("C00PARTNERS", "partners", "channel", (ADA, BEN, OTTO, BOT_USER)),
    ("C0000SECRET", "secret-garden", "private", (ADA, CHLOE, BOT_USER)),
    ("D0000000ADA", "ada", "im", (ADA, BOT_USER)),
    ("D0000000BEN", "ben", "im", (BEN, BOT_USER)),
    ("D00000CHLOE", "chloe", "im", (CHLOE, BOT_USER)),
    ("D000000DORA", "dora", "im", (DORA, BOT_USER)),
    ("D0000000GUS", "gus", "im", (GUS, BOT_USER)),
    ("C000ADA0BEN", "mpdm-ada--ben--threadbot-1", "mpim", (ADA, BEN, BOT_USER)),
)
"""Id, name, kind, members. The bot is not in #random, so that `not_in_channel` can be seen; #partners is shared
with another workspace, which Otto is of."""

SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.customize",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
)
