"""A Lua script as a value: its keys and arguments are named fields, and the script finds them under those names.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Renew(Script[list[int]]):
        leases: Key
        lease_ms: int
        tokens: tuple[str, ...]

        LUA = "for i, token in ipairs(tokens) do … end"

A `Key` field is passed among Redis' KEYS, anything else among ARGV; a tuple of either is a Lua table. Numbers arrive as
numbers, True and False as booleans, and None as an empty text. A score that needs all its digits is passed as text.
"""

import functools
import typing
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Generic, NewType, TypeVar, cast

Key = NewType("Key", str)
T_co = TypeVar("T_co", covariant=True)
Argument = str | int | float | bool | None

_READ = """\
local key_at, arg_at = 0, 0
local function next_key() key_at = key_at + 1 return KEYS[key_at] end
local function next_arg() arg_at = arg_at + 1 return ARGV[arg_at] end
local function next_number() return tonumber(next_arg()) end
local function next_flag() return next_arg() == '1' end
local function next_table(next_one)
  local found = {}
  for i = 1, next_number() do found[i] = next_one() end
  return found
end
"""
_READERS = {int: "next_number", float: "next_number", bool: "next_flag"}


class Script(Generic[T_co]):
    """One step in Redis. Subclasses are frozen dataclasses with keyword-only fields; T_co is its reply."""

    LUA: ClassVar[str]
    """The body. Functions that several scripts share stand before it."""

    __slots__ = ()

    @classmethod
    @functools.cache
    def source(cls) -> str:
        """The whole script: the fields as local variables, then the body."""
        lines = [f"local {field.name} = {field.lua}" for field in _described(cls)]
        return "\n".join([_READ, *lines, cls.LUA])

    def keys(self) -> list[Key]:
        described = _described(type(self))
        return [key for field in described if field.is_key for key in _several(getattr(self, field.name))]

    def args(self) -> list[str | int | float]:
        """In the order in which the script reads them: a tuple's length stands before its members."""
        found: list[str | int | float] = []
        for field in _described(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                found.append(len(value))
            if not field.is_key:
                found += [_written(each) for each in _several(value)]
        return found

    def reply(self, raw: Any) -> T_co:
        """What Redis replied, as a T_co; a subclass reads what is not one yet."""
        return cast(T_co, raw)


@dataclass(frozen=True, slots=True)
class _Field:
    """`lua` is the expression that reads it."""

    name: str
    is_key: bool
    lua: str


_DESCRIBED: dict[type[Any], tuple[_Field, ...]] = {}


def _described(script: type[Any]) -> tuple[_Field, ...]:
    """The fields of a script's class; read from its annotations once."""
    if script not in _DESCRIBED:
        hints = typing.get_type_hints(script)
        found = [_Field(field.name, _is_key(hints[field.name]), _read(hints[field.name])) for field in fields(script)]
        _DESCRIBED[script] = tuple(found)
    return _DESCRIBED[script]


def _read(hint: Any) -> str:
    if typing.get_origin(hint) is tuple:
        return f"next_table({_reader(typing.get_args(hint)[0])})"
    return f"{_reader(hint)}()"


def _reader(hint: Any) -> str:
    return "next_key" if hint is Key else _READERS.get(hint, "next_arg")


def _is_key(hint: Any) -> bool:
    return hint is Key or Key in typing.get_args(hint)


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _written(value: Argument) -> str | int | float:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value
