"""Tokens as people read of them: never the secret itself, but where it is made."""

from bot.commands.reports import TokenList
from bot.commands.result import Result
from bot.conversation.places import Moment, Ref
from bot.policy.tokens import Token
from bot.usage.budgets import SPANS, Numbers
from bot.wording.notices import amount
from bot.wording.text import Markdown, Verbatim
from bot.wording.words import Words


def listed(what: TokenList, words: Words, now: float) -> list[Markdown]:
    lines = [entry(each, used, words, now, what.numbers.get(each.channel)) for each, used in what.tokens.items()]
    return [words.say("token.title"), *(lines or [words.say("token.none")])]


def made(result: Result, words: Words) -> tuple[Markdown | Verbatim, ...]:
    """What is shown once."""
    expires = result.values["expires"]
    until = _until(expires if isinstance(expires, float) else None, words)
    return words.say("token.once", name=result.values["name"], expires=until), Verbatim(str(result.values["token"]))


def entry(token: Token, used: float | None, words: Words, now: float, numbers: Numbers | None = None) -> Markdown:
    if token.over(now):
        return words.say("token.over", name=token.name)
    expires = _until(token.expires, words)
    limits = [(span, limit) for span in SPANS if numbers and (limit := numbers.of(span)) is not None]
    last = words.say("token.used", when=Moment(used)) if used else words.say("token.unused")
    may = [
        words.say("token.budget", amount=amount(limit, words), span=words.say(f"span.{span}")) for span, limit in limits
    ]
    about = words.listed([last, *may])
    if not token.user:
        return words.say("token.entry.operator", name=token.name, expires=expires, about=about)
    return words.say("token.entry", name=token.name, user=Ref("user", token.user), expires=expires, about=about)


def _until(expires: float | None, words: Words) -> Markdown:
    return words.say("token.until", when=Moment(expires)) if expires else words.say("token.ever")
