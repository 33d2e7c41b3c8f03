"""The operator's settings: environment variables, or a `.env` file beside the process; the environment wins.

A file for each part; `settings` puts them together and reads them. The table of docs/settings.md and `.env.example`
are made from them: `python -m bot settings`.
"""

from bot.run.config.kept import MAX_DAYS, Kept
from bot.run.config.kinds import SECRETS
from bot.run.config.model import DEFAULT_PROMPT, limit_name
from bot.run.config.process import DEFAULT_PORT
from bot.run.config.settings import Settings, about, load, load_kept, load_usage
from bot.run.config.usage import UsageSettings

__all__ = [
    "DEFAULT_PORT",
    "DEFAULT_PROMPT",
    "MAX_DAYS",
    "SECRETS",
    "Kept",
    "Settings",
    "UsageSettings",
    "about",
    "limit_name",
    "load",
    "load_kept",
    "load_usage",
]
