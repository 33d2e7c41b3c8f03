"""Where an answer that broke off goes on, in the same block of code."""

import pytest

from bot.markdown.joint import Joint

CODE = "Like this:\n\n```python\nprint(longest_word("


def joined(before: str, *pieces: str) -> str:
    joint = Joint(before)
    return "".join([before, *(joint.joined(piece) for piece in pieces), joint.rest()])


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("one two ", "three", "one two three"),
        ("one, two,", "three", "one, two, three"),
        ("10,", "000", "10,000"),
        ("hel", "lo", "hello"),
        (CODE, "'a thread'))\n```\nDone.", f"{CODE}'a thread'))\n```\nDone."),
        (f"{CODE}\n", "```python\n'a'))\n```", f"{CODE}\n'a'))\n```"),
        (CODE, "```python\n'a'))\n```", f"{CODE}'a'))\n```"),
        (f"{CODE}1))", "\n```\nDone.", f"{CODE}1))\n```\nDone."),
        (f"{CODE}1))\n", "```\nDone.", f"{CODE}1))\n```\nDone."),
        ("```\na\n", "```\nb\n```", "```\na\nb\n```"),
        ("```\na\n```\n", "```\nb\n```", "```\na\n```\n```\nb\n```"),
        ("- item\n", "- next", "- item\n- next"),
        (CODE, "", CODE),
    ],
    ids=[
        "text",
        "blank",
        "number",
        "word",
        "code",
        "opened again",
        "in mid-line",
        "closed",
        "closed at once",
        "no language",
        "new",
        "list",
        "nothing",
    ],
)
def test_a_block_that_is_open_is_not_opened_again(before: str, after: str, whole: str) -> None:
    assert joined(before, after) == whole
    assert joined(before, *after) == whole, "sign by sign"
