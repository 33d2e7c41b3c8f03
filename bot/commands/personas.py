"""Commands to personas: list, show, compare, edit, copy, restore, delete, import and export them."""

from dataclasses import replace

from bot.commands import choosing
from bot.commands.authorize import standing
from bot.commands.model import (
    Actor,
    Compare,
    Copy,
    Delete,
    Export,
    ListPersonas,
    OpenForm,
    ReadFile,
    Restore,
    Save,
    ShowHistory,
    ShowPersona,
)
from bot.commands.reports import Comparison, Form, OnePersona, Overtaken, PersonaFile, Personas, Versions
from bot.commands.result import Offer, Result, report
from bot.personas import form, persona, yaml
from bot.personas.builtin import built_in
from bot.personas.persona import Persona
from bot.policy import access, roles
from bot.policy.preferences import Conflict, Fixed, InUse, Unknown
from bot.ports import World

MAX_PLACES = 10  # named where a persona is in use


async def listing(command: ListPersonas, actor: Actor, world: World) -> Result:
    rules = await world.prefs.rules(command.place, actor.user)
    return report(Personas(await world.prefs.personas(), rules.persona.name))


async def show(command: ShowPersona, actor: Actor, world: World) -> Result:
    found = await world.prefs.persona(command.name, command.version)
    if await _is_hidden(actor, world, found):
        return report(OnePersona(replace(found, system_prompt=""), hidden=True))
    return report(OnePersona(found))


async def history(command: ShowHistory, world: World) -> Result:
    found = await world.prefs.history(command.name)
    return report(Versions(command.name, found, persona.key(command.name) in built_in()))


async def compare(command: Compare, actor: Actor, world: World) -> Result:
    old = await world.prefs.persona(command.name, command.old)
    new = await world.prefs.persona(command.name, command.new)
    if await _is_hidden(actor, world, old, new):
        return await _hidden(new, world)
    return report(Comparison(old, new, yaml.difference(old, new)))


async def export(command: Export, actor: Actor, world: World) -> Result:
    found = await world.prefs.persona(command.name)
    if await _is_hidden(actor, world, found):
        return await _hidden(found, world)
    return report(PersonaFile(found, yaml.to_yaml(found)))


async def _is_hidden(actor: Actor, world: World, *shown: Persona) -> bool:
    """Whether the prompt is not for the actor, in some version: the persona is private now, or was so then."""
    latest = (await world.prefs.history(shown[0].name))[:1]
    if not any(each.private for each in (*shown, *(version.persona for version in latest))):
        return False
    held = await standing(actor.user, None, await world.prefs.access(), world)
    return not roles.may(held, "persona.private")


async def _hidden(persona: Persona, world: World) -> Result:
    return Result("persona.hidden", {"name": persona.name, "ask": access.whom(await world.prefs.access())})


async def open_form(command: OpenForm, world: World) -> Result:
    """May raise Unknown, and Fixed for the persona of the operator's settings."""
    if command.kind != "edit":
        return Result("form", shows=Form())
    found = await world.prefs.persona(command.name)
    if persona.key(found.name) == persona.DEFAULT:
        raise Fixed("settings")
    return Result("form", shows=Form(found, found.version))


async def read_file(command: ReadFile, world: World) -> Result:
    """May raise Invalid."""
    found = yaml.from_yaml(command.text)
    try:
        there = await world.prefs.persona(found.name)
    except Unknown:
        return Result("form", shows=Form(found))
    return Result("form", {"there": there}, Form(found, there.version))


async def save(command: Save, actor: Actor, world: World) -> Result:
    """May raise Invalid, and Fixed."""
    wanted = form.check(command.fields)
    if wanted.model != await _present_model(command, world):
        await choosing.check_model(wanted.model, actor, world)
    try:
        saved = await world.prefs.save(wanted, command.based_on, actor.user)
    except Conflict as conflict:
        return await _overtaken(command, wanted.name, conflict, world)
    if saved.version == command.based_on:
        return Result("persona.unchanged", {"persona": saved})
    return Result("persona.saved", {"persona": saved}, changed=True)


async def _present_model(command: Save, world: World) -> str | None:
    """That of the persona that is edited; None where there is none."""
    if command.based_on is None:
        return None
    try:
        return (await world.prefs.persona(str(command.fields.get("name")))).model
    except Unknown:
        return None


async def _overtaken(command: Save, name: str, conflict: Conflict, world: World) -> Result:
    if command.based_on is None:
        return Result("persona.taken", {"name": name})
    latest = next(iter(await world.prefs.history(name)), None)
    return Result("persona.overtaken", shows=Overtaken(name, conflict.current, latest))


async def copy(command: Copy, actor: Actor, world: World) -> Result:
    """May raise Unknown, and Invalid for the new name."""
    old = await world.prefs.persona(command.name)
    new = form.check({**form.fields(old), "name": command.new})
    await choosing.check_model(new.model, actor, world)
    try:
        saved = await world.prefs.save(new, None, actor.user)
    except Conflict:
        return Result("persona.taken", {"name": command.new})
    return Result("persona.copied", {"persona": saved, "old": old.name}, changed=True)


async def restore(command: Restore, actor: Actor, world: World) -> Result:
    """May raise Unknown, and Fixed."""
    await choosing.check_model((await world.prefs.persona(command.name, command.version)).model, actor, world)
    saved = await world.prefs.restore(command.name, command.version, actor.user)
    return Result("persona.restored", {"persona": saved, "version": command.version}, changed=True)


async def delete(command: Delete, actor: Actor, world: World) -> Result:
    """Asks first where it is in use. May raise Unknown, and Fixed."""
    try:
        await world.prefs.delete(command.name, actor.user, anyway=command.anyway)
    except InUse as used:
        values = {"name": command.name, "places": used.where[:MAX_PLACES], "more": len(used.where) - MAX_PLACES}
        return Result("persona.in-use", values, offers=(Offer(Delete(command.name, anyway=True)),))
    return Result(
        "persona.deleted-anyway" if command.anyway else "persona.deleted", {"name": command.name}, changed=True
    )
