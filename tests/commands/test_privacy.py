"""Forgetting."""

from bot.commands.dispatch import dispatch
from bot.commands.model import ForgetMe, ForgetThread
from bot.conversation.messages import Message
from tests.commands import fakes
from tests.commands.test_authorize import FORGET, PLACE, asked_by, by
from tests.people import PEOPLE, SOMEBODY, THREAD


async def test_all_is_forgotten_only_after_a_question() -> None:
    world = fakes.with_everybody()
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["member"], "my number is 77")]
    before = world.snapshot()
    asked = await dispatch(ForgetMe(), by("member"), world.world)

    assert [offer.command for offer in asked.offers] == [ForgetMe(sure=True)]
    assert world == before
    done = await dispatch(ForgetMe(sure=True), by("member"), world.world)
    assert (done.code, done.values) == ("forgotten.me", {"count": 1})
    assert world.history.past[THREAD] == []


async def test_how_much_was_forgotten_is_counted_in_the_audit_log() -> None:
    world = fakes.with_everybody()
    result = await dispatch(ForgetMe(sure=True), by("member"), world.world)

    assert result.values == {"count": 0}
    [entry] = await world.prefs.audited()
    assert (entry.act, entry.what) == ("forget.me", "0 threads")


async def test_a_thread_is_forgotten_in_ones_own_workspace_and_noted() -> None:
    world = fakes.with_everybody()
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["member"], "a question")]
    result = await dispatch(ForgetThread(THREAD, PLACE), by("member"), world.world)

    assert result.code == "forgotten.thread"
    assert world.history.past == {}
    [entry] = await world.prefs.audited()
    assert (entry.by, entry.act, entry.what) == (PEOPLE["member"], "forget.thread", str(THREAD))


async def test_a_thread_in_which_an_answer_is_written_is_not_forgotten() -> None:
    world = asked_by(SOMEBODY)
    before = world.snapshot()
    result = await dispatch(FORGET, by("manager"), world.world)

    assert result.code == "forget.busy"
    assert world == before
