"""What stands in place of what is hidden."""

from bot.redaction.find import find
from bot.redaction.mask import Mask
from bot.redaction.own import none

KEY = "sk-" + "abcdefgh12345678" * 3


def mask() -> Mask:
    return Mask(lambda text: find(text, "personal", none))


def test_the_same_value_has_the_same_placeholder_however_it_is_written() -> None:
    hide = mask()

    assert hide("ada@example.org or ben@example.org") == "[EMAIL_1] or [EMAIL_2]"
    assert hide("again Ada@Example.org, +49 170 1234567") == "again [EMAIL_1], [PHONE_1]"
    assert hide("+491701234567") == "[PHONE_1]"
    assert hide.values == {
        "[EMAIL_1]": "ada@example.org",
        "[EMAIL_2]": "ben@example.org",
        "[PHONE_1]": "+49 170 1234567",
    }


def test_a_secret_leaves_its_kind_and_no_way_back() -> None:
    hide = mask()

    assert hide(f"use {KEY}, and {KEY}") == "use [API_KEY], and [API_KEY]"
    assert hide.values == {}
    assert hide.count == 1


def test_each_value_counts_once() -> None:
    hide = mask()
    hide(f"{KEY} ada@example.org ada@example.org https://ada:hunter2x@example.org/")

    assert hide.count == 3


def test_what_holds_nothing_stays_as_it_is() -> None:
    text = "Nothing to hide here, not even [EMAIL_1]."

    assert mask()(text) is text
