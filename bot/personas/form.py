"""The form of a persona, be it a modal in Slack or a YAML file: `check` reads one, `fields` writes one."""

import json
import reprlib
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from bot.errors import Problem
from bot.markdown import lookalikes
from bot.personas import params
from bot.personas.persona import DEFAULT, PARAMS, Chooser, Invalid, Persona, Suggestion, key, nearest

MAX_PROMPT = 12_000  # characters
MAX_TITLE = 75  # characters on a Slack button
MAX_LISTED = 3_000  # UTF-16 units of a list or mapping as a whole: what a form's input takes
RESERVED = frozenset({"help", "list", "here", "me", "workspace", "reset"})  # they mean something in commands
OWN = frozenset({"control", "one-line", "of-settings", "reserved", "looks-like", "hidden", "of-slack", "listed"})
"""What our own checks find wrong, beside what pydantic does."""
BUILT_IN = frozenset(path.stem for path in (Path(__file__).parent / "builtin").glob("*.yaml"))
"""The names of the personas that come with the product: their files are called so."""
SWITCHES = ("sees_names", "private")
OURS = (DEFAULT, *sorted(RESERVED | BUILT_IN))
"""The names that no other may look like."""
BLANK = frozenset("\u2028\u2029\u2800\ufff9\ufffa\ufffb")
"""Signs that are not seen, or end a line, though Unicode does not count them among those to be ignored."""
ICON = r"^(:[\w+'-]+:(:skin-tone-[2-6]:)?|https://[^\s/]+\S*)$"
"""No pattern here counts up to a number: pydantic's take megabytes for each that does."""
OF_SLACK = ("slack", "slackbot")
JOINING = frozenset("\u200c\u200d\ufe0f")
"""Signs that are not seen and that some scripts, and emoji, need between others."""
ASCII = frozenset(map(chr, range(128)))


def check(form: Mapping[str, object]) -> Persona:
    """A persona, from what somebody wrote: a field that is empty or missing was not chosen.

    Numbers may be written as text, lists as text with a line for each, a suggestion as `Title: message`. Raises
    Invalid. The version is 0.
    """
    written = {name: value for name, value in form.items() if value is not None and value != ""}
    try:
        filled = _Form.model_validate(written)
    except ValidationError as wrong:
        raise Invalid(_problems(wrong)) from None
    chosen = {name: value for name in PARAMS if (value := getattr(filled, name)) not in (None, [], {})}
    return Persona(
        filled.name,
        filled.system_prompt,
        filled.model,
        chosen,
        filled.description,
        filled.display_name,
        filled.icon,
        tuple(Suggestion(each.title, each.message) for each in filled.suggestions),
        filled.sees_names,
        private=filled.private,
        cache=filled.cache or 0,
        retention=filled.retention or 0,
        chosen_by=filled.chosen_by,
    )


def fields(persona: Persona) -> dict[str, object]:
    """The form that `check` reads, filled in: only what was chosen, in the order in which people read it."""
    found: dict[str, object] = {
        "name": persona.name,
        "description": persona.description,
        "model": persona.model,
        **{name: persona.params[name] for name in PARAMS if name in persona.params},
        "display_name": persona.display_name,
        "icon": persona.icon,
        "suggestions": [{"title": each.title, "message": each.message} for each in persona.suggestions],
        "sees_names": None if persona.sees_names else False,
        "private": persona.private or None,
        "chosen_by": persona.chosen_by,
        "cache": params.duration(persona.cache) if persona.cache else None,
        "retention": params.duration(persona.retention) if persona.retention else None,
        "system_prompt": persona.system_prompt,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def changed(old: Persona, new: Persona) -> tuple[str, ...]:
    """The fields in which they differ."""
    before, after = fields(old), fields(new)
    return tuple(name for name in _Form.model_fields if before.get(name) != after.get(name))


def _plain(value: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in value):
        raise PydanticCustomError("control", "")
    return value


def _one_line(value: str) -> str:
    if "\n" in value:
        raise PydanticCustomError("one-line", "")
    return value


def _not_reserved(value: str) -> str:
    if key(value) == DEFAULT:
        raise PydanticCustomError("of-settings", "")
    if key(value) in RESERVED:
        raise PydanticCustomError("reserved", "")
    _check_seen(value)
    _check_not_slack(value)
    if key(value) not in BUILT_IN:
        _check_not_alike(value)
    return unicodedata.normalize("NFC", value)


def _not_disguised(value: str | None) -> str | None:
    if not value:  # also one of blanks alone
        return None
    _check_seen(value)
    _check_not_slack(value)
    if key(value) not in OURS:
        _check_not_alike(value)
    return value


def _check_seen(value: str) -> None:
    """Refuse what is not seen, but for what emoji and some scripts need, and what differs in width or style alone."""
    signs = "".join(sign for at, sign in enumerate(value) if sign not in JOINING or value[at - 1 : at] in ("", *ASCII))
    if lookalikes.visible(signs) != unicodedata.normalize("NFC", signs) or not BLANK.isdisjoint(signs):
        raise PydanticCustomError("hidden", "")
    if all(unicodedata.category(sign)[0] in "CMZ" for sign in signs):
        raise PydanticCustomError("hidden", "")


def _check_not_slack(value: str) -> None:
    if _like("".join(filter(str.isalnum, lookalikes.visible(value))), OF_SLACK):
        raise PydanticCustomError("of-slack", "")


def _check_not_alike(value: str) -> None:
    if like := _like(value, OURS):
        raise PydanticCustomError("looks-like", "", {"like": like})


def _like(value: str, names: Iterable[str]) -> str | None:
    """The name that this one looks like. A capital I looks like an l, its small letter does not."""
    looks = {lookalikes.skeleton(value), lookalikes.skeleton(value.casefold())}
    return next((name for name in names if lookalikes.skeleton(name) in looks), None)


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_plain)]
Line = Annotated[Text, AfterValidator(_one_line)]


class _Suggestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(min_length=1, max_length=MAX_TITLE, pattern="^[^:]*$")]
    message: Annotated[Line, Field(min_length=1, max_length=2000)]


class _Form(BaseModel):
    """The fields in the order in which they are asked."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[Line, Field(max_length=40, pattern=r"^[\w-]+$")]
    name_is_free = field_validator("name")(_not_reserved)
    description: Annotated[Line, Field(max_length=200)] = ""
    system_prompt: Annotated[Text, Field(min_length=1, max_length=MAX_PROMPT)]
    model: Annotated[Line | None, Field(max_length=200, pattern=r"^\S+$")] = None
    temperature: params.Temperature | None = None
    top_p: params.TopP | None = None
    n: params.Choices | None = None
    stop: params.Stops | None = None
    max_tokens: params.Tokens | None = None
    presence_penalty: params.Penalty | None = None
    frequency_penalty: params.Penalty | None = None
    logit_bias: params.Biases | None = None
    seed: params.Seed | None = None
    reasoning_effort: params.Effort | None = None
    display_name: Annotated[Line | None, Field(max_length=80), AfterValidator(_not_disguised)] = None
    icon: Annotated[Line | None, Field(max_length=2_048, pattern=ICON)] = None
    suggestions: Annotated[list[_Suggestion], Field(max_length=4)] = []
    sees_names: bool = True
    private: bool = False
    chosen_by: Chooser | None = None
    cache: params.Duration | None = None
    retention: params.Duration | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _no_switches(cls, value: object, info: Any) -> object:
        """True is no number, whatever Python thinks."""
        if isinstance(value, bool) and info.field_name not in SWITCHES:
            raise PydanticCustomError("switch", "")
        return value

    @field_validator("stop", mode="before")
    @classmethod
    def _stops(cls, value: object) -> object:
        return params.strings(value) if isinstance(value, str) else value

    @field_validator("suggestions", mode="before")
    @classmethod
    def _suggestions(cls, value: object) -> object:
        lines = value.splitlines() if isinstance(value, str) else value
        if not isinstance(lines, list):
            return lines
        return [_titled(each) if isinstance(each, str) else each for each in lines if each != ""]

    @field_validator("stop", "logit_bias", "suggestions")
    @classmethod
    def _fits(cls, value: Any) -> Any:
        """What comes from a file shall be shown whole in the form, or editing it there would lose the rest."""
        written = json.dumps(value, ensure_ascii=False, default=dict)
        if len(written.encode("utf-16-le", errors="replace")) // 2 > MAX_LISTED:
            raise PydanticCustomError("listed", "")
        return value


def _titled(line: str) -> dict[str, str]:
    title, colon, message = line.partition(":")
    if colon and message.strip() and len(title.strip()) <= MAX_TITLE:
        return {"title": title, "message": message}
    return {"title": line[:MAX_TITLE].rstrip(": "), "message": line}


def _problems(wrong: ValidationError) -> dict[str, Problem]:
    """For each field the first thing that is wrong with it."""
    found: dict[str, Problem] = {}
    for error in wrong.errors():
        name = str(error["loc"][0])[:60].encode(errors="replace").decode()
        found.setdefault(name, _problem(name, dict(error)))
    return found


def _problem(name: str, error: Mapping[str, Any]) -> Problem:
    if name not in _Form.model_fields:
        return Problem("wrong.unknown", {"nearest": nearest(name, _Form.model_fields)})
    if error["type"] in OWN:
        return Problem(f"wrong.{error['type']}", error.get("ctx", {}))
    if error["type"] == "string_unicode":
        return Problem("wrong.control")
    if error["type"] == "missing":
        return Problem("wrong.missing", {"field": name})
    written = error["input"]
    if error["type"] in ("string_too_long", "too_long") and isinstance(written, str):
        return Problem("wrong.long", {"field": name, "length": len(written.strip())})
    if isinstance(written, Collection) and not isinstance(written, str) and len(written) > 4:
        return Problem("wrong.many", {"field": name, "count": len(written)})
    shown = textwrap.shorten(str(written), 60) if isinstance(written, str | int | float) else reprlib.repr(written)[:60]
    return Problem("wrong.wrong", {"field": name, "written": shown.encode(errors="replace").decode()})
