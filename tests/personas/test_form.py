"""What people may write about a persona, and what they are told when it cannot be."""

import json
from dataclasses import fields as names_of
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wording
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas import yaml as persona_yaml
from bot.personas.builtin import built_in
from bot.personas.persona import Invalid, Persona, Suggestion

BARD = Persona("Bard", "Speak\nin verse.")
ENGLISH = wording.of("en")
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40).map(str.strip)
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.just("\n")), max_size=200).map(str.strip)
TITLES = WORDS.filter(lambda words: bool(words) and ":" not in words)
NUMBER = st.floats(-2, 2).map(lambda number: round(number, 3))
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "n": st.integers(1, 8),
        "stop": st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), min_size=1, max_size=4),
        "max_tokens": st.integers(1, 10**6),
        "presence_penalty": NUMBER,
        "frequency_penalty": NUMBER,
        "logit_bias": st.dictionaries(st.integers(0, 10**6).map(str), st.floats(-100, 100), min_size=1),
        "seed": st.integers(-(2**63), 2**63 - 1),
        "reasoning_effort": st.sampled_from(["none", "low", "max"]),
    },
)
PERSONAS = st.builds(
    Persona,
    name=st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True).filter(
        lambda name: name.lower() not in persona_form.RESERVED | {"default"}
    ),
    system_prompt=TEXTS.filter(bool) | TEXTS.filter(bool).map(lambda text: (f"{text} " * 2_000)[:5_000].strip()),
    model=st.none() | st.from_regex(r"[a-z][a-z0-9:./-]{0,30}", fullmatch=True),
    params=PARAMS,
    description=WORDS,
    display_name=st.none() | WORDS.filter(lambda words: bool(words) and persona_form.HIDDEN.isdisjoint(words)),
    icon=st.sampled_from([None, ":scroll:", ":wave::skin-tone-3:", "https://example.com/bard.png"]),
    suggestions=st.lists(st.builds(Suggestion, TITLES, WORDS.filter(bool)), max_size=4).map(tuple),
    sees_names=st.booleans(),
    version=st.just(0),
)


def wrong(**form: object) -> dict[str, str]:
    """What is told about a form that is otherwise right."""
    with pytest.raises(Invalid) as refused:
        persona_form.check({"name": "Bard", "system_prompt": "Speak in verse.", **form})
    return {field: ENGLISH.problem(problem) for field, problem in refused.value.errors.items()}


def test_a_form_is_read_as_people_fill_it_in() -> None:
    form = {
        "name": "Bard",
        "system_prompt": " Speak\nin verse.\n",
        "model": "",
        "temperature": "0.9",
        "n": None,
        "stop": "THE END\nExeunt",
        "logit_bias": '{"50256": -100}',
        "suggestions": "Sonnet: Write a sonnet: of love.\nTell me a tale\n",
        "sees_names": "false",
    }

    assert persona_form.check(form) == replace(
        BARD,
        params={"temperature": 0.9, "stop": ["THE END", "Exeunt"], "logit_bias": {"50256": -100.0}},
        suggestions=(
            Suggestion("Sonnet", "Write a sonnet: of love."),
            Suggestion("Tell me a tale", "Tell me a tale"),
        ),
        sees_names=False,
    )


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", "", 'write up to 40 letters, digits, "-" and "_"'),
        ("name", "the bard", 'up to 40 letters, digits, "-" and "_"; you wrote the bard'),
        ("name", "b" * 41, "up to 40 letters"),
        ("name", "Default", "belongs to the operator's settings"),
        ("name", "Help", "means something in my commands"),
        ("name", "here", "means something in my commands"),
        ("system_prompt", " ", "1 to 12,000 characters"),
        ("system_prompt", "x" * 12_345, "1 to 12,000 characters; yours has 12,345"),
        ("system_prompt", "\ud800", "without control characters"),
        ("description", "one\ntwo", "write one line"),
        ("model", "a model", "without spaces"),
        ("temperature", 3, "0 to 2; you wrote 3"),
        ("temperature", "warm", "0 to 2; you wrote warm"),
        ("temperature", "nan", "0 to 2"),
        ("temperature", True, "0 to 2"),
        ("top_p", -0.1, "0 to 1; you wrote -0.1"),
        ("n", 0, "1 to 8"),
        ("n", 1.5, "a whole number"),
        ("stop", ["a", "b", "c", "d", "e"], "up to four texts, one per line; you wrote 5"),
        ("stop", "a\nb\nc\nd\ne", "up to four texts"),
        ("max_tokens", "0", "from 1; you wrote 0"),
        ("presence_penalty", 2.5, "-2 to 2"),
        ("frequency_penalty", "high", "-2 to 2"),
        ("logit_bias", "50256: -100", "a JSON object"),
        ("logit_bias", "[1]", "a JSON object"),
        ("logit_bias", "[" * 3_000, "a JSON object"),
        ("logit_bias", {str(n): 1 for n in range(1_000)}, "at most 3,000 characters in all"),
        ("stop", ["x" * 3_000], "at most 3,000 characters in all"),
        ("logit_bias", '{"1": 101}', "-100 to 100"),
        ("logit_bias", '{"word": 1}', "token id"),
        ("seed", "x", "a whole number"),
        ("reasoning_effort", "huge", "none, minimal, low"),
        ("display_name", "x" * 81, "at most 80 characters; yours has 81"),
        ("display_name", "Slackbot", "Slack's own"),
        ("display_name", "ad\u202eA", "invisible characters"),
        ("icon", "http://example.com/a.png", "https://"),
        ("icon", "bard", ":emoji:"),
        ("suggestions", ["a", "b", "c", "d", "e"], "up to four lines"),
        ("suggestions", [{"title": "x" * 76, "message": "y"}], "at most 75"),
        ("suggestions", [{"title": "a: b", "message": "y"}], "`Title: message`"),
        ("suggestions", [{"title": "a", "message": "x" * 2_000}] * 2, "at most 3,000 characters in all"),
        ("sees_names", "perhaps", "true or false"),
        ("temprature", 1, "no such field; did you mean temperature?"),
    ],
)
def test_each_field_says_what_to_write(field: str, value: object, told: str) -> None:
    errors = wrong(**{field: value})

    assert list(errors) == [field]
    assert told in errors[field]


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert set(wrong(temperature=3, n="x", icon="?")) == {"temperature", "n", "icon"}


@given(PERSONAS)
def test_a_persona_survives_its_file(one: Persona) -> None:
    assert persona_yaml.from_yaml(persona_yaml.to_yaml(one)) == one
    assert persona_form.check(json.loads(json.dumps(persona_form.fields(one)))) == one


KEYS = st.sampled_from([*persona_form.fields(BARD), *personas.PARAMS, "icon"]) | st.text()


@given(st.dictionaries(KEYS, st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
)))  # fmt: skip
def test_whatever_somebody_writes_is_taken_or_told(form: dict[str, object]) -> None:
    try:
        one = persona_form.check(form)
    except Invalid as refused:
        told = refused
    else:
        assert persona_form.check(persona_form.fields(one)) == one
        return
    assert told.errors
    assert all(len(ENGLISH.problem(each).encode()) < 400 for each in told.errors.values())


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

    assert persona_form.changed(BARD, new) == ("system_prompt", "n")
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


def test_every_field_of_a_persona_is_on_the_form() -> None:
    full = replace(BARD, model="m", params={"n": 1}, description="d", display_name="D", icon=":x:", sees_names=False)
    full = replace(full, suggestions=(Suggestion("t", "m"),))

    assert {"params", "version", *persona_form.fields(full)} - {"n"} == {field.name for field in names_of(Persona)}


def test_six_personas_come_with_the_product() -> None:
    found = built_in()

    assert list(found) == ["assistant", "code-reviewer", "concise", "editor", "shakespearean", "translator"]
    assert all(one.description and one.suggestions and len(one.system_prompt) > 500 for one in found.values())


def test_a_misspelt_name_is_recognised() -> None:
    assert personas.nearest("Brad", ["Bard", "concise"]) == "Bard"
    assert personas.nearest("xyz", ["Bard"]) is None
