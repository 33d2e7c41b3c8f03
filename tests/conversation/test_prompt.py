"""What the model is told: everything that fits, in order, with speakers told apart."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import prompt
from bot.conversation.attachments import Content, Picture, Unread, Words
from bot.conversation.marks import Marks, rule
from bot.conversation.messages import File, Message, Quote
from bot.conversation.prompt import Ask, Said
from bot.personas.persona import Persona
from bot.wording.en import WORDS

PERSONA = Persona("tester", "Be brief.", params={"seed": 1})
NAMES = {"UADA": "Ada", "UBEN": "Ben"}
MARKS, ALONE = Marks("q7w", NAMES), Marks("q7w", NAMES, direct=True)
ADA = "[q7w from Ada]\n"


def ada(text: str, *files: File) -> Message:
    return Message("1.1", "UADA", text, files=files)


def ben(text: str) -> Message:
    return Message("1.1", "UBEN", text)


def bot(text: str) -> Message:
    return Message("1.1", "", text, kind="answer")


NOTES, CAT, DOG = File("F0", "notes.txt"), File("F1", "cat.png"), File("F2", "dog.png")
ZIP = File("F3", "x.zip", "application/zip")
PICTURE = Picture("image/png", b"...")


def build(
    *said: Message,
    new: Message,
    budget: int = 10_000,
    read: Mapping[str, Content] | None = None,
    marks: Marks = ALONE,
) -> Ask:
    return prompt.build(PERSONA, "small-model", said, [new], marks, budget, None, read, 10_000)


def told(ask: Ask) -> list[tuple[str, str]]:
    """Role and text, in order; of the system prompt, what comes before the paragraph on marks."""
    told = [(said.role, said.text) for said in ask.messages]
    before, paragraph, after = told[0][1].partition(rule("q7w"))
    assert paragraph
    assert not after
    return [("system", before.removesuffix("\n\n")), *told[1:]]


def test_the_system_prompt_the_past_and_the_question() -> None:
    ask = build(ada("first?"), bot("First."), new=ada("second?"))

    assert told(ask) == [
        ("system", "Be brief."),
        ("user", "first?"),
        ("assistant", "First."),
        ("user", "second?"),
    ]
    assert (ask.model, ask.params, len(ask.past), ask.left_out) == ("small-model", {"seed": 1}, 2, 0)


def test_a_persona_without_a_prompt_is_told_of_the_marks_alone() -> None:
    ask = prompt.build(Persona("tester", ""), "m", [], [ada("hello")], ALONE, 1000)

    assert ask.messages == (Said("system", rule("q7w")), Said("user", "hello"))


def test_one_persons_messages_are_one_entry() -> None:
    """Many chat templates insist on taking turns."""
    assert told(build(ada("one"), ada("two"), new=ada("three")))[1:] == [("user", "one\n\ntwo\n\nthree")]


def test_in_a_channel_each_message_says_who_also_while_one_person_speaks() -> None:
    ask = build(ada("one"), bot("Yes."), ben("two"), new=Message("1.1", "UNEW", "three"), marks=MARKS)

    assert told(ask)[1:] == [
        ("user", f"{ADA}one"),
        ("assistant", "Yes."),
        ("user", "[q7w from Ben]\ntwo\n\n[q7w from UNEW]\nthree"),
    ]
    assert told(build(new=ada("one"), marks=MARKS))[1:] == [("user", f"{ADA}one")]


def test_an_app_is_marked_as_one_also_in_a_direct_thread() -> None:
    marks = replace(ALONE, apps=frozenset({"UBEN"}))
    ask = build(ada("one"), ben("two"), ada("three"), bot("Yes."), new=ada("four"), marks=marks)

    assert told(ask)[1:] == [
        ("user", f"one\n\n[q7w app Ben]\ntwo\n\n{ADA}three"),
        ("assistant", "Yes."),
        ("user", "four"),
    ]


def test_a_quotation_stands_with_the_message_and_apart_from_it() -> None:
    forwarded = replace(ada("see"), quotes=(Quote("no @{UADA}", "UBEN"), Quote("from elsewhere")))
    ask = build(new=forwarded)

    assert told(ask)[1:] == [
        ("user", "see\n[q7w quote from Ben]\nno @Ada\n[q7w end]\n[q7w quote]\nfrom elsewhere\n[q7w end]")
    ]


@given(st.lists(st.sampled_from(["ada", "ben", "app", "bot", "file", "quote"]), max_size=12), st.booleans())
def test_what_is_added_changes_nothing_of_what_was_told_before(kinds: list[str], direct: bool) -> None:
    """So that the server finds the beginning in its cache."""
    of = {"ada": ada("one"), "ben": ben("two"), "app": Message("1.1", "B1", "done"), "bot": bot("Yes.")}
    of |= {"file": ada("see", NOTES), "quote": replace(ben("this"), quotes=(Quote("that", "UADA"),))}
    marks = replace(ALONE if direct else MARKS, apps=frozenset({"B1"}))
    said = [ada("zero"), *(of[kind] for kind in kinds)]

    asked = [build(*said[:n], new=said[n], marks=marks) for n in range(len(said)) if said[n].kind is None]

    whole = ["".join(f"\n\n{role}: {text}" for role, text in told(ask)) for ask in asked]
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(whole))


def test_the_model_reads_names_and_what_was_typed_as_it_was_typed() -> None:
    marks = replace(ALONE, names=NAMES | {"C1": "garden", "S1": "gardeners"})
    past = [ada(r"@{UBEN} in #{C1}: @{group:S1}, @{here}, @\{UBEN}"), bot(r"#\{C1}?")]
    ask = prompt.build(PERSONA, "m", past, [ada("@{UNEW}")], marks, 10_000)

    assert [text for _, text in told(ask)[1:]] == ["@Ben in #garden: @gardeners, @here, @{UBEN}", "#{C1}?", "@UNEW"]


def test_what_the_bot_says_of_itself_is_not_for_the_model() -> None:
    ours: list[Message] = [Message("1.1", "", f"a {kind}", kind) for kind in ("notice", "apology")]
    ask = build(ada("first?"), *ours, new=ada("second?"))

    assert told(ask)[1:] == [("user", "first?\n\nsecond?")]
    assert len(ask.past) == 1


def test_a_files_words_stand_with_the_message_it_came_with() -> None:
    ask = build(ada("old", NOTES), bot("ok"), new=ada("and now?"), read={"F0": Words("one ``` two")})

    assert told(ask)[1] == ("user", "old\n[q7w file notes.txt]\none ``` two\n[q7w end]")
    assert told(ask)[-1] == ("user", "and now?")


def test_pictures_are_shown_in_the_entry_that_they_belong_to() -> None:
    ask = build(ada("this?", CAT), ada("or this?", DOG), new=ada("which?"), read={"F1": PICTURE, "F2": PICTURE})

    assert ask.messages[-1].pictures == (PICTURE, PICTURE)
    assert ask.messages[-1].text.count("[q7w picture ") == 2
    assert ask.pictures


def test_what_was_not_read_is_named_to_the_model_and_to_people() -> None:
    ask = build(ada("old", NOTES), new=ada("", CAT, ZIP), read={"F3": Unread("no-text")})

    assert "[q7w unread file (no text) x.zip]" in ask.messages[-1].text
    assert [WORDS.note(each) for each in ask.file_notes] == [
        "not read: cat.png (no longer included), x.zip (no text in it)"
    ]


def test_a_model_that_takes_no_pictures_is_asked_without() -> None:
    ask = prompt.without_pictures(build(ada("see", CAT), new=ada("well?", DOG), read={"F1": PICTURE, "F2": PICTURE}))

    assert not ask.pictures
    assert "[q7w unread file (not accepted) cat.png]" in told(ask)[1][1]
    assert [WORDS.note(each) for each in ask.file_notes] == ["not read: dog.png (the model does not accept it)"]


def test_a_shorter_request_has_less_of_its_files() -> None:
    ask: Ask | None = build(new=ada("sum up", NOTES, CAT), read={"F0": Words("x" * 12_000), "F1": PICTURE})
    rooms = []

    while ask is not None:
        rooms.append((len(ask.messages[-1].text) // 3_000, ask.pictures))
        ask = prompt.shorter(ask)

    assert rooms == [(4, True), (2, True), (1, True), (0, True), (0, True), (0, False)]


def test_the_system_prompt_and_the_question_stay_whatever_the_budget() -> None:
    ask = build(ada("first?"), bot("First."), new=ada("x" * 1000), budget=1)

    assert told(ask) == [("system", "Be brief."), ("user", "x" * 1000)]
    assert (len(ask.past), ask.left_out) == (0, 2)


def test_the_past_never_begins_with_an_answer() -> None:
    past = [said for n in range(50) for said in (ada(f"question {n} " + "x" * 50), bot("answer " + "y" * 200))]

    for budget in range(300, 3000, 100):
        ask = build(*past, new=ada("now?"), budget=budget)
        assert ask.messages[1].role == "user"
        assert len(ask.past) + ask.left_out == len(past)


@given(st.lists(st.integers(0, 2000), max_size=40), st.integers(600, 6000))
def test_a_request_fits_its_budget_if_the_question_does(sizes: list[int], budget: int) -> None:
    past = [ada("q" * size) if n % 2 == 0 else bot("a" * size) for n, size in enumerate(sizes)]

    ask = build(*past, new=ada("now?"), budget=budget)

    assert ask.tokens <= budget
    assert ask.messages[-1].text.endswith("now?")


def test_the_beginning_stays_the_same_for_many_turns() -> None:
    """So that the server's cache of the prefix can be used; cutting one message each time would defeat it."""
    past: list[Message] = []
    cuts = []
    for n in range(200):
        cuts.append(build(*past, new=ada(f"question {n} " + "x" * 90), budget=2000).left_out)
        past += [ada(f"question {n} " + "x" * 90), bot("y" * 100)]

    assert cuts == sorted(cuts)
    assert len(set(cuts)) < 20


def test_a_shorter_request_has_the_newer_half() -> None:
    ask = build(ada("1"), bot("2"), ada("3"), bot("4"), new=ada("5"))

    shorter = prompt.shorter(ask)

    assert shorter is not None
    assert told(shorter) == [("system", "Be brief."), ("user", "3"), ("assistant", "4"), ("user", "5")]
    assert shorter.left_out == 2


def test_a_question_that_failed_for_its_length_is_left_out_too() -> None:
    """It stands in the past without an answer, and is merged with what is asked next: it must not stay for ever."""
    ask = build(ada("much too long " * 1000), new=ada("hi"))

    shorter = prompt.shorter(ask)

    assert shorter is not None
    assert told(shorter) == [("system", "Be brief."), ("user", "hi")]


def test_shortening_comes_to_an_end_with_the_question() -> None:
    ask: Ask | None = build(*[ada("q"), bot("a")] * 20, new=ada("now?"))

    while ask is not None:
        assert told(ask)[0] == ("system", "Be brief.")
        assert ask.messages[-1] == Said("user", "now?")
        last, ask = ask, prompt.shorter(ask)

    assert len(last.messages) == 2


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_estimate_is_never_below_one_token_for_four_characters(text: str) -> None:
    assert prompt.tokens(text) >= len(text) / 4


def test_a_message_in_which_nothing_can_be_seen_is_left_out() -> None:
    assert told(build(ada("one"), ada(" \u200b\U000e0061"), new=ada("two")))[1:] == [("user", "one\n\ntwo")]
