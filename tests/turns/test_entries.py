"""What programs read of a thread, from what the store has of it."""

from dataclasses import replace

from bot.conversation.messages import Message
from bot.policy.roles import Refusal
from bot.turns.entries import ANSWER, Kept, Request, Response, Shown, guid, listed, response_to
from bot.turns.state import Record

THREAD = "6f0b8f3e-6f0b-4f3e-8f3e-6f0b8f3e6f0b"
HELLO, MORE = Message("1.1", "U1", "hello"), Message("1.2", "U1", "more")
RECORD = Record("answered", ("U1",), ("1.1", "1.2"))
KEPT = Kept(
    ("1.1", "1.2", "1.2/answer"),
    {"1.1": HELLO, "1.2": MORE},
    frozenset(),
    {"1.2": RECORD},
    {"1.2": Shown("hi", at=1_300_000)},
)


def test_requests_come_before_their_response() -> None:
    assert listed(THREAD, KEPT) == [
        Request(guid(THREAD, "1.1"), HELLO, False),
        Request(guid(THREAD, "1.2"), MORE, False),
        Response(guid(THREAD, "1.2/answer"), "1.2", RECORD, Shown("hi", at=1_300_000)),
    ]


def test_ids_are_the_same_whoever_asks_and_differ_between_threads() -> None:
    other = THREAD.replace("6f0b", "7f0b")
    places = ("1.1", "1.2", "1.2/answer")

    assert len({guid(thread, place) for thread in (THREAD, other) for place in places}) == 6
    assert guid(THREAD, "1.1") == guid(THREAD, "1.1")


def test_both_requests_of_a_batch_have_the_same_response() -> None:
    entries = listed(THREAD, KEPT)

    assert response_to("1.1", entries) == response_to("1.2", entries) == entries[2]
    assert response_to("1.3", entries) is None


def test_an_answer_that_is_written_anew_is_not_there_meanwhile() -> None:
    again = listed(THREAD, replace(KEPT, waiting=frozenset({"1.1", "1.2"})))

    assert [type(entry) for entry in again] == [Request, Request]
    assert all(isinstance(entry, Request) and entry.waiting for entry in again)


def test_what_is_shown_is_no_answer_before_its_turn_has_ended() -> None:
    assert len(listed(THREAD, replace(KEPT, waiting=frozenset({"1.1", "1.2"}), records={}))) == 2
    assert len(listed(THREAD, replace(KEPT, records={}))) == 2


def test_a_turn_that_could_show_nothing_has_a_response_behind_its_request() -> None:
    refused = replace(RECORD, outcome="refused")
    kept = Kept(("1.1", "1.2"), KEPT.messages, frozenset(), {"1.1": refused}, {}, Refusal("denied"))

    first, response, second = listed(THREAD, kept)

    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert response == Response(guid(THREAD, "1.1" + ANSWER), "1.1", refused, None, Refusal("denied"))


def test_what_is_forgotten_is_left_out() -> None:
    gone = replace(KEPT, messages={"1.2": MORE}, records={"1.2": replace(RECORD, outcome="withdrawn")}, shown={})

    assert listed(THREAD, replace(KEPT, shown={})) == listed(THREAD, KEPT)[:2]
    assert listed(THREAD, gone) == [Request(guid(THREAD, "1.2"), MORE, False)]


def test_entries_have_a_time() -> None:
    [*_, request, response] = listed(THREAD, KEPT)
    unshown = Response("", "1.2", replace(RECORD, outcome="failed"), None)

    assert (request.at, response.at, unshown.at) == (1_200_000, 1_300_000, 1_200_000)
