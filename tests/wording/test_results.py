"""What people are told of commands, in English."""

from typing import Any, get_args

import pytest

from bot import wording
from bot.commands import reports as report
from bot.commands.model import Delete
from bot.commands.privacy_model import ForgetMe
from bot.commands.result import Code, Offer, Result
from bot.conversation.places import Moment, Ref
from bot.errors import Problem, Unavailable
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import PREFERENCES, Rules, Scope
from bot.policy.roles import Refusal
from bot.usage.budgets import Amount, Owner
from bot.wording import results
from bot.wording.text import Markdown

ENGLISH = wording.of("en")
BARD = Persona("Bard", "Speak in <verse>.", params={"temperature": 1.5}, description="A & B", version=2)
BEN = Ref("user", "UBEN")
RULES = Rules(BARD, {row.name: row.default for row in PREFERENCES.values()}, dict.fromkeys(PREFERENCES, "settings"))
VALUES: dict[str, Any] = {
    "token": {"name": "ci", "most": 64, "user": Ref("user", "U1"), "token": "tb_secret", "expires": 1.0},
    "refused": {"ask": (BEN,)},
    "not-admitted": {"refusal": Refusal("muted")},
    "chosen": {"preference": "footer", "value": "off", "level": "channel"},
    "chosen.in-thread": {"persona": BARD},
    "choose.limited": {"name": "b_rd", "chosen_by": "named", "ask": (BEN,)},
    "model": {"model": "luna", "names": ("luna", "terra"), "more": 0},
    "model.not-proved": {"model": "luna", "why": "model.missing"},
    "forgotten.me": {"count": 1, "busy": 0},
    "forgotten.words": {"count": 1, "busy": 0},
    "forgotten.here": {"count": 1, "busy": 0},
    "export.later": {"when": Moment(1.0)},
    "forget.under-way": {"done": 1, "of": 2},
    "usage.nothing": {"month": "2026-11"},
    "persona.unknown": {"name": "brad", "nearest": "Bard", "in_thread": False},
    "persona.no-version": {"name": "Bard", "versions": (1,)},
    "persona.saved": {"persona": BARD},
    "persona.unchanged": {"persona": BARD},
    "persona.hidden": {"name": "Bard", "ask": (BEN,)},
    "persona.taken": {"name": "Bard"},
    "persona.copied": {"persona": BARD, "old": "concise"},
    "persona.restored": {"persona": BARD, "version": 1},
    "persona.deleted": {"name": "Bard"},
    "persona.deleted-anyway": {"name": "Bard"},
    "persona.in-use": {"name": "Bard", "places": (Scope("channel", "C1"),), "more": -9},
    "admins.appointed": {"user": BEN},
    "admit.manager": {"user": BEN},
    "admit.switched": {"switch": "dms", "on": False},
    "budget": {"owner": Owner("everyone"), "spans": ["day"], "amount": Amount(tokens=5)},
    "workspace": {"workspace": "T1"},
    "server": {"host": "api.example.com", "models": ("one",), "why": "model.missing", "most": 20},
    "time-zone": {"zone": "Mars/Dome", "near": None},
    "more": {"user": "U1", "by": "U2", "verdict": "no", "ready": False},
    "limit": {"owner": Owner("everyone"), "what": "minute", "count": 3},
    "admit": {"one": BEN, "channels": False, "left": (BEN,)},
}
"""Values of each code, or of all that begin so."""


def said(result: Result) -> list[str]:
    return [str(part) for part in results.text(result, ENGLISH).parts]


def first(code: Code, **values: object) -> str:
    return said(Result(code, values))[0]


@pytest.mark.parametrize("code", get_args(Code))
def test_every_code_has_its_words(code: Code) -> None:
    values = VALUES.get(code) or VALUES.get(code.partition(".")[0]) or {}

    assert bool(said(Result(code, values))) == (code not in results.SILENT)


@pytest.mark.parametrize(
    ("code", "values", "line"),
    [
        ("refused.admins", {"ask": ()}, "Only admins may do that. Please ask an admin of this workspace."),
        (
            "refused.asker",
            {"ask": (BEN,)},
            "Only those who asked, and admins, may do that. Please ask them, or @{UBEN} or an admin of this workspace.",
        ),
        (
            "choose.limited",
            {"name": "b_rd", "chosen_by": "named", "ask": ()},
            "**b\\_rd** is not for everybody to choose: only for my admins, and those of the workspace. "
            "If you need it, please ask an admin of this workspace.",
        ),
        ("chosen", {"preference": "footer", "value": "off", "level": "channel"}, "The footer is now `off` here."),
        (
            "model.list",
            {"model": "b", "names": ("a", "`*b*"), "more": 3},
            "`b` answers here. These models can be chosen: `a` and `'*b*`, and 3 more.",
        ),
        (
            "chosen",
            {"preference": "feedback", "value": False, "level": "workspace"},
            "The thumbs are now `off` in the whole workspace.",
        ),
        (
            "chosen",
            {"preference": "policy", "value": "mute", "level": "channel"},
            "From now on here: I say nothing.",
        ),
        (
            "chosen",
            {"preference": "persona", "value": "Bard", "level": "person"},
            "**Bard** answers for you, in direct messages, from now on. Threads under way keep theirs.",
        ),
        (
            "chosen",
            {"preference": "model", "value": None, "level": "channel"},
            "The model chosen for this channel is reset.",
        ),
        (
            "persona.unknown",
            {"name": "brad", "nearest": "Bard", "in_thread": False},
            "There is no persona called brad. Did you mean **Bard**?",
        ),
        (
            "persona.unknown",
            {"name": "x", "nearest": None, "in_thread": True},
            "There is no persona called x. Mention me with `persona` to see all.",
        ),
        (
            "persona.no-version",
            {"name": "Bard", "versions": (0,)},
            "**Bard** has no such version: there is only version 0.",
        ),
        (
            "persona.no-version",
            {"name": "Bard", "versions": (0, 2)},
            "**Bard** has no such version: there are versions 0 and 2.",
        ),
        (
            "persona.no-version",
            {"name": "Bard", "versions": (1, 2, 3)},
            "**Bard** has no such version: there are versions 1 to 3.",
        ),
        (
            "persona.unchanged",
            {"persona": BARD},
            "Nothing has changed: **Bard** stays at version 2.",
        ),
        (
            "admit.allowed",
            {"one": BEN, "channels": False, "left": (BEN, Ref("group", "S1"))},
            "From now on I answer only @{UBEN}, @{group:S1}, and admins.",
        ),
        (
            "admit.allowed",
            {"one": Ref("channel", "C1"), "channels": True, "left": (Ref("channel", "C1"),)},
            "From now on I answer only in #{C1}.",
        ),
        (
            "admit.denied",
            {"one": Ref("group", "S1"), "channels": False, "left": ()},
            "From now on I do not answer @{group:S1}.",
        ),
        ("admit.switched", {"switch": "dms", "on": False}, "From now on: Direct messages are not answered."),
        ("admit.manager", {"user": BEN}, "Nothing was changed: @{UBEN} is an admin, and admins can always talk to me."),
    ],
)
def test_what_came_of_a_command_is_one_sentence(code: Code, values: dict[str, object], line: str) -> None:
    assert first(code, **values) == line


def test_a_list_that_became_empty_leaves_what_it_leaves() -> None:
    gone: dict[str, object] = {"one": Ref("channel", "C1"), "channels": True, "left": ()}

    assert first("admit.everybody", **gone).endswith("I answer in all channels again, except those denied.")


def test_of_many_places_the_others_are_counted() -> None:
    places = (Scope("channel", "C1"), Scope("person", "U1"), Scope("workspace"))

    assert "answers in #{C1}, @{U1}'s direct messages, the workspace. If" in first(
        "persona.in-use", name="Bard", places=places, more=-7
    )
    assert "the workspace and 3 more. If" in first("persona.in-use", name="Bard", places=places, more=3)


def test_what_can_be_done_next_is_a_button() -> None:
    offers = (Offer(Delete("Bard", anyway=True)), Offer(ForgetMe(sure=True)))
    text = results.text(Result("forget.sure", offers=offers), ENGLISH)

    assert [(each.label, each.danger) for each in text.buttons] == [
        ("Delete it anyway", True),
        ("Forget my words", True),
    ]


def test_a_result_and_what_it_shows_are_read_together() -> None:
    chosen = {"preference": "footer", "value": "off", "level": "channel"}
    lines = said(Result("chosen", chosen, report.Settings(RULES, direct=False)))

    assert lines[:2] == ["The footer is now `off` here.", "**What applies in this channel**"]


def test_what_is_wrong_is_told_by_field() -> None:
    problems = {
        "temperature": Problem("wrong.wrong", {"field": "temperature", "written": "3"}),
        "": Problem("choice.word"),
    }

    assert said(Result("persona.invalid", shows=report.Problems(problems))) == [
        "Temperature: 0 to 2; you wrote 3",
        "write a word",
    ]


def test_trouble_is_told_in_its_own_words_and_a_bug_in_ours() -> None:
    assert results.trouble(Unavailable("model.busy"), ENGLISH).parts == (
        "The model is busy. Please try again in a minute.",
    )
    assert results.trouble(Unavailable(""), ENGLISH).parts == ("Something went wrong on my side. Please try again.",)


@pytest.mark.parametrize(
    "reason", ["muted", "direct-messages-off", "channel", "bot", "outsider", "guest", "denied", "not-listed"]
)
def test_who_is_not_answered_is_told_whom_to_ask(reason: Any) -> None:
    line = ENGLISH.refusal(Refusal(reason, (BEN,)))

    assert isinstance(line, Markdown)
    assert reason == "bot" or line.endswith("ask @{UBEN} or an admin of this workspace.")


def test_the_operators_persona_is_described_though_it_has_no_description() -> None:
    assert "operator's settings" in ENGLISH.about(Persona(DEFAULT, "x"))
    assert ENGLISH.about(BARD) == "A & B"


@pytest.mark.parametrize("locale", ["en", "en-GB", "de", ""])
def test_where_there_are_no_words_of_a_language_they_are_english(locale: str) -> None:
    assert wording.of(locale) is ENGLISH
