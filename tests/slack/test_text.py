import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text

ME = "U0BOT"
NAMES = {"U1": "Ada", ME: "Threadbot", "C7": "garden", "S7": "gardeners"}


@pytest.mark.parametrize(
    ("encoded", "read"),
    [
        ("<@U0BOT> hello", "hello"),
        ("<@U0BOT|threadbot>, hello", "hello"),
        ("hello <@U0BOT>", "hello"),
        ("is <@U0BOT> a bot?", "is @Threadbot a bot?"),
        ("ask <@U1> or <@U2> or <@U3|Chloe>", "ask @Ada or @U2 or @Chloe"),
        ("in <#C1|general>, <#C2>, <#C7|>, <#C7>", "in #general, #C2, #garden, #garden"),
        ("<!here> <!channel|channel> <!subteam^S1|@team>", "@here @channel @team"),
        ("<!subteam^S7> <!subteam^S8> <!everyone>", "@gardeners @S8 @everyone"),
        ("on <!date^1^{date}|Monday>", "on Monday"),
        ("on <!date^1^{date}^https://example.com|Monday>", "on Monday"),
        (
            "see <https://example.com|the page> and <https://example.org>",
            "see the page (https://example.com) and https://example.org",
        ),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U0BOT>", ""),
    ],
)
def test_slack_text_is_read_as_people_read_it(encoded: str, read: str) -> None:
    assert text.plain(encoded, NAMES, ME) == read


def test_what_bears_no_name_is_to_be_looked_up() -> None:
    texts = ["<#C1|general> <#C2|> <#C3> <@U1>", "<!subteam^S1> <!subteam^S2|@team> <!here>"]

    assert text.unnamed(texts) == ({"C2", "C3"}, {"S1"})


def test_what_looks_like_a_tag_only_after_unescaping_is_not_one() -> None:
    assert text.plain("&lt;@U1&gt;", NAMES, ME) == "<@U1>"


@pytest.mark.parametrize(
    "ping", ["<!channel>", "<!here|x>", "<!everyone>", "<@U123>", "<@W1|n>", "<!subteam^S1>", "<#C1>", "<!Channel>"]
)
def test_a_ping_is_broken(ping: str) -> None:
    assert not text.harmless(ping).startswith("<")
    assert len(text.harmless(ping)) == len(ping)


@pytest.mark.parametrize(
    "code", ["<!DOCTYPE html>", "<!-- note -->", "a << b", "<div>", "<#include>", "List<@Nullable T>"]
)
def test_code_that_pings_nobody_stays_as_it_is(code: str) -> None:
    assert text.harmless(code) == code


@given(st.text(alphabet="<>!@#CU1|^chanelr "))
def test_no_text_at_all_pings(anything: str) -> None:
    shown = text.harmless(anything)

    assert not re.search(r"<[@#][A-Z0-9]{2}|<!(channel|here)\b", shown)
    assert text.harmless(shown) == shown
