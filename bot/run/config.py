"""The operator's settings: environment variables, or a `.env` file beside the process; the environment wins.

The README's table and `.env.example` are made from this file: `python -m bot settings`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError
from bot.personas import params
from bot.run import addresses, models_file, secret_files, written
from bot.run.models_file import ModelsFile
from bot.run.secret_files import Fixed, SecretFile, Secrets

DEFAULT_PORT = 3000  # for Slack's events
DEFAULT_PROMPT = (
    "You are Threadbot, an assistant in a Slack workspace. Answer in Markdown, to the point, "
    "in the language you are spoken to. Say so when you do not know."
)


def _is_openai(url: str) -> bool:
    return f".{urlsplit(url).hostname or ''}".endswith(".openai.com")


def limit_name(url: str) -> str:
    """What this model's server calls the longest answer."""
    return "max_completion_tokens" if _is_openai(url) else "max_tokens"


Secret = Annotated[SecretStr, AfterValidator(written.one_word)]
Seconds = Annotated[float, Field(gt=0)]
UserId = Annotated[str, AfterValidator(written.user_id)]
BotToken = Annotated[Secret, written.starts_with("xoxb-", "the Bot User OAuth Token")]
AppToken = Annotated[Secret, written.starts_with("xapp-", "an app-level token")]
SECRETS = {
    "slack_bot_token": TypeAdapter[SecretStr](BotToken),
    "slack_app_token": TypeAdapter[SecretStr](AppToken),
    "slack_signing_secret": TypeAdapter[SecretStr](Secret),
    "openai_api_key": TypeAdapter[SecretStr](Secret),
    "openai_user_key": TypeAdapter[SecretStr](SecretStr),
    "metrics_token": TypeAdapter[SecretStr](Secret),
}
"""The settings that are secrets, and how each is checked; `NAME_FILE` may name a file for each."""
S = TypeVar("S", bound=BaseSettings)


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

    history_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    """How long a thread is remembered after its last answer."""
    lease_seconds: Annotated[float, Field(ge=1)] = 15.0
    """How soon the turn of a process that died is taken over."""
    redis_url: Annotated[str, AfterValidator(written.redis_url)] = "redis://localhost:6379/0"
    """Redis or Valkey: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if it has them.
    Sentinel: `redis+sentinel://:password@host:26379,host:26379/service/0`; Cluster: `redis+cluster://host:6379`."""
    redis_tls_verify: bool = True
    """Whether the certificate of `rediss://` is checked. `false` where it is signed by the server itself (Heroku)."""
    redis_prefix: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(written.key)] = "threadbot"
    """First part of every key, so that several bots can share a Redis."""

    @property
    def redis_address(self) -> str:
        """Where Redis is, and how its certificate is looked at."""
        if self.redis_tls_verify or not self.redis_url.startswith("rediss"):
            return self.redis_url
        return f"{self.redis_url}{'&' if '?' in self.redis_url else '?'}ssl_cert_reqs=none"


class Settings(Kept):
    _models: ModelsFile | None = PrivateAttr(None)

    # -- Slack
    slack_bot_token: BotToken
    """Bot User OAuth Token of the Slack app (`xoxb-…`)."""
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

    # -- the model
    openai_api_key: Secret | None = None
    """API key. May be left out for a server of your own that wants none (`OPENAI_BASE_URL`)."""
    openai_api_key_file: Path | None = None
    """File that holds it in its place."""
    openai_base_url: Annotated[str, AfterValidator(written.model_address)] = "https://api.openai.com/v1"
    """Any OpenAI-compatible chat completions API; Azure's too, with its `?api-version=…` where it has one."""
    openai_model: str = "gpt-6-luna"
    """Model that answers."""
    models_file: Path | None = None
    """YAML file of several servers, their models, prices and fallbacks, in place of the four above: docs/models.md."""
    openai_temperature: params.Temperature | None = None
    """0 to 2. This and the following parameters are sent only when set."""
    openai_top_p: params.TopP | None = None
    """0 to 1."""
    openai_n: params.Choices | None = None
    """How many answers; further ones are shown below the first. All are billed."""
    openai_stop: Annotated[params.Stops | None, NoDecode, BeforeValidator(written.strings)] = None
    """Up to four strings at which the answer stops: a JSON list, or one string."""
    openai_max_tokens: params.Tokens | None = None
    """Longest answer in tokens; sent as `max_completion_tokens` to OpenAI, as `max_tokens` elsewhere."""
    openai_presence_penalty: params.Penalty | None = None
    """-2 to 2."""
    openai_frequency_penalty: params.Penalty | None = None
    """-2 to 2."""
    openai_logit_bias: Annotated[params.Biases | None, NoDecode] = None
    """JSON object of token id → -100 to 100."""
    openai_seed: params.Seed | None = None
    """For repeatable answers, as far as the model can."""
    openai_reasoning_effort: params.Effort | None = None
    """How hard a reasoning model thinks; which values it knows depends on the model."""
    openai_stream: bool = True
    """Ask for the answer as a stream. `false`: the answer appears at once when it is complete."""
    openai_user_key: SecretStr | None = None
    """When set, requests carry `user`: a hash of the Slack user under this key, never a name or e-mail."""
    openai_user_key_file: Path | None = None
    """File that holds it in its place."""
    openai_connect_timeout: Seconds = 5.0
    """Seconds to reach the model's server."""
    openai_first_token_timeout: Seconds = 120.0
    """Seconds until the first piece of the answer, or of thinking; then the model is asked once more for a minute."""
    openai_silence_timeout: Seconds = 60.0
    """Seconds between two pieces of the answer."""
    openai_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """How often the client repeats a request that failed in passing, within one attempt at a turn."""
    system_prompt: str | None = None
    """What the model is told first. A short prompt of our own when neither this nor the file is set."""
    system_prompt_file: Path | None = None
    """File that holds the system prompt."""

    # -- the turn and its memory
    turn_timeout: Seconds = 600.0
    """Seconds that one whole answer may take."""
    turn_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    """How often a turn is tried before the person is told that it failed."""
    turns_at_once: Annotated[int, Field(ge=1)] = 1000
    """Answers that one process writes at the same time."""
    shutdown_grace: Annotated[float, Field(ge=0)] = 25.0
    """Seconds that running answers get to finish when the process is told to stop."""
    max_answer_messages: Annotated[int, Field(ge=1, le=100)] = 8
    """Longest answer, in messages of some 11,000 characters; then its readers may let the bot continue."""
    history_tokens: params.Tokens = 16_000
    """Longest conversation sent to the model, in estimated tokens."""
    context_messages: Annotated[int, Field(ge=0, le=1000)] = 400
    """How many messages of a thread are read in Slack where the bot was not there to hear them; `0`: none."""
    files: Literal["all", "text", "off"] = "all"
    """Which files of a conversation the model sees: `all`, `text` (text and PDF, no pictures) or `off`."""
    file_max_mb: Annotated[float, Field(gt=0, le=1000)] = 20.0
    """Largest file that is fetched from Slack, in megabytes."""
    file_tokens: Annotated[int, Field(ge=1)] = 16_000
    """Longest text of files sent to the model with a conversation, in estimated tokens, beside `HISTORY_TOKENS`."""
    footer: Literal["full", "compact", "off"] = "full"
    """The line under an answer: `full`, `compact` or `off`."""
    feedback: bool = True
    """Thumbs up and down under an answer. This and the next hold where nobody has chosen otherwise in Slack."""
    policy: Literal["mention", "follow", "follow-until-other", "mute"] = "mention"
    """When the bot speaks in channels: if mentioned; then on in that thread; until someone else is addressed; never."""
    read_from: Literal["admitted", "quoted", "all"] = "admitted"
    """Whose words and files the model is given: of people who may ask and of this workspace's apps; also what these
    people forward or link; or everybody's, with a mark. `/threadbot readers` changes it."""

    # -- who manages it
    admin_users: Annotated[frozenset[UserId], NoDecode, BeforeValidator(written.words)] = frozenset()
    """Ids of people (`U…`) who manage the bot from Slack besides the workspace's admins and owners, by commas."""

    # -- where it runs
    host: str = "0.0.0.0"
    """Address to listen on for HTTP."""
    port: Annotated[int | None, Field(ge=0, le=65535)] = None
    """Port for HTTP: Slack's events (default 3000), `/livez`, `/readyz` and `/healthz`. In Socket Mode nothing listens
    unless it is set."""
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

    @model_validator(mode="before")
    @classmethod
    def _with_secret_files(cls, given: dict[str, object]) -> dict[str, object]:
        return secret_files.filled(given, tuple(SECRETS))

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        if self.slack_app_token is None and self.slack_signing_secret is None:
            raise ValueError(
                "SLACK_APP_TOKEN: missing; write the app-level token (xapp-…) for Socket Mode, "
                "or SLACK_SIGNING_SECRET for HTTP mode"
            )
        if self.models_file is not None:
            self._take_models(models_file.load(self.models_file))
        elif self.openai_api_key is None and _is_openai(self.openai_base_url):
            raise ValueError(
                "OPENAI_API_KEY: missing; write your key, or set OPENAI_BASE_URL to a server that wants none"
            )
        if self.system_prompt is not None and self.system_prompt_file is not None:
            raise ValueError("SYSTEM_PROMPT_FILE: SYSTEM_PROMPT is set as well; keep one of the two")
        return self

    def _take_models(self, models: ModelsFile) -> None:
        self._models = models
        if "openai_model" not in self.model_fields_set or models.default:
            self.openai_model = models.default or models.targets[0].models[0].name
        elif not models.has(self.openai_model):
            raise ValueError("OPENAI_MODEL: no target in MODELS_FILE has it; write one that is there, or leave it out")

    @property
    def models(self) -> ModelsFile | None:
        """None where there is one server, of the OPENAI_… settings."""
        return self._models

    @property
    def prompt(self) -> str:
        """The system prompt. Raises SettingsError when its file cannot be read."""
        if self.system_prompt_file is None:
            return self.system_prompt if self.system_prompt is not None else DEFAULT_PROMPT
        try:
            return self.system_prompt_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"SYSTEM_PROMPT_FILE: cannot read {self.system_prompt_file} ({type(error).__name__}); "
                "write the path of a UTF-8 text file"
            ) from error

    @property
    def secrets(self) -> list[str]:
        """All that must be read nowhere: secrets, and what opens the addresses that we were given."""
        values = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        for url in (self.slack_api_url, self.redis_url, *self.model_addresses.values()):
            values += addresses.secrets(url)
        return values + (self._models.secrets if self._models else [])

    @property
    def model_addresses(self) -> dict[str, str]:
        """Where models are asked, by what the operator calls that."""
        if self._models is None:
            return {"OPENAI_BASE_URL": self.openai_base_url}
        return {f"MODELS_FILE: {target.name}": target.base_url for target in self._models.targets}

    def opened(self) -> Secrets:
        """The secrets as they stand now and will change: those in files are watched by `Secrets.watch`."""
        found = Secrets()
        for name, kind in SECRETS.items():
            value, path = getattr(self, name), getattr(self, f"{name}_file")
            if value is not None:
                secret = value.get_secret_value()
                found.known[name] = (
                    SecretFile(name.upper(), path, secret, kind.validate_python) if path is not None else Fixed(secret)
                )
        return found

    @property
    def limit_name(self) -> str:
        return limit_name(self.openai_base_url)

    @property
    def model_params(self) -> dict[str, object]:
        """Chat completions parameters under their API names; only those that were set."""
        chosen = {
            "temperature": self.openai_temperature,
            "top_p": self.openai_top_p,
            "n": self.openai_n,
            "stop": self.openai_stop,
            "max_tokens": self.openai_max_tokens,
            "presence_penalty": self.openai_presence_penalty,
            "frequency_penalty": self.openai_frequency_penalty,
            "logit_bias": self.openai_logit_bias,
            "seed": self.openai_seed,
            "reasoning_effort": self.openai_reasoning_effort,
        }
        return {name: value for name, value in chosen.items() if value is not None}


def load(**overrides: Any) -> Settings:
    """The settings. Raises SettingsError with one line for each value that is wrong or missing."""
    settings = _read(Settings, overrides)
    _ = settings.prompt
    return settings


def load_kept() -> Kept:
    """Only where all is kept: whoever just looks at it needs no more. Raises as `load` does."""
    return _read(Kept, {})


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
