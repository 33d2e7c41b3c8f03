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


CARD = {
    "type": "card",
    "icon": {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "icon"},
    "title": {"type": "mrkdwn", "text": "Deploy"},
    "subtitle": {"type": "mrkdwn", "text": "by <@U1>"},
    "body": {"type": "plain_text", "text": "All green."},
    "actions": [{"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Open"}}],
}


READ: list[tuple[dict[str, Any], str]] = [
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
    ({"type": "alert", "level": "warning", "text": {"type": "mrkdwn", "text": "*hot*"}}, "*hot*"),
    (CARD, "Deploy\n\nby <@U1>\n\nAll green."),
    ({"type": "carousel", "elements": [CARD, CARD]}, "\n\n".join(["Deploy\n\nby <@U1>\n\nAll green."] * 2)),
    (
        {
            "type": "container",
            "title": {"type": "plain_text", "text": "Two < three"},
            "subtitle": {"type": "plain_text", "text": "records"},
            "child_blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "one"}}, {"type": "divider"}],
        },
        "Two &lt; three\n\nrecords\n\none\n\n---",
    ),
    (
        {**TABLE, "type": "data_table", "caption": "Stock"},
        "Stock\n\n| what | how many |\n|---|---|\n| **a\\|b** | 3 |",
    ),
    (
        {
            "type": "data_visualization",
            "title": "Pies",
            "chart": {"type": "pie", "segments": [{"label": "Apple", "value": 3}, {"label": "Lime", "value": 0}]},
        },
        "Pies\n\n- Apple: 3\n- Lime: 0",
    ),
    (
        {
            "type": "data_visualization",
            "title": "Sales",
            "chart": {"type": "bar", "series": [{"name": "Ann", "data": [{"label": "May", "value": 1.5}]}]},
        },
        "Sales\n\n- Ann: May: 1.5",
    ),
    (
        {"type": "file", "external_id": "E1", "source": "remote", "file": {"title": "Plan & more"}},
        "Plan &amp; more",
    ),
    (
        {
            "type": "input",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "a", "initial_value": "x"},
            "hint": {"type": "plain_text", "text": "yours"},
        },
        "Name\n\nyours",
    ),
    (
        {"type": "plan", "title": "To do", "tasks": [{"type": "task_card", "title": "Look", "status": "complete"}]},
        "To do\n\nLook (complete)",
    ),
    (
        {
            "type": "task_card",
            "task_id": "t",
            "title": "Search",
            "details": rich(section(text("two places"))),
            "output": rich(section(text("found", bold=True))),
            "sources": [{"type": "url", "url": "https://a.example", "text": "here"}],
        },
        "Search\n\ntwo places\n\n**found**\n\n[here](https://a.example)",
    ),
    (
        {
            "type": "video",
            "title": {"type": "plain_text", "text": "Intro"},
            "description": {"type": "plain_text", "text": "how to begin"},
            "alt_text": "x",
        },
        "Intro\n\nhow to begin",
    ),
    ({"type": "call", "call_id": "R1", "call": {"v1": {"name": "Stand-up", "id": "R1"}}}, "Stand-up"),
    ({"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "f"}]}, ""),
    ({"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Stop"}}]}, ""),
]
DOCUMENTED = (
    *("actions", "alert", "card", "carousel", "container", "context", "context_actions", "data_table"),
    *("data_visualization", "divider", "file", "header", "image", "input", "markdown", "plan", "rich_text", "section"),
    *("table", "task_card", "video"),
)
"""Kinds of blocks (Slack docs: block kit reference). `call` is of messages alone."""


@pytest.mark.parametrize(("block", "said"), READ)
def test_a_block_is_read(block: dict[str, Any], said: str) -> None:
    assert blocks.shown([block]) == said


def test_every_kind_that_slack_documents_is_tried() -> None:
    assert {block["type"] for block, _ in READ} == {*DOCUMENTED, "call"}


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"type": "poster", "title": "News", "text": {"type": "mrkdwn", "text": "*now*"}}, "News\n\n*now*"),
        (
            {"type": "poster", "body": rich(section(text("a < b"))), "elements": ["one", "two"]},
            "a &lt; b\n\none\n\ntwo",
        ),
        ({"type": "poster", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "In"}}]}, "## In"),
        ({"type": "poster", "rows": [["a", "b"], [{"type": "raw_text", "text": "c"}]]}, "a · b\n\nc"),
        (
            {"type": "poster", "elements": [{"type": "button", "action_id": "x", "text": "Press"}], "text": "read"},
            "read",
        ),
        ({"type": "poster"}, ""),
    ],
)
def test_of_a_kind_of_block_that_is_not_known_the_words_are_read(block: dict[str, Any], said: str) -> None:
    assert blocks.shown([block]) == said


def test_blocks_within_blocks_end_somewhere() -> None:
    for kind, within in (("poster", "blocks"), ("container", "child_blocks")):
        deep: dict[str, Any] = {"type": "poster", "text": "the bottom"}
        for n in range(2_000):
            deep = {"type": kind if n % 2 else "container", "title": "x", within: [deep], "child_blocks": [deep]}

        assert "bottom" not in blocks.shown([deep])
        assert len(blocks.shown([deep])) < 5_000


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
        (
            {"is_share": True, "message_blocks": [{"team": "T1", "message": {"blocks": [TABLE]}}], "fallback": "f"},
            "| what | how many |\n|---|---|\n| **a\\|b** | 3 |",
        ),
        ({"text": "look", "blocks": [rich(section(text("look"))), TABLE]}, f"look\n\n{blocks.shown([TABLE])}"),
        ({"message_blocks": ["odd", {"message": None}], "text": "plain"}, "plain"),
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
