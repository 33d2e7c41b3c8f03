"""Forgetting."""

from dataclasses import replace

import pytest

from bot.commands import privacy
from bot.commands.dispatch import dispatch
from bot.commands.model import Command
from bot.commands.privacy_model import (
    ExportMine,
    ForgetHere,
    ForgetMe,
    ForgetThread,
    ReadMe,
    ShowForgetting,
    ShowPrivacy,
)
from bot.commands.reports import Privacy
from bot.conversation.messages import Message
from bot.conversation.places import Direct, Moment
from bot.privacy.held import Erasure, Progress
from tests.commands import fakes
from tests.commands.test_authorize import FORGET, PLACE, asked_by, by
from tests.people import ELSEWHERE, PEOPLE, SOMEBODY, TEAM, THREAD


async def test_all_is_forgotten_only_after_a_question() -> None:
    world = fakes.with_everybody()
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["member"], "my number is 77")]
    before = world.snapshot()
    asked = await dispatch(ForgetMe(), by("member"), world.world)

    assert [offer.command for offer in asked.offers] == [ForgetMe(True), ForgetMe(True, answers=True)]
    assert world == before
    done = await dispatch(ForgetMe(sure=True), by("member"), world.world)
    assert (done.code, done.values) == ("forgotten.words", {"count": 1, "busy": 0})
    assert world.history.past[THREAD] == []


@pytest.mark.parametrize(("answers", "left"), [(False, ["77!"]), (True, [])])
async def test_the_answers_go_if_that_is_wanted(answers: bool, left: list[str]) -> None:
    world = fakes.with_everybody()
    said = Message(THREAD.root, PEOPLE["member"], "77")
    world.history.past[THREAD] = [said, replace(said, author="", text="77!", kind="answer")]
    await dispatch(ForgetMe(sure=True, answers=answers), by("member"), world.world)

    assert [message.text for message in world.history.past[THREAD]] == left


async def test_that_somebody_was_forgotten_is_noted_in_the_audit_log() -> None:
    world = fakes.with_everybody()
    await dispatch(ForgetMe(sure=True), by("member"), world.world)

    [entry] = await world.prefs.audited()
    assert entry.act == "forget.me"
    assert world.erasures.announced == 1


async def test_a_channel_is_forgotten_by_its_managers() -> None:
    world = fakes.with_everybody()
    for thread in (THREAD, replace(THREAD, channel=ELSEWHERE)):
        world.history.past[thread] = [Message(THREAD.root, PEOPLE["member"], "a question")]
    refused = await dispatch(ForgetHere(PLACE), by("member"), world.world)
    done = await dispatch(ForgetHere(PLACE), by("manager"), world.world)

    assert refused.refused
    assert (done.code, done.values) == ("forgotten.here", {"count": 1, "busy": 0})
    assert [thread.channel for thread in world.history.past] == [ELSEWHERE]


async def test_ones_direct_messages_are_forgotten_by_oneself_and_nowhere_else_is_meant() -> None:
    world = fakes.with_everybody()

    assert (await dispatch(ForgetHere(Direct("D1")), by("member"), world.world)).code == "forgotten.here"
    assert (await dispatch(ForgetHere(Direct()), by("member"), world.world)).code == "forget.nowhere"


@pytest.mark.parametrize("command", [ForgetMe(sure=True), ForgetHere(PLACE), ForgetThread(THREAD, PLACE)])
async def test_on_a_legal_hold_nothing_is_forgotten_and_that_is_said(command: Command) -> None:
    world = fakes.with_everybody()
    world.hold = True
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["manager"], "a question")]
    result = await dispatch(command, by("manager"), world.world)

    assert result.code == "forget.held"
    assert world.history.past[THREAD]
    assert await world.prefs.audited() == []


async def test_what_takes_longer_is_told_as_far_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "WAITED_FOR", 0.01)
    world, erasure = fakes.with_everybody(), Erasure(TEAM, "words", PEOPLE["member"])
    world.erasures.stuck = True
    begun = await dispatch(ForgetMe(sure=True), by("member"), world.world)
    world.erasures.known[erasure] = Progress(done=50, of=200)
    later = await dispatch(ShowForgetting(ForgetMe(sure=True)), by("member"), world.world)
    world.erasures.known[erasure] = Progress(done=200, of=200, threads=3, busy=1)
    done = await dispatch(ShowForgetting(ForgetMe(sure=True)), by("member"), world.world)

    assert (begun.code, begun.values["of"]) == ("forget.under-way", 0)
    assert (later.code, later.values["done"], later.values["of"]) == ("forget.under-way", 50, 200)
    assert (done.code, done.values) == ("forgotten.words", {"count": 3, "busy": 1})


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


async def test_ones_export_is_sent_as_a_file_once_a_day() -> None:
    world = fakes.with_everybody()
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["member"], "my number is 77")]
    first = await dispatch(ExportMine(), by("member"), world.world)
    again = await dispatch(ExportMine(), by("member"), world.world)

    assert first.code == "exported"
    assert (again.code, type(again.values["when"])) == ("export.later", Moment)
    [(user, name, content, about)] = world.chat.files
    assert user == PEOPLE["member"]
    assert name.endswith(".json")
    assert b"my number is 77" in content
    assert about


async def test_an_export_that_slack_does_not_take_may_be_asked_for_again() -> None:
    world = fakes.with_everybody()
    world.chat.takes_files = False

    assert (await dispatch(ExportMine(), by("member"), world.world)).code == "export.no-file"
    world.chat.takes_files = True
    assert (await dispatch(ExportMine(), by("member"), world.world)).code == "exported"


async def test_what_becomes_of_ones_words_is_shown_to_everybody() -> None:
    world = fakes.with_everybody()
    shown = (await dispatch(ShowPrivacy(PLACE), by("member"), world.world)).shows

    assert isinstance(shown, Privacy)
    assert (shown.handling.days, shown.handling.model, shown.handling.read) == (30.0, "small-model", True)


async def test_one_can_choose_to_be_no_context_for_others() -> None:
    world = fakes.with_everybody()
    codes = [(await dispatch(ReadMe(on), by("member"), world.world)).code for on in (None, False, None, True, None)]

    assert codes == ["context.on", "context.off", "context.off", "context.on", "context.on"]
    assert world.prefs.unread == set()
