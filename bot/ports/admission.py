"""What the core asks of whoever lets workspaces in."""

from typing import Literal, Protocol

Decision = Literal["approved", "refused", "decided", "unknown"]
"""`decided`: it is served already; `unknown`: it waits no longer."""


class Admission(Protocol):
    async def decide(self, workspace: str, yes: bool) -> Decision:
        """Serve a workspace that waits, or give its token back. May raise Unavailable."""
        ...
