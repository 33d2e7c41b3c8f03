"""Whether Slack would take an interactive element, a picture or a text object, and what it says if not."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Problems = Iterator[tuple[str, str]]

OPTION_TEXT, OPTION_VALUE, OPTIONS, FEW_OPTIONS, OVERFLOW = 75, 150, 100, 10, 5
TEXT_LENGTH = 3000
SELECTS = {f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")}
MULTI = {f"multi_{kind}" for kind in SELECTS}
BOXES = {"checkboxes", "radio_buttons"}
TIMES = {"datepicker", "timepicker", "datetimepicker"}
WRITTEN = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}
FITTING = {
    "context": {"image", "mrkdwn", "plain_text"},
    "actions": SELECTS | BOXES | TIMES | {"button", "workflow_button", "overflow"},
    "context_actions": {"feedback_buttons", "icon_button"},
    "section": SELECTS | MULTI | BOXES | TIMES | {"button", "workflow_button", "overflow", "image"},
    "input": SELECTS | MULTI | BOXES | TIMES | WRITTEN | {"file_input"},
}
"""Which elements may stand in which blocks (docs.slack.dev/reference/block-kit/block-elements)."""


def fitting(block: str, element: Any, surface: str) -> bool:
    kind = element.get("type") if isinstance(element, dict) else None
    return kind in FITTING.get(block, ()) and (kind != "file_input" or surface == "modal")


def control(element: Json, at: str) -> Problems:
    """What is wrong with an element, with JSON pointers below `at`."""
    yield from too_long(element.get("action_id"), 255, f"{at}/action_id")
    if "placeholder" in element:
        yield from labelled(element["placeholder"], 150, f"{at}/placeholder", plain=True)
    yield from _of_its_kind(element, at)
    yield from _options(element, at)
    if isinstance(confirm := element.get("confirm"), dict):
        yield from _confirm(confirm, f"{at}/confirm")


def _of_its_kind(element: Json, at: str) -> Problems:
    match element["type"]:
        case "mrkdwn" | "plain_text":
            yield from labelled(element, 3000, at)
        case "image":
            yield from ((at + pointer, problem) for pointer, problem in picture(element))
        case "button" | "workflow_button":
            yield from _button(element, at)
        case "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                pressed = element.get(name) or {}
                yield from labelled(pressed.get("text"), 75, f"{at}/{name}/text", plain=True)
                yield from too_long(pressed.get("value"), 2000, f"{at}/{name}/value")
                yield from too_long(pressed.get("accessibility_label"), 75, f"{at}/{name}/accessibility_label")
        case "icon_button":
            yield from _icon_button(element, at)
        case "plain_text_input":
            yield from _text_input(element, at)
        case "number_input" if "is_decimal_allowed" not in element:
            yield at, "missing required field: is_decimal_allowed"
        case "file_input" if not 1 <= element.get("max_files", 10) <= 10:
            yield f"{at}/max_files", "must be from 1 to 10"


def _button(element: Json, at: str) -> Problems:
    yield from labelled(element.get("text"), 75, f"{at}/text", plain=True)
    yield from too_long(element.get("value"), 2000, f"{at}/value")
    yield from too_long(element.get("url"), 3000, f"{at}/url")
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"{at}/style", "must be primary or danger"


def _icon_button(element: Json, at: str) -> Problems:
    if element.get("icon") != "trash":
        yield f"{at}/icon", "must be a valid enum value"
    yield from labelled(element.get("text"), 75, f"{at}/text", plain=True)
    yield from too_long(element.get("value"), 2000, f"{at}/value")
    if len(items(element, "visible_to_user_ids")) > 10:
        yield f"{at}/visible_to_user_ids", "no more than 10 items allowed"


def _text_input(element: Json, at: str) -> Problems:
    least, most = element.get("min_length", 0), element.get("max_length", TEXT_LENGTH)
    if not 0 <= least <= most <= TEXT_LENGTH or most < 1:
        yield f"{at}/max_length", f"must be from min_length to {TEXT_LENGTH}"
    else:
        yield from too_long(element.get("initial_value"), most, f"{at}/initial_value")


def _options(element: Json, at: str) -> Problems:
    kind, options = element["type"], [*items(element, "options")]
    for group in items(element, "option_groups"):
        yield from labelled(group.get("label"), OPTION_TEXT, f"{at}/option_groups/label", plain=True)
        options += items(group, "options")
    most = OVERFLOW if kind == "overflow" else FEW_OPTIONS if kind in BOXES else OPTIONS
    listed = kind in BOXES | {"overflow", "static_select", "multi_static_select"}
    if listed and not options:
        yield f"{at}/options", "must provide at least 1 item"
    if len(options) > most:
        yield f"{at}/options", f"no more than {most} items allowed"
    for n, option in enumerate(options):
        yield from labelled(option.get("text"), OPTION_TEXT, f"{at}/options/{n}/text")
        yield from labelled(option.get("description", {"type": "plain_text", "text": "-"}), OPTION_TEXT, at, plain=True)
        yield from too_long(option.get("value"), OPTION_VALUE, f"{at}/options/{n}/value")
    chosen = [element.get("initial_option"), *items(element, "initial_options")]
    if listed and any(each is not None and each not in options for each in chosen):
        yield f"{at}/initial_option", "initial_option must exactly match a provided option"


def _confirm(confirm: Json, at: str) -> Problems:
    yield from labelled(confirm.get("title"), 100, f"{at}/title", plain=True)
    yield from labelled(confirm.get("text"), 300, f"{at}/text")
    for name in ("confirm", "deny"):
        if name in confirm:
            yield from labelled(confirm[name], 30, f"{at}/{name}", plain=True)


def picture(block: Json) -> Problems:
    if not block.get("alt_text"):
        yield "", "missing required field: alt_text"
    if not block.get("image_url") and not block.get("slack_file"):
        yield "", "missing required field: image_url"
    yield from too_long(block.get("alt_text"), 2000, "/alt_text")
    yield from too_long(block.get("image_url"), 3000, "/image_url")


def labelled(text: Any, most: int, at: str, *, plain: bool = False) -> Problems:
    """What is wrong with a text object."""
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield at, "must provide an object with a type and a text"
    elif plain and text["type"] != "plain_text":
        yield f"{at}/type", "must be plain_text"
    elif not isinstance(text.get("text"), str) or not text["text"]:
        yield f"{at}/text", "must be more than 0 characters"
    else:
        yield from too_long(text["text"], most, f"{at}/text")


def too_long(value: Any, most: int, at: str) -> Problems:
    if isinstance(value, str) and len(value) > most:
        yield at, f"must be less than {most + 1} characters"


def items(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []
