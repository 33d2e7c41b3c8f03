"""Slash commands: text in, one command out, or `Help` for what is not understood.

People, groups and channels stand in the text as tokens: `@{ID}`, `@{group:ID}` and `#{ID}`; a thread as `#{ID}/ROOT`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import get_args

from bot.commands import (
    budget_model,
    model,
    parse_budgets,
    privacy_model,
    token_model,
    usage_model,
    workspace_model,
)
from bot.commands.model import Command, Help, Switch
from bot.commands.slash_words import MAX_SHOWN, USER, Misread, Words, not_offered
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Place
from bot.errors import Problem
from bot.policy.preferences import MODEL, PERSONA, PREFERENCES, SWITCH, Days, Kind, OneOf, Value
from bot.policy.roles import ACTS

_GROUP = re.compile(r"@\{group:([A-Z0-9]+)\}")
_CHANNEL = re.compile(r"#\{([A-Z0-9]+)\}")
_THREAD = re.compile(r"#\{([A-Z0-9]+)\}/(\d+\.\d+)")
_KINDS: tuple[tuple[model.Kind, re.Pattern[str]], ...] = (("users", USER), ("groups", _GROUP), ("channels", _CHANNEL))
SWITCHES: tuple[Switch, ...] = get_args(Switch)
MAX_AUDITED = 100
AUDITED = sorted({*ACTS, *(act.partition(".")[0] for act in ACTS)})
"""What an act may be called, or several of one kind."""
MAX_REASONS = 50


@dataclass(frozen=True, slots=True)
class Verb:
    """One word that may follow a slash command. `usage` is what else can be written, `read` what it asks for."""

    name: str
    usage: str
    read: Callable[[Words], Command]


def read(command: str, text: str, place: Place, thread_of: Callable[[str, str], ThreadKey]) -> Command | Help:
    """What `/persona …` or `/threadbot …` asks for. Any text is understood, or answered with help.

    `thread_of` makes the key of a thread of a channel and a root; it may raise ValueError.
    """
    verbs = VERBS.get(command)
    if verbs is None:
        return Help("/threadbot", Problem("misread.command", {"command": command[:MAX_SHOWN]}))
    words = text.split()
    if not words:
        return model.Explain(place) if command == "/persona" else Help(command)
    verb = words[0].casefold()
    if verb == "help" or words[-1].casefold() == "help":
        return Help(command, verb=verb if verb in verbs else "")
    if verb not in verbs:
        near = get_close_matches(verb, [*verbs, "help"], n=1)
        return Help(command, Problem("misread.verb", {"word": verb[:MAX_SHOWN], "near": near[0] if near else None}))
    try:
        return _whole(verbs[verb], Words(words[1:], place, thread_of))
    except Misread as wrong:
        return Help(command, wrong.problem, verb)


def _whole(verb: Verb, words: Words) -> Command:
    """The command, if no word is left over."""
    found = verb.read(words)
    if words:
        raise Misread("surplus", word=words.left[0][:MAX_SHOWN])
    return found


def _preference(name: str) -> Callable[[Words], Command]:
    """`[VALUE|reset] [here|workspace]`; nothing at all asks what applies, or which models there are."""
    kind: Kind[str] | Kind[bool] | Kind[float] = PREFERENCES[name].kind

    def read(words: Words) -> Command:
        if not words:
            return model.ShowModels(words.place) if name == MODEL.name else model.ShowSettings(words.place)
        if words.left[0].casefold() in ("here", "workspace"):
            raise Misread("value-first", preference=name)
        value: Value | None
        if words.take("reset"):
            value = None
        elif isinstance(kind, OneOf):
            value = kind.words[words.one_of([*kind.words, "reset"], "value")]
        elif isinstance(kind, Days):
            value = words.days()
        else:
            value = words.next("value")
        return model.Choose(name, value, words.level("here", "workspace"), words.place)

    return read


def _use(words: Words) -> Command:
    return model.Choose(PERSONA.name, words.name(), words.level("here", "me", "workspace"), words.place)


def _reset(words: Words) -> Command:
    return model.Choose(PERSONA.name, None, words.level("here", "me", "workspace"), words.place)


def _show(words: Words) -> Command:
    return model.ShowPersona(words.name(), words.version() if words else None)


def _compare(words: Words) -> Command:
    return model.Compare(words.name(), words.version(), words.version() if words else None)


def _usage(words: Words) -> Command:
    of, id = _whose(words)
    month = None if not words or words.left[0].casefold() == "csv" else _month(words.next("month"))
    return usage_model.ShowUsage(of, id, month, as_file=words.take("csv"))


def _whose(words: Words) -> tuple[usage_model.UsageOf, str]:
    """Whose use, and their id or name. In direct messages, what is said here is one's own."""
    if words.take("all"):
        return "everyone", ""
    if words.take("here"):
        return ("channel", words.place.id) if isinstance(words.place, Channel) else ("me", "")
    if words.take("persona"):
        return "persona", words.name()
    if words and (words.left[0][0] == "@" or _CHANNEL.fullmatch(words.left[0])):
        return "person", words.id(USER, "person")
    return "me", ""


def _month(word: str) -> str:
    try:
        first = datetime.strptime(word, "%Y-%m")
    except ValueError:
        raise Misread("no-month", word=word[:MAX_SHOWN]) from None
    if not 2000 <= first.year < 3000:
        raise Misread("no-month", word=word[:MAX_SHOWN])
    return first.strftime("%Y-%m")


def _context(words: Words) -> Command:
    words.one_of(("me",), "place")
    if not words:
        return privacy_model.ReadMe()
    return privacy_model.ReadMe(SWITCH.words[words.one_of([*SWITCH.words], "value")])


def _export(words: Words) -> Command:
    words.take("me")
    return privacy_model.ExportMine()


def _forget(words: Words) -> Command:
    if words.take("me"):
        return privacy_model.ForgetMe()
    if words.take("here"):
        return privacy_model.ForgetHere(words.place)
    thread = _THREAD.fullmatch(words.next("thread"))
    if thread is None:
        raise Misread("no-thread")
    try:
        return privacy_model.ForgetThread(words.thread_of(thread[1], thread[2]), words.place)
    except ValueError:
        raise Misread("no-thread") from None


def _admins(words: Words) -> Command:
    if not words:
        return model.ShowAdmins(words.place)
    add = words.one_of(("add", "remove"), "deed") == "add"
    user = words.id(USER, "person")
    here = words.one_of(("here",), "place") == "here" if words else False
    if not here:
        return model.Appoint(user, add, words.place)
    if not isinstance(words.place, Channel):
        raise Misread("no-channel")
    return model.Appoint(user, add, words.place, words.place)


def _allow(words: Words) -> Command:
    return _list("allow", words)


def _deny(words: Words) -> Command:
    return _list("deny", words)


def _list(listing: model.Listing, words: Words) -> Command:
    if not words:
        return model.ShowAccess()
    add = not words.take("remove")
    whom = words.next("listed")
    for switch in SWITCHES:
        if whom.casefold() == switch:
            if not add:
                raise Misread("switch", switch=switch)
            return model.SetSwitch(switch, listing == "allow")
    for kind, pattern in _KINDS:
        if found := pattern.fullmatch(whom):
            return model.Admit(listing, kind, found[1], add)
    not_offered(whom)
    near = get_close_matches(whom.casefold(), SWITCHES, n=1)
    raise Misread("nobody", near=near[0] if near else None)


def _reasons(words: Words) -> Command:
    return usage_model.ShowReasons(words.number("count", 1, MAX_REASONS)) if words else usage_model.ShowReasons()


def _token(words: Words) -> Command:
    match words.one_of(("new", "list", "revoke", "allow", "deny"), "deed"):
        case "new":
            return token_model.NewToken(words.next("token"), parse_budgets.numbers(words))
        case "revoke":
            return token_model.RevokeToken(words.next("token"))
        case "list":
            return token_model.ListTokens()
        case deed:
            return token_model.AllowTokens(words.id(USER, "person"), deed == "allow")


def _fuse(words: Words) -> Command:
    words.one_of(("lift",), "deed")
    return budget_model.LiftFuse()


def _audit(words: Words) -> Command:
    """A person, an act and a number, in any order."""
    found = model.ShowAudit()
    while words:
        word = words.left[0]
        if whom := USER.fullmatch(word):
            words.next("person")
            found = replace(found, by=whom[1])
        elif word.casefold() in AUDITED:
            found = replace(found, of=words.next("act").casefold())
        elif word[:1] in ("@", "#"):
            not_offered(word)
        elif word[:1].isdigit():
            found = replace(found, most=words.number("count", 1, MAX_AUDITED))
        else:
            near = get_close_matches(word.casefold(), AUDITED, n=1)
            raise Misread("act", word=word[:MAX_SHOWN], near=near[0] if near else "persona")
    return found


def _server(words: Words) -> Command:
    if not words:
        return workspace_model.OpenServer()
    words.one_of(("remove",), "deed")
    return workspace_model.ForgetServer()


def _time_zone(words: Words) -> Command:
    if not words:
        return workspace_model.ShowTimeZone()
    return workspace_model.SetTimeZone(None if words.take("reset") else words.next("value"))


def _values(name: str) -> str:
    kind = PREFERENCES[name].kind
    if isinstance(kind, OneOf):
        return "|".join(kind.shown)
    return "N days" if isinstance(kind, Days) else "NAME"


_SCOPES = "here|me|workspace|everyone|@PERSON|persona NAME|token NAME"
_LISTED = f"[remove] @PERSON|@GROUP|#CHANNEL|{'|'.join(SWITCHES)}"
_PERSONA = (
    Verb("list", "", lambda words: model.ListPersonas(words.place)),
    Verb("show", "NAME [VERSION]", _show),
    Verb("use", "NAME [here|me|workspace]", _use),
    Verb("reset", "[here|me|workspace]", _reset),
    Verb("new", "", lambda _: model.OpenForm("new")),
    Verb("edit", "NAME", lambda words: model.OpenForm("edit", words.name())),
    Verb("copy", "NAME NEW", lambda words: model.Copy(words.name(), words.next("new-name"))),
    Verb("history", "NAME", lambda words: model.ShowHistory(words.name())),
    Verb("compare", "NAME VERSION [VERSION]", _compare),
    Verb("restore", "NAME VERSION", lambda words: model.Restore(words.name(), words.version())),
    Verb("delete", "NAME", lambda words: model.Delete(words.name())),
    Verb("export", "NAME", lambda words: model.Export(words.name())),
    Verb("import", "", lambda _: model.OpenForm("import")),
)
_THREADBOT = (
    Verb("settings", "", lambda words: model.ShowSettings(words.place)),
    *(
        Verb(name, f"[{_values(name)}|reset] [here|workspace]", _preference(name))
        for name, row in PREFERENCES.items()
        if row.listed and row is not PERSONA
    ),
    Verb("model-server", "[remove]", _server),
    Verb("time-zone", "[ZONE|reset]", _time_zone),
    Verb("usage", "[all|here|@PERSON|persona NAME] [MONTH] [csv]", _usage),
    Verb("reasons", "[N]", _reasons),
    Verb("privacy", "", lambda words: privacy_model.ShowPrivacy(words.place)),
    Verb("context", "me [on|off]", _context),
    Verb("export", "[me]", _export),
    Verb("budget", f"[AMOUNT per day|month [{_SCOPES}]]", parse_budgets.budget),
    Verb("limit", "[N per minute|at once [everyone|@PERSON]]", parse_budgets.limit),
    Verb("fuse", "lift", _fuse),
    Verb("forget", "me|here|LINK", _forget),
    Verb("admins", "[add|remove @PERSON [here]]", _admins),
    Verb("allow", _LISTED, _allow),
    Verb("deny", _LISTED, _deny),
    Verb("token", "new NAME [budget AMOUNT per day|month]|list|revoke NAME|allow @PERSON|deny @PERSON", _token),
    Verb("audit", "[@PERSON] [ACT] [N]", _audit),
)
VERBS: Mapping[str, Mapping[str, Verb]] = {
    "/persona": {verb.name: verb for verb in _PERSONA},
    "/threadbot": {verb.name: verb for verb in _THREADBOT},
}
