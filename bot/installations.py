"""Where the app is installed, and as whom it speaks there."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Installation:
    """The app in one workspace. People mention `bot_user`; what it posts bears `bot_id`.

    `workspace` is the id under which everything is kept: the team's, or the enterprise's where the app is installed
    `org_wide`; then `team` is empty. `app_id` is empty where Slack does not tell it, `enterprise` where there is none.
    """

    workspace: str
    bot_user: str
    bot_id: str
    name: str = ""
    app_id: str = ""
    team: str = ""
    enterprise: str = ""
    org_wide: bool = False
    scopes: tuple[str, ...] = ()


class Installations(Protocol):
    """The workspaces that this process serves are those of which it was given a token."""

    async def put(self, installation: Installation, token: str) -> None:
        """Keep what is known of it, and serve it. The token stays in this process. May raise Unavailable."""
        ...

    async def known(self) -> list[Installation]:
        """All that were ever put by any process, by workspace. May raise Unavailable."""
        ...

    def served(self, workspace: str) -> tuple[Installation, str] | None:
        """The installation and its token; None if this process has none."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What a workspace gave us when somebody installed the app: a token, and where tokens are rotated the one that
    brings the next, which works once, and when this one ends. Times are seconds since 1970.

    `approved`: the operator wants it; until then the workspace is not served. `asked`: the operator's admins were asked
    for it. `installer` is a user's id.
    """

    workspace: str
    token: str
    refresh_token: str = ""
    expires_at: float | None = None
    issued_at: float = 0.0
    installer: str = ""
    name: str = ""
    installed_at: float = 0.0
    approved: bool = False
    asked: bool = False
