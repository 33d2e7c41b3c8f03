"""What stands in the inputs of a view or message, in the shape of `state.values`, and what Slack finds wrong with it.

Slack's clients check required fields, lengths and ranges themselves: the app never sees a form that fails there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from threadbot_sandbox.slack import typed
from threadbot_sandbox.slack.blocks import elements
from threadbot_sandbox.slack.errors import ApiError

Json = dict[str, Any]
Offered = Mapping[str, list[Json]]
"""By action id, the options that the app gave for what was typed into an external select."""

LONGEST = 3_000
REQUIRED = "Please complete this required field."
ADDRESS = {"email_text_input": r"[^@\s]+@[^@\s]+\.[^@\s]+", "url_text_input": r"https?://\S+"}
PICKED = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
"""Elements whose state is one id or time, under this name. Their multi twins have a list, and an "s"."""
WRITTEN = ("plain_text_input", "number_input", "email_text_input", "url_text_input")


def values(blocks: list[Json], given: Json, offered: Offered) -> Json:
    """The state of all inputs. `given` is by block id or action id; what is not given stands as the app set it.

    A text is given as such, an option by its value, an id as such, several as a list, files as the app sees them.
    """
    state: dict[str, Json] = {}
    for block, element in _inputs(blocks):
        block_id, action_id = block["block_id"], element["action_id"]
        now = initial(element)
        for name in (action_id, block_id):
            if name in given:
                now = filled(element, given[name], offered)
        state.setdefault(block_id, {})[action_id] = {"type": element["type"]} | now
    known = {name for block, element in _inputs(blocks) for name in (block["block_id"], element["action_id"])}
    if unknown := given.keys() - known:
        raise ApiError(f"no_such_input: {', '.join(sorted(unknown))}")
    return state


def filled(element: Json, value: Any, offered: Offered) -> Json:
    """An element's state when this is chosen or written. Raises ApiError for an option that it does not have."""
    kind = element["type"]
    several = kind.startswith("multi_")
    if several or kind in ("checkboxes", "file_input"):
        value = list(value or ())
    if (name := PICKED.get(kind.removeprefix("multi_"))) is not None:
        return {f"{name}s": value} if several else {name: value or None}
    if kind in WRITTEN:
        return {"value": None if value in (None, "") else str(value)}
    if kind == "rich_text_input":
        rich = typed.rich_text(typed.escape(value), "") if value else None
        return {"rich_text_value": rich and {key: rich[key] for key in ("type", "elements")}}
    if kind == "file_input":
        return {"files": value}
    options = [*_options(element), *offered.get(element["action_id"], ())]
    if several or kind == "checkboxes":
        return {"selected_options": [_option(options, each) for each in value]}
    return {"selected_option": None if value in (None, "") else _option(options, value)}


def initial(element: Json) -> Json:
    """An element's state before anyone touches it."""
    kind = element["type"]
    if kind == "rich_text_input":
        return {"rich_text_value": element.get("initial_value")}
    if kind == "file_input":
        return {"files": []}
    for name in ("option", "options", "value"):
        if f"initial_{name}" in element and name != "value":
            return {f"selected_{name}": element[f"initial_{name}"]}
    for name in PICKED.values():
        short = name.removeprefix("selected_")
        for each in (short, f"{short}s"):
            if f"initial_{each}" in element:
                return {f"selected_{each}": element[f"initial_{each}"]}
    return filled(element, element.get("initial_value"), {})


def wrong(blocks: list[Json], state: Json) -> dict[str, str]:
    """What the client itself says, by block; empty: it may go to the app."""
    found: dict[str, str] = {}
    for block, element in _inputs(blocks):
        if block["type"] != "input":
            continue
        now = state[block["block_id"]][element["action_id"]]
        empty = not any(value for key, value in now.items() if key != "type")
        if empty and not block.get("optional"):
            found[block["block_id"]] = REQUIRED
        elif not empty and (problem := _problem(element, now)):
            found[block["block_id"]] = problem
    return found


def _problem(element: Json, now: Json) -> str | None:
    kind, text = element["type"], now.get("value") or ""
    if kind == "number_input":
        return _misfit(element, text)
    if kind in ADDRESS and not re.fullmatch(ADDRESS[kind], text):
        return "Please enter a valid address."
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", LONGEST)
        if not least <= len(text) <= most:
            return f"Please enter between {least} and {most} characters."
    picked = next((value for value in now.values() if isinstance(value, list)), [])
    most = element.get("max_selected_items") or element.get("max_files") or len(picked)
    return f"Please choose at most {most}." if len(picked) > most else None


def _misfit(element: Json, text: str) -> str | None:
    decimal = element.get("is_decimal_allowed")
    if not re.fullmatch(r"-?\d+(\.\d+)?" if decimal else r"-?\d+", text):
        return "Please enter a number." if decimal else "Please enter a whole number."
    least, most = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
    return None if least <= float(text) <= most else f"Please enter a number from {least:g} to {most:g}."


def _inputs(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """What has a state: all but what is only pressed."""
    for block, element in elements(blocks):
        pressed = element["type"] in ("button", "workflow_button", "overflow", "icon_button", "feedback_buttons")
        if not pressed:
            yield block, element


def _options(element: Json) -> list[Json]:
    groups: list[Json] = element.get("option_groups") or []
    return [*element.get("options", ()), *(option for group in groups for option in group["options"])]


def _option(options: list[Json], value: str) -> Json:
    for option in options:
        if option.get("value") == value:
            return option
    raise ApiError("option_not_found")
