"""What came of a command, as text."""

from collections.abc import Sequence
from typing import assert_never, cast

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse
from bot.commands.model import Delete, Help
from bot.commands.parse import VERBS, Verb
from bot.commands.privacy_model import ForgetMe
from bot.commands.result import Offer, Result
from bot.commands.usage_model import ShowUsage
from bot.commands.workspace_model import AdmitWorkspace
from bot.conversation.places import Ref
from bot.errors import BotError
from bot.personas.persona import Persona
from bot.policy.preferences import PREFERENCES, Level, Scope, Value, spelled
from bot.policy.roles import Refusal
from bot.wording import budgets, privacy, workspaces
from bot.wording.reports import shown
from bot.wording.text import Button, Markdown, Text, fill, literal
from bot.wording.words import Words


def text(result: Result, words: Words) -> Text:
    """All that there is to say. Empty for what the thread itself shows."""
    parts = shown(result.shows, words) if result.shows is not None else ()
    return Text((*_said(result, words), *parts), tuple(_button(offer, words) for offer in result.offers))


def sentence(result: Result, words: Words) -> Markdown:
    """The same where there is room for one paragraph only."""
    return Markdown(" ".join(part for part in text(result, words).parts if isinstance(part, Markdown)))


def trouble(error: BotError, words: Words) -> Text:
    """What somebody is told of trouble that was expected."""
    return Text((words.say(error.sentence or "broken"),))


def help(wanted: Help, words: Words) -> Text:
    """What could not be understood, if anything, and what can be written."""
    problem = [literal(words.problem(wanted.problem))] if wanted.problem is not None else []
    lines = [words.say("help.usage", usage=usage, about=about) for usage, about in usages(wanted, words)]
    return Text((*problem, *lines))


def usages(wanted: Help, words: Words) -> list[tuple[str, str]]:
    """What can be written after a slash command, and what it does; of one verb, or of all."""
    command, verbs = wanted.command, VERBS.get(wanted.command, {})
    if wanted.verb in verbs:
        return [_usage(command, verbs[wanted.verb], words)]
    alone = [(command, words.label(f"help.{command}"))] if command == "/persona" else []
    return [*alone, *(_usage(command, verb, words) for verb in verbs.values())]


def _usage(command: str, verb: Verb, words: Words) -> tuple[str, str]:
    own = command == "/threadbot" and verb.name in PREFERENCES
    about = words.preferences[verb.name].about if own else words.label(f"help.{command} {verb.name}")
    return f"{command} {verb.name} {verb.usage}".rstrip(), about


SILENT = {
    *("stopped", "regenerating", "continuing"),
    *("report", "form", "try", "persona.invalid", "persona.overtaken", "admins.changed"),
}
"""Codes that need no sentence: the thread itself shows them, or what they show or open says it all."""


def _said(result: Result, words: Words) -> Sequence[Markdown]:
    if result.code in SILENT:
        return ()
    if result.refused or result.code == "choose.limited":
        return (_refused(result, words),)
    match result.code.partition(".")[0]:
        case "budget" | "limit" | "more":
            return (budgets.said(result, words),)
        case "admit":
            return (_admitted(result, words),)
        case "server" | "time-zone":
            return (workspaces.said(result, words),)
    return _of_others(result, words)


def _of_others(result: Result, words: Words) -> Sequence[Markdown]:
    if result.code in privacy.CODES:
        return privacy.said(result, words)
    if result.code.startswith("persona."):
        return _of_persona(result, words)
    match result.code:
        case "chosen":
            return (_chosen(result, words),)
        case "model.list" | "model.not-offered":
            return (_models(result, words),)
        case "model.not-proved":
            why = words.label(str(result.values["why"]))
            return (words.say(result.code, model=result.values["model"], why=why),)
        case "not-admitted":
            return (words.refusal(cast(Refusal, result.values["refusal"])),)
    return (words.say(result.code, **result.values),)


def _refused(result: Result, words: Words) -> Markdown:
    whom = words.whom(cast("tuple[Ref, ...]", result.values["ask"]))
    if result.refused:
        return words.say(result.code, whom=whom)
    who = words.label(f"role.{result.values['chosen_by']}")
    return words.say(result.code, name=result.values["name"], who=who, whom=whom)


def _of_persona(result: Result, words: Words) -> Sequence[Markdown]:
    values = result.values
    match result.code:
        case "persona.unknown":
            return (_unknown(result, words),)
        case "persona.hidden":
            return (
                words.say(result.code, name=values["name"], whom=words.whom(cast("tuple[Ref, ...]", values["ask"]))),
            )
        case "persona.no-version":
            return (_no_version(str(values["name"]), cast("tuple[int, ...]", values["versions"]), words),)
        case "persona.saved":
            name = cast(Persona, values["persona"]).name
            return words.say(result.code, **values), words.say("persona.saved.how", name=name)
        case "persona.unchanged":
            persona = cast(Persona, values["persona"])
            return (words.say(result.code, name=persona.name, version=persona.version),)
        case "persona.in-use":
            return (_in_use(result, words),)
    return (words.say(result.code, **values),)


def _models(result: Result, words: Words) -> Markdown:
    names, more = cast("tuple[str, ...]", result.values["names"]), result.values["more"]
    code = f"{result.code}.more" if more else result.code
    listed = words.all_of([fill("`{name}`", {"name": name}) for name in names])
    return words.say(code, model=result.values["model"], names=listed, more=more)


def _chosen(result: Result, words: Words) -> Markdown:
    name, level = str(result.values["preference"]), cast(Level, result.values["level"])
    about, value = words.preferences[name], cast("Value | None", result.values["value"])
    if value is None:
        return fill(about.reset[level], {})
    written = spelled(name, value)
    return fill(about.chosen[level], {"value": about.values.get(written, written)})


def _unknown(result: Result, words: Words) -> Markdown:
    name, near = result.values["name"], result.values["nearest"]
    if near is not None:
        return words.say("persona.unknown.near", name=name, near=near)
    return words.say("persona.unknown.in-thread" if result.values["in_thread"] else "persona.unknown", name=name)


def _no_version(name: str, known: Sequence[int], words: Words) -> Markdown:
    if len(known) == 1:
        return words.say("persona.no-version.one", name=name, only=known[0])
    if len(known) > 2 and known[-1] - known[0] == len(known) - 1:
        return words.say("persona.no-version.range", name=name, first=known[0], last=known[-1])
    return words.say("persona.no-version.some", name=name, versions=words.all_of(known))


def _in_use(result: Result, words: Words) -> Markdown:
    places = words.listed([words.place(scope) for scope in cast("tuple[Scope, ...]", result.values["places"])])
    more = cast(int, result.values["more"])
    code = "persona.in-use.more" if more > 0 else "persona.in-use"
    return words.say(code, name=result.values["name"], places=places, more=more)


def _admitted(result: Result, words: Words) -> Markdown:
    values = dict(result.values)
    if "switch" in values:
        said = words.say(f"access.{values['switch']}.{'on' if values['on'] else 'off'}")
        return words.say(result.code, sentence=said)
    if "left" in values:
        values["left"] = words.listed(cast("tuple[Ref, ...]", values["left"]))
    return words.say(f"{result.code}.channel" if values.get("channels") else result.code, **values)


def _button(offer: Offer, words: Words) -> Button:
    match offer.command:
        case Delete():
            return Button(words.label("offer.delete"), offer, danger=True)
        case ForgetMe(answers=answers):
            return Button(words.label("offer.forget.answers" if answers else "offer.forget"), offer, danger=True)
        case ShowUsage():
            return Button(words.label("offer.csv"), offer)
        case LiftFuse():
            return Button(words.label("offer.fuse"), offer)
        case (
            AskForMore() | Cheaper() | Decide() | AdmitWorkspace()
        ):  # what offers these knows more of them: see notices
            return Button(words.label("offer.more"), offer)
    assert_never(offer.command)
