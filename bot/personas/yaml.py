"""A persona as a YAML file, and the difference between two of them."""

import difflib
import io
import re
from collections.abc import Iterable

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.errors import Problem
from bot.personas.form import check, fields
from bot.personas.persona import Invalid, Persona

MAX_FILE = 50_000  # characters of a YAML file
MAX_DEPTH = 5  # of lists and mappings in it; a persona needs three
LONG_LINE = 1_000  # characters: a longer one is no good to copy from, or to paste in pieces


def difference(old: Persona, new: Persona) -> str:
    """What changed from one to the other, line by line, as a unified diff; empty when nothing did."""
    before, after = (f"{each.name} version {each.version}" for each in (old, new))
    lines = difflib.unified_diff(to_yaml(old).splitlines(), to_yaml(new).splitlines(), before, after, n=1, lineterm="")
    return "\n".join(lines)


def to_yaml(persona: Persona) -> str:
    """The persona as a file, without its version. No line of a prompt is so long that it had to be cut somewhere."""
    out = io.StringIO()
    found = fields(persona)
    prompt = str(found.pop("system_prompt", ""))
    long = any(len(line) > LONG_LINE for line in prompt.split("\n"))
    if prompt and not long:
        found["system_prompt"] = LiteralScalarString(prompt) if "\n" in prompt else prompt
    _writer().dump(found, out)
    return out.getvalue() + (f'system_prompt: "{_folded(prompt)}"\n' if long else "")


def from_yaml(text: str) -> Persona:
    """Raises Invalid, also when the text is no YAML. Nothing in it is executed."""
    if len(text) > MAX_FILE:
        raise Invalid({"": Problem("file.long", {"most": MAX_FILE, "length": len(text)})})
    try:
        _check_events(_reader().parse(text))
        form = _reader().load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = Problem("file.line", {"line": mark.line + 1}) if mark else Problem("file.not-yaml")
        raise Invalid({"": where}) from None
    except ValueError:  # a date that is none
        raise Invalid({"": Problem("file.not-yaml")}) from None
    if not isinstance(form, dict):
        raise Invalid({"": Problem("file.no-fields")})
    return check({str(name): value for name, value in form.items()})


def _check_events(events: Iterable[Event]) -> None:
    """Refuse what could blow up on reading: a reference repeats what it names, and depth costs time without end."""
    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent):
            raise Invalid({"": Problem("file.references")})
        if depth > MAX_DEPTH:
            raise Invalid({"": Problem("file.deep")})


def _folded(text: str) -> str:
    """The inside of a double-quoted YAML text: a backslash at its end continues a line (YAML 1.2, 7.3.1)."""
    lines = [_escaped(piece) for piece in re.findall(r"[^\n]{0,99}\s|[^\n]{1,100}", text)]
    return "\\\n  ".join(f"\\{line}" if line.startswith(" ") else line for line in lines)


def _escaped(text: str) -> str:
    known = {"\n": r"\n", "\t": r"\t", '"': r"\"", "\\": r"\\"}
    return "".join(known.get(sign) or (sign if sign.isprintable() else f"\\U{ord(sign):08X}") for sign in text)


def _reader() -> YAML:
    return YAML(typ="safe", pure=True)


def _writer() -> YAML:
    """Keeps our order and writes texts as blocks, so that a person can read and edit them."""
    yaml = YAML(typ="rt")
    yaml.width = 4096
    return yaml
