"""What is said of budgets and limits: what applies, and what was set."""

from collections.abc import Sequence
from typing import cast

from bot.commands.reports import BudgetReport, Stood
from bot.commands.result import Result
from bot.conversation.places import Moment, Ref
from bot.usage.budgets import Amount, Owner, Span
from bot.wording.notices import amount, amounts
from bot.wording.text import Markdown
from bot.wording.words import Words

BAR = 10  # characters


def said(result: Result, words: Words) -> Markdown:
    """What came of setting something, or of asking for more."""
    values = result.values
    if result.code.startswith("more."):
        return _more(result, words)
    owner = named(cast(Owner, values["owner"]), words)
    if result.code.startswith("limit."):
        count = words.counted(cast(int, values["count"] or 0), "question")
        return words.say(f"{result.code}.{values['what']}", owner=owner, count=count)
    spans = words.all_of([words.say(f"span.{span}") for span in cast("Sequence[Span]", values["spans"])])
    wanted = cast("Amount | None", values["amount"])
    return words.say(result.code, owner=owner, spans=spans, amount=amount(wanted, words) if wanted else "")


def _more(result: Result, words: Words) -> Markdown:
    values = {name: Ref("user", str(values)) for name, values in result.values.items() if name in ("user", "by")}
    if "verdict" in result.values:
        return words.say(result.code, **values, verdict=words.say(f"verdict.{result.values['verdict']}"))
    late = result.values.get("ready") is False and result.code != "more.no"
    return words.say(f"{result.code}.late" if late else result.code, **values)


def named(owner: Owner, words: Words) -> Markdown:
    match owner.level:
        case "person":
            return words.say("owner.person", user=Ref("user", owner.id))
        case "channel":
            return words.say("owner.channel", channel=Ref("channel", owner.id))
        case "persona" | "token":
            return words.say(f"owner.{owner.level}", name=owner.id)
    return words.say(f"owner.{owner.level}")


def shown(what: BudgetReport, words: Words) -> list[Markdown]:
    """What applies to somebody, and what is left of it."""
    lines = [row(each, words) for each in what.rows]
    if what.exempt:
        lines.append(words.say("budgets.exempt"))
    elif not lines:
        lines.append(words.say("budgets.none"))
    if what.minute:
        lines.append(words.say("budgets.minute", count=words.counted(what.minute, "question")))
    if what.at_once:
        lines.append(words.say("budgets.at-once", count=words.counted(what.at_once, "question")))
    return [words.say("budgets.title"), *lines, words.say("budgets.help")]


def limits(minute: int, at_once: int, words: Words) -> Markdown:
    """How often each person may ask."""
    counts = {"minute": minute, "at-once": at_once}
    said = [words.say(f"home.{what}", count=words.counted(n, "question")) for what, n in counts.items() if n]
    return words.say("home.limits", limits=words.all_of(said) if said else words.say("home.no-limits"))


def row(stood: Stood, words: Words) -> Markdown:
    budget, standing = stood.budget, stood.standing
    return words.say(
        "budgets.row",
        whose=words.say(f"mine.{budget.kind}"),
        when=words.say(f"when.{budget.span}"),
        amounts=amounts(standing, words),
        bar=bar(standing.share),
        resets=Moment(stood.resets),
    )


def bar(share: float) -> str:
    """Of ten characters; what is begun counts."""
    full = min(BAR, -int(-share * BAR // 1))
    return "█" * full + "░" * (BAR - full)
