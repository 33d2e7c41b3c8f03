"""What commands show, as text."""

import time
from collections.abc import Mapping, Sequence
from typing import Literal, assert_never

from bot.commands import reports as report
from bot.commands.access import SWITCHES
from bot.conversation.notes import Note
from bot.conversation.places import Moment, Ref
from bot.errors import Problem
from bot.personas import params
from bot.personas.persona import Persona
from bot.policy.preferences import POLICY, PREFERENCES, Access, Choices, Rules, Version, spelled
from bot.turns.words import Footer
from bot.wording import audit, budgets, notices, privacy, tokens, usage
from bot.wording.text import Markdown, Part, Verbatim, Written, fill, literal
from bot.wording.words import Words

Parts = Sequence[Part]


def shown(what: report.Report, words: Words) -> Parts:  # noqa: C901 - one line for each report
    match what:
        case report.WhoAnswers():
            return _explained(what, words)
        case report.WhoAnswersInThread():
            return _explained_in_thread(what, words)
        case report.Settings():
            return settings(what, words)
        case report.Personas():
            return _personas(what, words)
        case report.OnePersona(persona, hidden):
            prompt = () if hidden else (words.say("persona.prompt"), Verbatim(persona.system_prompt))
            private = [words.say("persona.private")] if hidden or persona.private else []
            return [words.named(persona), *_facts(persona, words), *private, *prompt]
        case report.Versions():
            return _versions(what, words)
        case report.Comparison():
            return _compared(what, words)
        case report.PersonaFile(persona, yaml):
            return [words.say("export.title", persona=persona), Verbatim(yaml)]
        case report.Problems(fields):
            return problems(fields, "persona.problem", words)
        case report.Overtaken():
            return [overtaken(what, words)]
        case report.Previewed():
            return _previewed(what, words)
        case report.Notified(notice):
            return notices.text(notice, words).parts
        case report.BudgetReport():
            return budgets.shown(what, words)
        case report.UsageReport():
            return usage.usage(what, words)
        case report.Reasons():
            return usage.reasons(what, words)
        case report.Admins(access, channel):
            return _admins(access, channel, words)
        case report.WhoIsAnswered(access, explained):
            return _access(access, explained, words)
        case report.AuditLog(entries, filtered):
            lines = [audit.entry(each, words, "- ") for each in entries]
            none = words.say("audit.none-such" if filtered else "audit.none")
            return [words.say("audit.title"), *(lines or [none])]
        case report.TokenList():
            return tokens.listed(what, words, time.time())
        case report.Privacy(handling):
            return [words.say("privacy.title"), *privacy.handled(handling, words)]
        case report.Form() | report.Overview() | report.ServerForm():
            return []  # each surface has its own forms, and its own home
    assert_never(what)


# -- who answers, and what applies


def _explained(what: report.WhoAnswers, words: Words) -> Parts:
    rules, where = what.rules, "direct" if what.direct else "channel"
    origin = words.label(f"origin.{rules.origins['persona']}")
    lines = [words.say(f"explain.{where}", persona=rules.persona, origin=origin)]
    if about := words.about(rules.persona):
        lines.append(words.say("explain.about", about=about))
    return [*lines, *_gone(rules, words), words.say(f"explain.order.{where}")]


def _explained_in_thread(what: report.WhoAnswersInThread, words: Words) -> Parts:
    rules, origin = what.rules, what.rules.origins["persona"]
    kept = words.say("explain.thread.kept", persona=rules.persona)
    why = words.say("explain.thread", persona=rules.persona, origin=words.label(f"origin.{origin}"))
    names = words.listed([each.name for each in what.personas])
    others = words.say("explain.others.more" if what.more else "explain.others", names=names, more=what.more)
    return [kept if origin == "thread" else why, *_gone(rules, words), others]


def _gone(rules: Rules, words: Words) -> list[Markdown]:
    return [words.say("explain.gone", name=rules.gone)] if rules.gone else []


def settings(what: report.Settings, words: Words) -> list[Markdown]:
    rules = what.rules
    rows = [setting(name, rules, words) for name, row in PREFERENCES.items() if row.listed]
    if what.direct:
        title = words.preferences[POLICY.name].title
        at = [name for name, row in PREFERENCES.items() if row.listed].index(POLICY.name)
        rows[at] = words.say("settings.direct.policy", title=title)
    return [words.say(f"settings.title.{'direct' if what.direct else 'channel'}"), *rows]


def setting(name: str, rules: Rules, words: Words) -> Markdown:
    """What applies, and where that was decided."""
    about, written = words.preferences[name], spelled(name, rules.values[name])
    value = fill(about.shown, {"value": about.values.get(written, written)})
    fields = {"title": about.title, "value": value, "origin": words.label(f"origin.{rules.origins[name]}")}
    if name != "persona":
        return words.say("settings.row", **fields)
    fields["value"] = words.named(rules.persona)
    if not rules.gone:
        return words.say("settings.row", **fields)
    gone_origin = words.label(f"origin.{rules.gone_at or 'thread'}")
    return words.say("settings.row.gone", gone=rules.gone, gone_origin=gone_origin, **fields)


def choices(chosen: Choices, words: Words) -> Markdown:
    """What was chosen at a place, in one line."""
    known = [name for name in PREFERENCES if name in chosen]
    said = [words.say("home.choice", name=name, value=spelled(name, chosen[name])) for name in known]
    return words.listed(said) if said else words.say("home.nothing")


# -- personas


def _personas(what: report.Personas, words: Words) -> Parts:
    lines = []
    for each in what.personas:
        about = words.about(each)
        here = ".here" if each.name == what.answers else ""
        lines.append(words.say(f"personas.item{'.about' if about else ''}{here}", persona=each, about=about))
    return [words.say("personas.title"), *lines, words.say("personas.help")]


def _facts(persona: Persona, words: Words) -> list[Markdown]:
    """Everything about a persona but its prompt."""
    model = words.say("persona.parameter", label=words.field("model"), value=persona.model)
    lines = [literal(about)] if (about := words.about(persona)) else []
    lines.append(model if persona.model else words.say("persona.any-model"))
    for name, value in persona.params.items():
        lines.append(words.say("persona.parameter", label=words.field(name), value=value))
    suggested = words.listed([each.title for each in persona.suggestions])
    looks = {"display_name": persona.display_name, "icon": persona.icon, "suggestions": suggested}
    lines += [words.say("persona.fact", label=words.field(name), value=value) for name, value in looks.items() if value]
    if persona.chosen_by:
        lines.append(words.say("persona.chosen-by", who=words.label(f"role.{persona.chosen_by}")))
    if persona.cache:
        lines.append(words.say("persona.cache", duration=params.duration(persona.cache)))
    if persona.retention:
        lines.append(words.say("persona.retention", duration=params.duration(persona.retention)))
    return lines if persona.sees_names else [*lines, words.say("persona.nameless")]


def _versions(what: report.Versions, words: Words) -> Parts:
    if not what.versions:
        return [words.say("history.none", name=what.name)]
    lines = [_version(each, words) for each in what.versions]
    if what.built_in:
        lines.append(words.say("history.built-in"))
    return [words.say("history.title", name=what.name), *lines, words.say("history.help", name=what.name)]


def _version(version: Version, words: Words) -> Markdown:
    made = version.deed == "saved" and not version.changed
    return words.say(
        f"history.{'made' if made else version.deed}",
        version=version.persona.version,
        when=Moment(version.at),
        user=Ref("user", version.by),
        fields=words.listed([words.field(each) for each in version.changed]),
    )


def _compared(what: report.Comparison, words: Words) -> Parts:
    versions = {"name": what.new.name, "old": what.old.version, "new": what.new.version}
    if not what.difference:
        return [words.say("compare.same", **versions)]
    return [words.say("compare.title", **versions), Verbatim(what.difference)]


def overtaken(what: report.Overtaken, words: Words) -> Markdown:
    """Who was faster, and what that means for what somebody has written."""
    if what.latest is None:
        return words.say("persona.overtaken", name=what.name)
    code = "persona.overtaken.changed" if what.current else "persona.overtaken.deleted"
    when, user = Moment(what.latest.at), Ref("user", what.latest.by)
    return words.say(code, name=what.name, user=user, when=when)


def problems(fields: Mapping[str, Problem], code: str, words: Words) -> list[Markdown]:
    """What is wrong, a line for each field."""
    return [
        words.say(code, label=words.field(name), problem=words.problem(problem))
        if name
        else literal(words.problem(problem))
        for name, problem in fields.items()
    ]


def _previewed(what: report.Previewed, words: Words) -> Parts:
    notes = () if what.complete else (Note("preview.incomplete"),)
    took = words.say("preview.took", footer=words.footer(Footer("full", what.taken, notes=notes)))
    if not what.text and not what.complete:
        return [words.say("preview.late"), took]
    return [words.say("preview.title", name=what.name), Written(what.text), took]


# -- people, changes


def _admins(access: Access, channel: str | None, words: Words) -> Parts:
    lines = [words.say("admins.title"), words.say("admins.workspace")]
    if everywhere := access.admins | access.appointed:
        lines.append(words.say("admins.named", people=words.listed(_refs("user", everywhere))))
    if here := access.managers.get(channel or ""):
        lines.append(words.say("admins.channel", people=words.listed(_refs("user", here))))
    return lines


def _access(access: Access, explained: bool, words: Words) -> Parts:
    help = [words.say(f"access.help.{each}") for each in ("allow", "deny", "remove")] if explained else []
    return [words.say("access.title"), *who_is_answered(access, words), *help]


def who_is_answered(access: Access, words: Words) -> list[Markdown]:
    on = {switch: getattr(access, field) for switch, field in SWITCHES.items()}
    lines = [words.say(f"access.{switch}.{'on' if is_on else 'off'}") for switch, is_on in on.items()]
    for code, users, groups, channels in (
        ("access.allowed", access.allowed_users, access.allowed_groups, access.allowed_channels),
        ("access.denied", access.denied_users, access.denied_groups, access.denied_channels),
    ):
        if those := [*_refs("user", users), *_refs("group", groups), *_refs("channel", channels)]:
            lines.append(words.say(code, those=words.listed(those)))
    return lines


def _refs(kind: Literal["user", "group", "channel"], ids: frozenset[str]) -> list[Ref]:
    return [Ref(kind, each) for each in sorted(ids)]
