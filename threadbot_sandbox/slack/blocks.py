"""Whether Slack would take these blocks, and what it says if not."""

from collections.abc import Iterator
from typing import Any, Literal
from uuid import uuid4

from threadbot_sandbox.slack import data_blocks
from threadbot_sandbox.slack.controls import OPTIONS, Problems, control, fitting, items, labelled, picture, too_long
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.translated import translated
from threadbot_sandbox.slack.unknowns import Unknowns

__all__ = ["MARKDOWN", "MESSAGE_BLOCKS", "OPTIONS", "VIEW_BLOCKS", "check_whole", "checked", "elements"]

Json = dict[str, Any]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MARKDOWN = 12_000
TABLE = 10_000
LIKELY = Unknowns()
WHOLE = 13_200
"""Characters of all blocks of a message together (field reports)."""

KNOWN = {
    "actions",
    "context",
    "context_actions",
    "data_table",
    "data_visualization",
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
MESSAGES_ONLY = ("context_actions", "markdown", "plan", "table", "task_card")
NOT_IN_MODALS = (*MESSAGES_ONLY, "data_table", "data_visualization")
Surface = Literal["message", "modal", "home"]


def checked(
    blocks: Any, *, most: int = MESSAGE_BLOCKS, surface: Surface = "message", unknowns: Unknowns = LIKELY
) -> list[Json]:
    """The blocks as Slack would store them; raises ApiError when it would refuse them."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    if len(blocks) > most:
        raise ApiError.invalid("invalid_blocks", f"no more than {most} items allowed [json-pointer:/blocks]")
    problems = [
        f"{problem} [json-pointer:/blocks/{n}{pointer}]"
        for n, block in enumerate(blocks)
        for pointer, problem in _problems(block, surface)
    ]
    if problems or (problems := list(_twice(blocks))):
        raise ApiError.invalid("invalid_blocks", *problems)
    if surface == "message":
        check_whole(blocks, unknowns)
    return [_stored(block, unknowns) for block in blocks]


def counted(text: str) -> int:
    """What of a Markdown block is counted: characters, by the documents. For other scripts nobody has measured it."""
    return len(text)


def check_whole(blocks: list[Json], unknowns: Unknowns = LIKELY) -> None:
    """What holds for all blocks of a message together, once Slack has translated the Markdown ones."""
    markdown = [block["text"] for block in blocks if block["type"] == "markdown"]
    if sum(len(text.encode()) if unknowns.markdown_bytes else counted(text) for text in markdown) > MARKDOWN:
        raise ApiError("msg_too_long")
    stored = [block for text in markdown for block in translated(text)]
    stored += [block for block in blocks if block["type"] != "markdown"]
    if unknowns.translated and len(stored) > MESSAGE_BLOCKS:
        raise ApiError.invalid("invalid_blocks", f"no more than {MESSAGE_BLOCKS} items allowed [json-pointer:/blocks]")
    tables = [block for block in stored if block["type"] == "table"]
    if len(tables) > unknowns.tables > 0:
        raise ApiError.invalid("invalid_blocks", "only_one_table_allowed [json-pointer:/blocks]")
    if problems := [f"{problem} [json-pointer:/blocks{at}]" for table in tables for at, problem in _table(table)]:
        raise ApiError.invalid("invalid_blocks", *problems)
    if problems := list(data_blocks.whole(stored)):
        raise ApiError.invalid("invalid_blocks", *problems)
    if sum(map(len, markdown)) + sum(_written(block) for block in blocks if block["type"] != "markdown") > WHOLE:
        raise ApiError("msg_blocks_too_long")


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each interactive element with its block."""
    for block in blocks:
        found = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in found:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def _stored(block: Json, unknowns: Unknowns) -> Json:
    """With the ids that Slack gives to what has none."""
    if block["type"] == "markdown":
        if not unknowns.tables and any(each["type"] == "table" for each in translated(block["text"])):
            text = {"type": "rich_text_section", "elements": [{"type": "text", "text": block["text"]}]}
            return {"type": "rich_text", "elements": [text]}
        return {key: value for key, value in block.items() if key != "block_id"}
    if block["type"] == "input" and "action_id" not in block["element"]:
        block = block | {"element": block["element"] | {"action_id": uuid4().hex[:5]}}
    return block if "block_id" in block else block | {"block_id": uuid4().hex[:5]}


def _twice(blocks: list[Json]) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"block_id `{each}` already exists [json-pointer:/blocks]"
    for n, block in enumerate(blocks):
        actions = [element["action_id"] for _, element in elements([block])]
        for each in sorted({each for each in actions if actions.count(each) > 1}):
            yield f"`action_id` {each} already exists [json-pointer:/blocks/{n}]"


def _problems(block: Json, surface: Surface) -> Problems:
    kind = block.get("type")
    shut_out = {"message": (), "home": MESSAGES_ONLY, "modal": NOT_IN_MODALS}[surface]
    if kind not in KNOWN or kind in shut_out:
        yield "/type", f"unsupported type: {kind}"
        return
    yield from too_long(block.get("block_id"), 255, "/block_id")
    if kind in ELEMENTS:
        yield from _many(block, "elements", ELEMENTS[kind])
    yield from _of_its_kind(block)
    for at, element in _placed(block):
        if not fitting(kind, element, surface):
            yield at, f"unsupported type: {element.get('type') if isinstance(element, dict) else element}"
        else:
            yield from control(element, at)


def _placed(block: Json) -> Iterator[tuple[str, Any]]:
    if block["type"] in ELEMENTS:
        yield from ((f"/elements/{n}", element) for n, element in enumerate(items(block, "elements")))
    for name in ("accessory", "element"):
        if name in block:
            yield f"/{name}", block[name]


def _of_its_kind(block: Json) -> Problems:
    match block["type"]:
        case "section":
            yield from _section(block)
        case "header":
            yield from labelled(block.get("text"), 150, "/text", plain=True)
        case "image":
            yield from picture(block)
        case "markdown" if not isinstance(block.get("text"), str):
            yield "/text", "missing required field: text"
        case "input":
            yield from _input(block)
        case "table":
            yield from _table(block)
        case "data_table":
            yield from data_blocks.table(block)
        case "data_visualization":
            yield from data_blocks.chart(block)


def _section(block: Json) -> Problems:
    if "text" not in block and not block.get("fields"):
        yield "", "missing required field: text or fields"
    if "text" in block:
        yield from labelled(block["text"], 3000, "/text")
    if len(items(block, "fields")) > 10:
        yield "/fields", "no more than 10 items allowed"
    for n, each in enumerate(items(block, "fields")):
        yield from labelled(each, 2000, f"/fields/{n}")


def _input(block: Json) -> Problems:
    if "element" not in block:
        yield "", "missing required field: element"
    yield from labelled(block.get("label"), 2000, "/label", plain=True)
    if "hint" in block:
        yield from labelled(block["hint"], 2000, "/hint", plain=True)


def _table(block: Json) -> Problems:
    rows = items(block, "rows")
    if not rows:
        yield "", "missing required field: rows"
    if len(rows) > 100:
        yield "/rows", "no more than 100 items allowed"
    if any(not isinstance(row, list) or len(row) > 20 for row in rows):
        yield "/rows", "no more than 20 items allowed in a row"
    if len(items(block, "column_settings")) > 20:
        yield "/column_settings", "no more than 20 items allowed"
    if sum(_written(row) for row in rows) > TABLE:
        yield "/rows", f"must be less than {TABLE + 1} characters in all"


def _many(block: Json, name: str, most: int) -> Problems:
    given = items(block, name)
    if not given:
        yield f"/{name}", "must have at least 1 item"
    if len(given) > most:
        yield f"/{name}", f"no more than {most} items allowed"


def _written(part: Any) -> int:
    """The characters that a reader sees of a table's cell."""
    if isinstance(part, dict):
        own = len(part["text"]) if isinstance(part.get("text"), str) else 0
        return own + sum(_written(value) for value in part.values() if isinstance(value, dict | list))
    return sum(map(_written, part)) if isinstance(part, list) else 0
