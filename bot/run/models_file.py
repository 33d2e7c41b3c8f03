"""`MODELS_FILE`: which models may be asked, where, under which keys, and at what price.

`docs/models.md` explains it; `docs/models.schema.json` is made from this file: `python -m bot settings --models`.
"""

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.llm import base_url
from bot.personas.persona import Chooser
from bot.run import written

MAX_FILE = 200_000  # characters

Dollars = Annotated[float, Field(ge=0, le=1_000_000)]
"""Of the USA, for a million tokens."""
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Name = Annotated[str, Field(max_length=60, pattern=r"^[\w.-]+$")]
"""No pattern here counts up to a number: pydantic's take megabytes for each that does."""
ModelName = Annotated[str, Field(max_length=200, pattern=r"^\S+$")]
Word = Annotated[SecretStr, AfterValidator(written.one_word)]


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True, allow_inf_nan=False, frozen=True
    )


class Price(Part):
    """US dollars for a million tokens."""

    input: Dollars
    output: Dollars
    """Reasoning is output."""
    cached: Dollars | None = None
    """For input that the server had in its cache; without it, as `input`."""
    cache_write: Dollars | None = None
    """For input that it put there; without it, as `input`."""


class Model(Part):
    """One model at this server."""

    name: ModelName
    """As people choose it. The same name at several targets is one model with several ways to it."""
    id: ModelName | None = None
    """What the server calls it, if that is something else: a deployment at Azure, for example."""
    price: Price | None = None
    """Where the server does not tell a cost with its answer. Without it, that of genai-prices."""
    context: Annotated[int, Field(ge=256)] | None = None
    """Tokens that fit into it, the answer included. Longer conversations are cut before they are sent."""
    pictures: bool | None = None
    """Whether it takes them; left out, it is tried."""
    tools: bool | None = None
    """Whether it takes them; left out, it is tried."""
    streaming: bool | None = None
    """`false`: its answers are asked for in one piece. Left out, as the target."""
    chosen_by: Chooser | None = None
    """The lowest role that may choose it, of owner, admin, named, manager, member, guest and outsider; left out,
    whoever may choose a model."""


class Timeouts(Part):
    """Seconds; what is left out is as in the settings."""

    connect: Seconds | None = None
    first_token: Seconds | None = None
    silence: Seconds | None = None


def _address(value: str) -> str:
    base_url.understood(value)
    return value


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class Target(Part):
    """A server, under one key."""

    name: Name
    """In the log, in footers, and behind the `@` of a model: `MODEL@NAME`."""
    base_url: Annotated[str, Field(pattern=r"^https?://\S+$"), AfterValidator(_address)]
    """As OPENAI_BASE_URL."""
    key: Word | None = None
    """Its key; neither this nor a file for a server that wants none."""
    key_file: Path | None = None
    """File that holds the key, read again when it changes. Its path begins at the folder of this file."""
    api_version: Annotated[str, Field(max_length=40, pattern=r"^[\w.-]+$")] | None = None
    """Azure's, where it does not stand in the address."""
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")], Annotated[str, Field(max_length=4000)]] = {}
    """Sent with each request."""
    body: dict[str, Any] = {}
    """Fields that each request has beside our own, such as `provider` or `chat_template_kwargs`."""
    timeouts: Timeouts = Timeouts()
    limit_group: Name | None = None
    """Targets with the same one share a rate limit, such as keys of one project."""
    streaming: bool = True
    free: bool = False
    """A server of your own: its answers have no price, and none stands in the footer."""
    models: Annotated[list[Annotated[Model, BeforeValidator(_named)]], Field(min_length=1, max_length=500)]
    """Those that may be chosen: a name, or an object."""

    @model_validator(mode="after")
    def _fits_together(self) -> "Target":
        if self.key is not None and self.key_file is not None:
            raise ValueError("both key and key_file are set; keep one of the two")
        if self.api_version:
            base_url.understood(self.base_url, self.api_version)
        names = [model.name for model in self.models]
        if len({*names}) < len(names):
            raise ValueError("a model is named twice")
        return self


class Fallbacks(Part):
    """Who answers where a model cannot: models in this order. Without them nobody does."""

    default: list[ModelName] = []
    personas: dict[str, list[ModelName]] = {}
    """By the name of the persona, in place of `default`; an empty list: none."""
    workspaces: dict[Annotated[str, Field(pattern=r"^[TE][A-Z0-9]+$")], list[ModelName]] = {}
    """By the workspace's id, for personas that have none of their own."""
    allow_dearer: bool = False
    """Also models that cost more, or whose price is not known."""

    def of(self, persona: str, workspace: str) -> tuple[str, ...]:
        key = persona.casefold()
        own = next((models for name, models in self.personas.items() if name.casefold() == key), None)
        return tuple(self.workspaces.get(workspace, self.default) if own is None else own)

    @property
    def all(self) -> set[str]:
        lists = (self.default, *self.personas.values(), *self.workspaces.values())
        return {model for models in lists for model in models}


class ModelsFile(Part):
    """The models that Threadbot may ask."""

    targets: Annotated[list[Target], Field(min_length=1, max_length=100)]
    """Where a model is at several, they are tried in this order."""
    default: ModelName | None = None
    """Who answers where nobody has chosen; without it OPENAI_MODEL if that is set, or else the first model."""
    fallbacks: Fallbacks = Fallbacks()

    @model_validator(mode="after")
    def _fits_together(self) -> "ModelsFile":
        names = [target.name for target in self.targets]
        if len({*names}) < len(names):
            raise ValueError("two targets have the same name")
        for model in {*self.fallbacks.all, *([self.default] if self.default else [])}:
            if not self.has(model):
                raise ValueError(f"{model[:60]} is at no target; write one of {', '.join(sorted(self.names)[:20])}")
        return self

    @property
    def names(self) -> set[str]:
        return {model.name for target in self.targets for model in target.models}

    def has(self, model: str) -> bool:
        at = {f"{each.name}@{target.name}" for target in self.targets for each in target.models}
        return model in self.names or model in at

    @property
    def secrets(self) -> list[str]:
        keys = [target.key.get_secret_value() for target in self.targets if target.key]
        return keys + [value for target in self.targets for value in target.headers.values() if len(value) >= 16]


def load(path: Path) -> ModelsFile:
    """Raises ValueError with a line for each thing that is wrong; none of them quotes a value."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot read {path} ({type(error).__name__}); write the path of a YAML file in UTF-8"
        raise ValueError(f"MODELS_FILE: {why}") from None
    try:
        if len(text) > MAX_FILE:
            raise ValueError(f"longer than {MAX_FILE} characters")
        return ModelsFile.model_validate(YAML(typ="safe", pure=True).load(text))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"MODELS_FILE: {where}not valid YAML") from None
    except ValidationError as wrong:
        raise ValueError("\n".join(_line(dict(error)) for error in wrong.errors())) from None
    except ValueError as wrong:
        raise ValueError(f"MODELS_FILE: {wrong}") from None


def _line(error: dict[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    where = ".".join(str(part)[:60] for part in error["loc"])
    return f"MODELS_FILE: {where + ': ' if where else ''}{message[:1].lower() + message[1:]}"


def schema() -> str:
    """As JSON: what editors check the file with."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", **ModelsFile.model_json_schema()}
    return json.dumps(about, indent=2) + "\n"
