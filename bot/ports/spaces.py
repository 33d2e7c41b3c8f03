"""What the core asks of what is set for a workspace as a whole."""

from typing import Protocol

from bot.policy.space import OwnServer, Space


class OwnSpace(Protocol):
    """Of one workspace. What is set holds in all processes a moment later."""

    @property
    def now(self) -> Space:
        """As this process knows it."""
        ...

    @property
    def takes_servers(self) -> bool:
        """Whether the workspace may have a model's server of its own."""
        ...

    async def set_zone(self, zone: str) -> None:
        """Empty: that of the operator's settings. May raise Unavailable."""
        ...

    async def set_server(self, server: OwnServer | None) -> None:
        """None: forget it, with its key. May raise Unavailable."""
        ...

    async def prove(self, server: OwnServer) -> None:
        """Have each of its models say one word. Raises Unanswerable or Unavailable: it does not, or its address is not
        allowed."""
        ...
