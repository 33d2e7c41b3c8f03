"""What one person is told about limits, as text with buttons."""

from typing import assert_never

from bot.conversation.places import Moment
from bot.turns.notices import Near, NoPrice, Notice, Over, Paused, TooOften
from bot.usage.budgets import Amount, Budget, Standing
from bot.wording.text import Markdown, Text
from bot.wording.words import Words

NANO = 1_000_000_000


def text(notice: Notice, words: Words) -> Text:
    match notice:
        case Over():
            values = {**_about(notice.budget, notice.standing, words), "whom": words.whom(notice.ask)}
            said = words.say("over", resets=Moment(notice.resets), **values)
            return Text((said,))
        case Near():
            code = "reached" if notice.over else "near"
            values = _about(notice.budget, notice.standing, words)
            return Text((words.say(code, resets=Moment(notice.resets), **values),))
        case NoPrice(model, ask):
            return Text((words.say("no-price", model=model, whom=words.whom(ask)),))
        case TooOften(count, at):
            return Text((words.say("too-often", count=words.counted(count, "question"), at=Moment(at)),))
        case Paused(at, ask):
            return Text((words.say("paused", at=Moment(at), whom=words.whom(ask)),))
    assert_never(notice)


def _about(budget: Budget, standing: Standing, words: Words) -> dict[str, object]:
    whose, when = words.say(f"whose.{budget.kind}"), words.say(f"when.{budget.span}")
    return {"whose": whose, "when": when, "amounts": amounts(standing, words)}


def amounts(standing: Standing, words: Words) -> Markdown:
    """How much is used of what there is, in each unit that has a limit."""
    found = []
    for unit in ("cost", "tokens"):
        limit, used, held = (getattr(each, unit) for each in (standing.limit, standing.used, standing.held))
        if limit is not None:
            shown = {
                "used": _one(unit, used, words),
                "limit": _one(unit, limit, words),
                "held": _one(unit, held, words),
            }
            found.append(words.say("amount.held" if held else "amount.of", **shown))
    return words.all_of(found)


def amount(limit: Amount, words: Words) -> Markdown:
    """What there is."""
    found = [_one(unit, value, words) for unit in ("cost", "tokens") if (value := getattr(limit, unit)) is not None]
    return words.all_of(found) if found else words.say("amount.none")


def _one(unit: str, value: int | None, words: Words) -> Markdown:
    if unit == "tokens":
        return words.say("amount.tokens", tokens=value or 0)
    return words.say("amount.cost", cost=(value or 0) / NANO)
