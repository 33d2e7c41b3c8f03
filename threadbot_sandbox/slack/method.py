"""What a Web API method is: a function from arguments to an answer, who may call it, and how often."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import TIER_3, Rate
from threadbot_sandbox.slack.workspace import Workspace

Json = dict[str, Any]


class Args(dict[str, Any]):
    """A call's arguments. A form gives strings, with JSON inside; a JSON body gives values."""

    def need(self, name: str) -> str:
        if (value := self.text(name)) is None:
            raise ApiError.invalid("invalid_arguments", f"missing required field: {name}")
        return value

    def text(self, name: str) -> str | None:
        """None when absent or empty: Slack makes no difference."""
        value = self.get(name)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name)
        return default if value is None else value.lower() in ("true", "1", "t", "yes")

    def number(self, name: str, default: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        try:
            return max(1, min(int(value), most))
        except ValueError:
            raise ApiError.invalid("invalid_arguments", f"must be an integer: {name}") from None

    def value(self, name: str, error: str = "invalid_arguments") -> Any:
        """An object or array, given as such or as a string of JSON; None when absent."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise ApiError(error) from None


def parse(body: bytes, content_type: str, query: str) -> Args:
    """The arguments of a request, whichever way they were sent."""
    args = Args(parse_qsl(query, keep_blank_values=True))
    if not body:
        return args
    if content_type.startswith("application/json"):
        try:
            given = json.loads(body)
        except ValueError:
            raise ApiError("invalid_json") from None
        if not isinstance(given, dict):
            raise ApiError("json_not_object")
    elif content_type.startswith("application/x-www-form-urlencoded"):
        given = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    else:
        raise ApiError("invalid_post_type")
    args.update(given)
    return args


@dataclass(frozen=True, slots=True)
class Method:
    """`scope` is needed by every call; what depends on the arguments, `run` checks with `demand`."""

    run: Callable[[Workspace, Args], Json]
    scope: str | None = None
    rate: Rate = TIER_3
    token: Literal["bot", "app", "any"] = "bot"


def demand(workspace: Workspace, scope: str) -> None:
    """Raises `missing_scope` when the bot was not given this scope."""
    if scope not in workspace.scopes:
        raise ApiError("missing_scope", needed=scope, provided=",".join(sorted(workspace.scopes)))
