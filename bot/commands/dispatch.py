"""What becomes of what people ask by slash command, by form or on the Home tab?

Every command passes `act`: the one place where the right to it is looked up, afresh, before anything is done.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.commands import model as asked
from bot.commands.model import Asker, Command, right, where
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas import yaml as persona_yaml
from bot.policy import access as admission
from bot.policy import roles as rights
from bot.policy.preferences import WORKSPACE, Access, Conflict, Entry, Fixed, InUse, Rules, Scope, Unknown
from bot.policy.roles import Act, Role
from bot.ports import World
from bot.wording import results as told
from bot.wording.results import Offer, Told


async def act(command: Command, asker: Asker, world: World) -> Told:
    """Do it if they may, and say what came of it. May raise Conflict (of Save) and Unavailable."""
    if refusal := await refused(command, asker, world):
        return refusal
    try:
        return await _DEEDS[type(command)](command, asker, world)
    except Unknown as no:
        return unknown(no, str(getattr(command, "name", getattr(command, "value", ""))))
    except Fixed as no:
        return told.told(told.plain(str(no)))
    except personas.Invalid as wrong:
        return told.told(*(told.plain(f"{told.label(field)}: {problem}") for field, problem in wrong.errors.items()))


def unknown(no: Unknown, name: str) -> Told:
    if no.nearest and no.versions:
        return told.told(f"*{told.plain(no.nearest)}* has no such version: {told.versions(no.versions)}.")
    near = f" Did you mean *{told.plain(no.nearest)}*?" if no.nearest else " `/persona list` shows all."
    return told.told(f"There is no persona called {told.plain(name[:40])}.{near}")


async def refused(command: Command, asker: Asker, world: World) -> Told | None:
    """Why they may not, and whom to ask; None if they may."""
    access = await world.prefs.access()
    if isinstance(command, asked.Forget) and command.thread is not None:
        held = await standing(replace(asker, thread=command.thread), access, world)  # it is managed there
    else:
        held = await standing(asker, access, world)
    wanted = right(command, asker)
    own = isinstance(command, asked.Forget) and await _is_theirs(command, asker, world)
    may = bool(asker.user) and rights.may(held, wanted, own=own)
    return None if may else _refusal(wanted, access, asker)


async def standing(asker: Asker, access: Access, world: World) -> frozenset[Role]:
    person = await world.directory.person(asker.user)
    return rights.roles(asker.user, person, asker.channel, access)


def _refusal(wanted: Act, access: Access, asker: Asker) -> Told:
    """Polite, and with somebody to turn to. In direct messages there are no managers."""
    managed = not asker.direct and rights.may(["manager"], wanted)
    if wanted == "forget.thread":
        who = "the one who began a thread, and admins,"
    elif rights.may(["guest"], wanted):
        who = "people of this workspace"
    elif rights.may(["member"], wanted):
        who = "members of this workspace"
    else:
        who = f"admins{' and managers of this channel' if managed else ''}"
    return told.told(f"Only {who} may do that. Please ask {admission.whom(access, asker.channel if managed else '')}.")


async def _is_theirs(command: asked.Forget, asker: Asker, world: World) -> bool:
    """A thread is whose first message it holds; in direct messages there is nobody else."""
    if command.thread is None:
        return True
    if asker.direct and command.thread.channel == asker.channel:
        return True
    past = await world.history.load(command.thread)
    return any(said.ts == command.thread.root and said.author == asker.user for said in past.messages)


# -- personas


async def _explain(_: asked.Explain, asker: Asker, world: World) -> Told:
    return told.explained(await _rules(asker, world), asker.direct)


async def _list(_: asked.List, asker: Asker, world: World) -> Told:
    return told.listed(await world.prefs.personas(), (await _rules(asker, world)).persona.name)


async def _show(command: asked.Show, _: Asker, world: World) -> Told:
    return told.shown(await world.prefs.persona(command.name, command.version))


async def _history(command: asked.History, _: Asker, world: World) -> Told:
    return told.history(command.name, await world.prefs.history(command.name))


async def _compare(command: asked.Compare, _: Asker, world: World) -> Told:
    old = await world.prefs.persona(command.name, command.old)
    new = await world.prefs.persona(command.name, command.new)
    return told.compared(old, new)


async def _choose(command: asked.Choose, asker: Asker, world: World) -> Told:
    place = where(command, asker)
    scope = {"here": Scope("channel", asker.channel), "me": Scope("person", asker.user)}.get(place, WORKSPACE)
    chosen = await world.prefs.choose(scope, {command.what: command.value}, asker.user)
    here = {"here": "here", "me": "for you, in direct messages", "workspace": "in the whole workspace"}[place]
    rules = await _rules(asker.privately if place == "me" else asker, world)
    if command.value is None:
        said = f"The choice of {_CHOSEN.get(command.what, command.what)} {here} is taken back."
    elif command.what == "persona":
        said = f"*{told.plain(str(chosen.persona))}* answers {here} from now on. Threads under way keep theirs."
    elif command.what == "policy":
        said = f"From now on {here}: {told.POLICIES[str(command.value)]}."
    else:
        value = command.value if isinstance(command.value, str) else "on" if command.value else "off"
        what = "The thumbs are" if command.what == "feedback" else f"The {command.what} is"
        said = f"{what} now `{told.plain(value)}` {here}."
    return Told((said, *told.settings(rules, place == "me" or asker.direct).parts), changed=True)


async def _save(command: asked.Save, asker: Asker, world: World) -> Told:
    saved = await world.prefs.save(command.persona, command.based_on, asker.user)
    name = told.plain(saved.name)
    if saved.version == command.based_on:
        return told.told(f"Nothing differs: *{name}* stays at version {saved.version}.")
    said = f"{told.named(saved)} is saved. New threads have it; those under way keep their version."
    how = f"In a channel, `/persona use {name}` lets it answer there."
    return told.told(said, how, changed=True)


async def _copy(command: asked.Copy, asker: Asker, world: World) -> Told:
    old = await world.prefs.persona(command.name)
    new = persona_form.check({**persona_form.fields(old), "name": command.new})
    try:
        saved = await world.prefs.save(new, None, asker.user)
    except Conflict:
        return told.told(f"There is a persona called *{told.plain(command.new)}* already. Nothing was copied.")
    return Told((f"{told.named(saved)} is a copy of *{told.plain(old.name)}*.",), changed=True)


async def _restore(command: asked.Restore, asker: Asker, world: World) -> Told:
    saved = await world.prefs.restore(command.name, command.version, asker.user)
    return Told((f"{told.named(saved)} has the content of version {command.version} again.",), changed=True)


async def _delete(command: asked.Delete, asker: Asker, world: World) -> Told:
    name = told.plain(command.name)
    try:
        await world.prefs.delete(command.name, asker.user, anyway=command.anyway)
    except InUse as used:
        places = ", ".join(told.place(scope) for scope in used.where[:10])
        more = f" and {len(used.where) - 10} more" if len(used.where) > 10 else ""
        then = (
            "If you delete it, whoever is chosen for the workspace answers there instead, or else the default persona."
        )
        said = f"*{name}* answers in {places}{more}. {then}"
        return Told((said,), (Offer("Delete it anyway", "delete", command.name, danger=True),))
    said = f"*{name}* is deleted. Threads that have it keep it; `/persona history {name}` and `restore` bring it back."
    there = " Where it was chosen, another one answers new threads; `/threadbot settings` says which." * command.anyway
    return Told((said + there,), changed=True)


async def _export(command: asked.Export, asker: Asker, world: World) -> Told:
    persona = await world.prefs.persona(command.name)
    return told.told(
        f"{told.named(persona)} as YAML, for `/persona import`:", told.Verbatim(persona_yaml.to_yaml(persona))
    )


# -- the rest


async def _settings(_: asked.ShowSettings, asker: Asker, world: World) -> Told:
    return told.settings(await _rules(asker, world), asker.direct)


async def _usage(command: asked.ShowUsage, asker: Asker, world: World) -> Told:
    month = command.month or this_month()
    past = month < this_month()
    if not command.everyone:
        return told.usage(month, await world.ledger.spent(month, asker.user), {}, everyone=False, past=past)
    by_persona = await world.ledger.spent_by(month, "persona")
    return told.usage(month, await world.ledger.spent(month), by_persona, everyone=True, past=past)


async def _forget(command: asked.Forget, asker: Asker, world: World) -> Told:
    if command.thread is None and not command.sure:
        return Told((told.FORGET_ME,), (Offer("Forget what I said", "forget", danger=True),))
    if command.thread is None:
        threads = told.counted(await world.history.forget_person(asker.user), "thread")
        await world.prefs.audit(Entry(asker.user, "forget.me", threads))
        return told.told(f"I have forgotten what you said, in {threads}. What Slack keeps is not mine to delete.")
    if not await world.history.forget(command.thread):
        return told.told("I am answering in that thread just now. Please try again when I am done.")
    await world.prefs.audit(Entry(asker.user, "forget.thread", str(command.thread)))
    return told.told("I have forgotten that thread. What Slack keeps of it is not mine to delete.")


async def _show_admins(_: asked.ShowAdmins, asker: Asker, world: World) -> Told:
    return told.admins(await world.prefs.access(), asker.channel)


async def _appoint(command: asked.Appoint, asker: Asker, world: World) -> Told:
    seen = await world.prefs.access()
    if not command.add and not command.here and command.user in seen.appointed:
        return told.told(f"<@{command.user}> is named in the operator's settings; only the operator can change that.")
    if command.here:
        present = seen.managers.get(asker.channel, frozenset())
        wanted = replace(seen, managers={**seen.managers, asker.channel: _with(present, command.user, command.add)})
    else:
        wanted = replace(seen, admins=_with(seen.admins, command.user, command.add))
    now = await world.prefs.change_access(seen, wanted, asker.user)
    return replace(told.admins(now, asker.channel), changed=True)


async def _show_access(_: asked.ShowAccess, asker: Asker, world: World) -> Told:
    shown = told.access(await world.prefs.access())
    return replace(shown, parts=(*shown.parts, *told.LISTS))


async def _admit(command: asked.Admit, asker: Asker, world: World) -> Told:
    seen = await world.prefs.access()
    if command.kind == "switch":
        field = told.SWITCHES[command.id][0]
        wanted: Any = command.listing == "allow"
    else:
        field = f"{'allowed' if command.listing == 'allow' else 'denied'}_{command.kind}"
        wanted = _with(getattr(seen, field), command.id, command.add)
    if command.listing == "deny" and command.kind == "users" and command.add:
        held = await standing(replace(asker, user=command.id), seen, world)
        if rights.may(held, "access.set"):
            return told.told(f"Nothing was changed: <@{command.id}> manages me, and whoever does is always answered.")
    change: dict[str, Any] = {field: wanted}
    now = await world.prefs.change_access(seen, replace(seen, **change), asker.user)
    said = told.admitted(command, now) if now != seen else "Nothing was changed: it was so already."
    return Told((said, *told.access(now).parts), changed=now != seen)


async def _show_audit(command: asked.ShowAudit, _: Asker, world: World) -> Told:
    return told.audited(await world.prefs.audited(command.most))


_CHOSEN = {"policy": "when I speak", "feedback": "thumbs"}  # where a choice has another name than its command


def this_month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def _with(present: frozenset[str], one: str, add: bool) -> frozenset[str]:
    return present | {one} if add else present - {one}


async def _rules(asker: Asker, world: World) -> Rules:
    return await world.prefs.rules(asker.thread, asker.user)


_DEEDS: dict[type, Callable[[Any, Asker, World], Awaitable[Told]]] = {
    asked.Explain: _explain,
    asked.List: _list,
    asked.Show: _show,
    asked.History: _history,
    asked.Compare: _compare,
    asked.Choose: _choose,
    asked.Save: _save,
    asked.Copy: _copy,
    asked.Restore: _restore,
    asked.Delete: _delete,
    asked.Export: _export,
    asked.ShowSettings: _settings,
    asked.ShowUsage: _usage,
    asked.Forget: _forget,
    asked.ShowAdmins: _show_admins,
    asked.Appoint: _appoint,
    asked.ShowAccess: _show_access,
    asked.Admit: _admit,
    asked.ShowAudit: _show_audit,
}
