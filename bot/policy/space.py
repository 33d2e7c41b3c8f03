"""What is set for one workspace as a whole: by its own admins, and by the operator."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.usage.budgets import NOTHING, Numbers


@dataclass(frozen=True, slots=True)
class OwnServer:
    """A model's server that a workspace has of its own, and pays for. The first of the `models` answers where nobody
    has chosen; the `key` is empty where the server wants none."""

    url: str
    models: tuple[str, ...]
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """What may be shown of it."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Space:
    """`zone` is the name of a time zone, empty where the operator's setting holds; `cap` are numbers of the operator's
    that nobody in the workspace can lift."""

    zone: str = ""
    server: OwnServer | None = None
    cap: Numbers = NOTHING


UNSET = Space()
