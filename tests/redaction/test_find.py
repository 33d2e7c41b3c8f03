"""What is found of each kind, how much, and what is taken for it and is none: as docs/redaction.md says."""

import re
from pathlib import Path

import pytest

from bot.redaction.find import find
from bot.redaction.own import none
from tests.redaction.corpus import EACH, INNOCENT, KINDS, found_in

PAGE = Path(__file__).resolve().parents[2] / "docs" / "redaction.md"
SECRETS = ("API_KEY", "TOKEN", "PRIVATE_KEY", "PASSWORD")


def hidden(text: str, value: str) -> bool:
    """Whether nothing of a value is left to be read, or of a URL nothing of its secret."""
    if "://" in value:
        value = value.rpartition("@")[0].rpartition(":")[2] or value.partition("/services/")[2]
    start = text.index(value)
    spans = find(text, "personal", none)
    return any(span.start <= start and start + len(value) <= span.end for span in spans)


def recall(kind: str) -> float:
    return sum(hidden(text, value) for text, value in found_in(kind)) / EACH


def wrong(kind: str) -> int:
    return sum(span.kind == kind for text in INNOCENT for span in find(text, "personal", none))


def table() -> str:
    rows = ["| kind | found | of what is none, taken for it |", "|---|---:|---:|"]
    return "\n".join(
        [*rows, *(f"| `{kind}` | {recall(kind):.1%} | {wrong(kind)} of {len(INNOCENT)} |" for kind in KINDS)]
    )


def test_the_page_says_what_is_found() -> None:
    """Make it anew: python -m tests.redaction.test_find"""
    page = PAGE.read_text("utf-8").partition("<!-- corpus -->")[2].partition("<!-- /corpus -->")[0]

    assert page.strip() == table()


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_is_found(kind: str) -> None:
    assert recall(kind) >= 0.97
    assert wrong(kind) <= 2


@pytest.mark.parametrize("kind", SECRETS)
def test_every_secret_is_found_where_only_secrets_are_hidden(kind: str) -> None:
    missed = [value for text, value in found_in(kind) if not find(text, "secrets", none)]

    assert missed == []


@pytest.mark.parametrize("text", INNOCENT)
def test_no_innocent_text_holds_a_secret(text: str) -> None:
    """A commit and a checksum among them."""
    assert find(text, "secrets", none) == []


def test_off_finds_nothing() -> None:
    assert [text for kind in KINDS for text, _ in found_in(kind)[:5] if find(text, "off", none)] == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("api_key: 'abcd1234efgh5678'", "abcd1234efgh5678"),
        ('{"client_secret": "Zm9vYmFyYmF6cXV4MTIz"}', "Zm9vYmFyYmF6cXV4MTIz"),
        ("DB_PASSWORD=hunter2!", "hunter2!"),
        ("Authorization: Bearer abcdef0123456789abcdef", "abcdef0123456789abcdef"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("redis://:s3cret@host:6379/0", "s3cret"),
    ],
)
def test_what_is_called_a_secret_is_one(text: str, secret: str) -> None:
    assert [text[span.start : span.end] for span in find(text, "secrets", none)] == [secret]


def test_a_phone_number_leaves_no_part_of_a_card() -> None:
    text = "it is 4111 1111 1111 1111, call +49 170 1234567"
    spans = find(text, "personal", none)

    assert [(span.kind, text[span.start : span.end]) for span in spans] == [
        ("CARD", "4111 1111 1111 1111"),
        ("PHONE", "+49 170 1234567"),
    ]


def test_a_private_key_without_its_end_does_not_swallow_what_follows() -> None:
    body = "\n".join("M" * 64 for _ in range(5))
    text = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n\nand now a question, please"
    [span] = find(text, "secrets", none)

    assert text[span.end :] == "\n\nand now a question, please"


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    section = f"<!-- corpus -->\n{table()}\n<!-- /corpus -->"
    PAGE.write_text(re.sub(r"<!-- corpus -->.*<!-- /corpus -->", lambda _: section, page, flags=re.S), "utf-8")
