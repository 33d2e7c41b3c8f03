r"""Tokens in a text, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import mentions
from bot.conversation.mentions import Mention, Mentioned

LOOKALIKE = st.text(alphabet="@#{}\\groupdate:hereUC1 9\n")
MENTIONS = st.sampled_from(
    [
        Mention("person", "U1"),
        Mention("channel", "C1"),
        Mention("group", "S1"),
        Mention("all", "here"),
        Mention("all", "channel"),
        Mention("all", "everyone"),
    ]
)
NAMES = {"U1": "Ada", "C1": "garden", "S1": "gardeners"}


def token(mention: Mention) -> str:
    match mention.kind:
        case "channel":
            return mentions.channel(mention.id)
        case "group":
            return mentions.group(mention.id)
    return mentions.person(mention.id)


@given(LOOKALIKE)
def test_a_literal_text_mentions_nobody_and_is_read_as_it_was(text: str) -> None:
    assert list(mentions.parts(mentions.literal(text))) == ([text] if text else [])
    assert mentions.named(mentions.literal(text), NAMES) == text


@given(st.lists(st.tuples(LOOKALIKE, MENTIONS)), LOOKALIKE)
def test_mentions_are_found_whatever_stands_around_them(said: list[tuple[str, Mention]], rest: str) -> None:
    text = "".join(mentions.literal(words) + token(mention) for words, mention in said) + mentions.literal(rest)

    found = list(mentions.parts(text))
    assert [part for part in found if isinstance(part, Mention)] == [mention for _, mention in said]
    assert [part for part in found if isinstance(part, str)] == [each for each in (*(w for w, _ in said), rest) if each]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ask @{U1} or @{U2}", "ask @Ada or @U2"),
        ("in #{C1}, #{C2}", "in #garden, #C2"),
        ("@{group:S1} @{group:S2}", "@gardeners @S2"),
        ("@{here} @{channel} @{everyone}", "@here @channel @everyone"),
        (r"@\{U1} is no @\\{U1}", r"@{U1} is no @\{U1}"),
        ('puts "#{name} costs #{1 + 1}"', 'puts "#{name} costs #{1 + 1}"'),
        ("@@{U1}}", "@@Ada}"),
        ("@{group:here} #{here} @{U1", "@{group:here} #{here} @{U1"),
    ],
)
def test_a_text_is_read_by_name(text: str, read: str) -> None:
    assert mentions.named(text, NAMES) == read


def test_the_code_of_other_languages_needs_no_backslash() -> None:
    code = 'puts "#{name}"; @{a = 1}; @{var}; #{user.name}; {date: 5}'

    assert mentions.literal(code) == code


def test_all_who_are_mentioned_are_known_by_kind() -> None:
    texts = [r"@{U1} @{U2} @\{U3} #{C1}", "@{U1} @{group:S1} @{here} {date:1763700000}"]

    assert mentions.mentioned(texts) == Mentioned(frozenset({"U1", "U2"}), frozenset({"C1"}), frozenset({"S1"}))


@pytest.mark.parametrize(
    ("text", "start", "found"),
    [
        ("a @{U1}", 2, (Mention("person", "U1"), 7)),
        ("{date:17}", 0, (Mention("date", "17"), 9)),
        ("a @{U1}", 0, None),
        (r"@\{U1}", 0, None),
        (r"\{date:17}", 1, None),
    ],
)
def test_a_mention_is_found_at_its_place(text: str, start: int, found: tuple[Mention, int] | None) -> None:
    assert mentions.at(text, start) == found
