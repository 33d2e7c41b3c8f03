"""Bringing an answer into the thread: once, whole, and only while the turn is ours."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import Gone, LeaseLost, Oversized, Unavailable, Unchangeable
from bot.happenings import PostReplaced
from bot.ports import Limits
from bot.turns import publish as publishing
from bot.turns.accounting import record_of
from bot.turns.publish import Publisher
from bot.turns.state import Complete, Control, Shown, Turn
from bot.wording.en import WORDS
from tests.fakes import Fakes, fake_world
from tests.town import wait_until

LONG = " ".join(f"word{n}" for n in range(3000))  # two messages
LIMIT = 11_000

THINKING = WORDS.label("thinking")


@pytest.fixture
def fakes() -> Fakes:
    return fake_world()


@pytest.fixture
async def turn(fakes: Fakes) -> Turn:
    return await fakes.asked()


def whole(turn: Turn, text: str, footer: str | None = "small line", **facts: object) -> Complete:
    return Complete(text, text, footer, replace(record_of(turn, "answered"), **facts))  # type: ignore[arg-type]


# -- whole answers --


async def test_a_short_answer_is_one_post_with_its_footer_and_controls(fakes: Fakes, turn: Turn) -> None:
    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    [posted] = fakes.chat.messages.values()
    assert posted.versions == [Shown("Hello.", "small line", (Control.AGAIN, Control.PERSONA))]
    assert turn.posted == tuple(fakes.chat.messages)
    assert await fakes.inbox.posted(turn) == turn.posted


@pytest.mark.parametrize(
    ("reason", "rated", "controls"),
    [
        ("stop", False, (Control.AGAIN, Control.PERSONA)),
        ("length", False, (Control.AGAIN, Control.CONTINUE, Control.PERSONA)),
        ("stop", True, (Control.AGAIN, Control.PERSONA, Control.RATE)),
    ],
)
async def test_what_a_reader_may_do_depends_on_the_answer(
    fakes: Fakes, turn: Turn, reason: str, rated: bool, controls: tuple[Control, ...]
) -> None:
    await Publisher(turn, fakes.world).show(replace(whole(turn, "Hello.", reason=reason), rated=rated))

    assert fakes.chat.last.controls == controls


async def test_a_long_answer_is_several_messages_in_order(fakes: Fakes, turn: Turn) -> None:
    await Publisher(turn, fakes.world).show(whole(turn, LONG))

    assert [posted.index for posted in fakes.chat.messages.values()] == [0, 1, 2]
    assert " ".join(text.strip() for text in fakes.chat.texts) == LONG
    assert list(turn.posted) == list(fakes.chat.messages)


async def test_our_own_words_have_no_footer(fakes: Fakes, turn: Turn) -> None:
    await Publisher(turn, fakes.world).say("apology", "Something went wrong.", Control.RETRY)

    assert fakes.chat.last == Shown("Something went wrong.", None, (Control.RETRY,), kind="apology")


# -- growing --


async def test_an_answer_grows_in_its_message_and_ends_whole(fakes: Fakes, turn: Turn) -> None:
    publisher = Publisher(turn, fakes.world)
    following = asyncio.ensure_future(publisher.follow())
    publisher.feed("Hello, ")
    await wait_until(lambda: fakes.chat.texts == ["Hello, "], "the first word stands")
    publisher.feed("Ada, we")
    await wait_until(lambda: fakes.chat.texts == ["Hello, Ada, "], "the next word stands, once it is whole")
    publisher.complete(whole(turn, "Hello, Ada, well?"))
    await following

    [posted] = fakes.chat.messages.values()
    assert [shown.growing for shown in posted.versions] == [True, True, False]
    assert posted.versions[0].controls == (Control.STOP,)
    assert fakes.chat.last.text == "Hello, Ada, well?"
    assert fakes.chat.last.footer == "small line"


async def test_an_answer_that_is_whole_before_the_first_post_is_posted_once() -> None:
    fakes = fake_world(limits=Limits(first_post_after=60.0))
    turn = await fakes.asked()
    publisher = Publisher(turn, fakes.world)
    following = asyncio.ensure_future(publisher.follow())
    publisher.feed("Hel")
    await asyncio.sleep(0)
    publisher.complete(whole(turn, "Hello."))
    await following

    [posted] = fakes.chat.messages.values()
    assert [shown.text for shown in posted.versions] == ["Hello."]


async def test_what_the_chat_puts_off_is_shown_later_though_nothing_more_has_come(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.later = [0.0, 0.0]
    publisher = Publisher(turn, fakes.world)
    following = asyncio.ensure_future(publisher.follow())
    publisher.feed("Hello ")
    await wait_until(lambda: fakes.chat.texts == ["Hello "], "it is shown after all")
    publisher.complete(whole(turn, "Hello Ada."))
    await following

    assert fakes.chat.posting == 3
    assert len(fakes.chat.messages) == 1


async def test_a_post_shows_what_there_is_when_its_turn_comes(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.free.clear()
    publisher = Publisher(turn, fakes.world)
    following = asyncio.ensure_future(publisher.follow())
    publisher.feed("Hello, ")
    await wait_until(lambda: fakes.chat.posting, "it waits to be posted")
    publisher.complete(whole(turn, "Hello, Ada."))
    fakes.chat.free.set()
    await following

    [posted] = fakes.chat.messages.values()
    assert [shown.text for shown in posted.versions] == ["Hello, Ada."]


async def test_nothing_is_caught_up_with_once_all_that_was_asked_is_deleted(fakes: Fakes, turn: Turn) -> None:
    publisher = Publisher(turn, fakes.world)
    turn.lease.pointless = True
    publisher.feed("Hello")
    publisher.close()

    await publisher.follow()

    assert fakes.chat.messages == {}


# -- what an earlier attempt left --


async def test_what_an_earlier_attempt_posted_is_edited_and_not_repeated(fakes: Fakes, turn: Turn) -> None:
    ts = fakes.chat.stand(turn.id, 0)
    turn.posted = (ts,)

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello."]
    assert turn.posted == (ts,)
    assert fakes.chat.posting == 0


async def test_what_it_may_have_posted_without_noting_is_looked_up_and_edited(fakes: Fakes, turn: Turn) -> None:
    turn.intent = 0
    ts = fakes.chat.stand(turn.id, 0)
    fakes.chat.stand("another turn", 0, "of another turn")

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello.", "of another turn"]
    assert await fakes.inbox.posted(turn) == (ts,)
    assert fakes.chat.posting == 0


async def test_what_it_meant_to_post_and_did_not_is_posted(fakes: Fakes, turn: Turn) -> None:
    turn.intent = 0

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello."]
    assert turn.intent is None


async def test_what_it_had_posted_too_much_is_taken_away(fakes: Fakes, turn: Turn) -> None:
    turn.posted = (fakes.chat.stand(turn.id, 0), fakes.chat.stand(turn.id, 1))

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello."]
    assert await fakes.inbox.posted(turn) == turn.posted == tuple(fakes.chat.messages)


async def test_a_message_that_cannot_be_edited_any_more_is_posted_anew_in_its_place(fakes: Fakes, turn: Turn) -> None:
    turn.posted = ("8000.000000",)
    fakes.chat.fail("edit", Unchangeable("", "message_not_found"))

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello."]
    assert await fakes.inbox.posted(turn) == turn.posted == tuple(fakes.chat.messages)
    assert fakes.seen == [PostReplaced(turn.id, "message_not_found")]


async def test_a_message_that_is_too_much_for_one_is_cut_and_goes_on_in_the_next(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.fail("post", Oversized("msg_too_long", 12))

    await Publisher(turn, fakes.world).show(whole(turn, "Hello, Ada, how are you?"))

    assert fakes.chat.texts == ["Hello, Ada, ", "how are you?"]
    assert await fakes.inbox.posted(turn) == turn.posted == tuple(fakes.chat.messages)


async def test_what_was_found_once_is_not_taken_for_found_again(fakes: Fakes, turn: Turn) -> None:
    """It was adopted, then somebody deleted it: posting again must not end at the old message."""
    turn.intent = 0
    old = fakes.chat.stand(turn.id, 0)
    fakes.chat.fail("edit", Unchangeable("", "message_not_found"), Unchangeable("", "message_not_found"))
    publisher = Publisher(turn, fakes.world)
    following = asyncio.ensure_future(publisher.follow())
    publisher.feed("Hello, ")
    await wait_until(lambda: turn.posted == (old,), "it is found")
    publisher.feed("Ada, ")
    await wait_until(lambda: turn.posted != (old,), "it is posted anew")
    publisher.complete(whole(turn, "Hello, Ada, well?"))
    await following

    assert old not in turn.posted
    assert fakes.chat.posting == 2
    assert fakes.chat.last.text == "Hello, Ada, well?"


async def test_what_is_known_to_stand_there_is_not_taken_for_found(fakes: Fakes, turn: Turn) -> None:
    """The intent is still noted of a post that was noted too; the message itself cannot be edited any more."""
    turn.posted, turn.intent = (fakes.chat.stand(turn.id, 0),), 0
    fakes.chat.fail("edit", Unchangeable("", "edit_window_closed"))

    await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.posting == 1
    assert fakes.chat.last.text == "Hello."


async def test_withdrawing_takes_away_all_that_stands_noted_or_not(fakes: Fakes, turn: Turn) -> None:
    turn.posted, turn.intent = (fakes.chat.stand(turn.id, 0),), 1
    fakes.chat.stand(turn.id, 1)

    await Publisher(turn, fakes.world).withdraw()

    assert fakes.chat.messages == {}
    assert not turn.posted


# -- the lease --


async def test_a_turn_that_may_be_anothers_changes_nothing(fakes: Fakes, turn: Turn) -> None:
    turn.posted = (fakes.chat.stand(turn.id, 0, "mine once"),)
    fakes.clock.time = turn.lease.until

    with pytest.raises(LeaseLost):
        await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["mine once"]


async def test_a_lease_that_ends_while_a_post_waits_for_its_turn_is_noticed(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.free.clear()
    showing = asyncio.ensure_future(Publisher(turn, fakes.world).show(whole(turn, "Hello.")))
    await wait_until(lambda: fakes.chat.posting, "it waits to be posted")
    fakes.clock.time = turn.lease.until
    fakes.chat.free.set()

    with pytest.raises(LeaseLost):
        await showing
    assert fakes.chat.messages == {}


async def test_a_post_that_nobody_can_know_of_is_taken_away_again(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.after_post = lambda _ts: fakes.inbox.lose(turn.batch.thread)

    with pytest.raises(LeaseLost):
        await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.messages == {}


async def test_a_post_that_the_next_attempt_has_found_stays(fakes: Fakes, turn: Turn) -> None:
    def taken_over(ts: str) -> None:
        fakes.inbox.lose(turn.batch.thread)
        running = fakes.inbox.threads[turn.batch.thread].running
        assert running is not None
        running.posted = (ts,)

    fakes.chat.after_post = taken_over

    with pytest.raises(LeaseLost):
        await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    assert fakes.chat.texts == ["Hello."]


async def test_a_post_that_has_begun_is_ended_and_noted_though_the_turn_is_cancelled(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.free.clear()
    showing = asyncio.ensure_future(Publisher(turn, fakes.world).show(whole(turn, "Hello.")))
    await wait_until(lambda: fakes.chat.posting, "it waits to be posted")
    showing.cancel()
    await asyncio.sleep(0)
    fakes.chat.free.set()

    with pytest.raises(asyncio.CancelledError):
        await showing
    assert fakes.chat.texts == ["Hello."]
    assert await fakes.inbox.posted(turn) == tuple(fakes.chat.messages)


@pytest.mark.parametrize("error", [Gone("", "not_in_channel"), Unavailable("", "Slack is down")])
async def test_whoever_comes_next_knows_what_was_about_to_be_posted(fakes: Fakes, turn: Turn, error: Exception) -> None:
    fakes.chat.fail("post", error)

    with pytest.raises(type(error)):
        await Publisher(turn, fakes.world).show(whole(turn, "Hello."))

    running = fakes.inbox.threads[turn.batch.thread].running
    assert running is not None
    assert (running.intent, running.posted) == (0, ())


# -- the status --


async def statuses(fakes: Fakes, *steps: str) -> list[str]:
    """What a turn does to its status, step by step."""
    turn = await fakes.asked()
    publisher = Publisher(turn, fakes.world)
    for step in steps:
        match step:
            case "announce":
                await publisher.announce()
            case "post":
                await publisher.say("notice", "Hello.")
            case "edit":
                turn.posted = (fakes.chat.stand(turn.id, 0),)
                publisher = Publisher(turn, fakes.world)
                await publisher.announce()
                await publisher.say("notice", "Hello.")
    await publisher.clear_status()
    return fakes.chat.statuses


async def test_a_reply_takes_the_status_away_by_itself(fakes: Fakes) -> None:
    assert await statuses(fakes, "announce", "post") == [THINKING]


async def test_a_status_that_no_reply_followed_is_cleared(fakes: Fakes) -> None:
    assert await statuses(fakes, "announce") == [THINKING, ""]


async def test_an_edit_takes_no_status_away(fakes: Fakes) -> None:
    assert await statuses(fakes, "edit") == [THINKING, ""]


async def test_a_status_that_came_after_the_reply_is_cleared(fakes: Fakes) -> None:
    assert await statuses(fakes, "post", "announce") == [THINKING, ""]


async def test_a_status_that_may_come_late_is_cleared(fakes: Fakes) -> None:
    fakes.chat.status_known = False

    assert await statuses(fakes, "announce", "post") == [THINKING, ""]


async def test_where_no_status_is_shown_the_answers_place_says_that_it_is_coming(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.status_known = None
    publisher = Publisher(turn, fakes.world)
    following, announcing = map(asyncio.ensure_future, (publisher.follow(), publisher.keep_announcing()))
    await wait_until(lambda: fakes.chat.texts == ["…"], "its place is held")
    publisher.feed("Hello, ")
    await wait_until(lambda: fakes.chat.texts == ["Hello, "], "the answer grows there")
    publisher.complete(whole(turn, "Hello, Ada."))
    await asyncio.gather(following, announcing)
    await publisher.clear_status()

    [posted] = fakes.chat.messages.values()
    assert posted.versions[0] == Shown("…", None, (Control.STOP,), kind="notice")
    assert fakes.chat.last.text == "Hello, Ada."
    assert fakes.chat.statuses == [THINKING]


async def test_where_there_is_no_answer_its_place_is_given_up(fakes: Fakes, turn: Turn) -> None:
    fakes.chat.status_known = None
    publisher = Publisher(turn, fakes.world)
    following, announcing = map(asyncio.ensure_future, (publisher.follow(), publisher.keep_announcing()))
    await wait_until(lambda: fakes.chat.texts == ["…"], "its place is held")
    publisher.close()
    await asyncio.gather(following, announcing)

    assert fakes.chat.texts == []


async def test_where_none_was_set_none_is_cleared(fakes: Fakes) -> None:
    assert await statuses(fakes, "post") == []


async def test_what_an_earlier_attempt_may_have_left_is_cleared_too(fakes: Fakes, turn: Turn) -> None:
    turn.posted = (fakes.chat.stand(turn.id, 0),)
    publisher = Publisher(turn, fakes.world)
    await publisher.show(whole(turn, "Hello."))

    await publisher.clear_status()

    assert fakes.chat.statuses == [""]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "STATUS_EVERY", 0.01)
    monkeypatch.setattr(publishing, "COUNT_EVERY", 0.01)


@pytest.mark.usefixtures("impatient")
async def test_the_status_is_renewed_and_says_what_is_waited_for(fakes: Fakes, turn: Turn) -> None:
    publisher = Publisher(turn, fakes.world)
    announcing = asyncio.ensure_future(publisher.keep_announcing())
    statuses = fakes.chat.statuses
    await wait_until(lambda: statuses == [THINKING] * 3, "it is renewed")

    fakes.clock.time += 90
    await wait_until(lambda: statuses[-1] == "Still thinking, 90 s", "it says for how long")
    publisher.wait(fakes.clock.time + 40)
    await wait_until(lambda: statuses[-1] == "The model is busy, next try in 40 s", "it says that the model is busy")
    fakes.clock.time += 25
    await wait_until(lambda: statuses[-1] == "The model is busy, next try in 15 s", "it counts down")
    publisher.wait(None)
    await wait_until(lambda: statuses[-1] == "Still thinking, 115 s", "it is over")

    publisher.feed("Hello")
    await announcing


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("ends", [lambda publisher: publisher.feed("Hello"), lambda publisher: publisher.close()])
async def test_once_there_is_something_to_read_no_status_is_renewed(
    fakes: Fakes, turn: Turn, ends: Callable[[Publisher], None]
) -> None:
    publisher = Publisher(turn, fakes.world)
    ends(publisher)

    await publisher.keep_announcing()

    assert fakes.chat.statuses == [THINKING]
