"""Whether Slack would take these blocks, and what it says if not."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from bot.sandbox.slack.errors import ApiError

Json = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN = 12_000
TABLE = 10_000

KNOWN = {
    "actions",
    "context",
    "context_actions",
    "divider",
    "header",
    "image",
    "input",
    "markdown",
    "plan",
    "rich_text",
    "section",
    "table",
    "task_card",
    "video",
}
ELEMENTS = {"context": 10, "actions": 25, "context_actions": 5}
OPTION_TEXT, OPTION_VALUE, OPTIONS = 75, 150, 100


def checked(blocks: Any, *, most: int = MESSAGE_BLOCKS) -> list[Json]:
    """The blocks as Slack would store them; raises ApiError when it would refuse them."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    if len(blocks) > most:
        raise ApiError.invalid("invalid_blocks", f"no more than {most} items allowed [json-pointer:/blocks]")
    problems = [
        f"{problem} [json-pointer:/blocks/{n}{pointer}]"
        for n, block in enumerate(blocks)
        for pointer, problem in _problems(block)
    ]
    if problems or (problems := list(_twice(blocks))):
        raise ApiError.invalid("invalid_blocks", *problems)
    check_markdown(blocks)
    return [_stored(block) for block in blocks]


def check_markdown(blocks: list[Json]) -> None:
    """12,000 characters over all Markdown blocks of a message."""
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN:
        raise ApiError("msg_too_long")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each interactive element with its block."""
    for block in blocks:
        found = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in found:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def _stored(block: Json) -> Json:
    if block["type"] == "markdown":
        return {key: value for key, value in block.items() if key != "block_id"}
    return block if "block_id" in block else block | {"block_id": uuid4().hex[:5]}


def _twice(blocks: list[Json]) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"block_id `{each}` already exists [json-pointer:/blocks]"
    for n, block in enumerate(blocks):
        actions = [element["action_id"] for _, element in elements([block])]
        for each in sorted({each for each in actions if actions.count(each) > 1}):
            yield f"`action_id` {each} already exists [json-pointer:/blocks/{n}]"


Problems = Iterator[tuple[str, str]]


def _problems(block: Json) -> Problems:
    kind = block.get("type")
    if kind not in KNOWN:
        yield "/type", f"unsupported type: {kind}"
        return
    yield from _long(block.get("block_id"), 255, "/block_id")
    if kind in ELEMENTS:
        yield from _many(block, "elements", ELEMENTS[kind])
    yield from _of_its_kind(block)
    for n, element in enumerate(_list(block, "elements")):
        yield from _element(element, f"/elements/{n}")
    if isinstance(block.get("accessory"), dict):
        yield from _element(block["accessory"], "/accessory")


def _of_its_kind(block: Json) -> Problems:
    match block["type"]:
        case "section":
            yield from _section(block)
        case "header":
            yield from _text(block.get("text"), 150, "/text", plain=True)
        case "image":
            yield from _image(block)
        case "markdown" if not isinstance(block.get("text"), str):
            yield "/text", "missing required field: text"
        case "table":
            yield from _table(block)


def _section(block: Json) -> Problems:
    if "text" not in block and not block.get("fields"):
        yield "", "missing required field: text or fields"
    if "text" in block:
        yield from _text(block["text"], 3000, "/text")
    if len(_list(block, "fields")) > 10:
        yield "/fields", "no more than 10 items allowed"
    for n, each in enumerate(_list(block, "fields")):
        yield from _text(each, 2000, f"/fields/{n}")


def _image(block: Json) -> Problems:
    if not block.get("alt_text"):
        yield "", "missing required field: alt_text"
    if not block.get("image_url") and not block.get("slack_file"):
        yield "", "missing required field: image_url"
    yield from _long(block.get("alt_text"), 2000, "/alt_text")
    yield from _long(block.get("image_url"), 3000, "/image_url")


def _table(block: Json) -> Problems:
    rows = _list(block, "rows")
    if not rows:
        yield "", "missing required field: rows"
    if len(rows) > 100:
        yield "/rows", "no more than 100 items allowed"
    if any(not isinstance(row, list) or len(row) > 20 for row in rows):
        yield "/rows", "no more than 20 items allowed in a row"
    if len(_list(block, "column_settings")) > 20:
        yield "/column_settings", "no more than 20 items allowed"
    if sum(_written(row) for row in rows) > TABLE:
        yield "/rows", f"must be less than {TABLE + 1} characters in all"


def _element(element: Any, at: str) -> Problems:
    if not isinstance(element, dict):
        yield at, "must be an object"
        return
    yield from _long(element.get("action_id"), 255, f"{at}/action_id")
    match element.get("type"):
        case "mrkdwn" | "plain_text":
            yield from _text(element, 3000, at)
        case "image":
            yield from ((at + pointer, problem) for pointer, problem in _image(element))
        case "button":
            yield from _text(element.get("text"), 75, f"{at}/text", plain=True)
            yield from _long(element.get("value"), 2000, f"{at}/value")
            yield from _long(element.get("url"), 3000, f"{at}/url")
        case "feedback_buttons":
            for name in ("positive_button", "negative_button"):
                pressed = element.get(name) or {}
                yield from _text(pressed.get("text"), 75, f"{at}/{name}/text", plain=True)
                yield from _long(pressed.get("value"), 2000, f"{at}/{name}/value")
    yield from _options(element, at)
    if isinstance(confirm := element.get("confirm"), dict):
        yield from _text(confirm.get("title"), 100, f"{at}/confirm/title", plain=True)
        yield from _text(confirm.get("text"), 300, f"{at}/confirm/text")


def _options(element: Json, at: str) -> Problems:
    options = _list(element, "options")
    if len(options) > OPTIONS:
        yield f"{at}/options", f"no more than {OPTIONS} items allowed"
    for n, option in enumerate(options):
        yield from _text(option.get("text"), OPTION_TEXT, f"{at}/options/{n}/text")
        yield from _long(option.get("value"), OPTION_VALUE, f"{at}/options/{n}/value")


def _text(text: Any, most: int, at: str, *, plain: bool = False) -> Problems:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield at, "must provide an object with a type and a text"
    elif plain and text["type"] != "plain_text":
        yield f"{at}/type", "must be plain_text"
    elif not isinstance(text.get("text"), str) or not text["text"]:
        yield f"{at}/text", "must be more than 0 characters"
    else:
        yield from _long(text["text"], most, f"{at}/text")


def _long(value: Any, most: int, at: str) -> Problems:
    if isinstance(value, str) and len(value) > most:
        yield at, f"must be less than {most + 1} characters"


def _many(block: Json, name: str, most: int) -> Problems:
    items = _list(block, name)
    if not items:
        yield f"/{name}", "must have at least 1 item"
    if len(items) > most:
        yield f"/{name}", f"no more than {most} items allowed"


def _list(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    return value if isinstance(value, list) else []


def _written(part: Any) -> int:
    """The characters that a reader sees of a table's cell."""
    if isinstance(part, dict):
        own = len(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + sum(_written(value) for value in part.values() if isinstance(value, dict | list))
    return sum(map(_written, part)) if isinstance(part, list) else 0
