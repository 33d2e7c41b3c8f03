"""What Slack makes of a Markdown block: the blocks that it is stored as.

One block may become several (docs.slack.dev/reference/block-kit/blocks/markdown-block). Field reports: a heading, a
rule and a table are one each, and each run of other text between them is one.
"""

from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Json = dict[str, Any]

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
KINDS = {"heading_open": "header", "hr": "divider", "table_open": "table"}


def translated(markdown: str) -> list[Json]:
    """The kinds of the blocks, in order; a table with its `rows`, each a list of cells."""
    blocks: list[Json] = []
    tokens = PARSER.parse(markdown)
    for n, token in enumerate(tokens):
        if token.level or token.nesting < 0:
            continue
        kind = KINDS.get(token.type, "rich_text")
        if kind == "rich_text" and blocks and blocks[-1]["type"] == kind:
            continue
        blocks.append({"type": kind, "rows": list(_rows(tokens[n:]))} if kind == "table" else {"type": kind})
    return blocks


def _rows(tokens: list[Token]) -> Iterator[list[Json]]:
    row: list[Json] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                row = []
            case "inline":
                row.append({"type": "raw_text", "text": token.content})
            case "tr_close":
                yield row
            case "table_close":
                return
