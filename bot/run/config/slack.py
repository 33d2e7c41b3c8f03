"""Settings: Slack."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
)

from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import AppToken, BotToken, Secret


class SlackSettings(Kept):
    slack_bot_token: BotToken | None
    """Bot User OAuth Token of the Slack app (`xoxb-…`), for one workspace. For many, see `SLACK_CLIENT_ID`."""
    slack_bot_token_file: Path | None = None
    """File that holds it in its place, as for each secret; read again when it changes, and on SIGHUP."""
    slack_app_token: AppToken | None = None
    """App-level token with `connections:write` (`xapp-…`). Present: Socket Mode."""
    slack_app_token_file: Path | None = None
    """File that holds it in its place."""
    slack_signing_secret: Secret | None = None
    """Signing secret of the Slack app; needed for HTTP mode, which is on when there is no app token."""
    slack_signing_secret_file: Path | None = None
    """File that holds it in its place."""
    slack_api_url: Annotated[str, written.url("https", "http"), AfterValidator(written.api_base)] = (
        "https://slack.com/api/"
    )
    """Base of Slack's Web API."""
    slack_rate_limits: bool = True
    """Keep to Slack's published rate limits, counted over all processes. `false` only where there are none."""
    slack_streams: Literal["direct", "everywhere", "off"] = "direct"
    """Where answers grow as Slack's streams: in `direct` messages, `everywhere`, or nowhere (`off`); else by edits.
    In a channel, Slack lets nobody but the one who asked see a stream grow."""
    slack_tables: Literal["one", "many", "off"] = "one"
    """How many tables a message may have: `one`, or `many`; `off` writes them as code. `check --post` finds out what a
    Slack takes."""

    @property
    def bot_token(self) -> str:
        """Empty where the app is installed by a click, and each workspace has a token of its own."""
        return self.slack_bot_token.get_secret_value() if self.slack_bot_token else ""
