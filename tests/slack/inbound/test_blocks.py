"""Blocks as Slack documents them, and the words that people read in them."""

from typing import Any

import pytest

from bot.slack.inbound import blocks


def text(said: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": said, "style": style}


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def rich(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(parts)}


def listed(style: str, indent: int, *items: str, offset: int = 0) -> dict[str, Any]:
    elements = [section(text(item)) for item in items]
    return {"type": "rich_text_list", "style": style, "indent": indent, "offset": offset, "elements": elements}


PREFORMATTED = {"type": "rich_text_preformatted", "elements": [text("if a < b:\n    go()")], "language": "python"}
QUOTE = {"type": "rich_text_quote", "elements": [text("to be\nor not")]}
TABLE = {
    "type": "table",
    "rows": [
        [{"type": "raw_text", "text": "what"}, {"type": "raw_text", "text": "how many"}],
        [rich(section(text("a|b", bold=True))), {"type": "raw_number", "value": 3}],
    ],
}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"type": "markdown", "text": "**a** < b"}, "**a** &lt; b"),
        ({"type": "header", "text": {"type": "plain_text", "text": "News & more"}}, "## News &amp; more"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "by <@U1> &amp; co"}}, "by <@U1> &amp; co"),
        (
            {
                "type": "section",
                "fields": [{"type": "mrkdwn", "text": "*State*"}, {"type": "plain_text", "text": "red"}],
            },
            "*State*\n\nred",
        ),
        ({"type": "context", "elements": [{"type": "mrkdwn", "text": "a"}, {"type": "image", "alt_text": "x"}]}, "a"),
        ({"type": "image", "alt_text": "a <cat>"}, "a &lt;cat&gt;"),
        ({"type": "divider"}, "---"),
        (
            rich(section(text("so "), text("very ", bold=True), text("new", bold=True, italic=True))),
            "so **very** **_new_**",
        ),
        (rich(section({"type": "link", "url": "https://a.example", "text": "here"})), "[here](https://a.example)"),
        (rich(section({"type": "link", "url": "https://a.example?b&c"})), "https://a.example?b&amp;c"),
        (
            rich(
                section(
                    {"type": "user", "user_id": "U1"},
                    {"type": "channel", "channel_id": "C1"},
                    {"type": "usergroup", "usergroup_id": "S1"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "emoji", "name": "tada"},
                    {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "Monday"},
                )
            ),
            "<@U1><#C1><!subteam^S1><!here>:tada:Monday",
        ),
        (rich(PREFORMATTED), "```python\nif a &lt; b:\n    go()\n```"),
        (rich(QUOTE), "> to be\n> or not"),
        (
            rich(listed("ordered", 0, "one"), listed("bullet", 1, "deep"), listed("ordered", 0, "two", offset=1)),
            "1. one\n    - deep\n2. two",
        ),
        (rich(section(text("before\n")), listed("bullet", 0, "a"), section(text("\nafter"))), "before\n\n- a\n\nafter"),
        (TABLE, "| what | how many |\n|---|---|\n| **a\\|b** | 3 |"),
        ({"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Stop"}}]}, ""),
    ],
)
def test_a_block_is_read(block: dict[str, Any], said: str) -> None:
    assert blocks.shown([block]) == said


def test_what_stands_in_small_print_can_be_left_out() -> None:
    small = {"type": "context", "elements": [{"type": "plain_text", "text": "gpt · 3 tokens"}]}

    assert blocks.shown([{"type": "markdown", "text": "yes"}, small], small=False) == "yes"


@pytest.mark.parametrize(
    ("attachment", "said"),
    [
        ({"pretext": "Build", "title": "#7", "text": "failed", "fallback": "Build #7"}, "Build\n\n#7\n\nfailed"),
        ({"fields": [{"title": "Branch", "value": "main"}]}, "Branch: main"),
        ({"fallback": "Build #7"}, "Build #7"),
        ({"blocks": [{"type": "markdown", "text": "in blocks"}], "fallback": "[no preview]"}, "in blocks"),
    ],
)
def test_an_attachment_is_read(attachment: dict[str, Any], said: str) -> None:
    assert blocks.attached([attachment]) == said


@pytest.mark.parametrize(
    "broken",
    [None, "text", {}, {"type": "section"}, {"type": "rich_text", "elements": "x"}, {"type": "table", "rows": [1]}],
)
def test_what_is_no_block_says_nothing(broken: Any) -> None:
    assert blocks.shown([broken]) == ""


@pytest.mark.parametrize("odd", [10**8, -5, "x", [1], {"a": 1}, 1.5, True, None])
def test_an_odd_indent_or_offset_of_a_list_is_bounded(odd: Any) -> None:
    """A list of one word would fill the memory with blanks."""
    part = {**listed("ordered", 0, "one"), "indent": odd, "offset": odd}

    assert len(blocks.shown([rich(part)])) < 60
