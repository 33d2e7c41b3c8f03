"""Slash commands about what may be used: words in, one command out. See `parse`."""

from typing import Literal, cast

from bot.commands import budget_model
from bot.commands.model import Command
from bot.commands.slash_words import MAX_SHOWN, USER, Misread, Words, not_offered
from bot.conversation.places import Channel, Place
from bot.usage import amounts
from bot.usage.budgets import NOTHING, SPANS, Amount, Numbers, Owner, Span

MAX_TURNS = 10_000  # of one person in a minute, or at once


def budget(words: Words) -> Command:
    """`AMOUNT per day|month [for] [SCOPE]`, the last two in any order; `off` and `reset` may leave out the period."""
    if not words:
        return budget_model.ShowBudget(words.place)
    amount: Amount | None = None
    reset = words.take("reset")
    if not reset and (amount := amounts.amount(words.left)) is None:
        raise Misread("no-amount", word=words.left[0][:MAX_SHOWN])
    span: Span | None = None
    owner: Owner | None = None
    while words:
        if span is None and words.take("per"):
            span = cast(Span, words.one_of(SPANS, "span"))
        elif owner is None:
            owner = _owner(words)
        else:
            break
    if span is None and amount is not None and not amount.off:
        raise Misread("missing.span")
    return budget_model.SetBudget(owner or _here(words.place), span, amount, words.place)


def _here(place: Place) -> Owner:
    """Whose a number is that does not say so; a person's is their own."""
    return Owner("channel", place.id) if isinstance(place, Channel) else Owner("person", budget_model.ONESELF)


def _owner(words: Words) -> Owner:
    words.take("for")
    if found := USER.fullmatch(words.left[0] if words else ""):
        words.left.pop(0)
        return Owner("person", found[1])
    if words:
        not_offered(words.left[0])
    match words.one_of(("here", "me", "workspace", "everyone", "persona", "token"), "place"):
        case "here":
            if not isinstance(words.place, Channel):
                raise Misread("no-channel-here")
            return Owner("channel", words.place.id)
        case "me":
            return Owner("person", budget_model.ONESELF)
        case "persona":
            return Owner("persona", words.name())
        case "token":
            return Owner("token", words.next("token"))
        case "everyone":
            return Owner("everyone")
    return Owner("workspace")


def numbers(words: Words) -> Numbers:
    """`[budget] AMOUNT per day|month`, once or twice; nothing where nothing is left."""
    words.take("budget")
    if not words:
        return NOTHING
    found = amounts.numbers(words.left)
    if found is None:
        raise Misread("no-token-budget", word=words.left[0][:MAX_SHOWN])
    words.left.clear()
    return found


def limit(words: Words) -> Command:
    """`N per minute|at once [for] [everyone|@PERSON]`."""
    if not words:
        return budget_model.ShowBudget(words.place)
    count: int | None = None
    if words.take("off"):
        count = 0
    elif not words.take("reset"):
        count = words.number("turns", 1, MAX_TURNS)
    if words.take("at"):
        words.one_of(("once",), "pace")
        what: Literal["minute", "at_once"] = "at_once"
    else:
        words.take("per")
        words.one_of(("minute",), "pace")
        what = "minute"
    words.take("for")
    owner = Owner("everyone")
    if words and (found := USER.fullmatch(words.left[0])):
        words.left.pop(0)
        owner = Owner("person", found[1])
    elif words and words.one_of(("everyone", "me"), "place") == "me":
        owner = Owner("person", budget_model.ONESELF)
    return budget_model.SetLimit(owner, what, count, words.place)
