"""Neutral text as Slack writes it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot import wording
from bot.commands.model import Delete
from bot.commands.privacy_model import ForgetMe
from bot.commands.result import Offer
from bot.slack.mrkdwn import escaped
from bot.slack.ui import block_kit
from bot.wording.text import Button, Markdown, Text, Verbatim, fill, literal
from threadbot_sandbox.slack.blocks import checked

MORE = wording.of("en").say("more")


@pytest.mark.parametrize(
    ("neutral", "slack"),
    [
        ("**bold** and _italic_", "*bold* and _italic_"),
        ("`code <b> & **`", "`code &lt;b&gt; &amp; **`"),
        ("@{U1}, @{group:S1} in #{C1}", "<@U1>, <!subteam^S1> in <#C1>"),
        ("- one\n- two - three", "• one\n• two - three"),
        ("{date:1763700000}", "<!date^1763700000^{date_short_pretty} {time}|2025-11-21 04:40 UTC>"),
        ("<!channel> & > x", "&lt;!channel&gt; &amp; &gt; x"),
        (r"\@\{U1} \*a\* \<", "@{U1} *a* &lt;"),
        ("@{<!channel>}", "@{&lt;!channel&gt;}"),
    ],
)
def test_only_our_own_tokens_become_tags(neutral: str, slack: str) -> None:
    assert block_kit.mrkdwn(Markdown(neutral)) == slack


@given(st.text())
@example("~~not struck out~~")
def test_what_people_wrote_is_only_read(text: str) -> None:
    assert block_kit.mrkdwn(fill("**{it}** {it}", {"it": text})) == f"*{escaped(text)}* {escaped(text)}"


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=4000), st.text(max_size=4000).map(Verbatim)), max_size=6))
def test_whatever_is_told_slack_takes_and_nothing_of_code_is_lost(parts: list[str | Verbatim]) -> None:
    text = Text(tuple(part if isinstance(part, Verbatim) else literal(part.strip() or "x") for part in parts))
    blocks = checked(block_kit.blocks(text, MORE))
    code = [b["elements"][0]["elements"][0]["text"] for b in blocks if b["type"] == "rich_text"]

    if not blocks or blocks[-1].get("text", {}).get("text") != block_kit.mrkdwn(MORE):
        wanted = "".join(part.text for part in parts if isinstance(part, Verbatim))
        assert "".join("".join(code).split()) == "".join(wanted.split())


def test_more_than_a_message_takes_is_cut_and_says_so() -> None:
    blocks = checked(block_kit.blocks(Text((Verbatim("word " * 20_000),)), MORE))

    assert blocks[-1]["text"]["text"] == block_kit.mrkdwn(MORE)


def test_what_can_be_done_next_is_a_button() -> None:
    buttons = (
        Button("Delete it", Offer(Delete("Bard", anyway=True)), danger=True),
        Button("Forget", Offer(ForgetMe(sure=True)), danger=True),
    )
    [row] = checked(block_kit.blocks(Text((), buttons), MORE))

    assert [(each["action_id"], each.get("value"), each["style"]) for each in row["elements"]] == [
        (block_kit.DELETE, "Bard", "danger"),
        (block_kit.FORGET, None, "danger"),
    ]
