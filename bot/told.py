"""In which words is a person told what they asked of the bot? Only they read it.

Text here is as Slack encodes it: `*bold*`, `<@U…>` for a person, and nothing that people wrote without `plain`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot import persona as personas
from bot.ledger import Spent
from bot.persona import Persona
from bot.prefs import Access, Entry, Rules, Scope, Version


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Shown letter by letter, with its line breaks. May be empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A button under what is told: what a click on it does, and with what."""

    label: str
    deed: Literal["delete"]
    value: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """`changed`: something is different now from what it was before."""

    parts: tuple[str | Verbatim, ...]
    offers: tuple[Offer, ...] = ()
    changed: bool = False


ORIGINS = {
    "thread": "chosen for this thread",
    "person": "your own choice",
    "channel": "chosen for this channel",
    "workspace": "chosen for the workspace",
    "persona": "the persona's own",
    "settings": "from the settings file",
}
POLICIES = {
    "mention": "I answer when I am mentioned",
    "follow": "I follow a thread once I was mentioned in it",
    "follow-until-other": "I follow a thread once I was mentioned in it, until someone addresses another person",
    "mute": "I say nothing",
}
SWITCHES = {
    "guests": ("guests", "Guests are answered", "Guests are not answered"),
    "outsiders": (
        "outsiders",
        "People of other workspaces are answered",
        "People of other workspaces are not answered",
    ),
    "bots": ("bots", "Other bots are answered", "Other bots are not answered"),
    "dms": ("direct_messages", "Direct messages are answered", "Direct messages are not answered"),
}
"""What the access list calls a kind of people, the field of `Access`, and what it means on and off."""


def told(*parts: str | Verbatim, changed: bool = False) -> Told:
    return Told(parts, changed=changed)


def plain(text: str) -> str:
    """What people wrote, so that it is only read: no tag of Slack's, and no formatting across it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def named(persona: Persona) -> str:
    return f"*{plain(persona.name)}*" + (f" (version {persona.version})" if persona.version else "")


def people(users: Iterable[str]) -> str:
    return ", ".join(f"<@{user}>" for user in sorted(users))


def when(at: float) -> str:
    """A moment in the reader's own time; the UTC time where it cannot be shown so."""
    fallback = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at)}^{{date_short_pretty}} {{time}}|{fallback}>"


def place(scope: Scope) -> str:
    match scope.kind:
        case "channel":
            return f"<#{scope.id}>"
        case "person":
            return f"<@{scope.id}>'s direct messages"
        case "workspace":
            return "the workspace"
        case "thread":
            return "a thread"


def helped(problem: str, usages: Sequence[tuple[str, str]]) -> Told:
    """`usages` are what can be written, each with what it does."""
    return told(*([plain(problem)] if problem else []), *(f"`{plain(how)}` – {about}" for how, about in usages))


def explained(rules: Rules, direct: bool) -> Told:
    """What answers here, and why."""
    why = ORIGINS[rules.origins["persona"]]
    lines = [f"{named(rules.persona)} answers {'you' if direct else 'in new threads'} here: {why}."]
    if rules.persona.description:
        lines.append(f"_{plain(rules.persona.description)}_")
    if rules.gone:
        lines.append(f"The persona {plain(rules.gone)}, which was chosen here, was deleted.")
    order = "your own choice, then the workspace's" if direct else "the channel's choice, then the workspace's"
    lines.append(
        f"A thread keeps the persona and the version that it began with. For new ones {order}, then the settings "
        "file's. `/persona use NAME` chooses another; `/persona list` shows all."
    )
    return told("\n".join(lines))


def listed(personas: Sequence[Persona], here: str) -> Told:
    lines = [
        f"• {named(each)}"
        + (f" – {plain(each.description)}" if each.description else "")
        + (" – _answers here_" if each.name == here else "")
        for each in personas
    ]
    return told("*Personas*", *lines, "`/persona show NAME` shows one, `/persona use NAME` chooses it.")


def shown(persona: Persona) -> Told:
    return told(named(persona), *facts(persona), "*What it is told*", Verbatim(persona.system_prompt))


def facts(persona: Persona) -> list[str]:
    """Everything about a persona but its prompt."""
    lines = [plain(persona.description)] if persona.description else []
    lines.append(f"Model: {f'`{plain(persona.model)}`' if persona.model else 'the one that applies where it answers'}")
    lines += [f"{name}: `{plain(str(value))}`" for name, value in persona.params.items()]
    if persona.display_name or persona.icon:
        lines.append(f"Answers as {plain(persona.display_name or 'the app')} {plain(persona.icon or '')}".rstrip())
    if not persona.sees_names:
        lines.append("Is not told people's names")
    lines += [f"Suggests: {plain(each.title)}" for each in persona.suggestions]
    return lines


def history(name: str, versions: Sequence[Version]) -> Told:
    if not versions:
        return told(f"*{plain(name)}* was never changed: it comes with the product, or from the settings file.")
    lines = [f"• version {each.persona.version}, {when(each.at)}, <@{each.by}>: {_deed(each)}" for each in versions]
    if personas.key(name) in personas.built_in():
        lines.append("• version 0: as it comes with the product")
    how = f"`/persona show {plain(name)} VERSION`, `/persona compare {plain(name)} VERSION`"
    return told(f"*Versions of {plain(name)}*", *lines, f"{how} and `/persona restore {plain(name)} VERSION`")


def _deed(version: Version) -> str:
    if version.deed == "saved":
        changed = ", ".join(field.replace("_", " ") for field in version.changed)
        return f"changed {plain(changed)}" if changed else "made"
    return version.deed


def compared(old: Persona, new: Persona) -> Told:
    title = f"*{plain(new.name)}*, from version {old.version} to version {new.version}"
    difference = personas.difference(old, new)
    return told(title, Verbatim(difference)) if difference else told(f"{title}: nothing differs.")


def settings(rules: Rules, direct: bool) -> Told:
    rows: Mapping[str, tuple[str, str]] = {
        "persona": ("Persona", named(rules.persona)),
        "model": ("Model", f"`{plain(rules.model)}`"),
        "policy": ("When I speak", POLICIES[rules.policy]),
        "footer": ("Footer", rules.footer),
        "feedback": ("Thumbs", "on" if rules.feedback else "off"),
    }
    lines = [f"{title}: {value} – _{ORIGINS[rules.origins[key]]}_" for key, (title, value) in rows.items()]
    return told("*What applies to you here*" if direct else "*What applies in this channel*", *lines)


def usage(month: str, spent: Spent, personas: Mapping[str, Spent], everyone: bool) -> Told:
    title = f"*{'Everyone' if everyone else 'You'} in {month}*"
    if not spent.answers and not spent.up and not spent.down:
        return told(f"{title}: no answers yet.")
    lines = [amount(spent)]
    lines += [f"• {plain(name)}: {amount(each)}" for name, each in sorted(personas.items())]
    return told(title, *lines)


def amount(spent: Spent) -> str:
    """A price that is not known is said to be unknown."""
    cached = f" ({spent.cached:,} cached)" if spent.cached else ""
    parts = [counted(spent.answers, "answer"), f"{spent.input:,} tokens in{cached}", f"{spent.output:,} out"]
    priced = spent.answers - spent.unpriced
    if priced > 0:
        parts.append(f"${spent.cost:,.4f}")
    if spent.unpriced:
        parts.append(f"price of {counted(spent.unpriced, 'answer')} unknown")
    if spent.up or spent.down:
        parts.append(f":+1: {spent.up} :-1: {spent.down}")
    return ", ".join(parts)


def admins(access: Access, channel: str) -> Told:
    lines = ["Owners and admins of the workspace."]
    if everywhere := access.admins | access.appointed:
        lines.append(f"Named: {people(everywhere)}.")
    if here := access.managers.get(channel):
        lines.append(f"For this channel: {people(here)}.")
    return told("*Who manages me*", *lines)


def access(access: Access) -> Told:
    lines = [on if getattr(access, field) else off for field, on, off in SWITCHES.values()]
    for title, users, groups, channels in (
        ("Only answered", access.allowed_users, access.allowed_groups, access.allowed_channels),
        ("Not answered", access.denied_users, access.denied_groups, access.denied_channels),
    ):
        listed = [f"<@{user}>" for user in sorted(users)]
        listed += [f"<!subteam^{group}>" for group in sorted(groups)] + [f"<#{each}>" for each in sorted(channels)]
        lines += [f"{title}: {', '.join(listed)}"] if listed else []
    return told("*Whom I answer*", *(f"{line}." for line in lines))


def audited(entries: Sequence[Entry]) -> Told:
    lines = [f"• {each}" for each in map(entry, entries)]
    return told("*Latest changes*", *(lines or ["None yet."]))


def entry(entry: Entry) -> str:
    """Who did what to what, and when."""
    change = f": {plain(entry.before) or 'nothing'} → {plain(entry.after) or 'nothing'}"
    change = change if entry.before or entry.after else ""
    return f"{when(entry.at)} <@{entry.by}> {plain(entry.act)} {_what(entry.what)}{change}"


def _what(what: str) -> str:
    """What was done something to, under the name that Slack shows for it."""
    kind, colon, id = plain(what).partition(":")
    if kind == "managers":
        channel, _, user = id.partition("/")
        return f"<@{user}> in <#{channel}>"
    listing, _, kind = kind.rpartition("_")
    tag = {"channel": "#", "channels": "#", "groups": "!subteam^", "users": "@", "admins": "@"}.get(kind)
    return f"{listing} <{tag}{id}>".lstrip() if colon and tag else plain(what)


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
