"""Settings: where the process runs, and what it tells of itself."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    Field,
)

from bot.run.config.kept import Kept
from bot.run.config.kinds import Secret

DEFAULT_PORT = 3000  # for Slack's events


class ProcessSettings(Kept):
    host: str = "0.0.0.0"
    """Address to listen on for HTTP."""
    port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Port for HTTP: Slack's events and the API (default 3000), `/livez`, `/readyz` and `/healthz`. In Socket Mode
    without the API nothing listens unless it is set."""
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Port for Prometheus at `/metrics`, which only your own network should reach."""
    metrics_token: Secret | None = None
    """Token that Prometheus has to show (`Authorization: Bearer`). Without `METRICS_PORT`,
    `/metrics` is then at `PORT`."""
    metrics_token_file: Path | None = None
    """File that holds it in its place."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged. Texts, names and secrets never are."""
    log_format: Literal["text", "json"] = "text"
    """`text` for people, `json` for machines."""
