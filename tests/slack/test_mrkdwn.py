"""Slack's text format, read and written."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import mentions
from bot.conversation.mentions import Mention
from bot.slack import mrkdwn

ME = "U0BOT"


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    [
        ("ask <@U1> or <@U2|Chloe>", "ask @{U1} or @{U2}"),
        ("in <#C1|general>, <#C2>, <#C3|>", "in #{C1}, #{C2}, #{C3}"),
        ("<!here> <!channel|channel> <!everyone>", "@{here} @{channel} @{everyone}"),
        ("<!subteam^S7> <!subteam^S1|@team>", "@{group:S7} @{group:S1}"),
        ("on <!date^1^{date}|Monday>", "on Monday"),
        ("on <!date^1^{date}^https://example.com|Monday>", "on Monday"),
        ("on <!date^17^{date}>", "on 17"),
        ("<!new|thing> <!new> <@not an id|Bob>", "@thing @new @Bob"),
        (
            "see <https://example.com?a&amp;b|the page> and <https://example.org?a&amp;b>",
            "see [the page](https://example.com?a&b) and https://example.org?a&b",
        ),
        ("<https://e.org/a(b)|x [y\\]>", r"[x \[y\\\]](https://e.org/a%28b%29)"),
        ("<mailto:a@b.org|a@b.org> <https://a.org|https://a.org>", "[a@b.org](mailto:a@b.org) https://a.org"),
        ("a &lt;b&gt; &amp;amp; &quot;c&quot;", "a <b> &amp; &quot;c&quot;"),
        ("&lt;@U1&gt; a <  b < c", "<@U1> a <  b < c"),
        ("@{U1} and <@U1>", r"@\{U1} and @{U1}"),
        ("@<!date^1^{date}|{U1}>", r"@\{U1}"),
        ("*bold* :tada: `#{name}`", "*bold* :tada: `#{name}`"),
    ],
)
def test_what_slack_sends_becomes_our_text(encoded: str, decoded: str) -> None:
    assert mrkdwn.decode(encoded) == decoded


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("@{U0BOT} hello", "hello"),
        ("  @{U0BOT}, : hello", "hello"),
        ("hello\n@{U0BOT}  ", "hello"),
        ("@{U0BOT} hello @{U0BOT}", "hello"),
        ("is @{U0BOT} a bot?", "is @{U0BOT} a bot?"),
        (r"say @\{U0BOT}", r"say @\{U0BOT}"),
        ("@{U0BOT}", ""),
        ("@{U0BOT} @{U0BOT}", ""),
        ("@{U1} hello", "@{U1} hello"),
    ],
)
def test_a_mention_that_only_says_who_is_meant_is_left_out(text: str, rest: str) -> None:
    assert mrkdwn.unaddressed(text, ME) == rest


def test_what_a_person_typed_is_told_apart_from_a_mention() -> None:
    typed = mrkdwn.decode(mrkdwn.escaped("@{U1} #{C1} @{here} @\\{U1} <@U1>"))

    assert list(mentions.parts(typed)) == ["@{U1} #{C1} @{here} @\\{U1} <@U1>"]


TAGS = {
    "<@U1>": Mention("person", "U1"),
    "<@U1|ada>": Mention("person", "U1"),
    "<#C1|garden>": Mention("channel", "C1"),
    "<!subteam^S1|@team>": Mention("group", "S1"),
    "<!here>": Mention("all", "here"),
}
TYPED = st.text(alphabet="@#{}\\U1C:hergoup<>&;altm|!^ \n")


@given(st.lists(st.tuples(TYPED, st.sampled_from(sorted(TAGS)))), TYPED)
def test_all_that_people_write_is_read_as_they_wrote_it(said: list[tuple[str, str]], rest: str) -> None:
    encoded = "".join(mrkdwn.escaped(words) + tag for words, tag in said) + mrkdwn.escaped(rest)

    found = list(mentions.parts(mrkdwn.decode(encoded)))
    assert [part for part in found if isinstance(part, Mention)] == [TAGS[tag] for _, tag in said]
    assert [part for part in found if isinstance(part, str)] == [each for each in (*(w for w, _ in said), rest) if each]


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("ask @{U1} in #{C1} or @{group:S1}", "ask <@U1> in <#C1> or <!subteam^S1>"),
        ("@{here} is nobody", "@here is nobody"),
        (
            "at {date:1763700000}.",
            "at <!date^1763700000^{date_short_pretty} {time}|2025-11-21 04:40 UTC>.",
        ),
        (r"@\{U1} \{date:1} \*so\* \[x]\(y) \\ \a", r"@{U1} {date:1} *so* [x](y) \ \a"),
        ("**bold** _so_ ~~gone~~ a_b_c 2*3", "*bold* _so_ ~gone~ a_b_c 2*3"),
        ("**@{U1}** `@{U1} **a** <b>` @{U1", "*<@U1>* `@{U1} **a** &lt;b&gt;` @{U1"),
        ("[a & b](https://e.org?a&b) <b> & c", "<https://e.org?a&amp;b|a &amp; b> &lt;b&gt; &amp; c"),
        ("[all](!here) [ada](@U1) [x](data:a)", "[all](!here) [ada](@U1) [x](data:a)"),
        ("- a\n- b - c\n  - d", "• a\n• b - c\n  - d"),
        ("<!here> <@U1> <https://evil.org|bank.org>", "&lt;!here&gt; &lt;@U1&gt; &lt;https://evil.org|bank.org&gt;"),
        ("@{HERE} {date:123456789012} #{here}", "<@HERE> {date:123456789012} #{here}"),
        ("", ""),
    ],
)
def test_what_the_bot_says_becomes_slacks_text(text: str, encoded: str) -> None:
    assert mrkdwn.encode(text) == encoded


@given(st.text(alphabet="<>!@#{}[]()U1here|^&;lt\\*`_-> \n"))
def test_nothing_but_a_token_becomes_a_mention(text: str) -> None:
    encoded = mrkdwn.encode(text)

    assert len(re.findall("<[@#!]", encoded)) <= len(re.findall(r"[@#]\{", text))
    assert not re.search("<[@#!]", mrkdwn.encode(mentions.literal(text)))


PIECES = ["\u00a0", " ", "\t", "\n", "<", "<@", "<@U1", "<@U1>", "@{", "@{U1}", "#{", "\\", "@\\", "{date:", "&", "&#9"]
PIECES += ["&lt;", "|", "a", ",: ", "<a|", "]", "@{U0BOT}", "@{U0BOT} ", "[", "[a](", "`", "`a", "*", "~", "\n- "]


def read(encoded: str) -> str:
    return mentions.named(mrkdwn.unaddressed(mrkdwn.decode(encoded), ME), {})


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("read", [read, mentions.literal, mrkdwn.encode])
def test_reading_takes_time_in_proportion_to_the_text(piece: str, read: Callable[[str], str]) -> None:
    """Quadratic work would take 64 times as long for a text that is 8 times as long."""
    short, long = (f"a{(piece * length)[:length]}b" for length in (5_000, 40_000))

    assert seconds(read, long) < 24 * seconds(read, short) + 0.005


def seconds(read: Callable[[str], str], text: str) -> float:
    """Of the processor's time, the least of some."""
    took = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        took.append(time.process_time() - start)
    return min(took)


def test_a_full_message_of_blanks_is_read_at_once() -> None:
    for blank in ("\u00a0", " ", "\n"):
        assert seconds(read, f"a{blank * 40_000}b") < 0.01
