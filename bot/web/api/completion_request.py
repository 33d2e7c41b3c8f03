"""What a request for a chat completion asks for, out of what programs send."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.conversation.plain import paired
from bot.personas import params
from bot.web.api.problems import Problem

MAX_MESSAGES = 2000


class _Part(BaseModel):
    type: Literal["text"]
    text: str


class _Message(BaseModel):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Part] | None = None

    @property
    def text(self) -> str:
        parts = self.content if isinstance(self.content, list) else []
        return paired(self.content if isinstance(self.content, str) else "\n".join(part.text for part in parts))


class _Options(BaseModel):
    include_usage: bool = False


class _Format(BaseModel):
    type: Literal["text"] = "text"


class _Body(BaseModel):
    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[_Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = None
    stream_options: _Options | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    functions: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: _Format | None = None
    temperature: params.Temperature | None = None
    top_p: params.TopP | None = None
    stop: params.Stops | Annotated[str, Field(min_length=1)] | None = None
    max_tokens: params.Tokens | None = None
    max_completion_tokens: params.Tokens | None = None
    presence_penalty: params.Penalty | None = None
    frequency_penalty: params.Penalty | None = None
    logit_bias: params.Biases | None = None
    seed: params.Seed | None = None
    reasoning_effort: params.Effort | None = None


PARAMS = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias", "seed", "reasoning_effort")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`said` as in `Conversation`; `with_usage`: the stream ends with what it took."""

    model: str
    instructions: str
    said: tuple[tuple[bool, str], ...]
    params: Mapping[str, object]
    stream: bool
    with_usage: bool


def read(fields: Mapping[str, object]) -> Wanted:
    """Raises Problem for what is not understood, or not offered."""
    try:
        body = _Body.model_validate(fields)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if isinstance(part, int) or str(part) in _NAMES)
        raise Problem(400, "api.parameter", extra={"param": where or None}, name=where) from None
    said = tuple((each.role == "user", each.text) for each in body.messages if each.role in ("user", "assistant"))
    if not said or not said[-1][0] or not said[-1][1].strip():
        raise Problem(400, "api.last-user", extra={"param": "messages"})
    system = "\n\n".join(each.text for each in body.messages if each.role in ("system", "developer"))
    options = body.stream_options or _Options()
    return Wanted(paired(body.model), system, said, _params(body), bool(body.stream), options.include_usage)


_NAMES = {*_Body.model_fields, *_Message.model_fields, "include_usage", "type"}


def _params(body: _Body) -> dict[str, object]:
    found = {name: getattr(body, name) for name in PARAMS}
    found["stop"] = [body.stop] if isinstance(body.stop, str) else body.stop
    found["max_tokens"] = body.max_completion_tokens or body.max_tokens
    return {name: value for name, value in found.items() if value is not None}
