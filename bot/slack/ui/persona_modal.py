"""What does the form of a persona look like, and what does it hold when it comes back? (Slack docs: views, inputs)

A prompt may have more characters than one input takes: it goes into as many as it needs, and a button adds another.
What stood between two of them is remembered, so that an unchanged prompt comes back unchanged.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.personas import form as persona_form
from bot.personas import params
from bot.personas.persona import Persona
from bot.slack.ui import block_kit as cards
from bot.wording.results import Told, label, plain

Json = dict[str, Any]

FORM, IMPORT, NOTICE = "persona_form", "persona_import", "persona_notice"
MORE_ROOM, PREVIEW = "persona_more_room", "persona_preview"
VALUE = "value"  # the action_id of each input; its block_id is the field's name
INPUT = 3_000  # UTF-16 units that an input takes; an emoji counts as two, as in a browser
TAIL = 500  # characters before its end, in which a long prompt is cut between lines or words
ROOMS = 12  # inputs for one long text: 12,000 emoji need ten
LONG = {FORM: "system_prompt", IMPORT: "yaml"}
WARNING = ":warning: "
ERROR = 1_000  # characters of a message at a field
QUESTION = "question"
DEFAULT_QUESTION = "Introduce yourself in two sentences."


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a form, as somebody wrote it. `name` and `based_on` are of the persona that is edited."""

    written: Mapping[str, str]
    name: str = ""
    based_on: int | None = None
    joints: tuple[str, ...] = ()
    rooms: int = 1

    @property
    def fields(self) -> dict[str, str]:
        """For `persona.check`."""
        own = {name: text for name, text in self.written.items() if name not in (QUESTION, LONG[IMPORT])}
        return {**own, "name": self.name} if self.name else own


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    hint: str = ""
    optional: bool = True
    element: Mapping[str, Any] = field(default_factory=lambda: {"type": "plain_text_input"})
    says: str = ""

    @property
    def label(self) -> str:
        return self.says or label(self.name)


_LINES = {"type": "plain_text_input", "multiline": True}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
NAME = Field("name", "How people call it: letters, digits, “-” and “_”; at most 40.", optional=False)
HEAD = (Field("description", "One line, for the list of personas."),)
LOOKS = (
    Field("display_name", "The name above its answers. Empty: the app's name."),
    Field("icon", "An emoji such as :performing_arts:, or the https:// address of a picture."),
    Field("suggestions", "Up to four, one per line, as “Title: message”.", element=_LINES),
    Field("sees_names", element={"type": "checkboxes"}),
)
PARAMETERS = (
    Field("model", "Empty: the model that applies where it answers."),
    Field("temperature", "0 to 2: how much it varies. This and all that follows may stay empty."),
    Field("top_p", "0 to 1"),
    Field("n", "1 to 8; all are billed."),
    Field("max_tokens"),
    Field("stop", "Up to four texts, one per line.", element=_LINES),
    Field("presence_penalty", "-2 to 2"),
    Field("frequency_penalty", "-2 to 2"),
    Field("logit_bias", 'JSON of token id and -100 to 100, such as {"50256": -100}.', element=_LINES),
    Field("seed", "A whole number, for repeatable answers."),
    Field("reasoning_effort", element={"type": "static_select"}),
)
FIELDS = {each.name: each for each in (NAME, *HEAD, *LOOKS, *PARAMETERS)}
NOT_CHOSEN = "-"  # what is selected in a menu cannot be taken back otherwise
SEES_NAMES = {"text": cards.plain("The model is told people's display names"), "value": "true"}


def filled(persona: Persona, *, based_on: int | None) -> Draft:
    """The form of a persona; of one that shall be new, if `based_on` is None."""
    written = {name: _as_text(name, value) for name, value in persona_form.fields(persona).items()}
    name = "" if based_on is None else written.pop("name")
    return Draft(written | {"sees_names": str(persona.sees_names).lower()}, name, based_on)


EMPTY = Draft({"sees_names": "true"})


def with_more_room(draft: Draft) -> Draft:
    return replace(draft, rooms=draft.rooms + 1)


def based_on(draft: Draft, version: int | None) -> Draft:
    """The same words, now a change to another version; None: of a persona that shall be new."""
    if version is not None:
        return replace(draft, based_on=version)
    return replace(draft, based_on=None, name="", written={**draft.written, "name": draft.name})


def form(draft: Draft, warning: str = "") -> Json:
    title = f"Edit {draft.name}" if draft.name else "New persona"
    blocks = [cards.section(f"{WARNING}{warning}")] if warning else []
    blocks += [] if draft.name else [_input(NAME, draft)]
    blocks += [_input(each, draft) for each in HEAD]
    blocks += _long_text(
        FORM, label("system_prompt"), "What the model is told first. At most 12,000 characters.", draft
    )
    blocks += [_input(each, draft) for each in LOOKS]
    blocks += [{"type": "divider"}, *(_input(each, draft) for each in PARAMETERS), {"type": "divider"}]
    hint = "A question; “Preview” shows what this draft answers."
    question = Field(QUESTION, hint, says="Try it before you save")
    blocks.append(_input(question, replace(draft, written={QUESTION: DEFAULT_QUESTION, **draft.written})))
    blocks.append({"type": "actions", "elements": [cards.button("Preview", PREVIEW)]})
    return _view(FORM, title, blocks, draft, submit="Save")


def warning(view: Mapping[str, Any]) -> str:
    """What stands above a form's fields; mostly nothing."""
    first = next(iter(view.get("blocks") or ()), None)
    text = first.get("text") if isinstance(first, dict) else None
    told = text.get("text") if isinstance(text, dict) else None
    return told.removeprefix(WARNING) if isinstance(told, str) and told.startswith(WARNING) else ""


def again(view: Mapping[str, Any], wrong: Mapping[str, str]) -> Json:
    """A form that was sent, with what is wrong with it above: for when Slack no longer shows that at the fields."""
    lines = (f"{label(name.removesuffix('_1'))}: {told}" for name, told in wrong.items())
    told, draft = plain("\n".join(lines)), read(view)
    return import_form(draft, told) if view.get("callback_id") == IMPORT else form(draft, told)


def import_form(draft: Draft, warning: str = "") -> Json:
    hint = "Paste what `/persona export` shows. You can look at it and change it before it is saved."
    blocks = [cards.section(f"{WARNING}{warning}")] if warning else []
    blocks += _long_text(IMPORT, "Persona as YAML", hint.replace("`", ""), draft)
    return _view(IMPORT, "Import a persona", blocks, draft, submit="Read it")


def notice(title: str, told: Told, close: str = "Close") -> Json:
    """A view that only says something."""
    return {
        "type": "modal",
        "callback_id": NOTICE,
        "title": cards.plain(title[:24]),
        "close": cards.plain(close),
        "blocks": cards.blocks(replace(told, offers=())),
    }


def read(view: Mapping[str, Any]) -> Draft:
    """What stands in a form now. Whatever is not as the form makes it is taken as empty."""
    state = view.get("state") or {}
    values = state.get("values") if isinstance(state, dict) else None
    given = {block: _value(inputs) for block, inputs in (values if isinstance(values, dict) else {}).items()}
    meta = _metadata(view)
    known = [*FIELDS, QUESTION]
    written = {name: given[name] for name in known if given.get(name)}
    if "sees_names" in given:
        written["sees_names"] = given["sees_names"] or "false"
    long = LONG.get(str(view.get("callback_id")), "system_prompt")
    parts = [given.get(f"{long}_{n}", "") for n in range(1, ROOMS + 1)]
    rooms = sum(f"{long}_{n}" in given for n in range(1, ROOMS + 1))
    joints = meta.joints + ("\n",) * (ROOMS - 1 - len(meta.joints))
    written[long] = "".join(part + joint for part, joint in zip(parts, (*joints, ""), strict=False)).rstrip()
    return replace(meta, written=written, rooms=max(rooms, 1))


def errors(view: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, str]:
    """The messages at the inputs that this view has; what concerns none of them stands at the long text."""
    present = [str(block.get("block_id")) for block in view.get("blocks") or [] if isinstance(block, dict)]
    own = LONG.get(str(view.get("callback_id")), LONG[FORM])
    long = f"{own}_1"
    found: dict[str, str] = {}
    for name, told in wrong.items():
        at, told = (name, told) if name in present else (long, told if name in ("", own) else f"{name}: {told}")
        found[at] = f"{found[at]}\n{told}"[:ERROR] if at in found else told[:ERROR]
    return found


def split(text: str) -> tuple[list[str], tuple[str, ...]]:
    """A long text as inputs take it, and what stood between them: a line's end, a blank, or nothing."""
    parts, joints = [], []
    while len(fits := _fitting(text)) < len(text):
        end = fits.rfind("\n", len(fits) - TAIL)
        end = end if end >= 0 else fits.rfind(" ", len(fits) - TAIL)
        cut, joint = (end, text[end]) if end >= 0 else (len(fits), "")
        parts.append(text[:cut])
        joints.append(joint)
        text = text[cut + len(joint) :]
    return [*parts, text], tuple(joints)


def _fitting(text: str) -> str:
    """As much from its beginning as an input takes."""
    return text.encode("utf-16-le", errors="replace")[: 2 * INPUT].decode("utf-16-le", errors="ignore")


def _long_text(callback: str, says: str, hint: str, draft: Draft) -> list[Json]:
    """Inputs for one text that may be longer than an input takes, and a button for another."""
    name = LONG[callback]
    parts, _ = split(draft.written.get(name, ""))
    rooms = min(max(draft.rooms, len(parts)), ROOMS)
    blocks = []
    for n in range(1, rooms + 1):
        text = parts[n - 1] if n <= len(parts) else ""
        how = f"{hint} One input takes 3,000: “More room” adds another." if n == 1 else "Goes on from the input above."
        element = Field(f"{name}_{n}", how, n > 1, _LINES, says if n == 1 else f"{says}, part {n}")
        blocks.append(_input(element, Draft({f"{name}_{n}": text})))
    if rooms < ROOMS:
        blocks.append({"type": "actions", "elements": [cards.button("More room", MORE_ROOM)]})
    return blocks


def _input(of: Field, draft: Draft) -> Json:
    element = {**of.element, "action_id": VALUE}
    value = draft.written.get(of.name, "")
    match of.element["type"]:
        case "checkboxes":
            element["options"] = [SEES_NAMES]
            element |= {"initial_options": [SEES_NAMES]} if value == "true" else {}
        case "static_select":
            labels = {NOT_CHOSEN: "not chosen", **dict.fromkeys(_EFFORTS, "")}
            options = {each: {"text": cards.plain(says or each), "value": each} for each, says in labels.items()}
            element["options"] = list(options.values())
            element |= {"initial_option": options[value]} if value in options else {}
        case _:
            element |= {"initial_value": _fitting(value)} if value else {}
    block: Json = {"type": "input", "block_id": of.name, "label": cards.plain(of.label), "element": element}
    block |= {"optional": True} if of.optional else {}
    return block | ({"hint": cards.plain(of.hint)} if of.hint else {})


def _view(callback: str, title: str, blocks: list[Json], draft: Draft, submit: str) -> Json:
    _, joints = split(draft.written.get(LONG[callback], ""))
    meta = {"name": draft.name, "based_on": draft.based_on, "joints": joints}
    return {
        "type": "modal",
        "callback_id": callback,
        "title": cards.plain(title if len(title) <= 24 else f"{title[:23]}…"),
        "submit": cards.plain(submit),
        "close": cards.plain("Cancel"),
        "private_metadata": json.dumps(meta),
        "blocks": blocks,
    }


def _metadata(view: Mapping[str, Any]) -> Draft:
    try:
        meta = json.loads(view.get("private_metadata") or "{}")
        name, based_on, joints = meta.get("name", ""), meta.get("based_on"), meta.get("joints", ())
    except (ValueError, TypeError, AttributeError):
        return Draft({})
    based_on = based_on if isinstance(based_on, int) and not isinstance(based_on, bool) else None
    known = tuple(each for each in joints if each in ("\n", " ", "")) if isinstance(joints, list) else ()
    return Draft({}, name if isinstance(name, str) else "", based_on, known[: ROOMS - 1])


def _value(inputs: Any) -> str:
    """What one input holds; empty when it holds nothing."""
    given = inputs.get(VALUE) if isinstance(inputs, dict) else None
    if not isinstance(given, dict):
        return ""
    if isinstance(option := given.get("selected_option"), dict):
        chosen = str(option.get("value") or "")
        return "" if chosen == NOT_CHOSEN else chosen
    if options := given.get("selected_options"):
        first = options[0] if isinstance(options, list) else {}
        return str(first.get("value") or "") if isinstance(first, dict) else ""
    value = given.get("value")
    return value if isinstance(value, str) else ""


def _as_text(name: str, value: object) -> str:
    match value:
        case str():
            return value
        case list() if name == "stop":
            return _lines(value)
        case list():
            return "\n".join(_titled(each["title"], each["message"]) for each in value)
        case Mapping():
            return json.dumps(value)
    return str(value)


def _lines(stops: Iterable[str]) -> str:
    """One per line, or as JSON where lines would not bring them back."""
    found = list(stops)
    text = "\n".join(found)
    return text if params.strings(text) == found else json.dumps(found, ensure_ascii=False)


def _titled(title: str, message: str) -> str:
    line = " ".join(message.split("\n"))
    return line if title == line else f"{title}: {line}"
