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
from bot.personas.builtin import built_in
from bot.personas.persona import Invalid, Persona, Suggestion
from tests.personas.generated import BARD, PERSONAS

ENGLISH = wording.of("en")


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
        "private": "true",
        "cache": "1h",
        "retention": "2d",
        "chosen_by": "named",
    }

    assert persona_form.check(form) == replace(
        BARD,
        params={"temperature": 0.9, "stop": ["THE END", "Exeunt"], "logit_bias": {"50256": -100.0}},
        suggestions=(
            Suggestion("Sonnet", "Write a sonnet: of love."),
            Suggestion("Tell me a tale", "Tell me a tale"),
        ),
        sees_names=False,
        private=True,
        cache=3600,
        retention=2 * 86_400,
        chosen_by="named",
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
        ("display_name", "SIack", "Slack's own"),
        ("display_name", "Slаckbоt", "Slack's own"),
        ("display_name", "S l a c k - b o t", "Slack's own"),
        ("display_name", "ѕlack", "Slack's own"),
        ("display_name", "Ｓｌａｃｋ", "ordinary letters"),
        ("display_name", "Sl\u200back", "cannot be seen"),
        ("display_name", "Sl\u200dack", "cannot be seen"),
        ("display_name", "\u3164", "cannot be seen"),
        ("display_name", "Ada\U000e0041", "cannot be seen"),
        ("display_name", "\ufe0f", "cannot be seen"),
        ("name", "defаult", "looks like “default”"),
        ("name", "defauIt", "looks like “default”"),
        ("name", "ｄｅｆａｕｌｔ", "ordinary letters"),
        ("name", "trаnslator", "looks like “translator”"),
        ("name", "c0ncise", "looks like “concise”"),
        ("name", "hеlp", "looks like “help”"),
        ("name", "\u3164", "cannot be seen"),
        ("name", "\u115f", "cannot be seen"),
        ("name", "Slack", "Slack's own"),
        ("name", "SIack-bot", "Slack's own"),
        ("name", "ѕlасkbot", "Slack's own"),
        ("display_name", "\u2800", "cannot be seen"),
        ("display_name", "Ada\u2800", "cannot be seen"),
        ("display_name", "Ada\u2028Ben", "cannot be seen"),
        ("display_name", "\ufff9Ada", "cannot be seen"),
        ("display_name", "\u0301\u0302", "cannot be seen"),
        ("display_name", "аssistant", "looks like “assistant”"),
        ("display_name", "defauIt", "looks like “default”"),
        ("display_name", "ad\u202eA", "cannot be seen"),
        ("icon", "http://example.com/a.png", "https://"),
        ("icon", "bard", ":emoji:"),
        ("suggestions", ["a", "b", "c", "d", "e"], "up to four lines"),
        ("suggestions", [{"title": "x" * 76, "message": "y"}], "at most 75"),
        ("suggestions", [{"title": "a: b", "message": "y"}], "`Title: message`"),
        ("suggestions", [{"title": "a", "message": "x" * 2_000}] * 2, "at most 3,000 characters in all"),
        ("sees_names", "perhaps", "true or false"),
        ("private", "perhaps", "true or false"),
        ("cache", "an hour", "30s, 10m, 1h or 2d, up to 30d; you wrote an hour"),
        ("cache", "31d", "up to 30d"),
        ("cache", "0", "30s, 10m"),
        ("cache", -60, "30s, 10m"),
        ("cache", True, "30s, 10m"),
        ("chosen_by", "everybody", "owner, admin, named, manager, member, guest or outsider"),
        ("chosen_by", "bot", "owner, admin"),
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
def test_a_persona_survives_its_form(one: Persona) -> None:
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


def test_every_field_of_a_persona_is_on_the_form() -> None:
    full = replace(BARD, model="m", params={"n": 1}, description="d", display_name="D", icon=":x:", sees_names=False)
    full = replace(full, suggestions=(Suggestion("t", "m"),), private=True, cache=60, retention=90, chosen_by="admin")

    assert {"params", "version", *persona_form.fields(full)} - {"n"} == {field.name for field in names_of(Persona)}


def test_six_personas_come_with_the_product() -> None:
    found = built_in()

    assert list(found) == ["assistant", "code-reviewer", "concise", "editor", "shakespearean", "translator"]
    assert all(one.description and one.suggestions and len(one.system_prompt) > 500 for one in found.values())


def test_what_differs_is_named_by_field() -> None:
    assert persona_form.changed(BARD, replace(BARD, system_prompt="Speak.", params={"n": 2})) == ("system_prompt", "n")
    assert persona_form.changed(BARD, BARD) == ()


@pytest.mark.parametrize("name", ["Ян", "默认", "défaut", "Bard2", "translator", "Translator", "my-editor", "ʻokina"])
def test_an_honest_name_is_taken(name: str) -> None:
    assert persona_form.check({"name": name, "system_prompt": "x"}).name == name


@pytest.mark.parametrize("name", ["The Bard ❤️", "👩‍👩‍👧 family", "می‌خواهم", "Slack expert", "Ada (AI)"])
def test_an_honest_display_name_is_taken(name: str) -> None:
    assert persona_form.check({"name": "a", "system_prompt": "x", "display_name": name}).display_name == name


def test_the_names_that_come_with_the_product_are_those_of_their_files() -> None:
    assert built_in().keys() == persona_form.BUILT_IN


@pytest.mark.parametrize("written", ["", " ", "\t "])
def test_a_display_name_of_blanks_is_none(written: str) -> None:
    form = {"name": "poet", "system_prompt": "Be brief.", "display_name": written}

    assert persona_form.check(form).display_name is None
