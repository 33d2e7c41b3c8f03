"""Settings: the API for programs."""

from typing import Annotated

from pydantic import Field

from bot.run.config.kept import Kept


class ApiSettings(Kept):
    api: bool = False
    """Whether programs may talk to the bot, at `/api/v1` on `PORT` (3000 where that is not set): docs/api.md."""
    credit_usd: Annotated[float, Field(ge=0.000001, le=1000)] = 0.001
    """US dollars that programs are told to be one credit."""
    api_requests_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 6000
    """How many requests a minute a token is good for; so many may come at once."""
