"""What was done to the bot, by whom and when, as sentences."""

from bot.conversation.places import Moment, Ref
from bot.policy.preferences import PREFERENCES, Entry
from bot.policy.tokens import OPERATOR
from bot.wording.text import Markdown
from bot.wording.words import Words

_PREFERENCES = {row.act(level): name for name, row in PREFERENCES.items() for level in row.needs}
"""The preference that an act chooses."""


def entry(entry: Entry, words: Words, bullet: str = "") -> Markdown:
    """Who did what to what, and when."""
    return Markdown(f"{bullet}{words.say('audit.when', when=Moment(entry.at))} {_sentence(entry, words)}")


def _sentence(entry: Entry, words: Words) -> Markdown:
    """An act that has no sentence of its own is said by its name."""
    nothing = words.label("audit.nothing")
    values: dict[str, object] = {
        "user": words.say("audit.operator") if entry.by == OPERATOR else Ref("user", entry.by),
        "what": _what(entry.what, words),
        "before": entry.before or nothing,
        "after": entry.after or nothing,
    }
    if name := _PREFERENCES.get(entry.act):
        code = "audit.chosen" if entry.after else "audit.reset"
        return words.say(code, **values, title=words.preferences[name].title, where=_where(entry.what, words))
    changed = entry.before or entry.after
    for form in (f".{'on' if entry.after == 'on' else 'off'}", "" if changed else ".bare", ""):
        if (code := f"audit.{entry.act}{form}") in words.sentences:
            return words.say(code, **values)
    return words.say("audit.change" if changed else "audit.entry", **values, act=entry.act)


def _where(what: str, words: Words) -> object:
    kind, _, id = what.partition(":")
    return words.say("place.channel", channel=Ref("channel", id)) if kind == "channel" else words.say("place.workspace")


def _what(what: str, words: Words) -> object:
    """What something was done to: a person, a group or a channel, as far as the entry names one."""
    kind, colon, id = what.partition(":")
    if not colon:
        return words.label(f"audit.switch.{what}") if f"audit.switch.{what}" in words.sentences else what
    if kind == "managers":
        channel, _, user = id.partition("/")
        return words.say("audit.manager", user=Ref("user", user), channel=Ref("channel", channel))
    listing, _, kind = kind.rpartition("_")
    match kind:
        case "channel" | "channels":
            one = Ref("channel", id)
        case "users" | "admins" | "person" | "tokens":
            one = Ref("user", id)
        case "groups":
            one = Ref("group", id)
        case _:
            return what
    return words.say(f"audit.{listing}", one=one) if listing else one
