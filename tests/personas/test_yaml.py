"""Personas as files: what is written can be read, and what cannot be read says why."""

from dataclasses import replace

import pytest
from hypothesis import given

from bot import wording
from bot.personas import yaml as persona_yaml
from bot.personas.persona import Invalid, Persona
from tests.personas.generated import BARD, PERSONAS

ENGLISH = wording.of("en")


@given(PERSONAS)
def test_a_persona_survives_its_file(one: Persona) -> None:
    assert persona_yaml.from_yaml(persona_yaml.to_yaml(one)) == one


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "begin with an exported persona"),
        ("- Bard", "begin with an exported persona"),
        ("name: [", "this is not YAML, line 1"),
        ("name: Bard\nsystem_prompt: !!python/object/apply:os.getcwd []", "this is not YAML, line 2"),
        ("a: &a [x]\nb: *a", "without references"),
        ("[" * 50_000, "too many lists"),
        ("- " * 20_000, "too many lists"),
        ("x" * 50_001, "at most 50,000 characters; this file has 50,001"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        persona_yaml.from_yaml(text)
    assert told in ENGLISH.problem(refused.value.errors[""])


def test_token_ids_in_a_file_may_be_numbers() -> None:
    found = persona_yaml.from_yaml("name: Bard\nsystem_prompt: x\nlogit_bias: {50256: -100}")

    assert found.params == {"logit_bias": {"50256": -100.0}}


@pytest.mark.parametrize(
    "prompt", ["word " * 2_399 + "end", "字" * 12_000, "😀" * 12_000, f'{"é " * 3_000}\n\n\\n "x"']
)
def test_no_line_of_a_file_is_too_long_to_copy(prompt: str) -> None:
    one = replace(BARD, system_prompt=prompt)
    text = persona_yaml.to_yaml(one)

    assert max(map(len, text.splitlines())) < 150
    assert persona_yaml.from_yaml(text) == one


def test_a_bare_no_in_a_file_is_a_word() -> None:
    assert persona_yaml.from_yaml("name: no\nsystem_prompt: Off").name == "no"


def test_a_change_is_told_by_field_and_by_line() -> None:
    new = replace(BARD, system_prompt="Speak\nin prose.", params={"n": 2}, version=1)

    assert persona_yaml.difference(BARD, new).splitlines() == [
        "--- Bard version 0",
        "+++ Bard version 1",
        "@@ -1,4 +1,5 @@",
        " name: Bard",
        "+n: 2",
        " system_prompt: |-",
        "   Speak",
        "-  in verse.",
        "+  in prose.",
    ]
    assert persona_yaml.difference(BARD, BARD) == ""
