"""Where a growing text is settled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.markdown import inline
from bot.markdown.settled import Settled, parts

LINES = st.sampled_from(
    [
        *("a **b** `c`", "[a](https://b.c) d", "**a", "`a", "$x_1$ <b>", "<", "!", "![a](b)", "\\", "a\\", "-", "1."),
        *("- [a](b) c", "- b **", "* c", "+ `d", "1. a", "2. b", "3) c [", "- a\r", "-\ta", "\t- a", "     - a"),
        *("  - d ]", "   e", "    f `", " g*", "\ta", "\x0c", "\x0ca", "\r", "", "", "", " "),
        *("# h", "#", "## [a](b)", "---", "***", "===", "- - -", "> q", ">", "> - a"),
        *("```", "```py", "``` a`b", "~~~", "~~~ a", "````", "  ```", "   ```", "    ```", "- ```", "> ```"),
        *("$$", "\\[", "\\]", " $$", "| a | b |", "|---|---|", "| [c](d) | `e |", "a | b", "- | -"),
    ]
)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)
NOISE = st.text("`~*_[]()<$\\|-+#>1.) \n\ta", max_size=60)


@settings(max_examples=1500, deadline=None)
@given(TEXTS | NOISE)
def test_what_is_read_part_by_part_is_read_as_in_the_whole(text: str) -> None:
    found, at = [], 0
    for part in parts(text):
        found += [(s.kind, s.start + at, s.end + at, s.label, s.target) for s in inline.spans(part)]
        at += len(part)

    assert at == len(text)
    assert found == [(s.kind, s.start, s.end, s.label, s.target) for s in inline.spans(text)]


@settings(max_examples=300, deadline=None)
@given(TEXTS | NOISE, st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_however_a_text_grows_its_parts_are_the_same(text: str, steps: list[int]) -> None:
    growing, end, before = Settled(), 0, tuple[str, ...]()
    for number in range(len(text)):
        end += steps[number % len(steps)]
        now = growing.parts(text[:end])
        assert now == parts(text[:end])
        settled = before[:-1]
        assert now[: len(settled)] == settled
        before = now


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("a\n\nb", ("a\n\nb",)),
        ("a\n\nb\n", ("a\n\n", "b\n")),
        ("- a\n- b\n- c", ("- a\n", "- b\n- c")),
        ("1. a\n   - b\n2. c\n", ("1. a\n   - b\n", "2. c\n")),
        ("1. a\nb\n2. c\n", ("1. a\nb\n2. c\n",)),
        ("a\n```py\nb\n\nc\n```\nd", ("a\n", "```py\nb\n\nc\n```\n", "d")),
        ("- a\n\n  ```\n\nb\n", ("- a\n\n  ```\n\n", "b\n")),
        ("# a\nb\n## c\n", ("# a\nb\n", "## c\n")),
    ],
)
def test_parts_end_where_nothing_is_torn(text: str, found: tuple[str, ...]) -> None:
    assert parts(text) == found


def test_a_text_that_became_another_is_read_anew() -> None:
    growing = Settled()
    growing.parts("a\n\nb\n\nc\n")

    assert growing.parts("a\n\nd\n\ne\n") == parts("a\n\nd\n\ne\n")


@pytest.mark.parametrize(("text", "code"), [("```\na\n", True), ("```\na\n```\n", False), ("$$\n", True), ("a", False)])
def test_it_is_known_whether_a_text_ends_in_code(text: str, code: bool) -> None:
    growing = Settled()
    growing.parts(text)

    assert growing.code is code
