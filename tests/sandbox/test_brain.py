"""The scripted brain: it answers from what it is shown, and from nothing else."""

import math
from typing import Any

import pytest

from threadbot_sandbox import brain


def said(*talk: str, system: str = "") -> str:
    """The brain's answer to a conversation in which a person and the bot take turns."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for n, text in enumerate(talk):
        messages.append({"role": "assistant" if n % 2 else "user", "content": text})
    return brain.answer({"messages": messages}).text


def journey(*questions: str, system: str = "") -> list[str]:
    """Its answers when each question comes with all that went before."""
    talk: list[str] = []
    for question in questions:
        talk.append(question)
        talk.append(said(*talk, system=system))
    return talk[1::2]


def test_a_joke_and_another() -> None:
    first, second = journey("Tell me a joke", "another one")

    assert "Oct 31" in first
    assert second not in (first, said("hello"))


def test_shakespeare_has_jokes_of_his_own_and_colours_the_rest() -> None:
    joke, root = journey("tell me a joke", "square root of 16", system="Answer like Shakespeare would.")

    assert "Prithee" in joke
    assert "The square root of 16 is 4." in root
    assert "thine" in root


def test_the_president_and_for_how_long() -> None:
    who, long = journey("Who was the first president?", "For which duration?")

    assert "George Washington" in who
    assert "1789\N{EN DASH}1797" in long


def test_a_duration_without_history_is_asked_back() -> None:
    assert "duration of what" in said("For which duration?")


def test_a_root_and_its_square() -> None:
    assert journey("What is the square root of 16?", "its square") == [
        "The square root of 16 is 4.",
        "The square of 4 is 16.",
    ]


@pytest.mark.parametrize(
    ("talk", "answer"),
    [
        (("square root of 2",), f"The square root of 2 is {math.sqrt(2):.10g}."),
        (("root of 1,000,000?",), "The square root of 1000000 is 1000."),
        (("the square of 12",), "The square of 12 is 144."),
        (("square root of 2", f"The square root of 2 is {math.sqrt(2):.10g}.", "its square"),
         f"The square of {math.sqrt(2):.10g} is 2."),
        (("hi", "I know 7 things", "squared"), "The square of 7 is 49."),
        (("its square",), "The square of what? There is no number in the messages I was shown."),
    ],
)  # fmt: skip
def test_numbers(talk: tuple[str, ...], answer: str) -> None:
    assert said(*talk) == answer


def test_what_was_said_is_quoted_from_the_messages() -> None:
    assert said("red\napples", "Nice.", "and pears", "Fine.", "What did I say?") == (
        "You said, oldest first:\n\n> red\n> apples\n> and pears"
    )
    assert "no earlier message" in said("What did I say?")


@pytest.mark.parametrize(
    ("question", "sign"),
    [
        ("Show me some code", "```python"),
        ("a table please", "| --- |"),
        ("give me a long answer", "Part 90 of 90"),
        ("thank you!", "welcome"),
    ],
)
def test_shapes(question: str, sign: str) -> None:
    assert sign in said(question)


def test_a_long_answer_is_longer_than_one_message() -> None:
    assert len(said("long")) > 12_000


def test_the_question_is_the_newest_part_of_what_people_said() -> None:
    assert said("Ben: that joke was bad\n\nAda: square root of 9") == "The square root of 9 is 3."


def test_anything_else_gets_an_introduction_that_hides_nothing() -> None:
    text = said("Knock knock", "Who is there?", "How is the weather?", system="Be brief.")

    assert "no model" in text
    assert "shown 4 messages" in text


def test_it_goes_on_with_the_rest_of_an_answer_however_often_that_broke_off() -> None:
    whole = said("Show me some code")
    go_on, parts = "Continue exactly where you stopped.", [whole[:75].strip()]
    for length in (80, None):
        talk = [each for part in parts for each in (part, go_on)]
        parts.append(said("Show me some code", *talk)[:length].strip())

    again = [part.removeprefix("```python\n") for part in parts[1:]]  # it broke off in the midst of the code
    assert [len(part) - len(rest) for part, rest in zip(parts[1:], again, strict=True)] == [10, 10]
    assert "".join([parts[0], *again]).split() == whole.split()
    assert said("hello", "another bot's words", go_on) == "I do not know any more where I stopped."
    assert said("tell me a joke", said("tell me a joke"), f"Ben: well\n\nAda: {go_on}") == "That was all of it."


def test_files_are_told_as_read_and_are_no_question() -> None:
    long = "[attached file: a table, long.csv, the first 20 %]\n````\n```\nwho was the first president\n\n```\n````"
    text = said(f"Ben: see\n\nAda: square root of 9\n[attached file: notes.txt]\n```\none joke\n\ntwo\n```\n{long}")

    assert text == "I have read notes.txt (3 words), a table, long.csv (7 words).\n\nThe square root of 9 is 3."


def test_pictures_are_counted_and_not_pretended_to_be_seen() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}
    content = [{"type": "text", "text": "What is this?"}, picture]

    assert "cannot see" in brain.answer({"messages": [{"role": "user", "content": content}]}).text
