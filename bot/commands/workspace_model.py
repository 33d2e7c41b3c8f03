"""Commands to what holds for a whole workspace."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AdmitWorkspace:
    """What an admin of the operator's workspace says to another one that has installed the app and waits."""

    act: ClassVar[str] = "workspaces.decide"
    workspace: str
    yes: bool


@dataclass(frozen=True, slots=True)
class OpenServer:
    """Offer the form for the workspace's own server; only people who may send it see it."""

    act: ClassVar[str] = "model-server.set"


@dataclass(frozen=True, slots=True)
class SetServer:
    """Have a server of the workspace's own answer, under its own key. An empty `key` is the one that was set, if the
    server is still the same."""

    act: ClassVar[str] = "model-server.set"
    url: str
    models: tuple[str, ...]
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ForgetServer:
    act: ClassVar[str] = "model-server.set"


@dataclass(frozen=True, slots=True)
class ShowTimeZone:
    act: ClassVar[str] = "settings.show"


@dataclass(frozen=True, slots=True)
class SetTimeZone:
    """In which days and months begin. None: as the operator's settings say."""

    act: ClassVar[str] = "time-zone.set"
    zone: str | None


WorkspaceCommand = AdmitWorkspace | OpenServer | SetServer | ForgetServer | ShowTimeZone | SetTimeZone
