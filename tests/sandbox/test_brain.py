"""The scripted brain: it answers from what it is shown, and from nothing else."""

import math
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.conversation.marks import rule
from threadbot_sandbox import brain

BUILTIN = Path(__file__).parents[2] / "bot" / "personas" / "builtin"
WORD = "q7w"
ORDINARY = "You are Threadbot, an assistant in a Slack workspace. Answer to the point."
THREAD = "Ada: 14 is better\n\nBen: 7 June please,\n\nand early\n\nBen: "
CODE = "Review this:\n```\ndef mean(xs=[]):\n    return sum(xs) / len(xs)\n```"


def said(*talk: str, system: str = "") -> str:
    """The brain's answer to a conversation in which people and the bot take turns. "Ada: " stands for her mark."""
    instructions = f"{system}\n\n{rule(WORD)}".strip()
    messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}]
    for n, text in enumerate(talk):
        marked = text if n % 2 else re.sub(r"^(Ada|Ben): ", rf"[{WORD} from \1]\n", text, flags=re.MULTILINE)
        messages.append({"role": "assistant" if n % 2 else "user", "content": marked})
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
    long = f"[{WORD} first 20 % of file a table, long.csv]\n```\nwho was the first president\n\n```\n[{WORD} end]"
    short = f"[{WORD} file notes.txt]\none joke\n\ntwo\n[{WORD} end]"
    text = said(f"Ben: see\n\nAda: square root of 9\n{short}\n{long}")

    assert text == "I have read notes.txt (3 words), a table, long.csv (7 words).\n\nThe square root of 9 is 3."


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("what did I say?", "You said, oldest first:\n\n> 7 June please,\n> \n> and early"),
        ("What did Ada say?", "Ada said, oldest first:\n\n> 14 is better"),
        ("who said something about June?", "I find it here:\n\n- **Ben**: 7 June please, and early"),
        (
            "sum up this thread",
            "2 people said 2 things:\n\n- **Ada**: 14 is better\n- **Ben**: 7 June please, and early",
        ),
        ("what did we say so far?", "- **Ada**: 14 is better"),
        ("what is this thread about?", "- **Ada**: 14 is better"),
        ("what did we decide?", "- **Ada**: 14 is better"),
        ("what have they agreed on", "- **Ben**: 7 June please"),
        ("which of them, then?", "- **Ada**: 14 is better\n- **Ben**: 7 June"),
        ("its square", "The square of 7 is 49."),
    ],
)
def test_it_knows_what_was_said_before_it_was_mentioned_and_by_whom(question: str, told: str) -> None:
    assert told in said(THREAD + question)


def test_what_one_person_said_in_several_messages_is_known_as_well() -> None:
    asked = said("note: red\n\nand blue\n\nwhat did I say?")

    assert asked == "You said, oldest first:\n\n> note: red\n> and blue"
    assert "Ada" in said("Ada: lunch at noon\n\nBen: what did I say?")
    assert "no earlier message of yours" in said("Ada: lunch at noon\n\nBen: what did I say?")
    assert "2 things were said, and I answered once:\n\n- tell me a joke\n- ha" in said(
        "tell me a joke", "A joke.", "ha\n\nrecap"
    )
    assert "nothing to sum up" in said("sum up this thread")


def test_a_long_thread_is_listed_from_its_newest_end_in_short_lines() -> None:
    talk = "\n\n".join(f"{'Ben' if n % 2 else 'Ada'}: thought {n} {'x' * 500}" for n in range(40))
    told = said(f"{talk}\n\nAda: sum it up")

    assert "40 things" in told
    assert "- … 30 more before\n- **Ada**: thought 30" in told
    assert max(map(len, told.splitlines())) < 200


@pytest.mark.parametrize("name", sorted(each.stem for each in BUILTIN.glob("*.yaml") if each.stem != "assistant"))
@pytest.mark.parametrize(
    "question", ["tell me a joke", "square root of 16", "Introduce yourself.", "teh meeting", CODE]
)
def test_every_built_in_persona_is_seen_in_the_answer(name: str, question: str) -> None:
    prompt = YAML().load(BUILTIN / f"{name}.yaml")["system_prompt"]

    assert said(question, system=prompt) != said(question, system=ORDINARY)


def test_the_ordinary_assistant_answers_without_ado() -> None:
    assistant = YAML().load(BUILTIN / "assistant.yaml")["system_prompt"]

    assert said("square root of 16", system=assistant) == said("square root of 16") == "The square root of 16 is 4."


@pytest.mark.parametrize(
    ("system", "question", "answer"),
    [
        ("You are a pirate.", "square root of 16", "*As a pirate:*\n\nThe square root of 16 is 4."),
        (
            "Answer politely.",
            "square root of 16",
            "*As I am told (“Answer politely.”):*\n\nThe square root of 16 is 4.",
        ),
        ("Be brief.", "square root of 16", "In short: 4."),
        ("You are a poet. Answer in verse, briefly.", "square root of 4", "*As a poet:*\n\nIn short: 2."),
        ("Answer in capitals.", "square root of 16", "THE SQUARE ROOT OF 16 IS 4."),
        ("Use lower case only.", "square root of 16", "the square root of 16 is 4."),
        ("Never answer in capitals. Be brief.", "square root of 16", "In short: 4."),
        ('Begin every answer with "Arr!"', "square root of 16", "Arr! The square root of 16 is 4."),
        ("End each reply with “Over.”", "square root of 16", "The square root of 16 is 4. Over."),
        ("Answer as a bulleted list.", "tell me a joke", "- Why do programmers mix up Halloween and Christmas?\n- Be"),
        ("Always answer in French.", "square root of 16", "I am told to answer in French, which a script cannot."),
        ("Answer in capitals.", "show me some code", "def longest_word(text: str)"),
        (
            "You are an editor.",
            "Edit this: i  will recieve  it it",
            "I will receive it.\n\n---\n**What I changed**\n- One",
        ),
        ("You are an editor.", "Correct: All is well.", "The text was fine"),
        ("You are a translator.", "Into German: Good morning, team", "Guten Morgen, Team\n\n---\n"),
        ("You are a translator.", "Merci, équipe", "Thanks, team\n\n---\n"),
        ("You are a translator.", "tell me a joke", "Into which language?"),
        ("You review code.", CODE, "**Should not be merged yet.**\n\n- **bug**: a mutable default"),
        ("You review code.", "```\nx = 1\n```", "**May be merged**"),
        ("You review code.", "Have a look", "I see no code"),
    ],
)
def test_what_it_is_told_shows_in_the_answer(system: str, question: str, answer: str) -> None:
    assert answer in said(question, system=system)


@pytest.mark.parametrize("part", ["a ", "A: ", "\n\n", "who said ", "what did ", "x=x;", "```", '"', "begin "])
def test_a_hundred_thousand_characters_of_anything_are_answered(part: str) -> None:
    assert said(part * (100_000 // len(part)), system=part * (100_000 // len(part)))


def test_pictures_are_counted_and_not_pretended_to_be_seen() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}
    content = [{"type": "text", "text": "What is this?"}, picture]

    assert "cannot see" in brain.answer({"messages": [{"role": "user", "content": content}]}).text
