"""Commands to personas."""

from typing import Any

import pytest

from bot import wording
from bot.commands import model, personas
from bot.commands.dispatch import dispatch
from bot.commands.reports import Comparison, Form, OnePersona, Overtaken, Overview, PersonaFile, Personas, Versions
from bot.commands.result import Result
from bot.conversation.places import Ref
from bot.policy.preferences import WORKSPACE, Scope
from bot.slack.ui import home_view
from bot.wording import results
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import PLACE, by
from tests.people import HERE, PEOPLE

BARD = {"name": "Bard", "system_prompt": "Speak in verse."}


async def do(world: Fakes, command: model.Command, role: str = "owner") -> Result:
    return await dispatch(command, by(role), world.world)


async def with_bard(**more: Any) -> Fakes:
    world = fakes.with_everybody_let_in()
    assert (await do(world, model.Save({**BARD, **more}, None))).changed
    return world


async def test_a_persona_is_made_changed_compared_and_brought_back() -> None:
    world = await with_bard()
    changed = await do(world, model.Save({**BARD, "system_prompt": "Rap."}, 1))
    compared = await do(world, model.Compare("bard", 1))
    restored = await do(world, model.Restore("bard", 1))
    shown = await do(world, model.ShowPersona("bard"))
    history = await do(world, model.ShowHistory("bard"))

    assert changed.code == "persona.saved"
    assert isinstance(compared.shows, Comparison)
    assert "+system_prompt: Rap." in compared.shows.difference
    assert restored.values["version"] == 1
    assert isinstance(shown.shows, OnePersona)
    assert (shown.shows.persona.version, shown.shows.persona.system_prompt) == (3, "Speak in verse.")
    assert isinstance(history.shows, Versions)
    assert [each.deed for each in history.shows.versions] == ["restored", "saved", "saved"]
    assert not history.shows.built_in


async def test_saving_what_is_there_already_says_so() -> None:
    result = await do(await with_bard(), model.Save(BARD, 1))

    assert (result.code, result.changed) == ("persona.unchanged", False)


async def test_an_edit_of_what_has_changed_meanwhile_is_not_lost_and_says_who_was_faster() -> None:
    world = await with_bard()
    await do(world, model.Save({**BARD, "system_prompt": "Rap."}, 1), "admin")
    result = await do(world, model.Save({**BARD, "system_prompt": "Hum."}, 1))

    assert result.code == "persona.overtaken"
    assert isinstance(result.shows, Overtaken)
    assert result.shows.current is not None
    assert result.shows.current.version == 2
    assert result.shows.latest is not None
    assert result.shows.latest.by == PEOPLE["admin"]


async def test_a_new_persona_takes_no_name_that_is_taken() -> None:
    world = await with_bard()

    assert (await do(world, model.Save({**BARD, "system_prompt": "Mine."}, None))).code == "persona.taken"
    assert (await do(world, model.Copy("concise", "bard"))).code == "persona.taken"


@pytest.mark.parametrize("command", [model.ShowPersona("bard", 7), model.Compare("bard", 7), model.Restore("bard", 7)])
async def test_a_version_that_is_not_there_is_not_taken_for_a_missing_persona(command: model.Command) -> None:
    result = await do(await with_bard(), command)

    assert result == Result("persona.no-version", {"name": "Bard", "versions": (1,)})


async def test_a_persona_in_use_is_deleted_only_after_a_question() -> None:
    world = await with_bard()
    for scope in (Scope("channel", HERE), WORKSPACE):
        await world.prefs.choose(scope, {"persona": "Bard"}, PEOPLE["owner"])
    asked = await do(world, model.Delete("bard"))
    [offer] = asked.offers
    deleted = await do(world, offer.command)

    assert (asked.code, asked.changed) == ("persona.in-use", False)
    assert asked.values["places"] == (Scope("channel", HERE), WORKSPACE)
    assert (deleted.code, deleted.changed) == ("persona.deleted-anyway", True)
    assert (await world.prefs.rules(PLACE, PEOPLE["owner"])).gone == "Bard"


async def test_of_many_places_some_are_named_and_the_others_counted() -> None:
    world = await with_bard()
    for n in range(personas.MAX_PLACES + 3):
        await world.prefs.choose(Scope("channel", f"C{n}"), {"persona": "Bard"}, PEOPLE["owner"])
    result = await do(world, model.Delete("bard"))

    assert isinstance(result.values["places"], tuple)
    assert len(result.values["places"]) == personas.MAX_PLACES
    assert result.values["more"] == 3


async def test_a_persona_that_nobody_uses_is_deleted_at_once() -> None:
    result = await do(await with_bard(), model.Delete("bard"))

    assert (result.code, result.offers, result.changed) == ("persona.deleted", (), True)


async def test_a_persona_goes_out_as_yaml_and_comes_back_as_a_form() -> None:
    world = await with_bard(temperature="0.9")
    exported = await do(world, model.Export("bard"), "member")
    assert isinstance(exported.shows, PersonaFile)
    again = await do(world, model.ReadFile(exported.shows.yaml))
    new = await do(world, model.ReadFile(exported.shows.yaml.replace("Bard", "Poet")))

    assert isinstance(again.shows, Form)
    assert again.shows.based_on == 1
    assert isinstance(new.shows, Form)
    assert new.shows.based_on is None
    assert new.shows.persona is not None
    assert (new.shows.persona.name, new.shows.persona.params) == ("Poet", {"temperature": 0.9})
    assert "Poet" not in world.prefs.versions


async def test_a_form_is_empty_or_holds_the_persona_that_is_edited() -> None:
    world = await with_bard()
    edited = await do(world, model.OpenForm("edit", "bard"))

    assert (await do(world, model.OpenForm("new"))).shows == Form()
    assert isinstance(edited.shows, Form)
    assert edited.shows.persona is not None
    assert (edited.shows.persona.name, edited.shows.based_on) == ("Bard", 1)


async def test_all_personas_are_listed_with_the_one_that_answers() -> None:
    world = await with_bard()
    await world.prefs.choose(WORKSPACE, {"persona": "Bard"}, PEOPLE["owner"])
    result = await do(world, model.ListPersonas(PLACE), "outsider")

    assert isinstance(result.shows, Personas)
    assert result.shows.answers == "Bard"
    assert [each.name for each in result.shows.personas][:2] == ["assistant", "Bard"]


async def test_what_comes_with_the_product_has_a_version_before_all_changes() -> None:
    result = await do(fakes.with_everybody(), model.ShowHistory("concise"))

    assert result.shows == Versions("concise", [], built_in=True)


# -- private personas

SECRET = "Speak of the treasure."


def prompts(result: Result) -> str:
    """All that people read of a result, on the Home tab too."""
    words, shown = wording.of("en"), result.shows
    home = home_view.view(shown, words) if isinstance(shown, Overview) else {}
    return f"{results.text(result, words)} {home}"


async def with_history(*private: bool) -> Fakes:
    """Bard, in one version for each, the last one being the present."""
    world = fakes.with_everybody_let_in()
    for n, each in enumerate(private):
        fields = {**BARD, "system_prompt": f"{SECRET} Version {n + 1}.", "private": each}
        assert (await do(world, model.Save(fields, n or None))).changed
    return world


SHOWN: list[model.Command] = [
    model.ShowPersona("bard"),
    model.ShowPersona("bard", 1),
    model.ShowHistory("bard"),
    model.Compare("bard", 1),
    model.Export("bard"),
    model.ListPersonas(PLACE),
    model.ShowHome(),
    model.Explain(PLACE),
]


@pytest.mark.parametrize("role", ["manager", "member", "guest", "outsider"])
@pytest.mark.parametrize("command", SHOWN, ids=str)
async def test_a_private_prompt_is_shown_to_those_alone_who_manage_personas(command: model.Command, role: str) -> None:
    """Not in an older version either, in which it was public."""
    world = await with_history(False, True)

    assert SECRET not in prompts(await do(world, command, role))


@pytest.mark.parametrize("role", ["owner", "admin", "named"])
@pytest.mark.parametrize("command", [SHOWN[0], SHOWN[1], SHOWN[3], SHOWN[4]], ids=str)
async def test_those_who_manage_personas_see_private_prompts(command: model.Command, role: str) -> None:
    assert "Version" in prompts(await do(await with_history(False, True), command, role))


async def test_of_a_private_persona_everything_else_is_shown() -> None:
    world = await with_history(True)
    shown = prompts(await do(world, model.ShowPersona("bard"), "member"))
    export = await do(world, model.Export("bard"), "member")

    assert "Private: only admins can see its prompt." in shown
    assert "What the model is told" not in shown
    assert export.code == "persona.hidden"
    assert export.values["ask"] == (Ref("user", PEOPLE["named"]),)


async def test_a_version_that_was_private_stays_so_when_the_persona_is_public_again() -> None:
    world = await with_history(True, False)

    assert SECRET not in prompts(await do(world, model.ShowPersona("bard", 1), "member"))
    assert SECRET not in prompts(await do(world, model.Compare("bard", 1), "member"))
    assert f"{SECRET} Version 2." in prompts(await do(world, model.ShowPersona("bard"), "member"))


async def test_a_private_persona_is_private_when_it_is_deleted_or_copied() -> None:
    world = await with_history(False, True)
    await do(world, model.Copy("bard", "Poet"))
    await do(world, model.Delete("bard"))

    assert SECRET not in prompts(await do(world, model.ShowPersona("bard", 1), "member"))
    assert SECRET not in prompts(await do(world, model.ShowPersona("poet"), "member"))


async def test_whether_a_persona_is_private_is_told_in_its_history_and_file() -> None:
    world = await with_history(False, True)
    history = (await do(world, model.ShowHistory("bard"))).shows
    file = (await do(world, model.Export("bard"))).shows

    assert isinstance(history, Versions)
    assert "private" in history.versions[0].changed
    assert isinstance(file, PersonaFile)
    assert "private: true" in file.yaml
