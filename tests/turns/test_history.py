"""What was said in a thread before a turn."""

from dataclasses import replace

import pytest

from bot.conversation.history import Earlier
from bot.conversation.messages import Message
from bot.errors import LeaseLost
from bot.ports import Limits
from bot.turns.history import MAX_PAUSE, Recalled, recall
from tests.fakes import THREAD, Fakes, fake_world, question

ROOT = Message(THREAD.root, "BEN", "What do you think?")
LATER = f"{1000 + MAX_PAUSE + 10}.000000"


@pytest.fixture
def fakes() -> Fakes:
    return fake_world()


async def test_a_thread_that_begins_with_the_question_has_no_past(fakes: Fakes) -> None:
    turn = await fakes.asked(question("hello"))

    assert await recall(turn, fakes.world) == Recalled()
    assert fakes.transcript.asked == []


async def test_what_is_remembered_suffices_while_the_thread_goes_on(fakes: Fakes) -> None:
    answer = Message(THREAD.root, "", "Much.", kind="answer")
    fakes.history.add(THREAD, ROOT, answer)
    turn = await fakes.asked(question("why?", "1030.000000"))

    recalled = await recall(turn, fakes.world)

    assert recalled == Recalled((ROOT, answer))
    assert fakes.transcript.asked == []


async def test_asked_into_a_thread_that_is_under_way_the_bot_reads_it_and_remembers_it(fakes: Fakes) -> None:
    fakes.transcript.past = [Earlier((ROOT,), left_out=3)]
    turn = await fakes.asked(question("and you?", "1002.000000"))

    recalled = await recall(turn, fakes.world)

    assert recalled == Recalled((ROOT,), left_out=3)
    assert fakes.transcript.asked == [("1002.000000", "0", 400)]
    assert (await fakes.history.load(THREAD)).messages == (ROOT,)


async def test_after_a_pause_it_reads_what_it_may_have_missed(fakes: Fakes) -> None:
    missed = Message("1100.000000", "CHLOE", "I say so too.")
    fakes.history.add(THREAD, ROOT)
    fakes.transcript.past = [Earlier((missed,))]
    turn = await fakes.asked(question("and now?", LATER))

    recalled = await recall(turn, fakes.world)

    assert recalled.messages == (ROOT, missed)
    assert fakes.transcript.asked == [(LATER, THREAD.root, 400)]


async def test_a_pause_within_the_batch_counts_too(fakes: Fakes) -> None:
    fakes.history.add(THREAD, ROOT)
    turn = await fakes.asked(
        question("hello?", "1020.000000"), question("still there?", f"{1000 + MAX_PAUSE + 30}.000000")
    )

    await recall(turn, fakes.world)

    assert len(fakes.transcript.asked) == 1


@pytest.mark.parametrize("messages", [(), (ROOT,)])
async def test_what_could_not_be_read_is_said(fakes: Fakes, messages: tuple[Message, ...]) -> None:
    fakes.transcript.past = [Earlier(messages, read_to="1001.500000")]
    turn = await fakes.asked(question("and you?", "1002.000000"))

    assert (await recall(turn, fakes.world)).unread


async def test_where_nothing_was_missed_that_is_not_said(fakes: Fakes) -> None:
    fakes.history.add(THREAD, ROOT)
    fakes.transcript.past = [Earlier((), read_to="1001.000000")]
    turn = await fakes.asked(question("and now?", LATER))

    assert not (await recall(turn, fakes.world)).unread


async def test_the_operator_may_switch_reading_off() -> None:
    fakes = fake_world(limits=Limits(context_messages=0))
    turn = await fakes.asked(question("and you?", "1002.000000"))

    assert await recall(turn, fakes.world) == Recalled()
    assert fakes.transcript.asked == []


async def test_who_has_lost_the_lease_remembers_nothing(fakes: Fakes) -> None:
    fakes.transcript.past = [Earlier((ROOT,))]
    turn = await fakes.asked(question("and you?", "1002.000000"))
    turn.lease = replace(turn.lease, lost=True)

    with pytest.raises(LeaseLost):
        await recall(turn, fakes.world)

    assert (await fakes.history.load(THREAD)).messages == ()


async def test_what_is_older_than_may_be_kept_is_neither_read_nor_looked_for() -> None:
    fakes = fake_world()
    fakes.history.add(THREAD, question("old", "1001.000000"), question("young", "1500.000000"))
    turn = await fakes.asked(question("now", "9000.000000"))
    found = await recall(turn, fakes.world, since="1400.000000")

    assert [message.text for message in found.messages] == ["young"]
    assert fakes.transcript.asked[-1][1] == "1500.000000"
    assert (await recall(turn, fakes.world)).messages[0].text == "old"
