"""All settings together: how they are read, and whether they fit one another."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from bot.errors import SettingsError
from bot.run import addresses, models_file, patterns_file, secret_files, written
from bot.run.config.api import ApiSettings
from bot.run.config.install import InstallSettings
from bot.run.config.kept import Kept
from bot.run.config.kinds import SECRETS
from bot.run.config.model import ModelSettings, is_openai
from bot.run.config.privacy import PrivacySettings
from bot.run.config.process import DEFAULT_PORT, ProcessSettings
from bot.run.config.redaction import RedactionSettings
from bot.run.config.slack import SlackSettings
from bot.run.config.turn import TurnSettings
from bot.run.config.usage import UsageSettings
from bot.run.secret_files import Fixed, SecretFile, Secrets
from bot.store import keyring

S = TypeVar("S", bound=BaseSettings)


class Settings(
    PrivacySettings,
    ProcessSettings,
    ApiSettings,
    UsageSettings,
    RedactionSettings,
    TurnSettings,
    ModelSettings,
    InstallSettings,
    SlackSettings,
):
    @model_validator(mode="before")
    @classmethod
    def _with_secret_files(cls, given: dict[str, object]) -> dict[str, object]:
        found = secret_files.filled(given, tuple(name for name in SECRETS if name not in Kept.model_fields))
        if found.get("slack_client_id"):
            found.setdefault("slack_bot_token", None)
        return found

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if self.slack_app_token is None and self.slack_signing_secret is None:
            raise ValueError(
                "SLACK_APP_TOKEN: missing; write the app-level token (xapp-…) for Socket Mode, "
                "or SLACK_SIGNING_SECRET for HTTP mode"
            )
        if self.installs and self.slack_client_secret is None:
            raise ValueError("SLACK_CLIENT_SECRET: missing; write the client secret of the Slack app")
        if self.installs and not self.written_keys:
            raise ValueError(
                "ENCRYPTION_KEYS: missing; the workspaces' tokens are kept encrypted: write a key (docs/encryption.md)"
            )
        if self.models_file is not None:
            self._take_models(models_file.load(self.models_file))
        elif self.openai_api_key is None and is_openai(self.openai_base_url):
            raise ValueError(
                "OPENAI_API_KEY: missing; write your key, or set OPENAI_BASE_URL to a server that wants none"
            )
        if self.redact_patterns_file is not None:
            self._patterns = patterns_file.load(self.redact_patterns_file)
        if self.system_prompt is not None and self.system_prompt_file is not None:
            raise ValueError("SYSTEM_PROMPT_FILE: SYSTEM_PROMPT is set as well; keep one of the two")
        return self

    @property
    def installs(self) -> bool:
        """Whether people install the app into their workspaces by a click."""
        return self.slack_bot_token is None

    @property
    def answers_at(self) -> int | None:
        """The port at which it is asked for events, the API, installs or its health; None for none."""
        needed = self.slack_app_token is None or self.api or self.installs
        return DEFAULT_PORT if self.port is None and needed else self.port

    @property
    def secrets(self) -> list[str]:
        """All that must be read nowhere: secrets, and what opens the addresses that we were given."""
        values = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        for url in (self.slack_api_url, self.redis_url, *self.model_addresses.values()):
            values += addresses.secrets(url)
        return values + keyring.secrets(self.written_keys) + (self._models.secrets if self._models else [])

    def opened(self) -> Secrets:
        """The secrets as they stand now and will change: those in files are watched by `Secrets.watch`."""
        found = Secrets()
        if self.redis_url_file is not None:
            found.known["redis_url"] = SecretFile("REDIS_URL", self.redis_url_file, self.redis_url, written.redis_url)
        for name, kind in SECRETS.items():
            value, path = getattr(self, name), getattr(self, f"{name}_file")
            if value is not None:
                secret = value.get_secret_value()
                found.known[name] = (
                    SecretFile(name.upper(), path, secret, kind.validate_python) if path is not None else Fixed(secret)
                )
        return found


def load(**overrides: Any) -> Settings:
    """The settings. Raises SettingsError with one line for each value that is wrong or missing."""
    settings = _read(Settings, overrides)
    _ = settings.prompt
    return settings


def load_kept() -> Kept:
    """Only where all is kept: whoever just looks at it needs no more. Raises as `load` does."""
    return _read(Kept, {})


def load_usage() -> UsageSettings:
    """The same with what is needed to report what was used."""
    return _read(UsageSettings, {})


def _read(wanted: type[S], overrides: Mapping[str, Any]) -> S:
    try:
        return wanted(**overrides)
    except ValidationError as wrong:
        raise SettingsError("\n".join(_line(dict(error)) for error in wrong.errors())) from None
    except UnicodeDecodeError:
        raise SettingsError(".env: not a text file in UTF-8; save it as one") from None


_PLAINLY = {
    "missing": "missing",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number",
    "bool_parsing": "write true or false",
    "string_pattern_mismatch": "write whole numbers for token ids",  # there is no other pattern
}
"""What pydantic says in its own terms, by the type of its error."""


def _line(error: dict[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name = str(error["loc"][0])
    field = Settings.model_fields.get(name)
    wrong = _PLAINLY.get(error["type"]) or message[:1].lower() + message[1:]
    if field is None or error["type"] == "value_error":  # our own messages say what to write
        return f"{name.upper()}: {wrong}"
    return f"{name.upper()}: {wrong} ({about(field).split('. ')[0].rstrip('.')})"


def about(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())
