"""The table of places says of each key whose it is, and nothing that cannot be."""

from bot.privacy.places import PLACES, named
from bot.store.keys import Keys
from tests.store.shelf import THREAD

OF_PROGRAMS = ("entries", "shown", "draft")


def test_each_place_stands_there_once() -> None:
    names = [place.key for place in PLACES]

    assert len(names) == len(set(names))


def test_what_stands_in_a_thread_goes_with_it_and_lives_no_longer_than_is_allowed() -> None:
    keys = Keys("test", "T1")

    assert {getattr(keys, place.key)(THREAD) for place in named("thread")} >= {
        keys.messages(THREAD),
        keys.votes(THREAD),
    }
    assert {(place.thread, place.retention) for place in named("thread")} == {("gone", "shortened")}


def test_nothing_of_a_workspace_outlives_the_app_there() -> None:
    assert {place.uninstall for place in PLACES if place.of != "shared"} == {"gone"}


def test_words_are_never_left_with_a_person_who_is_forgotten() -> None:
    assert {place.me for place in PLACES if place.words} == {"mine"}


def test_what_forgetting_reaches_is_exported() -> None:
    """Except where a place holds ids or copies of what another place has, or a turn that ends by itself."""
    of_others = {"waiting", "heard", "past", "turn", "answers", "threads", *OF_PROGRAMS}
    reached = {place.key for place in PLACES if place.me in ("gone", "mine", "pseudonym")}

    assert reached - of_others <= {place.key for place in PLACES if place.exported}
