"""What somebody sees at a glance, and what can be done from there."""

from dataclasses import replace

import pytest

from bot.commands.dispatch import dispatch
from bot.commands.model import AskSuggested, ShowHome, TryPersona
from bot.commands.reports import Overview
from bot.personas.persona import Persona
from bot.policy.preferences import Scope
from tests.commands import fakes
from tests.commands.test_authorize import by
from tests.people import HERE, PEOPLE, THREAD


@pytest.mark.parametrize(
    ("role", "personas", "spent", "admins"),
    [("owner", True, True, True), ("member", True, True, False), ("outsider", True, False, False)],
)
async def test_everyone_sees_what_their_role_may(role: str, personas: bool, spent: bool, admins: bool) -> None:
    result = await dispatch(ShowHome(), by(role), fakes.with_everybody_let_in().world)

    assert isinstance(result.shows, Overview)
    seen = (result.shows.personas is not None, result.shows.spent is not None, result.shows.for_admins is not None)
    assert seen == (personas, spent, admins)


async def test_ones_own_choice_and_who_answers_then_are_shown() -> None:
    world = fakes.with_everybody()
    await world.prefs.choose(Scope("person", PEOPLE["member"]), {"persona": "concise"}, PEOPLE["member"])
    await world.prefs.choose(Scope("channel", HERE), {"policy": "follow"}, PEOPLE["owner"])
    mine = (await dispatch(ShowHome(), by("member"), world.world)).shows
    admins = (await dispatch(ShowHome(), by("owner"), world.world)).shows

    assert isinstance(mine, Overview)
    assert (mine.mine, mine.answers.name) == ("concise", "concise")
    assert isinstance(admins, Overview)
    assert admins.for_admins is not None
    assert dict(admins.for_admins.channels) == {HERE: {"policy": "follow"}}


async def test_a_persona_is_tried_by_whoever_would_be_answered() -> None:
    world = fakes.with_everybody()
    may = await dispatch(TryPersona("concise"), by("member"), world.world)
    world.prefs.listed = replace(world.prefs.listed, direct_messages=False)
    may_not = await dispatch(TryPersona("concise"), by("member"), world.world)

    assert may.code == "try"
    assert isinstance(may.values["persona"], Persona)
    assert may_not.code == "not-admitted"


async def test_a_suggested_prompt_is_asked_once_in_its_thread() -> None:
    world = fakes.with_everybody()
    suggested = AskSuggested(THREAD, "A sonnet, please.")
    first = await dispatch(suggested, by("member"), world.world)
    again = await dispatch(replace(suggested, text="A tale."), by("member"), world.world)

    assert (first.code, again.code) == ("suggestion.asked", "suggestion.again")
    [message] = world.inbox.waiting[THREAD]
    assert (message.ts, message.text) == ("1763700000.000101", "A sonnet, please.")
