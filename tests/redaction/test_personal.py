"""What has a checksum is told by it; what only looks alike is none."""

import pytest

from bot.redaction import personal
from bot.redaction.spans import apart


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("DE89 3704 0044 0532 0130 00", ["IBAN"]),
        ("DE88370400441532113010", []),
        ("de89370400440532013000 bitte", ["IBAN"]),
        ("DE89 3704 0044 0532 0130 00 und 12", ["IBAN"]),
        ("4111 1111 1111 1111", ["CARD"]),
        ("4111 1111 1111 1112", []),
        ("0000 0000 0000 0000", []),
        ("192.168.0.17", ["IP"]),
        ("300.1.2.3", []),
        ("127.0.0.1 ::1 0.0.0.0", []),
        ("2001:db8::1.", ["IP"]),
        ("12:30:45", []),
        ("tel:+49-170-1234567", ["PHONE"]),
        ("01.12.2026", []),
        ("jörg.müller@exämple.de", ["EMAIL"]),
        ("a@b", []),
    ],
)
def test_checksums_and_forms(text: str, kinds: list[str]) -> None:
    assert [span.kind for span in apart(personal.find(text))] == kinds
