"""Settings: the model, and the servers that have it."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
)
from pydantic_settings import NoDecode

from bot.errors import SettingsError
from bot.personas import params
from bot.run import written
from bot.run.config.kept import Kept
from bot.run.config.kinds import Seconds, Secret
from bot.run.models_file import ModelsFile

DEFAULT_PROMPT = (
    "You are Threadbot, an assistant in a Slack workspace. Answer in Markdown, to the point, "
    "in the language you are spoken to. Say so when you do not know."
)


def is_openai(url: str) -> bool:
    return f".{urlsplit(url).hostname or ''}".endswith(".openai.com")


def limit_name(url: str) -> str:
    """What this model's server calls the longest answer."""
    return "max_completion_tokens" if is_openai(url) else "max_tokens"


class ModelSettings(Kept):
    _models: ModelsFile | None = PrivateAttr(None)

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
    def model_addresses(self) -> dict[str, str]:
        """Where models are asked, by what the operator calls that."""
        if self._models is None:
            return {"OPENAI_BASE_URL": self.openai_base_url}
        return {f"MODELS_FILE: {target.name}": target.base_url for target in self._models.targets}

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
