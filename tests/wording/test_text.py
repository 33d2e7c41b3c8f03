"""Sentences and what is filled into them."""

from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.commands.parse import VERBS
from bot.conversation.places import Moment, Ref
from bot.policy.preferences import PREFERENCES
from bot.wording.text import Markdown, fill, literal

ENGLISH = wording.of("en")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a *b* _c_ `d`", r"a \*b\* \_c\_ \`d\`"),
        ("@{U1} {date:1}", r"@\{U1} \{date:1}"),
        ("- no list", r"\- no list"),
        (Markdown("**b**"), "**b**"),
        (Ref("user", "U1"), "@{U1}"),
        (Ref("group", "S1"), "@{group:S1}"),
        (Ref("channel", "C1"), "#{C1}"),
        (Moment(1763700000.9), "{date:1763700000}"),
        (3, "3"),
    ],
)
def test_only_what_is_ours_has_a_meaning_in_a_sentence(value: object, written: str) -> None:
    assert fill("{it}", {"it": value}) == written


def test_in_code_what_people_wrote_can_not_end_the_code() -> None:
    assert fill("`/persona show {name}` {name}", {"name": "a`b\n*c*"}) == "`/persona show a'b *c*` a\\`b\n\\*c\\*"


def test_a_number_is_written_as_its_field_says() -> None:
    assert fill("{count:,}", {"count": 12345}) == "12,345"


@given(st.text())
def test_what_people_wrote_is_literal_once(text: str) -> None:
    assert fill("{it}", {"it": literal(text)}) == literal(text)


@pytest.mark.parametrize("code", ENGLISH.sentences)
def test_every_sentence_can_be_filled(code: str) -> None:
    sentence = ENGLISH.sentences[code]
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}

    assert all(name.isidentifier() for name in names)
    assert ENGLISH.say(code, **dict.fromkeys(names, 7))
    assert sentence == sentence.strip()


def test_every_word_after_a_slash_command_is_explained() -> None:
    for command, verbs in VERBS.items():
        for name in verbs:
            own = command == "/threadbot" and name in PREFERENCES
            assert own or f"help.{command} {name}" in ENGLISH.sentences


@pytest.mark.parametrize(
    ("items", "listed", "all_of", "one_of"),
    [
        (["a"], "a", "a", "a"),
        (["a", "b"], "a, b", "a and b", "a or b"),
        (["a", "b", "c"], "a, b, c", "a, b and c", "a, b or c"),
    ],
)
def test_lists_are_read_as_people_write_them(items: list[str], listed: str, all_of: str, one_of: str) -> None:
    assert (ENGLISH.listed(items), ENGLISH.all_of(items), ENGLISH.one_of(items)) == (listed, all_of, one_of)
