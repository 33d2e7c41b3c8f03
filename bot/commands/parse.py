"""What does a slash command ask for? Text in, one command out; `Help` for what is not understood."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import get_args

from bot.commands import model as asked
from bot.commands.model import Command, ForgetLink, Where
from bot.policy.preferences import Policy
from bot.wording.results import SWITCHES

_USER = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(
    r"<?https?://[^/\s]+/archives/([A-Z0-9]+)/p(\d{10})(\d{6})(?:\?(?:[^>\s|]*&(?:amp;)?)?thread_ts=(\d+\.\d+))?"
)
_WORD = re.compile(r"<[^<>]*>|\S+")  # a label in what Slack encodes may hold blanks
_SWITCH = {"on": True, "yes": True, "off": False, "no": False}


class Misread(Exception):
    """What is wrong with a command's words, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One word that may follow a slash command."""

    usage: str
    about: str
    read: Callable[[list[str]], Command | ForgetLink]


def read(command: str, text: str) -> Command | ForgetLink | asked.Help:
    """What `/persona …` or `/threadbot …` asks for. Any text is understood, or answered with help."""
    verbs = VERBS.get(command)
    if verbs is None:
        return asked.Help("/threadbot", f"I do not know the command {command[:40]}.")
    words = _WORD.findall(text)
    if not words:
        return asked.Explain() if command == "/persona" else asked.Help(command)
    verb = words[0].casefold()
    if verb == "help" or words[-1].casefold() == "help":
        return asked.Help(command, verb=verb if verb in verbs else "")
    if verb not in verbs:
        return asked.Help(command, _unknown(verb, [*verbs, "help"]))
    try:
        return verbs[verb].read(words[1:])
    except Misread as wrong:
        return asked.Help(command, str(wrong), verb)


def usages(command: str, verb: str = "") -> list[tuple[str, str]]:
    """What can be written, and what it does; of one word, or of all."""
    verbs = VERBS.get(command, {})
    if verb in verbs:
        return [(f"{command} {verbs[verb].usage}", verbs[verb].about)]
    alone = [("/persona", "who answers here, and why")] if command == "/persona" else []
    return [*alone, *((f"{command} {each.usage}", each.about) for each in verbs.values())]


def _unknown(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"I do not know the word “{word[:40]}”." + (f" Did you mean “{near[0]}”?" if near else "")


def _one_of(word: str, known: list[str], what: str) -> str:
    if word.casefold() in known:
        return word.casefold()
    near = get_close_matches(word.casefold(), known, n=1)
    hint = f"Did you mean “{near[0]}”?" if near else f"Write {', '.join(known[:-1])} or {known[-1]}."
    raise Misread(f"“{word[:40]}” is no {what}. {hint}")


def _none(words: list[str]) -> None:
    if words:
        raise Misread(f"“{words[0][:40]}” is one word too many.")


def _first(words: list[str], what: str) -> str:
    if not words:
        raise Misread(f"{what} is missing.")
    return words.pop(0)


def _number(word: str, what: str, least: int, most: int) -> int:
    digits = word.removeprefix("v")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and least <= int(digits) <= most):
        raise Misread(f"“{word[:40]}” is no {what}. Write a number from {least} to {most}.")
    return int(digits)


def _version(word: str) -> int:
    """0 is what comes with the product."""
    return _number(word, "version", 0, 999_999)


def _where(words: list[str], allowed: tuple[Where, ...]) -> Where | None:
    """The place that closes a command, if one does; what else is left over is too much."""
    if not words:
        return None
    place = _one_of(words.pop(0), list(allowed), "place")
    _none(words)
    return next(each for each in allowed if each == place)


def _alone(command: Command) -> Callable[[list[str]], Command]:
    def read(words: list[str]) -> Command:
        _none(words)
        return command

    return read


def _named(make: Callable[[str], Command]) -> Callable[[list[str]], Command]:
    def read(words: list[str]) -> Command:
        name = _first(words, "The persona's name")
        _none(words)
        return make(name)

    return read


def _show(words: list[str]) -> Command:
    name = _first(words, "The persona's name")
    version = _version(words.pop(0)) if words else None
    _none(words)
    return asked.Show(name, version)


def _compare(words: list[str]) -> Command:
    name = _first(words, "The persona's name")
    old = _version(_first(words, "The version to compare with"))
    new = _version(words.pop(0)) if words else None
    _none(words)
    return asked.Compare(name, old, new)


def _use(words: list[str]) -> Command:
    name = _first(words, "The persona's name")
    return asked.Choose("persona", name, _where(words, ("here", "me", "workspace")))


def _reset(words: list[str]) -> Command:
    return asked.Choose("persona", None, _where(words, ("here", "me", "workspace")))


def _copy(words: list[str]) -> Command:
    name, new = _first(words, "The persona's name"), _first(words, "The new name")
    _none(words)
    return asked.Copy(name, new)


def _restore(words: list[str]) -> Command:
    name, version = _first(words, "The persona's name"), _version(_first(words, "The version"))
    _none(words)
    return asked.Restore(name, version)


def _chosen(what: asked.Choice, known: tuple[str, ...] = ()) -> Callable[[list[str]], Command]:
    """`WHAT [VALUE|reset] [here|workspace]`; nothing at all asks what applies."""

    def read(words: list[str]) -> Command:
        if not words:
            return asked.ShowSettings()
        word = words.pop(0)
        if word.casefold() in ("here", "workspace"):
            raise Misread(f"Say first what the {what} shall be, and then where.")
        value: str | bool | None = _one_of(word, [*known, "reset"], f"{what} setting") if known else word
        value = None if word.casefold() == "reset" else value
        if what == "feedback" and value is not None:
            value = _SWITCH[str(value)]
        return asked.Choose(what, value, _where(words, ("here", "workspace")))

    return read


def _usage(words: list[str]) -> Command:
    everyone = bool(words) and words[0].casefold() == "all"
    month = "".join(words[1:2] if everyone else words[:1]) or None
    _none(words[1 + everyone :])
    if month is not None:
        try:
            month = datetime.strptime(month, "%Y-%m").strftime("%Y-%m")
        except ValueError:
            raise Misread(f"“{month[:40]}” is no month. Write it like 2026-11.") from None
    return asked.ShowUsage(everyone, month)


def _forget(words: list[str]) -> Command | ForgetLink:
    word = _first(words, "A link to a thread, or the word “me”,")
    _none(words)
    if word.casefold() == "me":
        return asked.Forget()
    link = _LINK.match(word)
    if link is None:
        raise Misread("Write “me”, or the link of a message in the thread (its menu has “Copy link”).")
    channel, seconds, fraction, root = link.groups()
    return ForgetLink(channel, root or f"{seconds}.{fraction}")


def _admins(words: list[str]) -> Command:
    if not words:
        return asked.ShowAdmins()
    deed = _one_of(words.pop(0), ["add", "remove"], "word")
    user = _id(_USER, _first(words, "A person, like @Ada,"), "a person, like @Ada")
    return asked.Appoint(user, deed == "add", here=_where(words, ("here",)) == "here")


def _list(of: asked.Listing) -> Callable[[list[str]], Command]:
    def read(words: list[str]) -> Command:
        if not words:
            return asked.ShowAccess()
        add = words[0].casefold() != "remove"
        words = words if add else words[1:]
        whom = _first(words, "A person, a group or a channel")
        _none(words)
        if whom.casefold() in SWITCHES:
            if not add:
                raise Misread(f"Write “allow {whom.casefold()}” or “deny {whom.casefold()}”.")
            return asked.Admit(of, "switch", whom.casefold())
        kinds: tuple[tuple[asked.Kind, re.Pattern[str]], ...] = (
            ("users", _USER),
            ("groups", _GROUP),
            ("channels", _CHANNEL),
        )
        for kind, pattern in kinds:
            if found := pattern.fullmatch(whom):
                return asked.Admit(of, kind, found[1], add)
        _not_offered(whom)
        near = get_close_matches(whom.casefold(), SWITCHES, n=1)
        more = f" Did you mean “{near[0]}”?" if near else ""
        raise Misread(
            f"Write a person (@Ada), a group (@team), a channel (#help), or guests, outsiders, bots, dms.{more}"
        )

    return read


def _id(pattern: re.Pattern[str], word: str, wanted: str) -> str:
    found = pattern.fullmatch(word)
    if found is None:
        _not_offered(word)
        raise Misread(f"“{word[:40]}” is not what I need: write {wanted}, and choose from what Slack offers.")
    return found[1]


def _not_offered(word: str) -> None:
    """Slack writes an id for what it knows; what stands there as it was typed is nobody."""
    known = {"@": "person or group", "#": "channel"}.get(word[:1])
    if known:
        raise Misread(f"“{word[:40]}” is no {known} that Slack knows. Choose one from what Slack offers as you write.")


def _audit(words: list[str]) -> Command:
    most = _number(words.pop(0), "number of entries", 1, 100) if words else 10
    _none(words)
    return asked.ShowAudit(most)


_FOOTERS = ("full", "compact", "off")
_PERSONA = (
    Verb("list", "all personas", _alone(asked.List())),
    Verb("show NAME [VERSION]", "what a persona is told, and how the model is asked", _show),
    Verb("use NAME [here|me|workspace]", "who answers in this channel, to you in direct messages, or everywhere", _use),
    Verb("reset [here|me|workspace]", "take back what was chosen there", _reset),
    Verb("new", "make a persona, in a form", _alone(asked.OpenForm("new"))),
    Verb("edit NAME", "change one, in a form", _named(lambda name: asked.OpenForm("edit", name))),
    Verb("copy NAME NEW", "a second one with the same content", _copy),
    Verb("history NAME", "its versions: who changed what, and when", _named(asked.History)),
    Verb("compare NAME VERSION [VERSION]", "what differs between two versions", _compare),
    Verb("restore NAME VERSION", "make an old version the newest", _restore),
    Verb("delete NAME", "it can no longer be chosen", _named(asked.Delete)),
    Verb("export NAME", "the persona as YAML", _named(asked.Export)),
    Verb("import", "a persona from YAML, in a form", _alone(asked.OpenForm("import"))),
)
_THREADBOT = (
    Verb("settings", "what applies here, and from where", _alone(asked.ShowSettings())),
    Verb("model [NAME|reset] [here|workspace]", "which model answers", _chosen("model")),
    Verb(
        f"policy [{'|'.join(get_args(Policy))}|reset] [here|workspace]",
        "when I speak: if mentioned, on in that thread, until someone else is addressed, never",
        _chosen("policy", get_args(Policy)),
    ),
    Verb("footer [full|compact|off|reset] [here|workspace]", "the line under an answer", _chosen("footer", _FOOTERS)),
    Verb("feedback [on|off|reset] [here|workspace]", "thumbs under an answer", _chosen("feedback", tuple(_SWITCH))),
    Verb("usage [all] [MONTH]", "what you, or all, used in a month such as 2026-11", _usage),
    Verb("forget LINK|me", "forget a thread, or all that you said", _forget),
    Verb("admins [add|remove @PERSON [here]]", "who manages me, everywhere or in this channel", _admins),
    Verb("allow [remove] @PERSON|@GROUP|#CHANNEL|guests|outsiders|bots|dms", "whom I answer", _list("allow")),
    Verb("deny [remove] @PERSON|@GROUP|#CHANNEL|guests|outsiders|bots|dms", "whom I do not answer", _list("deny")),
    Verb("audit [N]", "the latest changes", _audit),
)
VERBS = {
    "/persona": {verb.usage.split()[0]: verb for verb in _PERSONA},
    "/threadbot": {verb.usage.split()[0]: verb for verb in _THREADBOT},
}
