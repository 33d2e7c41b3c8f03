"""Where the parts of a line stand, and what is still open."""

import pytest

from bot.markdown.inline import Span, fences_of_formulas, spans, words


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in spans(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("see [docs](https://x.test/a_b) now", [("link", "[docs](https://x.test/a_b)")]),
        ("![a cat](https://x.test/c.png)", [("image", "![a cat](https://x.test/c.png)")]),
        ("run `a * b` or ``c`d``", [("code", "`a * b`"), ("code", "``c`d``")]),
        (r"so \(a_1 * b_2\) holds", [("math", r"\(a_1 * b_2\)")]),
        ("it costs $5 and $6", []),
        ("nothing here", []),
    ],
)
def test_each_part_is_found_where_it_stands(text: str, parts: list[tuple[str, str]]) -> None:
    assert found(text) == parts


def test_a_link_tells_its_label_and_its_target() -> None:
    assert spans("[docs](https://x.test)") == [Span("link", 0, 22, "docs", "https://x.test")]


def test_what_is_not_closed_yet_is_open() -> None:
    assert [span.kind for span in spans("a `piece of")] == ["open"]
    assert [span.kind for span in spans("see [docs](https://x")] == ["open"]


def test_of_several_paragraphs_only_the_last_may_grow() -> None:
    text = "an `old` one\n\na `new` one"

    assert [text[span.start : span.end] for span in spans(text, last_only=True)] == ["`new`"]
    assert spans(text + "\n\n", last_only=True)[:1] == spans(text, last_only=True)


def test_the_marks_around_a_formula_of_several_lines_are_found() -> None:
    text = "so\n\n$$\na + b\n$$\n"

    assert [text[start:end] for start, end in fences_of_formulas(text)] == ["$$", "$$"]


def test_markup_is_not_read_aloud() -> None:
    assert words("# Title\n\nsome **bold** [link](https://x.test)\n\n- one\n- two") == "Title\nsome bold link\none\ntwo"
    assert words("| a | b |\n|---|---|\n| 1 | 2 |") == "a · b\n1 · 2"
