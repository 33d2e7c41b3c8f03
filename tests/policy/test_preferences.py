"""Whose choice wins, and from where it is said to come."""

import itertools
from dataclasses import fields

import pytest

from bot.personas.persona import Persona
from bot.policy import preferences as prefs
from bot.policy.preferences import Access, Choices, Defaults, Level, Policy, Rules

DEFAULTS = Defaults("Be brief.", "settings-model", {"seed": 1, "max_tokens": 9}, admins=frozenset({"U1"}))
ORDER = ("thread", "person", "channel", "workspace")


def level(origin: str, persona: Persona | None = None, **chosen: object) -> Level:
    choices = Choices(persona=persona.name if persona else None, **chosen)  # type: ignore[arg-type]
    return Level(origin, choices, persona)  # type: ignore[arg-type]


def rule(*levels: Level) -> Rules:
    return prefs.rule(levels, DEFAULTS, Access())


@pytest.mark.parametrize("chosen", [set(some) for n in range(5) for some in itertools.combinations(ORDER, n)])
def test_the_nearest_choice_wins_and_says_where_it_was_made(chosen: set[str]) -> None:
    levels = [
        level(name, Persona(f"of-{name}", "x"), footer=f"of-{name}", feedback=False) if name in chosen else level(name)
        for name in ORDER
    ]
    rules = rule(*levels)

    nearest = next((name for name in ORDER if name in chosen), "settings")
    assert rules.origins["persona"] == rules.origins["footer"] == rules.origins["feedback"] == nearest
    assert rules.persona.name == ("default" if nearest == "settings" else f"of-{nearest}")
    assert rules.footer == ("full" if nearest == "settings" else f"of-{nearest}")
    assert rules.feedback == (not chosen)
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

    rules = rule(level("channel", model=place), level("workspace", bard, model=workspace))
    assert (rules.model, rules.origins["model"]) == (expected, origin)


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
    rules = rule(level("thread", follow=follow), level("channel", policy=channel), level("workspace", policy=workspace))

    assert (rules.policy, rules.origins["policy"]) == (expected, origin)


def test_a_persona_answers_with_its_own_parameters_over_those_of_the_settings_file() -> None:
    bard = Persona("Bard", "x", params={"temperature": 0.9, "max_tokens": 5})

    assert rule(level("channel", bard)).persona.params == {"seed": 1, "temperature": 0.9, "max_tokens": 5}
    assert rule().persona.params == {"seed": 1, "max_tokens": 9}


def test_where_a_persona_is_gone_the_next_level_answers_and_it_is_told() -> None:
    gone = Level("channel", Choices(persona="Bard"))

    rules = rule(level("thread"), gone, level("workspace", Persona("Muse", "x")))
    assert (rules.persona.name, rules.origins["persona"], rules.gone, rules.gone_at) == (
        "Muse",
        "workspace",
        "Bard",
        "channel",
    )
    assert rule(level("thread", Persona("Muse", "x")), gone).gone is None


def test_the_admins_of_the_settings_file_are_always_among_those_who_manage() -> None:
    assert rule().access.appointed == {"U1"}


def test_another_persona_in_a_thread_takes_its_version_along() -> None:
    pinned = Choices(persona="Bard", version=3, follow=True)

    assert prefs.change(pinned, {"persona": None}, "thread") == Choices(follow=True)
    assert prefs.change(pinned, {"follow": None}, "thread") == Choices(persona="Bard", version=3)


def test_every_choice_can_be_taken_back() -> None:
    names = {field.name for field in fields(Choices)} - {"version"}

    assert prefs.change(Choices("Bard", 1, "m", "off", "mute", True, True), dict.fromkeys(names), "thread") == Choices()
