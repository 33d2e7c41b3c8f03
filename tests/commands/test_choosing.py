"""Personas and models that not everybody may choose, and models that there are not."""

import asyncio
from typing import Any

import pytest

from bot.commands import choosing
from bot.commands.dispatch import dispatch
from bot.commands.model import (
    Choose,
    Command,
    Copy,
    Explain,
    PickPersona,
    Preview,
    Restore,
    Save,
    ShowHome,
    ShowModels,
    TryPersona,
)
from bot.commands.reports import Overview, Personas, Problems, WhoAnswersInThread
from bot.commands.result import Result
from bot.conversation.messages import Person
from bot.conversation.places import Direct
from bot.personas.persona import Chooser, Persona
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import BARD, PLACE, by
from tests.people import EVERYBODY, PEOPLE, THREAD

DIRECT = Direct("D0000000EVE")
MINE = Choose("persona", "Bard", "person", DIRECT)


async def with_bard(chosen_by: Chooser | None = "named", model: str | None = None) -> Fakes:
    world = fakes.with_everybody_let_in()
    await world.prefs.save(Persona("Bard", "Rhyme.", model, chosen_by=chosen_by), None, PEOPLE["owner"])
    return world


async def result_of(command: Command, role: str, world: Fakes) -> Result:
    return await dispatch(command, by(role), world.world)


@pytest.mark.parametrize(
    ("chosen_by", "may"),
    [
        ("owner", {"owner"}),
        ("admin", {"owner", "admin"}),
        ("named", {"owner", "admin", "named"}),
        ("member", {"owner", "admin", "named", "manager", "member"}),
        ("guest", EVERYBODY - {"outsider", "bot"}),
        (None, EVERYBODY - {"bot"}),
    ],
)
async def test_a_persona_is_chosen_by_those_who_may(chosen_by: Chooser | None, may: set[str]) -> None:
    found = set()
    for role in PEOPLE:
        if (await result_of(MINE, role, await with_bard(chosen_by))).changed:
            found.add(role)

    assert found == may


@pytest.mark.parametrize(
    "command",
    [
        Choose("persona", "bard", "channel", PLACE),
        Choose("persona", "BARD", "thread", THREAD),
        MINE,
        TryPersona("Bard"),
    ],
)
async def test_who_may_not_choose_it_is_told_whom_to_ask_wherever_they_try(command: Command) -> None:
    world = await with_bard("admin")
    before = world.snapshot()
    result = await result_of(command, "manager", world)

    assert (result.code, result.values["name"], result.values["chosen_by"]) == ("choose.limited", "Bard", "admin")
    assert result.values["ask"]
    assert not result.changed
    assert world == before


async def test_a_manager_may_choose_it_in_their_channel_alone() -> None:
    world = await with_bard("manager")

    assert (await result_of(Choose("persona", "Bard", "channel", PLACE), "manager", world)).changed
    assert (await result_of(MINE, "manager", world)).code == "choose.limited"


async def test_slack_is_asked_afresh_who_somebody_is_and_silence_grants_nothing() -> None:
    world = await with_bard("admin")
    world.chat.now[PEOPLE["admin"]] = Person("Dora", known=True)
    world.chat.now[PEOPLE["owner"]] = Person()

    assert (await result_of(MINE, "admin", world)).code == "choose.limited"
    assert (await result_of(MINE, "owner", world)).code == "choose.limited"


async def test_a_choice_is_taken_back_by_whoever_made_it() -> None:
    world = await with_bard("owner")
    await result_of(MINE, "owner", world)

    assert (await result_of(Choose("persona", None, "person", DIRECT), "member", world)).code == "chosen"


async def test_what_somebody_may_not_choose_is_not_offered() -> None:
    world = await with_bard("named")
    offered: dict[str, list[bool]] = {}
    for role in ("named", "member"):
        picks = (await result_of(PickPersona(THREAD, PEOPLE[role]), role, world)).shows
        explained = (await result_of(Explain(THREAD), role, world)).shows
        home = (await result_of(ShowHome(), role, world)).shows
        assert isinstance(picks, Personas)
        assert isinstance(explained, WhoAnswersInThread)
        assert isinstance(home, Overview)
        lists = (picks.personas, explained.personas, home.personas or ())
        offered[role] = ["Bard" in [each.name for each in listed] for listed in lists]

    assert offered == {"named": [True] * 3, "member": [False] * 3}


async def test_who_edits_personas_sees_all_of_them_at_home() -> None:
    home = (await result_of(ShowHome(), "named", await with_bard("owner"))).shows

    assert isinstance(home, Overview)
    assert "Bard" in [each.name for each in home.personas or ()]


# -- models --


async def test_a_model_is_chosen_and_seen_by_those_who_may() -> None:
    world = await with_bard()
    world.model.models, world.model.limits = ("luna", "terra"), {"terra": "admin"}
    seen = {role: (await result_of(ShowModels(PLACE), role, world)).values["names"] for role in ("admin", "member")}
    refused = await result_of(Choose("model", "terra", "channel", PLACE), "manager", world)
    chosen = await result_of(Choose("model", "terra", "channel", PLACE), "admin", world)

    assert seen == {"admin": ("luna", "terra"), "member": ("luna",)}
    assert (refused.code, refused.values["name"], refused.changed) == ("choose.limited", "terra", False)
    assert chosen.changed


SAVE = Save({**BARD, "model": "gpt-9"}, None)


@pytest.mark.parametrize(
    "command",
    [SAVE, Copy("Bard", "Poet"), Restore("Bard", 1), Preview({**BARD, "model": "gpt-9"}, "Hi")],
    ids=["save", "copy", "restore", "preview"],
)
@pytest.mark.parametrize(("models", "limits"), [(("luna",), {}), (("luna", "gpt-9"), {"gpt-9": "admin"})])
async def test_a_persona_gets_no_model_that_may_not_be_chosen(
    command: Command, models: tuple[str, ...], limits: dict[str, Chooser]
) -> None:
    world = await with_bard(model="gpt-9")
    if command is SAVE:
        world = fakes.with_everybody()
    world.model.models, world.model.limits = models, limits
    before = world.snapshot()
    result = await result_of(command, "named", world)

    assert result.code == "persona.invalid"
    assert isinstance(result.shows, Problems)
    assert result.shows.fields["model"].code == ("wrong.model-limited" if limits else "wrong.not-offered")
    assert (world.prefs, world.model.asked) == (before.prefs, [])


async def test_the_model_that_was_perhaps_meant_is_named() -> None:
    world = fakes.with_everybody()
    world.model.models = ("gpt-6-luna", "gpt-6-terra")
    result = await result_of(Save({**BARD, "model": "gpt-6-lunar"}, None), "named", world)

    assert isinstance(result.shows, Problems)
    assert result.shows.fields["model"].values == {"nearest": "gpt-6-luna"}


async def test_a_persona_is_edited_though_its_model_is_gone() -> None:
    world = await with_bard(model="gpt-9")
    world.model.models = ("luna",)
    kept = await result_of(Save({**BARD, "model": "gpt-9"}, 1), "named", world)
    other = await result_of(Save({**BARD, "model": "gpt-8"}, 2), "named", world)

    assert (kept.code, other.code) == ("persona.saved", "persona.invalid")


async def test_somebody_elses_deletion_is_told_whatever_the_model() -> None:
    world = await with_bard(model="gpt-9")
    world.model.models = ("gpt-9",)
    await world.prefs.delete("Bard", PEOPLE["owner"])

    assert (await result_of(Save({**BARD, "model": "gpt-9"}, 1), "named", world)).code == "persona.overtaken"


@pytest.mark.parametrize("models", [(), ("gpt-9",)])
async def test_a_model_is_taken_where_it_is_listed_or_nothing_is(models: tuple[str, ...]) -> None:
    world = fakes.with_everybody()
    world.model.models = models

    assert (await result_of(SAVE, "named", world)).code == "persona.saved"


async def test_nobody_waits_for_a_server_that_is_slow_to_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "LIST_WITHIN", 0.01)
    world = fakes.with_everybody()

    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.model, "has", never)
    taken = await result_of(SAVE, "named", world)
    monkeypatch.undo()
    monkeypatch.setattr(choosing, "LIST_WITHIN", 0.01)
    world.model.models = ("luna",)
    monkeypatch.setattr(world.model, "offered", never)
    refused = await result_of(Save({**BARD, "name": "Poet", "model": "gpt-8"}, None), "named", world)

    assert (taken.code, refused.code) == ("persona.saved", "persona.invalid")
