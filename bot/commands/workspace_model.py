"""Commands to what holds for a whole workspace."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class AdmitWorkspace:
    """What an admin of the operator's workspace says to another one that has installed the app and waits."""

    act: ClassVar[str] = "workspaces.decide"
    workspace: str
    yes: bool


WorkspaceCommand = AdmitWorkspace
