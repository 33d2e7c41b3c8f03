"""The bounds of the chat completions parameters, for the settings and for personas.

They are those of OpenAI's API reference (chat/create); a server of one's own may know less.
"""

import json
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field


def _biases(value: object) -> object:
    if isinstance(value, dict):  # in YAML, a token id is a number
        return {str(token) if type(token) is int else token: bias for token, bias in value.items()}
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError('write a JSON object such as {"50256": -100}') from None


_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
MAX_KEPT = 30 * 86_400  # seconds


def _duration(value: object) -> object:
    written = re.fullmatch(r"(\d{1,8}) ?([smhd]?)", value.strip()) if isinstance(value, str) else None
    return int(written[1]) * _UNITS[written[2] or "s"] if written else value


def duration(seconds: int) -> str:
    """As people write it: `90s`, `1h`."""
    unit = next(unit for unit, length in _UNITS.items() if seconds % length == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


Bias = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]

Temperature = Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]
TopP = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Choices = Annotated[int, Field(ge=1, le=8)]
Stops = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=4)]
Tokens = Annotated[int, Field(ge=1)]
Penalty = Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]
Biases = Annotated[dict[Annotated[str, Field(pattern=r"^\d+$")], Bias], BeforeValidator(_biases)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Duration = Annotated[int, Field(ge=1, le=MAX_KEPT), BeforeValidator(_duration)]
"""Seconds, written as `30s`, `10m`, `1h` or `2d`."""
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def strings(written: str) -> list[str]:
    """What somebody wrote as several strings: a JSON list, or a line for each."""
    try:
        parsed = json.loads(written)
    except (ValueError, RecursionError):
        parsed = None
    return parsed if isinstance(parsed, list) else [line for line in written.splitlines() if line]
