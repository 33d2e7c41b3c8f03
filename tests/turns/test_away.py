"""What was deleted in Slack while nobody listened is neither shown nor answered."""

from dataclasses import replace

from bot.conversation.messages import Message
from bot.turns.away import Away, look_again
from bot.turns.turn import take
from tests.fakes import THREAD, Fakes, fake_world, question

GONE, LEFT, ASKED = "1001.500000", "1001.000000", "1002.000000"


async def after(fakes: Fakes, away: Away, *stands: str, readable: bool = True) -> list[str]:
    """What the model is told at last."""
    fakes.history.add(
        THREAD, question("left", LEFT), question("gone", GONE), Message(GONE, "", "answer", kind="answer")
    )
    fakes.transcript.stands = frozenset(stands) if readable else None
    turn = await fakes.asked(question("now", ASKED))
    await take(turn, replace(fakes.world, away=away))
    return [str(message) for ask in fakes.model.asks for message in ask.messages]


async def test_what_is_gone_is_dropped_and_looked_for_once() -> None:
    fakes, away = fake_world(), Away(1001.6, 1001.9)
    told = " ".join(await after(fakes, away, LEFT, ASKED))

    assert "left" in told
    assert "gone" not in told
    assert THREAD in away.checked
    away.was(2000.0, 2001.0)
    assert not away.checked


async def test_a_thread_that_began_since_is_not_looked_at() -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    await look_again(turn, replace(fakes.world, away=Away(900.0, 1000.0)))
    await look_again(turn, replace(fakes.world, away=None))

    assert turn.batch.messages


async def test_a_question_that_was_deleted_is_not_answered() -> None:
    fakes = fake_world()
    turn = await fakes.asked()
    fakes.transcript.stands = frozenset()
    await take(turn, replace(fakes.world, away=Away(1001.5, 1005.0)))

    assert fakes.model.asks == []
    assert fakes.record.outcome == "withdrawn"


async def test_what_a_button_asked_never_stood_there_and_stays() -> None:
    fakes = fake_world()
    fakes.transcript.stands = frozenset({LEFT})
    turn = await fakes.asked(question("Continue", "1001.000001"))
    await look_again(turn, replace(fakes.world, away=Away(1001.5, 1005.0)))

    assert [message.text for message in turn.batch.messages] == ["Continue"]


async def test_what_cannot_be_looked_at_is_left_out_after_a_longer_time_only() -> None:
    short, long = fake_world(), fake_world()

    assert "gone" in " ".join(await after(short, Away(1001.6, 1001.9), readable=False))
    assert "gone" not in " ".join(await after(long, Away(100.0, 1001.9), readable=False))
