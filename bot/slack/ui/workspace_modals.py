"""The forms behind the Home tab of admins: which model answers, and who is answered (Slack docs: modals)."""

from collections.abc import Iterator
from typing import Any, cast, get_args

from bot.commands.access import SWITCHES
from bot.commands.model import Admit, Choose, Kind, Listing, SetSwitch, Switch
from bot.conversation.places import Direct
from bot.policy.preferences import MODEL, Access
from bot.slack.ui import block_kit as cards
from bot.wording.words import Words

Json = dict[str, Any]

MODEL_FORM, ACCESS_FORM, VALUE = "model_form", "access_form", "value"
LISTS: dict[str, tuple[Listing, Kind]] = {
    "allowed_users": ("allow", "users"),
    "denied_users": ("deny", "users"),
    "allowed_channels": ("allow", "channels"),
    "denied_channels": ("deny", "channels"),
}
"""The fields of `Access` that can be chosen from what Slack knows; of user groups it offers none."""
_SELECTS = {"users": ("multi_users_select", "users"), "channels": ("multi_conversations_select", "conversations")}
_EMPTY = {"allowed_users": "access.form.everybody", "allowed_channels": "access.form.everywhere"}


def model(words: Words) -> Json:
    element = {"type": "plain_text_input", "action_id": VALUE, "max_length": 200}
    block = _question(MODEL.name, "model.form.name", element, words, "model.form.hint")
    return _view(MODEL_FORM, "model.form.title", [block], words)


def named(view: Json) -> Iterator[Choose]:
    """The model that was written; empty takes the choice back."""
    state = _state(view, MODEL.name)
    if "value" in state:
        name = str(state["value"] or "").strip()
        yield Choose(MODEL.name, name or None, "workspace", Direct())


def access(seen: Access, words: Words) -> Json:
    labels = {each: cards.plain(words.label(f"access.form.{each}")) for each in get_args(Switch)}
    options = {each: {"text": label, "value": each} for each, label in labels.items()}
    on = [option for each, option in options.items() if getattr(seen, SWITCHES[each])]
    boxes: Json = {"type": "checkboxes", "action_id": VALUE, "options": list(options.values())}
    boxes |= {"initial_options": on} if on else {}
    blocks = [_question("switches", "access.form.switches", boxes, words)]
    for name, (_, kind) in LISTS.items():
        select, of = _SELECTS[kind]
        element: Json = {"type": select, "action_id": VALUE}
        element |= {f"initial_{of}": sorted(there)} if (there := getattr(seen, name)) else {}
        element |= {"filter": {"include": ["public", "private"]}} if kind == "channels" else {}
        blocks.append(_question(name, f"access.form.{name}", element, words, _EMPTY.get(name, "")))
    blocks.append(cards.small(words.say("access.form.groups")))
    return _view(ACCESS_FORM, "access.form.title", blocks, words)


def wanted(view: Json) -> Iterator[SetSwitch | Admit]:
    """What differs from how the form was opened: what others change meanwhile stays as they wanted it."""
    before, now = _ticked(_element(view, "switches"), "initial"), _ticked(_state(view, "switches"), "selected")
    for switch in get_args(Switch):
        if (switch in now) != (switch in before):
            yield SetSwitch(cast(Switch, switch), switch in now)
    for name, (listing, kind) in LISTS.items():
        of = _SELECTS[kind][1]
        old, new = _ids(_element(view, name).get(f"initial_{of}")), _ids(_state(view, name).get(f"selected_{of}"))
        yield from (Admit(listing, kind, each) for each in sorted(new - old))
        yield from (Admit(listing, kind, each, add=False) for each in sorted(old - new))


def _question(name: str, label: str, element: Json, words: Words, hint: str = "") -> Json:
    block: Json = {"type": "input", "block_id": name, "optional": True, "element": element}
    block["label"] = cards.plain(words.label(label))
    return block | ({"hint": cards.plain(words.label(hint))} if hint else {})


def _view(callback: str, title: str, blocks: list[Json], words: Words) -> Json:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": cards.plain(words.label(title)),
        "submit": cards.plain(words.label("button.save")),
        "close": cards.plain(words.label("button.cancel")),
        "blocks": blocks,
    }


def _element(view: Json, name: str) -> Json:
    blocks = view.get("blocks")
    found = [each for each in blocks if isinstance(each, dict)] if isinstance(blocks, list) else []
    element = next((each.get("element") for each in found if each.get("block_id") == name), None)
    return element if isinstance(element, dict) else {}


def _state(view: Json, name: str) -> Json:
    """What one field holds; nothing where the form is not as we made it."""
    found: object = view.get("state")
    for key in ("values", name, VALUE):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _ticked(of: Json, which: str) -> set[str]:
    options = of.get(f"{which}_options")
    listed = options if isinstance(options, list) else []
    return {str(each.get("value")) for each in listed if isinstance(each, dict)}


def _ids(given: object) -> set[str]:
    return {each for each in given if isinstance(each, str)} if isinstance(given, list) else set()
