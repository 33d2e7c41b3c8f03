"""What opens this one workspace: the bot's tokens and the signing secret, made at random where it is kept."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from threadbot_sandbox.slack.seed import APP

NAME = "keys.json"


def _digits() -> str:
    return str(secrets.randbelow(9 * 10**12) + 10**12)


@dataclass(frozen=True, slots=True)
class Keys:
    """In Slack's form."""

    bot_token: str = field(default_factory=lambda: f"xoxb-{_digits()}-{_digits()}-{secrets.token_hex(12)}", repr=False)
    app_token: str = field(default_factory=lambda: f"xapp-1-{APP}-{_digits()}-{secrets.token_hex(32)}", repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @classmethod
    def of(cls, folder: Path) -> "Keys":
        """Those that are kept in the folder; made when there are none, or none that can be read."""
        path = folder / NAME
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads(path.read_text("utf-8")))
        made = cls()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as kept:
            json.dump(asdict(made), kept)
        return made
