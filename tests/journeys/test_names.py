"""Whether the model is told what people are called."""

import pytest

from bot.conversation.places import Channel
from bot.personas.persona import Persona
from bot.policy.preferences import NAMES, WORKSPACE, Scope
from tests.commands import fakes
from tests.people import ELSEWHERE, HERE, PEOPLE
from tests.responder import command
from tests.town import Town, said


async def test_where_names_are_off_the_model_is_told_none_though_its_persona_would_see_them(town: Town) -> None:
    async with town.bot():
        told = await command(town, "Ada", "#general", "/threadbot names off here")
        first = await town.ask("Ben", "#general", "@Threadbot what did @Chloe say?")
        await town.ask("Chloe", "#general", "@Threadbot nothing", thread=first.thread)
        here = str([text for _, text in said(town.model.requests[-1])])
        await command(town, "Ada", "#general", "/threadbot names reset here")
        await town.ask("Ben", "#general", "@Threadbot and now?", thread=first.thread)
        again = str([text for _, text in said(town.model.requests[-1])])

    assert "Sending people's display names to the model is now `off` here." in told
    assert "Names: off – _chosen for this channel_" in told
    assert "Person 1" in here
    assert not any(name in here for name in ("Ben", "Chloe"))
    assert all(name in again for name in ("Ben", "Chloe"))


@pytest.mark.parametrize(
    ("workspace", "channel", "persona", "seen"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (False, None, True, False),
        (False, None, False, False),
        (False, True, True, True),
        (True, False, True, False),
        (True, True, False, False),
    ],
)
async def test_off_wins_over_every_persona(
    workspace: bool | None, channel: bool | None, persona: bool, seen: bool
) -> None:
    world = fakes.with_everybody()
    one = await world.prefs.save(Persona("Bard", "x", sees_names=persona), None, PEOPLE["owner"])
    await world.prefs.choose(WORKSPACE, {"persona": one.name, "names": workspace}, PEOPLE["owner"])
    await world.prefs.choose(Scope("channel", HERE), {"names": channel}, PEOPLE["owner"])

    assert (await world.prefs.rules(Channel(HERE), PEOPLE["member"])).persona.sees_names == seen
    assert (await world.prefs.rules(Channel(ELSEWHERE), PEOPLE["member"]))[NAMES] == (workspace is not False)
