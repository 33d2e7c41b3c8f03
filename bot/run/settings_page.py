"""The settings as pages: `.env.example`, and the table of docs/settings.md."""

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.run.config import Kept, Settings, about


def _fields() -> dict[str, FieldInfo]:
    """In the order in which they are read: what everybody sets first."""
    fields = Settings.model_fields
    return {name: fields[name] for name in sorted(fields, key=lambda name: name in Kept.model_fields)}


def as_env() -> str:
    """`.env.example`: every setting, commented out unless it has to be set."""
    lines = ["# Settings of Threadbot. The environment wins over this file. Made by: python -m bot settings"]
    for name, field in _fields().items():
        default = "" if field.is_required() or field.default is None else _written(field.default)
        lines += ["", f"# {about(field)}", f"{'' if field.is_required() else '#'}{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


def as_markdown() -> str:
    """The table of docs/settings.md."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in _fields().items():
        default = "" if field.default in (None, PydanticUndefined, frozenset()) else f"`{_written(field.default)}`"
        default = "**required**" if field.is_required() else default
        lines.append(f"| `{name.upper()}` | {default} | {about(field)} |")
    return "\n".join(lines) + "\n"


def _written(value: object) -> str:
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
