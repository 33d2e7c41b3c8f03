"""What of a thread is one person's own."""

from dataclasses import replace

from bot.conversation.messages import File, Message, Quote
from bot.privacy.held import Held, Own, place
from bot.privacy.own import own
from bot.usage.ledger import Verdict
from tests.people import THREAD

ADA, BEN = "UADA", "UBEN"


def said(ts: str, author: str, text: str = "words", **more: object) -> dict[str, Message | None]:
    return {ts: Message(ts, author, text, **more)}  # type: ignore[arg-type]


def answer(ts: str) -> dict[str, Message | None]:
    return {f"{ts}/answer": Message(ts, "", "an answer", kind="answer")}


def test_it_is_what_somebody_said_and_what_was_answered_since() -> None:
    messages = said("1.0", BEN) | answer("1.0") | said("2.0", ADA) | answer("2.0") | said("3.0", BEN) | answer("3.0")
    found = own(Held(THREAD, messages), ADA)

    assert found.messages == ("2.0",)
    assert found.answers == ("2.0/answer", "3.0/answer"), "a later answer may repeat their words, whoever asked"
    assert own(Held(THREAD, messages), ADA, answers=False).answers == ()


def test_what_waits_for_an_answer_is_left_until_then_and_what_comes_later_is_not_meant() -> None:
    held = Held(THREAD, said("1.0", ADA) | said("2.0", ADA) | said("3.0", ADA), frozenset({"2.0"}))

    assert own(held, ADA).messages == ("1.0", "3.0")
    assert own(replace(held, waiting=frozenset()), ADA, until=place("2.0")).messages == ("1.0", "2.0")


def test_what_others_passed_on_of_their_words_goes_out_of_that_message() -> None:
    file, other = File("F1", "plan.txt"), File("F2", "mine.txt")
    quotes = (Quote("my secret", ADA, ("F1",)), Quote("of Chloe's", "UCHLOE"))
    held = Held(THREAD, said("1.0", BEN, "look", quotes=quotes, files=(file, other)))
    found = own(held, ADA)

    left = found.quoting["1.0"]
    assert (left.text, left.quotes, left.files) == ("look", (Quote(""), quotes[1]), (other,))
    assert found.messages == ()


def test_votes_count_also_where_one_never_wrote() -> None:
    held = Held(THREAD, said("1.0", BEN), votes={"1.0/UADA": Verdict("down", "why"), "1.0/UBEN": Verdict("up")})

    assert own(held, ADA) == Own(votes=("1.0/UADA",))


def test_turns_that_one_asked_for_are_known_by_their_askers() -> None:
    assert own(Held(THREAD, turns={"1.0": (BEN, ADA), "2.0": (BEN,)}), ADA).turns == ("1.0",)


def test_what_cannot_be_read_may_be_theirs() -> None:
    assert own(Held(THREAD, {"1.0": None, "2.0/answer": None} | said("3.0", BEN)), ADA, answers=False).messages == (
        "1.0",
    )


def test_direct_messages_are_theirs_as_a_whole_unless_something_was_said_since() -> None:
    held = Held(replace(THREAD, direct=True), said("1.0", ADA) | answer("1.0"))

    assert own(held, ADA) == own(held, ADA, until=place("1.0")) == Own(whole=True)
    later = replace(held, messages={**held.messages, **said("2.0", ADA)})
    assert own(later, ADA, until=place("1.0")) == Own(("1.0",), ("1.0/answer",))
    assert not own(held, BEN)
