"""Words are shut and opened: under which key, bound to what, and what cannot be opened."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Locked
from bot.store.seal import PLAIN, Seal

FIRST, SECOND = (f"k{n}:{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))
ROOT = Path(__file__).parents[2]
ABOUT = "message slack/T1/C1/1.2"
FIELDS = {"ts": "1.2", "author": "UADA", "text": "the orchid opens"}


def sealed(keys: str, fields: dict[str, Any] = FIELDS) -> str:
    return Seal(lambda: keys).shut(fields, ["text"], ABOUT)


def opened(keys: str, text: str, about: str = ABOUT) -> Any:
    return json.loads(Seal(lambda: keys).open(text, about))


def test_words_are_gone_and_come_back_and_ids_stay() -> None:
    text = sealed(FIRST)

    assert "orchid" not in text
    assert {name: json.loads(text)[name] for name in ("ts", "author")} == {"ts": "1.2", "author": "UADA"}
    assert opened(FIRST, text) == FIELDS


def test_the_same_words_never_look_the_same() -> None:
    assert sealed(FIRST) != sealed(FIRST)


def test_without_keys_words_stand_as_they_are_and_are_read_so_with_keys() -> None:
    text = PLAIN.shut(FIELDS, ["text"], ABOUT)

    assert json.loads(text) == FIELDS
    assert opened(FIRST, text) == FIELDS
    assert not PLAIN.on


def test_the_first_key_writes_and_all_read() -> None:
    both = Seal(lambda: f"{SECOND},{FIRST}")

    assert both.key_of(both.shut(FIELDS, ["text"], ABOUT)) == "k2"
    assert opened(f"{SECOND},{FIRST}", sealed(FIRST)) == FIELDS
    assert both.key_of(json.dumps(FIELDS)) == ""


def test_keys_that_change_count_at_once() -> None:
    keys = [FIRST]
    seal = Seal(lambda: keys[0])
    before = seal.shut(FIELDS, ["text"], ABOUT)
    keys[0] = f"{SECOND},{FIRST}"

    assert seal.key_of(seal.shut(FIELDS, ["text"], ABOUT)) == "k2"
    assert json.loads(seal.open(before, ABOUT)) == FIELDS


@pytest.mark.parametrize(
    "keys", ["", SECOND, SECOND.replace("k2", "k1")], ids=["none", "another", "another of that id"]
)
def test_without_its_key_it_is_locked_and_the_key_is_named(keys: str) -> None:
    with pytest.raises(Locked) as locked:
        opened(keys, sealed(FIRST))

    assert locked.value.key == "k1"


@pytest.mark.parametrize(
    "elsewhere", ["message slack/T1/C1/9.9", "message slack/T2/C1/1.2", "vote slack/T1/C1/1.2", ""]
)
def test_moved_elsewhere_it_does_not_open(elsewhere: str) -> None:
    with pytest.raises(Locked):
        opened(FIRST, sealed(FIRST), elsewhere)


@pytest.mark.parametrize("sign", range(0, 60, 7))
def test_changed_it_does_not_open(sign: int) -> None:
    fields = json.loads(sealed(FIRST))
    id, _, shut = fields["sealed"].partition(":")
    other = "B" if shut[sign] == "A" else "A"
    fields["sealed"] = f"{id}:{shut[:sign]}{other}{shut[sign + 1 :]}"

    with pytest.raises(Locked):
        opened(FIRST, json.dumps(fields, separators=(",", ":")))


@pytest.mark.parametrize("odd", ["k1:", "k1:AAAA", "k1:é", "k1:=", "", "k1", "k9:AAAA"])
def test_odd_seals_are_locked_and_nothing_worse(odd: str) -> None:
    with pytest.raises(Locked):
        opened(FIRST, json.dumps({"ts": "1.2", "sealed": odd}, separators=(",", ":")))


@pytest.mark.parametrize("odd", ["", "[]", "no JSON", '{"sealed":"x', '["sealed":""]', '{"sealed":1}', "[" * 9000])
def test_what_is_no_object_is_left_to_whoever_reads_it(odd: str) -> None:
    assert Seal(lambda: FIRST).open(odd, ABOUT) == odd
    assert Seal(lambda: FIRST).key_of(odd) == ""


def test_nobody_can_write_a_message_that_looks_sealed() -> None:
    words = '","sealed":"k1:AAAA"} {"sealed":"k1:AAAA"}'
    plain = PLAIN.shut({"text": words}, ["text"], ABOUT)

    assert opened(FIRST, plain) == {"text": words}
    assert opened(FIRST, sealed(FIRST, {"text": words})) == {"text": words}


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text()), min_size=1))
def test_whatever_the_words_they_come_back(fields: dict[str, Any]) -> None:
    seal = Seal(lambda: FIRST)
    fields.pop("sealed", None)

    assert json.loads(seal.open(seal.shut(fields, None, ABOUT), ABOUT)) == fields


def test_half_a_character_comes_back() -> None:
    assert opened(FIRST, sealed(FIRST, {"text": "\ud83d"})) == {"text": "\ud83d"}


def test_switched_off_the_library_is_not_loaded() -> None:
    program = (
        "import sys; from bot.store.client import Client; from bot.store.seal import Seal;"
        "Seal().shut({'text': 'x'}, None, ''); Seal().open('{}', '');"
        "print('cryptography.hazmat.primitives.ciphers.aead' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "False\n"
