"""Where all is kept, and for how long."""

from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.run import secret_files, written
from bot.run.config.kinds import EncryptionKeys

MAX_DAYS = 36_500


class Kept(BaseSettings):
    """Where all is kept, and for how long: enough to look at it."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        case_sensitive=False,
        allow_inf_nan=False,
    )

    history_days: Annotated[float, Field(gt=0, le=MAX_DAYS)] = 30.0
    """How long a thread is remembered after its last answer; `/threadbot retention` chooses otherwise."""
    legal_hold: bool = False
    """Nothing is deleted while this is `true`, by nobody and by no lapse of time; who asks for it is told."""
    lease_seconds: Annotated[float, Field(ge=1)] = 15.0
    """How soon the turn of a process that died is taken over."""
    redis_url: Annotated[str, AfterValidator(written.redis_url)] = "redis://localhost:6379/0"
    """Redis or Valkey: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if it has them.
    Sentinel: `redis+sentinel://:password@host:26379,host:26379/service/0`; Cluster: `redis+cluster://host:6379`."""
    redis_url_file: Path | None = None
    """File that holds it in its place. User and password in it may change while the bot runs."""
    redis_tls_verify: bool = True
    """Whether the certificate of `rediss://` is checked. `false` where it is signed by the server itself (Heroku)."""
    redis_prefix: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(written.key)] = "threadbot"
    """First part of every key, so that several bots can share a Redis."""

    encryption_keys: EncryptionKeys | None = None
    """`id:base64,…`: keys of 32 bytes under which words are encrypted in Redis; the first one writes, all read.
    `openssl rand -base64 32` makes one; docs/encryption.md tells how they are changed."""
    encryption_keys_file: Path | None = None
    """File that holds them in its place."""

    @model_validator(mode="before")
    @classmethod
    def _with_kept_files(cls, given: dict[str, object]) -> dict[str, object]:
        return secret_files.filled(given, ("redis_url", "encryption_keys"))

    @property
    def written_keys(self) -> str:
        """The encryption keys as they are written; empty without any."""
        return self.encryption_keys.get_secret_value() if self.encryption_keys else ""

    @property
    def redis_address(self) -> str:
        return self.address_of(self.redis_url)

    def address_of(self, redis_url: str) -> str:
        """Where Redis is, and how its certificate is looked at."""
        if self.redis_tls_verify or not redis_url.startswith("rediss"):
            return redis_url
        return f"{redis_url}{'&' if '?' in redis_url else '?'}ssl_cert_reqs=none"
