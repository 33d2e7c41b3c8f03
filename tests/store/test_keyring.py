"""How the operator writes keys, and what is said where they cannot be."""

import base64

import pytest

from bot.store import keyring

FIRST, SECOND = (base64.b64encode(bytes([n]) * 32).decode() for n in (251, 2))


@pytest.mark.parametrize("written", ["", " ", ","])
def test_nothing_is_no_key(written: str) -> None:
    assert keyring.parse(written) == {}


def test_keys_come_in_their_order() -> None:
    found = keyring.parse(f"k2:{SECOND},k1:{FIRST}")

    assert list(found.items()) == [("k2", bytes([2]) * 32), ("k1", bytes([251]) * 32)]


@pytest.mark.parametrize(
    "written", [f"a:{FIRST}\nb:{SECOND}\n", f"a:{FIRST}, b:{SECOND}", f"a:{FIRST},b:{SECOND.rstrip('=')}"]
)
def test_lines_and_blanks_part_them_too_and_padding_may_be_missing(written: str) -> None:
    assert list(keyring.parse(written)) == ["a", "b"]


def test_signs_of_urls_are_taken() -> None:
    urlsafe = base64.urlsafe_b64encode(bytes([251]) * 32).decode()

    assert "-" in urlsafe
    assert keyring.parse(f"a:{urlsafe}") == {"a": bytes([251]) * 32}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (FIRST, "write id:base64"),
        (f":{FIRST}", "write id:base64"),
        (f"k/1:{FIRST}", "write id:base64"),
        (f"{FIRST}:k1", "write id:base64"),
        (f"k1:{FIRST},k1:{SECOND}", "the id k1 stands there twice"),
        ("k1:", "the key k1 is not 32 bytes"),
        ("k1:hunter2", "the key k1 is not 32 bytes"),
        (f"k1:{FIRST[:20]}!{FIRST[21:]}", "the key k1 is not 32 bytes"),
        ("k1:" + base64.b64encode(bytes(16)).decode(), "the key k1 is not 32 bytes"),
        ("k1:" + base64.b64encode(bytes(33)).decode(), "the key k1 is not 32 bytes"),
        (f"k1:{FIRST}:x", "the key k1 is not 32 bytes"),
        ("k1:é" + FIRST, "the key k1 is not 32 bytes"),
    ],
)
def test_what_is_no_key_is_told_without_quoting_it(written: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as wrong:
        keyring.parse(written)

    assert "hunter2" not in str(wrong.value)
    assert FIRST[:16] not in str(wrong.value)


def test_each_key_alone_is_a_secret() -> None:
    assert keyring.secrets(f"k1:{FIRST}, k2:{SECOND}") == [FIRST, SECOND]
