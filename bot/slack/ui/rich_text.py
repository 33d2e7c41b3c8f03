"""An answer's Markdown where Slack takes no Markdown block, as in a view: as the blocks that Slack itself would make of
it (Slack docs: rich text block, header block). A table stands there letter by letter: views take none."""

from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

Json = dict[str, Any]

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
MAX_HEADER = 150  # characters
STYLES = {"strong": "bold", "em": "italic", "s": "strike"}
MAX_INDENT = 8


def blocks(markdown: str) -> list[Json]:
    """Neighbouring parts share a block."""
    lines, found = markdown.split("\n"), list[Json]()
    for node in SyntaxTreeNode(PARSER.parse(markdown)).children:
        if node.type == "heading":
            title = "".join(each["text"] for each in _inline(node) if "text" in each).strip()
            found += [{"type": "header", "text": {"type": "plain_text", "text": title[:MAX_HEADER]}}] if title else []
        elif node.type == "hr":
            found.append({"type": "divider"})
        elif elements := list(_elements(node, lines)):
            if found and found[-1]["type"] == "rich_text":
                found[-1]["elements"] += elements
            else:
                found.append({"type": "rich_text", "elements": elements})
    return found


def _elements(node: SyntaxTreeNode, lines: Sequence[str]) -> Iterator[Json]:
    match node.type:
        case "paragraph" | "heading":
            yield {"type": "rich_text_section", "elements": [*_inline(node), {"type": "text", "text": "\n"}]}
        case "bullet_list" | "ordered_list":
            yield from _list(node, lines, 0)
        case "fence" | "code_block":
            yield from _preformatted(node.content)
        case "blockquote":
            for child in node.children:
                inside = [*_inline(child)]
                if inside:
                    yield {"type": "rich_text_quote", "elements": inside}
        case _ if node.map:
            yield from _preformatted("\n".join(lines[node.map[0] : node.map[1]]))


def _list(node: SyntaxTreeNode, lines: Sequence[str], indent: int) -> Iterator[Json]:
    ordered = node.type == "ordered_list"
    about: Json = {"type": "rich_text_list", "style": "ordered" if ordered else "bullet", "indent": indent}
    first = int(node.attrs.get("start", 1)) if ordered else 1
    for n, item in enumerate(node.children):
        head, rest = item.children[:1], item.children[1:]
        inside = [each for child in head if child.type == "paragraph" for each in _inline(child)]
        number = {"offset": first + n - 1} if ordered and first + n > 1 else {}
        section = {"type": "rich_text_section", "elements": inside or [{"type": "text", "text": " "}]}
        yield {**about, **number, "elements": [section]}
        for child in rest if inside else item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list(child, lines, min(indent + 1, MAX_INDENT))
            else:
                yield from _elements(child, lines)


def _preformatted(text: str) -> Iterator[Json]:
    if text.strip():
        yield {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text.rstrip("\n")}]}


def _inline(node: SyntaxTreeNode) -> Iterator[Json]:
    """The words within a block, each with its style."""
    for child in node.children:
        if child.type == "inline":
            yield from _spans(child.children, {})
        else:
            yield from _inline(child)


def _spans(nodes: Sequence[SyntaxTreeNode], style: Json) -> Iterator[Json]:
    for node in nodes:
        match node.type:
            case "text" | "code_inline":
                styled = style | ({"code": True} if node.type == "code_inline" else {})
                if node.content:
                    yield {"type": "text", "text": node.content} | ({"style": styled} if styled else {})
            case "softbreak" | "hardbreak":
                yield {"type": "text", "text": "\n"}
            case "link":
                label = "".join(_words(node.children))
                yield {"type": "link", "url": str(node.attrs["href"]), "text": label} | (
                    {"style": style} if style else {}
                )
            case kind if kind in STYLES:
                yield from _spans(node.children, style | {STYLES[kind]: True})
            case _:
                yield from _spans(node.children, style)


def _words(nodes: Sequence[SyntaxTreeNode]) -> Iterator[str]:
    for node in nodes:
        yield node.content if node.type in ("text", "code_inline") else "".join(_words(node.children))
