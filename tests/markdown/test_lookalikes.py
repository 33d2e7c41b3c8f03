"""What looks alike has one skeleton."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import lookalikes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "pаypal"),  # a Cyrillic а
        ("paypal", "ｐａｙｐａｌ"),
        ("paypal", "pay\u200bpal"),
        ("paypal", "𝐩𝐚𝐲𝐩𝐚𝐥"),
        ("paypal", "paypa1"),
        ("Slack", "SIack"),
        ("book", "b00k"),
        ("bank.com", "bank。com"),
    ],
)
def test_look_alikes_have_one_skeleton(one: str, other: str) -> None:
    assert lookalikes.skeleton(one) == lookalikes.skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("paypal", "paypel"), ("default", "défault"), ("bard", "bird")])
def test_others_do_not(one: str, other: str) -> None:
    assert lookalikes.skeleton(one) != lookalikes.skeleton(other)


def test_ascii_is_what_it_is() -> None:
    every = "".join(map(chr, range(128)))

    assert lookalikes.visible(every) == lookalikes.as_ascii(every) == every


@given(st.text())
def test_what_is_visible_stays_so(text: str) -> None:
    seen = lookalikes.visible(text)

    assert lookalikes.visible(seen) == seen
    assert len(lookalikes.as_ascii(text)) == len(text)
