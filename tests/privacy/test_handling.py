"""What becomes of what people write, as it applies at a place."""

from bot.personas.persona import Persona
from bot.privacy.handling import DAY, Handling, Reach, handling
from tests.fakes import rules

REACH = Reach(("api.openai.com",), "text")


def test_it_is_what_the_rules_and_the_operator_say() -> None:
    found = handling(rules(), REACH, "UADA")

    assert found == Handling(("api.openai.com",), "text", "small-model", names=True, days=30.0)


def test_a_persona_may_only_keep_it_shorter() -> None:
    assert handling(rules(persona=Persona("Brief", "", retention=DAY)), REACH, "UADA").days == 1
    assert handling(rules(persona=Persona("Long", "", retention=90 * DAY)), REACH, "UADA").days == 30.0


def test_names_are_sent_where_both_the_place_and_the_persona_want_that() -> None:
    assert not handling(rules(names=False), REACH, "UADA").names
    assert not handling(rules(persona=Persona("Blind", "", sees_names=False)), REACH, "UADA").names


def test_on_a_legal_hold_it_is_kept_without_end() -> None:
    assert handling(rules(), REACH, "UADA", hold=True).days is None


def test_who_is_no_context_for_others_is_told_so() -> None:
    assert not handling(rules(unread=frozenset({"UADA"})), REACH, "UADA").read
    assert handling(rules(unread=frozenset({"UADA"})), REACH, "UBEN").read
