"""An answer on its way into the thread: which posts and edits, and what stands under it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.markdown import split as markdown
from bot.turns import draft
from bot.turns.draft import Draft, Edit, Post, Remove
from bot.wording.en import WORDS


class Thread:
    """What a thread shows when it does as a draft says."""

    def __init__(self, *before: str) -> None:
        self.messages = {str(n): text for n, text in enumerate(before)}
        self.steps = 0

    def follow(self, draft: Draft) -> None:
        while step := draft.next():
            self.steps += 1
            assert self.steps < 1000, "a draft must come to rest"
            draft.confirm(step, self.do(step))

    def do(self, step: draft.Step) -> str:
        match step:
            case Post(_, shown):
                ts = str(len(self.messages))
                self.messages[ts] = shown.text
            case Edit(_, ts, shown):
                self.messages[ts] = shown.text
            case Remove(_, ts):
                del self.messages[ts]
        return ts

    @property
    def texts(self) -> list[str]:
        return list(self.messages.values())


def test_nothing_is_shown_of_nothing() -> None:
    draft = Draft(WORDS)
    draft.feed("")
    draft.feed("  \n")

    assert draft.next() is None
    assert draft.empty


def test_text_is_posted_and_then_edited_as_it_grows() -> None:
    draft, thread = Draft(WORDS), Thread()
    draft.feed("Hello wor")
    thread.follow(draft)
    assert thread.texts == ["Hello "]

    draft.feed("ld and all")
    thread.follow(draft)
    assert thread.texts == ["Hello world and "]

    draft.close("footer")
    thread.follow(draft)
    assert thread.texts == ["Hello world and all"]
    assert thread.steps == 3


def test_what_has_not_grown_is_not_shown_again() -> None:
    draft, thread = Draft(WORDS), Thread()
    draft.feed("Hello wor")
    thread.follow(draft)
    draft.feed("l")

    assert draft.next() is None


def test_a_step_that_was_not_confirmed_comes_again_with_newer_text() -> None:
    draft = Draft(WORDS)
    draft.feed("one two ")
    first = draft.next()
    draft.feed("three ")
    second = draft.next()

    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert (first.shown.text, second.shown.text) == ("one two ", "one two three ")


def test_an_answer_that_begins_anew_is_edited_and_needs_no_more_messages() -> None:
    draft, thread = Draft(WORDS, limit=20), Thread()
    draft.feed("one two three four five six seven ")
    thread.follow(draft)
    before = list(thread.messages)

    draft.restart()
    assert draft.text == ""
    assert draft.latest(1) is None
    assert draft.next() is None
    draft.feed("eight nine")
    draft.close("footer")
    thread.follow(draft)

    assert thread.texts == ["eight nine"]
    assert list(thread.messages) == before[:1]


def test_a_full_draft_that_begins_anew_has_room_again() -> None:
    draft, thread = Draft(WORDS, limit=20, most=1), Thread()
    draft.feed("one two three four five six seven ")
    thread.follow(draft)
    assert draft.full

    draft.restart()
    draft.feed("eight nine")
    draft.close()
    thread.follow(draft)

    assert (draft.text, thread.texts) == ("eight nine", ["eight nine"])


def test_the_footer_stands_under_the_last_message_only() -> None:
    draft = Draft(WORDS, limit=20)
    draft.feed("one two three four\n\nfive six seven\n\neight")
    draft.close("footer")
    footers = []
    while step := draft.next():
        assert isinstance(step, Post)
        footers.append(step.shown.footer)
        draft.confirm(step, str(step.index))

    assert footers == ["part 1 · continued below", "part 2 · continued below", "part 3 of 3 · footer"]


def test_what_was_fit_to_be_shown_is_not_taken_back_while_it_waits_for_its_post() -> None:
    draft = Draft(WORDS)
    draft.feed("[the docs]")
    step = draft.next()
    draft.feed("(https://exa")

    assert isinstance(step, Post)
    assert draft.latest(0) == step.shown
    assert step.shown.text == "[the "


def test_a_message_that_moved_is_edited_where_it_stands_now() -> None:
    """Its first post was deleted, and the writer posted it anew."""
    draft = Draft(WORDS)
    for word, ts in (("one ", "1.1"), ("two ", "2.2")):
        draft.feed(word)
        step = draft.next()
        assert step is not None
        draft.confirm(step, ts)
    draft.feed("three ")

    step = draft.next()

    assert isinstance(step, Edit)
    assert step.ts == "2.2"
    assert draft.posted == ("2.2",)


def test_an_answer_begun_anew_goes_on_in_the_messages_that_were_posted() -> None:
    draft, thread = Draft(WORDS, posted=("0", "1")), Thread("old one", "old two")
    draft.feed("new ")
    thread.follow(draft)
    assert thread.texts == ["new ", "old two"]  # what follows may still be needed

    draft.close()
    thread.follow(draft)
    assert thread.texts == ["new "]
    assert draft.posted == ("0",)


def test_what_an_earlier_attempt_had_shown_is_edited_even_if_it_may_be_the_same() -> None:
    draft = Draft(WORDS, posted=("7.7",))
    draft.feed("text")
    draft.close()

    step = draft.next()

    assert isinstance(step, Edit)
    assert (step.ts, step.shown.text) == ("7.7", "text")


def test_an_answer_that_became_none_takes_back_what_was_posted() -> None:
    draft, thread = Draft(WORDS, posted=("0",)), Thread("old")
    draft.close()
    thread.follow(draft)

    assert thread.texts == []


@given(st.lists(st.text(max_size=60), max_size=40), st.integers(20, 200), st.data())
def test_however_it_arrives_all_of_it_is_shown_in_the_end(pieces: list[str], limit: int, data: st.DataObject) -> None:
    before = data.draw(st.integers(0, 3))
    draft, thread = Draft(WORDS, tuple(map(str, range(before))), limit, most=9_999), Thread(*["old"] * before)
    for piece in pieces:
        draft.feed(piece)
        if data.draw(st.booleans()):
            thread.follow(draft)
    draft.close("footer")
    thread.follow(draft)

    shown = iter("".join(thread.texts))
    assert draft.text == "".join(pieces)
    assert all(char in shown for char in draft.text if not char.isspace())
    assert all(0 < markdown.size(text) <= limit for text in thread.texts)


def test_every_message_tells_of_what_kind_the_whole_is() -> None:
    draft = Draft(WORDS, limit=10)
    draft.feed("one two three four")
    draft.close(kind="notice")

    kinds = set()
    while step := draft.next():
        assert isinstance(step, Post)
        kinds.add(step.shown.kind)
        draft.confirm(step, str(step.index))
    assert kinds == {"notice"}


def test_an_answer_has_a_longest_length() -> None:
    draft, thread = Draft(WORDS, limit=20, most=2), Thread()
    draft.feed("one two three four ")
    draft.feed("five six seven eight nine ten eleven twelve")

    assert draft.full
    assert draft.text == "one two three four five six seven "
    draft.feed("thirteen")
    draft.close("footer")
    thread.follow(draft)
    assert thread.texts == ["one two three four ", "five six seven "]


def test_what_is_too_much_for_a_message_goes_on_in_the_next_and_nothing_is_lost() -> None:
    draft, thread = Draft(WORDS, posted=("0", "1"), limit=40, most=2), Thread("old one", "old two")
    draft.feed("one two three four five six seven eight nine ten eleven twelve ")

    draft.shorten(0, 10)
    draft.feed("thirteen")
    draft.close("footer")
    thread.follow(draft)

    assert not draft.full
    assert "".join(thread.texts) == draft.text
    assert draft.text.endswith("twelve thirteen")
    assert all(len(text) <= 10 for text in thread.texts)


def test_what_stands_in_earlier_messages_stays_when_a_later_one_is_shortened() -> None:
    draft, thread = Draft(WORDS, limit=40), Thread()
    draft.feed("one two three four five six seven eight nine ten eleven twelve ")
    thread.follow(draft)
    first = thread.texts[0]

    draft.shorten(1, 12)
    draft.close()
    thread.follow(draft)

    assert thread.texts[0] == first
    assert len(first) > 12
    assert all(len(text) <= 12 for text in thread.texts[1:])


def test_many_short_messages_are_no_long_answer() -> None:
    """Slack takes one table in a message."""
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    draft, thread = Draft(WORDS, most=8), Thread()
    draft.feed(table * 12)
    draft.close("footer")
    thread.follow(draft)

    assert not draft.full
    assert [text.strip() for text in thread.texts] == [table.strip()] * 12

    endless = Draft(WORDS, most=8)
    endless.feed(table * 100)
    assert endless.full


def test_an_answer_that_just_fits_is_not_cut() -> None:
    draft = Draft(WORDS, limit=20, most=2)
    draft.feed("one two three four five six seven")

    assert not draft.full
    assert draft.text == "one two three four five six seven"


def test_what_is_cut_at_the_end_is_mended_and_not_remembered() -> None:
    draft, thread = Draft(WORDS, limit=40, most=1), Thread()
    draft.feed("```py\n" + "x = 1\n" * 20 + "```\n")
    draft.close("footer")
    thread.follow(draft)

    [shown] = thread.texts
    assert shown.endswith("```\n")
    assert shown.removesuffix("```\n").strip() == draft.text.strip()


def test_an_answer_that_is_uncut_stands_in_one_message_letter_by_letter() -> None:
    said = "# One\n\n| a |\n|---|\n| 1 |\n\n# Two\n\n| b |\n|---|\n| 2 |\n\n```py\n" + "x = 1\n" * 20 + "```\n"
    draft, thread = Draft(WORDS, limit=40, most=10, uncut=True), Thread()
    for sign in said:
        draft.feed(sign)
        thread.follow(draft)
    draft.close()
    thread.follow(draft)

    assert thread.texts == [said]
    assert not draft.full


def test_an_answer_that_is_uncut_is_no_longer_than_several_messages() -> None:
    draft, thread = Draft(WORDS, limit=10, most=2, uncut=True), Thread()
    draft.feed("one two three four five six")
    draft.feed(" seven")
    draft.close()
    thread.follow(draft)

    assert draft.full
    assert thread.texts == [draft.text] == ["one two three four f"[:20]]
