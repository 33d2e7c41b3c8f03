import html
import re
import threading
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import pictures
from bot.markdown.settled import Settled
from bot.markdown.split import presentable, size
from bot.slack.outbound import render
from bot.turns.draft import MAX_CHARACTERS

UNSEEN = [
    "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\ufe0f", "\U000e0041", "\u3164", "\u180e",
    " ", "\u00a0", "\t", "\n", "\u2003", "\u3000",
]  # fmt: skip
PINGS = ["<!channel>", "<!here|x>", "<!everyone>", "<@U123>", "<@W1|n>", "<!subteam^S1>", "<#C1>", "<!Channel>"]


@pytest.mark.parametrize("ping", PINGS)
@pytest.mark.parametrize(
    "around", ["{}", "`{}`", "```\n{}\n```", "[x]({})", "![{}](u)", "| {} |", "> {}", "<{}>", "$x_{}$"]
)
def test_a_ping_is_broken_wherever_it_stands(ping: str, around: str) -> None:
    shown = render.shown(around.format(ping))

    assert ping not in shown
    assert ping[1:4] in shown  # and can be read


@pytest.mark.parametrize(
    "hidden",
    [
        "&lt;!channel&gt;",
        "&LT;@U123>",
        "&#60;!here>",
        "&#x3C;!here>",
        "&amp;lt;!here&amp;gt;",
        "<&#64;U123>",
        "<&#x40;&#85;123>",
        "<&excl;here>",
        r"<\@U123>",
        r"\<@U123>",
        "<\u200b@U123>",
        "<https://evil.com|https://bank.com>",
        "<https://evil.com&#124;https://bank.com>",
        "<mailto:a@evil.com|a@bank.com>",
        *(
            f"<{sign}{tag}"
            for sign in UNSEEN
            for tag in ("!here>", "@U123>", "!channel|x>", "https://evil.com|bank.com>")
        ),
        *(f"<{tag[0]}{sign}{tag[1:]}" for sign in UNSEEN[:8] for tag in ("!here>", "@U123>")),
        "<@u123abc>",
        "<@w0AB|n>",
        "<#c0123>",
        "<!HERE>",
        "<!SubTeam^s1>",
        "<＠U123>",
        "<！here>",
        "< \u200b\n@U123>",
    ],
)
def test_what_becomes_active_only_when_markdown_is_read_is_broken_too(hidden: str) -> None:
    read = unicodedata.normalize("NFKC", html.unescape(html.unescape(render.shown(hidden)))).replace("\\", "")

    assert not ACTIVE.search("".join(sign for sign in read if sign not in "".join(UNSEEN)))


ACTIVE = re.compile(r"<([@#][A-Z0-9]{2}|(?i:[@#][uwcdg][a-z]*\d|!(channel|here|everyone|subteam)\b)|\w+:[^\s<>|]*\|)")


@pytest.mark.parametrize(
    "code",
    [
        "<!DOCTYPE html>",
        "<!-- note -->",
        "a << b",
        "<div>",
        "<#include>",
        "<#define X>",
        "a < b && c > d",
        "x < !important",
        "List<@Valid User>",
        "List<@Nullable T>",
        "Array<string|number>",
        "&lt;b&gt;",
        "<https://example.com/a>",
    ],
)
def test_code_that_pings_nobody_stays_as_it_is(code: str) -> None:
    assert render.harmless(code) == code
    assert render.shown(f"`{code}`") == f"`{code}`"


@given(st.text(alphabet="<>!@#CU1u|^chanelr &;lt\\\u200b\u00a0\n"))
def test_no_text_at_all_pings(anything: str) -> None:
    shown = render.harmless(anything)

    assert not ACTIVE.search(re.sub(r"<\s+", "<", html.unescape(shown).replace("\u200b", "")))
    assert len(shown) <= len(anything)
    assert render.harmless(shown) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[https://bank.com](https://evil.com)", "https://bank.com (https://evil.com)"),
        ("[**bank.com** login](https://evil.com/bank.com)", "**bank.com** login (https://evil.com/bank.com)"),
        ("[bank\u200b.com](https://evil.com)", "bank\u200b.com (https://evil.com)"),
        ("[bank.com][1]\n\n[1]: https://evil.com", "bank.com (https://evil.com)\n\n[1]: https://evil.com"),
        ("[bank.com](https://bank.com@evil.com)", "bank.com (https://bank.com@evil.com)"),
        ("[www.bank.com](https://bank.com/a)", "[www.bank.com](https://bank.com/a)"),
        ("[the docs](https://example.com)", "[the docs](https://example.com)"),
        ("[Node.js](https://nodejs.org)", "[Node.js](https://nodejs.org)"),
        ("![a cat](https://x.org/c.png)", "[a cat](https://x.org/c.png)"),
        ("![](https://x.org/c.png)", "https://x.org/c.png"),
        ("![bank.com](https://evil.com/c.png)", "bank.com (https://evil.com/c.png)"),
        ("| a |\n|---|\n| [a.com](https://b.com) |", "| a |\n|---|\n| a.com (https://b.com) |"),
        ("```\n[a.com](https://b.com) <b> $x_1$\n```", "```\n[a.com](https://b.com) <b> $x_1$\n```"),
    ],
)
def test_links_show_where_they_go(written: str, shown: str) -> None:
    assert render.shown(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<b>bold</b><br> a < b", r"\<b>bold\</b>\<br> a < b"),
        ("<div>\n[bank.com](https://evil.com)\n</div>", "\\<div>\nbank.com (https://evil.com)\n\\</div>"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
    ],
)
def test_html_is_shown_as_text(written: str, shown: str) -> None:
    assert render.shown(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"so $x_1^2$ and \(a_{i}\) are", "so `x_1^2` and `a_{i}` are"),
        (r"\[ E = mc^2 \]", "`E = mc^2`"),
        ("$$\na\n+ b_1\n$$", "```\na\n+ b_1\n```"),
        ("- so\n\n  \\[\n  \\frac{a}{b}\n  \\]", "- so\n\n  ```\n  \\frac{a}{b}\n  ```"),
        ("it costs $5 and $10, or 10$ a_day", "it costs $5 and $10, or 10$ a_day"),
        ("`$x_1$` and $HOME and \\[not\\]", "`$x_1$` and $HOME and \\[not\\]"),
    ],
)
def test_mathematics_stays_readable_and_money_is_none(written: str, shown: str) -> None:
    assert render.shown(written) == shown


@pytest.mark.parametrize(("columns", "code"), [(20, False), (21, True)])
def test_a_table_that_is_too_wide_for_slack_is_code(columns: int, code: bool) -> None:
    table = "\n".join(("| a " * columns + "|", "|-" * columns + "|", "| 1 " * columns + "|"))

    shown = f"```\n{table}\n```" if code else table
    assert render.shown(f"see\n\n{table}\n\nand") == f"see\n\n{shown}\n\nand"


FULL = ["<a>", "![](u)", "[a.b][1] ", "$$\n\n$$\n", "<@U1>", "[a.b](//c.d/é) ", "\\[x_1\\]", "&lt;!here", "👩<b>"]


@pytest.mark.parametrize("piece", FULL)
def test_a_full_message_never_grows_beyond_what_slack_takes(piece: str) -> None:
    written = f"[1]: https://e.org/{'é' * 300}\n\n" + piece * (10_500 // size(piece))

    assert size(written) <= MAX_CHARACTERS
    assert size(render.shown(written)) <= MAX_CHARACTERS + render.MAX_ADDED < 12_000


ANSWER = r"""So **bold** <b>x</b> ![pic](https://x.org/y) and [bank.com](https://evil.com) of $x_1$ <!here> cost $5.

- \(a_1\) &lt;@U123&gt; `code <b>`

```html
<b>$x_1$</b>
```

\[
x_1 + y_2
\]

| a | b |
|---|---|
| <br> | [a.b](https://c.d) |
"""


def test_what_was_shown_of_an_answer_stays_when_more_of_it_comes() -> None:
    shown = [render.shown(presentable(ANSWER[:end])) for end in range(len(ANSWER) + 1)]

    assert all(render.shown(ANSWER).startswith(each) for each in shown)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("# Hi **there**\n\nsee [docs](https://x.org) `a_b`", "Hi there\nsee docs a_b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n- y", "a · b\n1 · 2\nx\ny"),
        ("<!here> <b> & $x$", "&lt;!here&gt; &lt;b&gt; &amp; x"),
        ("```py\nx = 1\n```", "x = 1"),
    ],
)
def test_a_notification_is_words(written: str, told: str) -> None:
    assert render.notification(written) == told


@pytest.mark.parametrize("piece", ["word ", "& ", "<", "👩", "長", "\u0800"])
@pytest.mark.parametrize("length", [300, 11_000])
def test_a_notification_is_short_in_bytes_and_ends_with_a_whole_entity(piece: str, length: int) -> None:
    told = render.notification(piece * length)

    assert 290 < len(html.unescape(told)) <= 300
    assert len(told.encode()) <= 1_500
    assert re.fullmatch(r"(?s)(?:[^&]|&(?:amp|lt|gt);)*…?", told)
    assert told.endswith("…") == (len(piece * length) > 300)


def test_a_notification_of_long_addresses_is_the_words_around_them() -> None:
    told = render.notification(f"see [the docs](https://x.org/{'a' * 900}) and " + "more " * 900)

    assert told.startswith("see the docs and more more")
    assert len(told) <= 300


# -- whatever is written, no picture loads --


@pytest.mark.parametrize(
    "written",
    [
        r"| ![a\|b](https://evil.com/p.png?q=SECRET) |",
        r"| a | ![a\|b](https://evil.com) | ![a|b](https://evil.com) |",
        r"| ![](https://evil.com?a\|b) |",
        r"| x | y | z | ![more cells than there are](https://evil.com) |",
        "| ![a][1] |",
        "> | ![a\\|b](https://evil.com) |",
        "- | ![a\\|b](https://evil.com) | c",
    ],
)
@pytest.mark.parametrize("rule", ["|---|---|---|", "|-|", "> |-|", "  |-|", "-|-"])
def test_no_picture_loads_from_a_table(written: str, rule: str) -> None:
    for table in (f"{written}\n{rule}\n", f"| a | b | c |\n{rule}\n{written}\n", f"a|b\n{rule}\n{written}"):
        shown = render.shown(f"{table}\n\n[1]: https://evil.com/x.png")

        assert pictures(shown) == []


@pytest.mark.parametrize(
    "written",
    [
        "!![a](u)",
        "!!![a](u)",
        "![![a](u)](v)",
        "[![a](u)](v)",
        "[bank.com ![a](u)](https://evil.com)",
        "![bank.com ![a](u)](https://evil.com)",
        "[" * 30 + "![a](u)" + "](v)" * 30,
        "![a\nb](u)",
        "![a][1]\n\n[1]: u",
        "![1]\n\n[1]: u",
        "![1][]\n\n[1]: u",
        "![](<u v>)",
        "\\![a](u) \\\\![a](u)",
        "`a` ![`]`](u)",
        "$$ ` ![a](u) $$",
        "\\(x ` ![a](u)\\)",
        "$$\n```\n![a](u)\n$$",
        "\\[\n```\n![a](u)",
        "![\\(](u)\\)```",
        "# ![a](u) #",
        "> - 1. ![a](u)",
        "![a](u)![b](v)",
    ],
)
def test_no_picture_loads_in_any_spelling(written: str) -> None:
    assert pictures(render.shown(written)) == []


def test_only_the_cell_that_cannot_be_told_is_made_plain() -> None:
    table = "| a | b |\n|---|---|\n| {} | [docs](https://x.org) |\n| c | `d[0]` |"

    shown = render.shown(table.format(r"[bank.com\|x](https://evil.com)"))

    assert shown == table.format(r"(bank.com\|x)(https://evil.com)")


def test_a_cell_with_code_in_it_stays_as_it_is() -> None:
    table = "| a |\n|---|\n| `x \\| y[0]` |\n| b \\| c |"

    assert render.shown(f"{table}\n\n[docs](https://x.org)") == f"{table}\n\n[docs](https://x.org)"


PIECES = st.sampled_from(
    [
        *("- [bank.com](https://evil.com) a\n", "- b `c`\n", "1. $x_1$ d\n", "2. <b> e\n", "word ", "**bold** ", "\n"),
        *("![a](b) ", "[c](d", ")", "```\n", "`", "<", "&lt;", "  \n", "@U123", "!here", "https://a.b|c", "\n\n"),
        *("[x]", ": https://evil.com\n", "> q\n", "# h\n", "$$\n", "<a:b|", "\\", "\u00ad", "文"),
        *("| a | b |\n", "|---|---|\n", "| [d.com](https://e.f) | ![g](h) |\n"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40), st.booleans())
def test_a_text_that_grows_is_shown_as_it_is_shown_at_once(pieces: list[str], tables: bool) -> None:
    growing, text = Settled(), ""
    for piece in pieces:
        text += piece
        grown = render.shown(text, tables=tables, parts=growing.parts(text))

    if pieces:
        assert grown == render.shown(text, tables=tables)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_nothing_active_is_left_between_two_parts(text: str) -> None:
    shown = render.shown(text)

    assert render.harmless(shown) == shown


async def test_what_was_made_ready_is_not_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "see <b>, $x_1$\n\n" + "and [a](https://b.c) " * 50 + "\n\nthe end\n"
    read: list[tuple[str, bool]] = []

    def noted(written: str, tables: bool) -> Any:
        read.append((written, threading.current_thread() is threading.main_thread()))
        return seen(written, tables)

    seen = render._seen
    monkeypatch.setattr(render, "_seen", noted)
    await render.ready(text)

    assert [here for _, here in read] == [True, False], "what takes long is read beside the loop"
    render.shown(text)
    render.shown(text + "and more")
    assert len(read) == 2


async def test_what_is_kept_of_texts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "MAX_KEPT", 100)
    for number in range(100):
        assert render.shown(f"<b> {number}") == f"\\<b> {number}"

    assert sum(len(written) for written, _ in render._known) <= 100
