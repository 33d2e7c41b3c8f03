import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import wording
from bot.errors import Problem
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas.persona import Persona, Suggestion
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.persona_modal import Draft
from threadbot_sandbox.slack.blocks import checked

Json = dict[str, Any]

ENGLISH = wording.of("en")
PROBLEMS = {"system_prompt": Problem("wrong.one-line"), "": Problem("wrong.unknown")}

BARD = Persona(
    "Bard",
    "You are a poet.",
    "small-model",
    {"temperature": 1.5, "stop": ["END", "STOP"], "logit_bias": {"50256": -100.0}, "reasoning_effort": "low"},
    "Speaks in verse",
    "The Bard",
    ":performing_arts:",
    (Suggestion("A sonnet", "Write a sonnet about the sea."),),
    sees_names=False,
    cache=3600,
    retention=7200,
    chosen_by="manager",
)


def sent(view: Json, **typed: str) -> Json:
    """The view as Slack sends it back when somebody has typed over some of its inputs."""
    values: Json = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, name = block["element"], block["block_id"]
        match element["type"]:
            case "checkboxes":
                held: Json = {"selected_options": element.get("initial_options", [])}
            case "static_select":
                held = {"selected_option": element.get("initial_option")}
            case _:
                held = {"value": typed.get(name, element.get("initial_value"))}
        values[name] = {element["action_id"]: {"type": element["type"], **held}}
    return view | {"state": {"values": values}}


def test_a_form_that_is_sent_unchanged_holds_the_same_persona() -> None:
    draft = modals.read(sent(modals.form(modals.filled(BARD, based_on=3), ENGLISH)))

    assert persona_form.check(draft.fields) == BARD
    assert (draft.name, draft.based_on) == ("Bard", 3)


def test_an_empty_form_wants_a_name_and_a_prompt() -> None:
    view = modals.form(modals.EMPTY, ENGLISH)

    with pytest.raises(personas.Invalid) as wrong:
        persona_form.check(modals.read(sent(view)).fields)

    assert set(modals.errors(view, wrong.value.errors, ENGLISH)) == {"name", "system_prompt_1"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("temperature", "3"),
        ("stop", "a\nb\nc\nd\ne"),
        ("logit_bias", "{50256: -100}"),
        ("seed", "many"),
        ("icon", "http://example.org/x.png"),
        ("name", "two words"),
        ("suggestions", "1\n2\n3\n4\n5"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(field: str, typed: str) -> None:
    view = modals.form(modals.filled(BARD, based_on=None), ENGLISH)

    with pytest.raises(personas.Invalid) as wrong:
        persona_form.check(modals.read(sent(view, **{field: typed})).fields)

    assert list(modals.errors(view, wrong.value.errors, ENGLISH)) == [field]


def test_what_is_wrong_with_yaml_is_said_with_its_field() -> None:
    found = modals.errors(modals.import_form(Draft({}), ENGLISH), PROBLEMS, ENGLISH)

    assert found == {"yaml_1": "system_prompt: write one line\nthere is no such field"}


def test_a_prompt_that_is_too_long_is_said_at_the_prompt() -> None:
    long = modals.form(Draft({"name": "Bard", "system_prompt": "word " * 2600}), ENGLISH)

    with pytest.raises(personas.Invalid) as wrong:
        persona_form.check(modals.read(sent(long)).fields)

    assert "12,999" in modals.errors(long, wrong.value.errors, ENGLISH)["system_prompt_1"]


@settings(max_examples=50)
@given(st.text(st.sampled_from("ab \n"), min_size=0, max_size=12_000).map(lambda text: (text * 3)[:12_000].strip()))
def test_a_prompt_of_any_length_comes_back_unchanged(prompt: str) -> None:
    view = modals.form(Draft({"system_prompt": prompt}), ENGLISH)
    inputs = [block for block in view["blocks"] if str(block.get("block_id")).startswith("system_prompt_")]

    assert all(units(block["element"].get("initial_value", "")) <= 3000 for block in inputs)
    assert modals.read(sent(view)).written["system_prompt"] == prompt


@pytest.mark.parametrize("prompt", ["😀" * 12_000, "a😀" * 6_000, "😀 \n" * 4_000, "😀" * 249 + " "])
def test_a_prompt_of_emoji_comes_back_unchanged(prompt: str) -> None:
    prompt = (prompt * 48)[:12_000].strip()
    view = modals.form(Draft({"system_prompt": prompt}), ENGLISH)

    assert all(
        units(block["element"].get("initial_value", "")) <= 3000 for block in view["blocks"] if "element" in block
    )
    assert modals.read(sent(view)).written["system_prompt"] == prompt


def units(text: str) -> int:
    """Characters as a browser counts them."""
    return len(text.encode("utf-16-le")) // 2


def test_more_room_keeps_what_was_typed_and_adds_an_input() -> None:
    draft = modals.read(sent(modals.form(modals.EMPTY, ENGLISH), system_prompt_1="First part."))
    roomy = modals.form(modals.with_more_room(draft), ENGLISH)

    assert [b["element"].get("initial_value") for b in roomy["blocks"] if "system_prompt" in b.get("block_id", "")] == [
        "First part.",
        None,
    ]
    second = modals.read(sent(roomy, system_prompt_2="Second part."))
    assert second.written["system_prompt"] == "First part.\nSecond part."


def test_what_few_people_need_is_asked_at_a_button_and_nothing_typed_is_lost() -> None:
    view = modals.form(modals.EMPTY, ENGLISH)
    assert {block.get("block_id") for block in view["blocks"]}.isdisjoint(each.name for each in modals.RARE)
    typed = {"name": "Bert", "system_prompt_1": "Be a pirate.", "temperature": "0.5", "question": "Who are you?"}
    whole = modals.form(modals.with_all_fields(modals.read(sent(view, **typed))), ENGLISH)

    draft = modals.read(sent(whole, logit_bias="", seed="7"))
    assert {name: draft.written[name] for name in ("name", "temperature", "question", "seed")} == {
        "name": "Bert",
        "temperature": "0.5",
        "question": "Who are you?",
        "seed": "7",
    }
    assert draft.written["system_prompt"] == "Be a pirate."
    emptied = modals.form(modals.read(sent(whole)), ENGLISH)
    assert {each.name for each in modals.RARE} <= {block.get("block_id") for block in emptied["blocks"]}


@pytest.mark.parametrize("name", [each.name for each in modals.RARE])
def test_what_is_filled_in_is_never_hidden(name: str) -> None:
    view = modals.form(Draft({name: "7"}), ENGLISH)

    assert name in {block.get("block_id") for block in view["blocks"]}


def test_what_was_selected_can_be_taken_back() -> None:
    view = sent(modals.form(modals.filled(BARD, based_on=3), ENGLISH))
    view["state"]["values"]["reasoning_effort"]["value"]["selected_option"] = {"value": modals.NOT_CHOSEN}

    assert "reasoning_effort" not in modals.read(view).fields


def test_a_warning_stays_above_a_form_as_long_as_it_is_open() -> None:
    assert modals.warning(modals.form(modals.EMPTY, ENGLISH, "Ada was faster.")) == "Ada was faster."
    assert modals.warning(modals.import_form(modals.EMPTY, ENGLISH)) == ""
    assert modals.warning({"blocks": [None]}) == modals.warning({"blocks": 7}) == modals.warning({}) == ""


@pytest.mark.parametrize(
    "draft", [modals.EMPTY, modals.filled(BARD, based_on=1), Draft({"system_prompt": "é " * 6000})]
)
def test_slack_would_take_the_form(draft: Draft) -> None:
    for view in (modals.form(draft, ENGLISH, "Ada was faster."), modals.import_form(draft, ENGLISH)):
        assert checked(view["blocks"], most=100, surface="modal")
        assert len(view["private_metadata"]) <= 3000
        assert len(view["title"]["text"]) <= 24
        for block in view["blocks"]:
            assert len(block.get("hint", {}).get("text", "")) <= 2000


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
BLOCKS = st.sampled_from([*modals.FIELDS, "system_prompt_1", "yaml_1", modals.QUESTION])
HELD = st.dictionaries(st.sampled_from(["value", "selected_option", "selected_options"]), ANY, max_size=3)
STATES = st.one_of(
    ANY,
    st.fixed_dictionaries(
        {"values": ANY | st.dictionaries(BLOCKS, ANY | st.fixed_dictionaries({"value": ANY | HELD}))}
    ),
)
METADATA = (
    st.text()
    | ANY.map(json.dumps)
    | st.fixed_dictionaries({"name": ANY, "based_on": ANY, "joints": ANY}).map(json.dumps)
)


@given(STATES, METADATA, st.sampled_from([modals.FORM, modals.IMPORT, "other"]))
def test_whatever_comes_back_is_a_persona_or_says_what_is_wrong(state: Any, metadata: str, callback: str) -> None:
    view = {"state": state, "private_metadata": metadata, "callback_id": callback, "blocks": []}
    draft = modals.read(view)

    try:
        persona = persona_form.check(draft.fields)
    except personas.Invalid as wrong:
        view = modals.form(draft, ENGLISH)
        found = modals.errors(view, wrong.errors, ENGLISH)
    else:
        view, found = modals.form(modals.filled(persona, based_on=1), ENGLISH), {}

    assert checked(view["blocks"], most=100, surface="modal")
    assert set(found) <= {block.get("block_id") for block in view["blocks"]}


@pytest.mark.parametrize("private", [True, False])
def test_whether_a_prompt_is_private_comes_back_as_it_was(private: bool) -> None:
    draft = modals.read(sent(modals.form(modals.filled(replace(BARD, private=private), based_on=3), ENGLISH)))

    assert persona_form.check(draft.fields).private is private
