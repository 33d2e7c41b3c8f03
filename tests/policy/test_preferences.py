"""Whose choice wins, and from where it is said to come."""

import itertools
from typing import Any

import pytest

from bot.personas.persona import Invalid, Persona
from bot.policy import preferences as prefs
from bot.policy.preferences import (
    FEEDBACK,
    FOOTER,
    MODEL,
    POLICY,
    PREFERENCES,
    Access,
    Defaults,
    Layer,
    Policy,
    Rules,
    Value,
)

DEFAULTS = Defaults("Be brief.", {"openai_model": "settings-model"}, {"seed": 1, "max_tokens": 9}, frozenset({"U1"}))
ORDER = ("thread", "person", "channel", "workspace")


def layer(origin: Any, persona: Persona | None = None, **chosen: Value | None) -> Layer:
    named = {"persona": persona.name if persona else None, **chosen}
    return Layer(origin, {name: value for name, value in named.items() if value is not None}, persona)


def rule(*layers: Layer) -> Rules:
    return prefs.rule(layers, DEFAULTS, Access())


@pytest.mark.parametrize("chosen", [set(some) for n in range(5) for some in itertools.combinations(ORDER, n)])
def test_the_nearest_choice_wins_and_says_where_it_was_made(chosen: set[str]) -> None:
    layers = [
        layer(name, Persona(f"of-{name}", "x"), footer=f"of-{name}", feedback=False) if name in chosen else layer(name)
        for name in ORDER
    ]
    rules = rule(*layers)

    nearest = next((name for name in ORDER if name in chosen), "settings")
    assert rules.origins["persona"] == rules.origins["footer"] == rules.origins["feedback"] == nearest
    assert rules.persona.name == ("default" if nearest == "settings" else f"of-{nearest}")
    assert rules[FOOTER] == ("compact" if nearest == "settings" else f"of-{nearest}")
    assert rules[FEEDBACK] == (not chosen)
    assert rules.pinned == ("thread" in chosen)


@pytest.mark.parametrize(
    ("place", "own", "workspace", "expected", "origin"),
    [
        ("place-model", "own-model", "workspace-model", "place-model", "channel"),
        (None, "own-model", "workspace-model", "own-model", "persona"),
        (None, None, "workspace-model", "workspace-model", "workspace"),
        (None, None, None, "settings-model", "settings"),
    ],
)
def test_a_model_chosen_for_a_place_beats_the_personas_which_beats_the_workspaces(
    place: str | None, own: str | None, workspace: str | None, expected: str, origin: str
) -> None:
    bard = Persona("Bard", "x", model=own)

    rules = rule(layer("channel", model=place), layer("workspace", bard, model=workspace))
    assert (rules[MODEL], rules.origins["model"]) == (expected, origin)


@pytest.mark.parametrize(
    ("channel", "workspace", "follow", "expected", "origin"),
    [
        (None, None, None, "mention", "settings"),
        (None, "follow", None, "follow", "workspace"),
        ("mention", "follow", None, "mention", "channel"),
        ("mention", None, True, "follow", "thread"),
        ("follow-until-other", None, True, "follow-until-other", "thread"),
        ("follow", None, False, "mention", "thread"),
        ("mute", None, True, "mute", "channel"),
        (None, "mute", True, "mute", "workspace"),
        ("follow", "mute", None, "follow", "channel"),
    ],
)
def test_a_thread_may_be_followed_or_left_but_not_unmuted(
    channel: Policy | None, workspace: Policy | None, follow: bool | None, expected: Policy, origin: str
) -> None:
    rules = rule(layer("thread", follow=follow), layer("channel", policy=channel), layer("workspace", policy=workspace))

    assert (rules[POLICY], rules.origins["policy"]) == (expected, origin)


def test_a_persona_answers_with_its_own_parameters_over_those_of_the_settings_file() -> None:
    bard = Persona("Bard", "x", params={"temperature": 0.9, "max_tokens": 5})

    assert rule(layer("channel", bard)).persona.params == {"seed": 1, "temperature": 0.9, "max_tokens": 5}
    assert rule().persona.params == {"seed": 1, "max_tokens": 9}


def test_where_a_persona_is_gone_the_next_level_answers_and_it_is_told() -> None:
    gone = Layer("channel", {"persona": "Bard"})

    rules = rule(layer("thread"), gone, layer("workspace", Persona("Muse", "x")))
    assert (rules.persona.name, rules.origins["persona"], rules.gone, rules.gone_at) == (
        "Muse",
        "workspace",
        "Bard",
        "channel",
    )
    assert rule(layer("thread", Persona("Muse", "x")), gone).gone is None


def test_the_admins_of_the_settings_file_are_always_among_those_who_manage() -> None:
    assert rule().access.appointed == {"U1"}


def test_another_persona_in_a_thread_takes_its_version_along() -> None:
    pinned: prefs.Choices = {"persona": "Bard", "version": 3, "follow": True}

    assert prefs.change(pinned, {"persona": None}, "thread") == {"follow": True}
    assert prefs.change(pinned, {"follow": None}, "thread") == {"persona": "Bard", "version": 3}


@pytest.mark.parametrize("name", PREFERENCES)
def test_every_choice_can_be_taken_back_where_it_can_be_made(name: str) -> None:
    for level in PREFERENCES[name].needs:
        assert prefs.change({name: PREFERENCES[name].default}, {name: None}, level) == {}


@pytest.mark.parametrize("name", PREFERENCES)
def test_nothing_is_chosen_at_a_level_that_its_row_does_not_have(name: str) -> None:
    for level in {"thread", "person", "channel", "workspace"} - set(PREFERENCES[name].needs):
        with pytest.raises(Invalid):
            prefs.change({}, {name: PREFERENCES[name].default}, level)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("footer", "loud"), ("footer", True), ("policy", ""), ("feedback", "on"), ("feedback", 1), ("model", "a b")],
)
def test_a_value_that_its_row_does_not_know_is_refused(name: str, value: Value) -> None:
    with pytest.raises(Invalid):
        prefs.change({}, {name: value}, "workspace")
    assert prefs.stored({name: value}) == {}


def test_what_no_row_knows_was_not_chosen() -> None:
    assert prefs.stored({"colour": "red", "persona": "Bard", "version": 2, "footer": "off"}) == {
        "persona": "Bard",
        "version": 2,
        "footer": "off",
    }
    assert prefs.stored({"version": 2}) == {}


def test_the_operators_setting_applies_before_the_default_of_a_row() -> None:
    settings: dict[str, Value] = {row.setting: "off" for row in (FOOTER,) if row.setting}

    assert Defaults("", settings).of(FOOTER) == "off"
    assert Defaults("", {}).of(FOOTER) == FOOTER.default


def test_every_row_has_an_act_of_its_own_at_each_level() -> None:
    acts = [row.act(level) for row in PREFERENCES.values() for level in row.needs]

    assert len(set(acts)) == len(acts)


@pytest.mark.parametrize(("written", "value"), [("on", True), ("yes", True), ("off", False), ("no", False)])
def test_a_switch_has_two_spellings_of_which_one_is_shown(written: str, value: bool) -> None:
    assert prefs.SWITCH.words[written] is value
    assert prefs.SWITCH.shown == ("on", "off")
    assert prefs.spelled("feedback", value) == ("on" if value else "off")
