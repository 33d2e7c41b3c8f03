"""In which words is a person told what they asked of the bot? Only they read it.

Text here is as Slack encodes it: `*bold*`, `<@U…>` for a person, and nothing that people wrote without `plain`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.commands.model import Admit
from bot.personas import persona as personas
from bot.personas import yaml as persona_yaml
from bot.personas.builtin import built_in
from bot.personas.persona import Persona
from bot.policy.preferences import Access, Entry, Rules, Scope, Version
from bot.usage.ledger import Spent


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Shown letter by letter, with its line breaks. May be empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A button under what is told: what a click on it does, and with what."""

    label: str
    deed: Literal["delete", "forget"]
    value: str = ""
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
    "settings": "from the operator's settings",
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
LISTS = (
    "`allow` somebody, and I answer only those who are allowed; `allow` a channel, and I answer only there.",
    "`deny` somebody or a channel, and I do not answer them, or there; this beats `allow`.",
    "Admins are always answered as people. `allow remove` and `deny remove` take off a list.",
)
FORGET_ME = (
    "This makes me forget what you said in any thread, and our direct messages altogether. It cannot be undone. "
    "What Slack keeps is not mine to delete."
)
LABELS = {
    "name": "Name",
    "description": "Description",
    "system_prompt": "System prompt",
    "model": "Model",
    "temperature": "Temperature",
    "top_p": "Top p",
    "n": "Answers at once (n)",
    "max_tokens": "Longest answer, in tokens",
    "stop": "Stop at",
    "presence_penalty": "Presence penalty",
    "frequency_penalty": "Frequency penalty",
    "logit_bias": "Logit bias",
    "seed": "Seed",
    "reasoning_effort": "Reasoning effort",
    "display_name": "Answers as",
    "icon": "Picture",
    "suggestions": "Suggested prompts",
    "sees_names": "Names",
}
"""What people call the fields of a persona, in the form and wherever they read of them; YAML has the API's names."""


def told(*parts: str | Verbatim, changed: bool = False) -> Told:
    return Told(parts, changed=changed)


def plain(text: str) -> str:
    """What people wrote, so that it is only read: no tag of Slack's, and no formatting across it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def named(persona: Persona) -> str:
    return f"*{plain(persona.name)}*" + (f" (version {persona.version})" if persona.version else "")


def label(field: str) -> str:
    return LABELS.get(field, field.replace("_", " "))


def versions(known: Sequence[int]) -> str:
    """Which there are, lowest first."""
    whole = len(known) > 2 and known[-1] - known[0] == len(known) - 1
    listed = f"{known[0]} to {known[-1]}" if whole else " and ".join(map(str, known))
    return f"there {'are versions' if len(known) > 1 else 'is only version'} {listed}"


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
        f"A thread keeps the persona and the version that it began with. For new ones {order}, then the "
        "operator's settings. `/persona use NAME` chooses another; `/persona list` shows all."
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
    lines += [f"{label(name)}: `{plain(str(value))}`" for name, value in persona.params.items()]
    lines += [f"{label('display_name')}: {plain(persona.display_name)}"] if persona.display_name else []
    lines += [f"{label('icon')}: {plain(persona.icon)}"] if persona.icon else []
    if not persona.sees_names:
        lines.append("Is not told people's names")
    suggested = "; ".join(plain(each.title) for each in persona.suggestions)
    lines += [f"{label('suggestions')}: {suggested}"] if suggested else []
    return lines


def history(name: str, versions: Sequence[Version]) -> Told:
    if not versions:
        return told(f"*{plain(name)}* was never changed: it comes with the product, or from the operator's settings.")
    lines = [f"• version {each.persona.version}, {when(each.at)}, <@{each.by}>: {_deed(each)}" for each in versions]
    if personas.key(name) in built_in():
        lines.append("• version 0: as it comes with the product")
    how = f"`/persona show {plain(name)} VERSION`, `/persona compare {plain(name)} VERSION`"
    return told(f"*Versions of {plain(name)}*", *lines, f"{how} and `/persona restore {plain(name)} VERSION`")


def _deed(version: Version) -> str:
    if version.deed == "saved":
        changed = ", ".join(map(label, version.changed))
        return f"changed {plain(changed)}" if changed else "made"
    return version.deed


def compared(old: Persona, new: Persona) -> Told:
    title = f"*{plain(new.name)}*, from version {old.version} to version {new.version}"
    difference = persona_yaml.difference(old, new)
    return told(title, Verbatim(difference)) if difference else told(f"{title}: nothing differs.")


def settings(rules: Rules, direct: bool) -> Told:
    rows: Mapping[str, tuple[str, str]] = {
        "persona": ("Persona", named(rules.persona)),
        "model": ("Model", f"`{plain(rules.model)}`"),
        "policy": ("When I speak", POLICIES[rules.policy]),
        "footer": ("Footer", rules.footer),
        "feedback": ("Thumbs", "on" if rules.feedback else "off"),
    }
    lines = {key: f"{title}: {value} – _{ORIGINS[rules.origins[key]]}_" for key, (title, value) in rows.items()}
    if direct:
        lines["policy"] = "When I speak: I answer everything you write"
    if rules.gone:
        lines["persona"] += f" (_{plain(rules.gone)}_, {ORIGINS[rules.gone_at or 'thread']}, was deleted)"
    return told(f"*What applies {'to you in direct messages' if direct else 'in this channel'}*", *lines.values())


def usage(month: str, spent: Spent, personas: Mapping[str, Spent], *, everyone: bool, past: bool) -> Told:
    title = f"*{'Everyone' if everyone else 'You'} in {month}*"
    if not spent.answers and not spent.up and not spent.down:
        return told(f"{title}: no answers{'' if past else ' yet'}.")
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
        listed = _whom(users, groups) + _channels(channels)
        lines += [f"{title}: {', '.join(listed)}"] if listed else []
    return told("*Whom I answer*", *(f"{line}." for line in lines))


def admitted(done: Admit, now: Access) -> str:
    """What is different now that somebody or something was put on a list, or taken off. `now` is after that."""
    if done.kind == "switch":
        field, on, off = SWITCHES[done.id]
        return f"From now on: {on if getattr(now, field) else off}."
    where = done.kind == "channels"
    one = {"users": f"<@{done.id}>", "groups": f"<!subteam^{done.id}>", "channels": f"<#{done.id}>"}[done.kind]
    if done.listing == "deny":
        there = f"in {one}" if where else one
        return f"From now on I do not answer {there}." if done.add else f"{one} is no longer denied."
    left = _channels(now.allowed_channels) if where else _whom(now.allowed_users, now.allowed_groups)
    off = "" if done.add else f"{one} is no longer allowed. "
    if not left:
        everywhere = "in all channels" if where else "everybody"
        return f"{off}That list is empty now: I answer {everywhere} again, but for what is denied."
    return f"{off}From now on I answer only {'in ' if where else ''}{', '.join(left)}{'' if where else ', and admins'}."


def _whom(users: Iterable[str], groups: Iterable[str]) -> list[str]:
    return [*(f"<@{user}>" for user in sorted(users)), *(f"<!subteam^{group}>" for group in sorted(groups))]


def _channels(channels: Iterable[str]) -> list[str]:
    return [f"<#{each}>" for each in sorted(channels)]


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
