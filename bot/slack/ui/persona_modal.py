"""The form of a persona: what it looks like, and what it holds when it comes back (Slack docs: views, inputs).

A prompt may have more characters than one input takes: it goes into as many as it needs, and a button adds another.
What stood between two of them is remembered, so that an unchanged prompt comes back unchanged. What few people need is
asked where somebody wants it, or has filled it in.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from bot.errors import Problem
from bot.personas import form as persona_form
from bot.personas import params
from bot.personas.persona import Chooser, Persona
from bot.slack.ui import block_kit as cards
from bot.wording.text import literal
from bot.wording.words import Words

Json = dict[str, Any]

FORM, IMPORT = "persona_form", "persona_import"
MORE_ROOM, ALL_FIELDS, PREVIEW, USE_HERE = (
    "persona_more_room",
    "persona_all_fields",
    "persona_preview",
    "persona_use_here",
)
VALUE = "value"  # the action_id of each input; its block_id is the field's name
MAX_INPUT = 3_000  # UTF-16 units that an input takes; an emoji counts as two, as in a browser
TAIL = 500  # characters before its end, in which a long prompt is cut between lines or words
MAX_ROOMS = 12  # inputs for one long text: 12,000 emoji need ten
LONG = {FORM: "system_prompt", IMPORT: "yaml"}
WARNING = ":warning: "
MAX_ERROR = 1_000  # characters of a message at a field
MAX_TITLE = 24  # characters
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a form, as somebody wrote it. `name` and `based_on` are of the persona that is edited."""

    written: Mapping[str, str]
    name: str = ""
    based_on: int | None = None
    joints: tuple[str, ...] = ()
    rooms: int = 1
    whole: bool = False
    """Whether it asks for all that there is."""
    where: str = ""
    """The channel where the form was asked for; empty where that was none."""

    @property
    def fields(self) -> dict[str, str]:
        """For `persona.check`."""
        own = {name: text for name, text in self.written.items() if name not in (QUESTION, LONG[IMPORT])}
        return {**own, "name": self.name} if self.name else own


@dataclass(frozen=True, slots=True)
class Field:
    """`label` and `hint` are codes of words; the label of a persona's field is its own."""

    name: str
    hint: str = ""
    optional: bool = True
    element: Mapping[str, Any] = field(default_factory=lambda: {"type": "plain_text_input"})
    label: str = ""


_LINES = {"type": "plain_text_input", "multiline": True}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "reasoning_effort": get_args(params.Effort),
    "chosen_by": get_args(Chooser),
}
"""What the menus offer."""
NAME = Field("name", "form.name", optional=False)
HEAD = (Field("description", "form.description"),)
LOOKS = (
    Field("display_name", "form.display_name"),
    Field("icon", "form.icon"),
    Field("suggestions", "form.suggestions", element=_LINES),
    *(Field(switch, element={"type": "checkboxes"}) for switch in persona_form.SWITCHES),
    Field("chosen_by", "form.chosen_by", element={"type": "static_select"}),
)
PARAMETERS = (Field("model", "form.model"), Field("temperature", "form.temperature"))
RARE = (
    Field("max_tokens", "form.max_tokens"),
    Field("cache", "form.cache"),
    Field("retention", "form.retention"),
    Field("top_p", "form.top_p"),
    Field("n", "form.n"),
    Field("stop", "form.stop", element=_LINES),
    Field("presence_penalty", "form.presence_penalty"),
    Field("frequency_penalty", "form.frequency_penalty"),
    Field("logit_bias", "form.logit_bias", element=_LINES),
    Field("seed", "form.seed"),
    Field("reasoning_effort", element={"type": "static_select"}),
)
"""Asked for at a button."""
FIELDS = {each.name: each for each in (NAME, *HEAD, *LOOKS, *PARAMETERS, *RARE)}
NOT_CHOSEN = "-"  # what is selected in a menu cannot be taken back otherwise


def filled(persona: Persona, *, based_on: int | None) -> Draft:
    """The form of a persona; of one that shall be new, if `based_on` is None."""
    written = {name: _as_text(name, value) for name, value in persona_form.fields(persona).items()}
    name = "" if based_on is None else written.pop("name")
    switches = {"sees_names": persona.sees_names, "private": persona.private}
    return Draft(written | {switch: str(on).lower() for switch, on in switches.items()}, name, based_on)


EMPTY = Draft({"sees_names": "true", "private": "false"})


def with_more_room(draft: Draft) -> Draft:
    return replace(draft, rooms=draft.rooms + 1)


def with_all_fields(draft: Draft) -> Draft:
    return replace(draft, whole=True)


def based_on(draft: Draft, version: int | None) -> Draft:
    """The same words, now a change to another version; None: of a persona that shall be new."""
    if version is not None:
        return replace(draft, based_on=version)
    return replace(draft, based_on=None, name="", written={**draft.written, "name": draft.name})


def form(draft: Draft, words: Words, warning: str = "") -> Json:
    """`warning` is mrkdwn."""
    title = words.label("form.title.edit", name=draft.name) if draft.name else words.label("form.title.new")
    blocks = [cards.raw_section(f"{WARNING}{warning}")] if warning else []
    blocks += [] if draft.name else [_input(NAME, draft, words)]
    blocks += [_input(each, draft, words) for each in HEAD]
    blocks += _long_text(FORM, words.field("system_prompt"), words.label("form.system_prompt"), draft, words)
    blocks += [_input(each, draft, words) for each in LOOKS]
    blocks += [{"type": "divider"}, *(_input(each, draft, words) for each in PARAMETERS)]
    blocks += [*_rare(draft, words), {"type": "divider"}]
    question = Field(QUESTION, "form.question", label="form.question.label")
    written = {QUESTION: words.label("form.question.default"), **draft.written}
    blocks.append(_input(question, replace(draft, written=written), words))
    blocks.append({"type": "actions", "elements": [cards.button(words.label("button.preview"), PREVIEW)]})
    return _view(FORM, title, blocks, draft, words, submit="button.save")


def _rare(draft: Draft, words: Words) -> list[Json]:
    """What is filled in there is never hidden: it would be lost."""
    if draft.whole or any(draft.written.get(each.name) for each in RARE):
        return [_input(each, draft, words) for each in RARE]
    return [{"type": "actions", "elements": [cards.button(words.label("button.all-fields"), ALL_FIELDS)]}]


def warning(view: Mapping[str, Any]) -> str:
    """What stands above a form's fields; mostly nothing."""
    first = next(iter(_blocks(view)), {})
    text = first.get("text")
    problem = text.get("text") if isinstance(text, dict) else None
    return problem.removeprefix(WARNING) if isinstance(problem, str) and problem.startswith(WARNING) else ""


def _blocks(view: Mapping[str, Any]) -> list[Json]:
    found = view.get("blocks")
    return [block for block in found if isinstance(block, dict)] if isinstance(found, list) else []


def again(view: Mapping[str, Any], wrong: Mapping[str, str], words: Words) -> Json:
    """A form that was sent, with what is wrong with it above: for when Slack no longer shows that at the fields."""
    lines = [
        words.label("problem.at", field=words.field(name.removesuffix("_1")), problem=problem)
        for name, problem in wrong.items()
    ]
    problem, draft = cards.mrkdwn(literal("\n".join(lines))), read(view)
    make = import_form if view.get("callback_id") == IMPORT else form
    return make(draft, words, problem)


def import_form(draft: Draft, words: Words, warning: str = "") -> Json:
    """`warning` is mrkdwn."""
    blocks = [cards.raw_section(f"{WARNING}{warning}")] if warning else []
    blocks += _long_text(IMPORT, words.label("form.yaml.label"), words.label("form.yaml"), draft, words)
    return _view(IMPORT, words.label("form.title.import"), blocks, draft, words, submit="button.review")


def read(view: Mapping[str, Any]) -> Draft:
    """What stands in a form now. Whatever is not as the form makes it is taken as empty."""
    state = view.get("state") or {}
    values = state.get("values") if isinstance(state, dict) else None
    given = {block: _value(inputs) for block, inputs in (values if isinstance(values, dict) else {}).items()}
    meta = _metadata(view)
    known = [*FIELDS, QUESTION]
    written = {name: given[name] for name in known if given.get(name)}
    written |= {switch: given[switch] or "false" for switch in persona_form.SWITCHES if switch in given}
    long = LONG.get(str(view.get("callback_id")), "system_prompt")
    parts = [given.get(f"{long}_{n}", "") for n in range(1, MAX_ROOMS + 1)]
    rooms = sum(f"{long}_{n}" in given for n in range(1, MAX_ROOMS + 1))
    joints = meta.joints + ("\n",) * (MAX_ROOMS - 1 - len(meta.joints))
    written[long] = "".join(part + joint for part, joint in zip(parts, (*joints, ""), strict=False)).rstrip()
    whole = any(each.name in given for each in RARE)
    return replace(meta, written=written, rooms=max(rooms, 1), whole=whole)


def errors(view: Mapping[str, Any], wrong: Mapping[str, Problem], words: Words) -> dict[str, str]:
    """What is wrong, at the inputs that this view has; what concerns none of them stands at the long text."""
    present = [str(block.get("block_id")) for block in _blocks(view)]
    own = LONG.get(str(view.get("callback_id")), LONG[FORM])
    found: dict[str, str] = {}
    for name, problem in wrong.items():
        said, at = words.problem(problem), name if name in present else f"{own}_1"
        if at != name and name not in ("", own):
            said = words.label("problem.at", field=name, problem=said)
        found[at] = f"{found[at]}\n{said}"[:MAX_ERROR] if at in found else said[:MAX_ERROR]
    return found


def at_long_text(view: Mapping[str, Any], problem: str) -> dict[str, str]:
    """The one message that concerns the form as a whole."""
    return {f"{LONG.get(str(view.get('callback_id')), LONG[FORM])}_1": problem[:MAX_ERROR]}


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
    return text.encode("utf-16-le", errors="replace")[: 2 * MAX_INPUT].decode("utf-16-le", errors="ignore")


def _long_text(callback: str, label: str, hint: str, draft: Draft, words: Words) -> list[Json]:
    """Inputs for one text that may be longer than an input takes, and a button for another."""
    name = LONG[callback]
    parts, _ = split(draft.written.get(name, ""))
    rooms = min(max(draft.rooms, len(parts)), MAX_ROOMS)
    blocks = []
    for n in range(1, rooms + 1):
        element = {**_LINES, "action_id": VALUE, **_initially(parts[n - 1] if n <= len(parts) else "")}
        says = label if n == 1 else words.label("form.part", label=label, n=n)
        goes_on = hint if n == 1 else words.label("form.goes-on")
        blocks.append(_block(f"{name}_{n}", says, goes_on, element, optional=n > 1))
    if rooms < MAX_ROOMS:
        blocks.append({"type": "actions", "elements": [cards.button(words.label("button.more-room"), MORE_ROOM)]})
    return blocks


def _input(of: Field, draft: Draft, words: Words) -> Json:
    element = {**of.element, "action_id": VALUE}
    value = draft.written.get(of.name, "")
    match of.element["type"]:
        case "checkboxes":
            option = {"text": cards.plain(words.label(f"form.{of.name}")), "value": "true"}
            element |= {"options": [option]} | ({"initial_options": [option]} if value == "true" else {})
        case "static_select":
            choices = _CHOICES[of.name]
            labels = {NOT_CHOSEN: words.label("form.not-chosen"), **dict(zip(choices, choices, strict=True))}
            options = {each: {"text": cards.plain(says), "value": each} for each, says in labels.items()}
            element |= {"options": list(options.values())}
            element |= {"initial_option": options[value]} if value in options else {}
        case _:
            element |= _initially(value)
    says = words.label(of.label) if of.label else words.field(of.name)
    return _block(of.name, says, words.label(of.hint) if of.hint else "", element, optional=of.optional)


def _initially(value: str) -> Json:
    return {"initial_value": _fitting(value)} if value else {}


def _block(name: str, label: str, hint: str, element: Json, *, optional: bool) -> Json:
    block: Json = {"type": "input", "block_id": name, "label": cards.plain(label), "element": element}
    block |= {"optional": True} if optional else {}
    return block | ({"hint": cards.plain(hint)} if hint else {})


def _view(callback: str, title: str, blocks: list[Json], draft: Draft, words: Words, submit: str) -> Json:
    _, joints = split(draft.written.get(LONG[callback], ""))
    meta = {"name": draft.name, "based_on": draft.based_on, "joints": joints, "where": draft.where}
    return {
        "type": "modal",
        "callback_id": callback,
        "title": cards.plain(title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…"),
        "submit": cards.plain(words.label(submit)),
        "close": cards.plain(words.label("button.cancel")),
        "private_metadata": json.dumps(meta),
        "blocks": blocks,
    }


def _metadata(view: Mapping[str, Any]) -> Draft:
    try:
        meta = json.loads(view.get("private_metadata") or "{}")
        name, based_on, joints = meta.get("name", ""), meta.get("based_on"), meta.get("joints", ())
        where = str(meta.get("where") or "")
    except (ValueError, TypeError, AttributeError):
        return Draft({})
    based_on = based_on if isinstance(based_on, int) and not isinstance(based_on, bool) else None
    known = tuple(each for each in joints if each in ("\n", " ", "")) if isinstance(joints, list) else ()
    return Draft({}, name if isinstance(name, str) else "", based_on, known[: MAX_ROOMS - 1], where=where)


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
