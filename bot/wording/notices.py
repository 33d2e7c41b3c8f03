"""What one person is told about limits, as text with buttons."""

from typing import assert_never, get_args

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse
from bot.commands.result import Offer
from bot.commands.workspace_model import AdmitWorkspace
from bot.conversation.places import Moment, Ref
from bot.turns.notices import Blown, Decided, InstallAsked, MoreAsked, Near, NoPrice, Notice, Over, Paused, TooOften
from bot.usage.budgets import Amount, Budget, Standing, Verdict
from bot.wording.text import Button, Markdown, Text
from bot.wording.words import Words

NANO = 1_000_000_000


def text(notice: Notice, words: Words) -> Text:
    match notice:
        case Over():
            values = {**_about(notice.budget, notice.standing, words), "whom": words.whom(notice.ask)}
            said = words.say("over", resets=Moment(notice.resets), **values)
            return Text((said,), tuple(_offers(notice, words)))
        case Blown(at, calls, cost):
            limits = [words.counted(calls, "question")] if calls else []
            limits += [words.say("amount.cost", cost=cost / NANO)] if cost else []
            said = words.say("blown", limits=words.one_of(limits), at=Moment(at))
            return Text((said,), (Button(words.label("offer.fuse"), Offer(LiftFuse())),))
        case InstallAsked(workspace, name, until):
            said = words.say("install.asked", workspace=workspace, name=name or workspace, until=Moment(until))
            labels = {True: words.label("install.approve"), False: words.label("install.refuse")}
            return Text((said,), tuple(Button(labels[yes], Offer(AdmitWorkspace(workspace, yes))) for yes in labels))
        case MoreAsked():
            return _asked(notice, words)
        case Decided(verdict, by, answered):
            code = f"decided.{verdict}" if verdict == "no" or answered else f"decided.{verdict}.again"
            return Text((words.say(code, by=Ref("user", by)),))
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


def _asked(notice: MoreAsked, words: Words) -> Text:
    request, when = notice.request, words.say(f"when.{notice.request.budget.span}")
    said = words.say(
        "more.notice",
        user=Ref("user", request.user),
        channel=Ref("channel", notice.channel),
        whose=words.say(f"theirs.{request.budget.kind}"),
        when=when,
        amounts=amounts(notice.standing, words),
        resets=Moment(notice.resets),
    )
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    labels = {each: words.label(f"offer.{each}", when=words.label(f"until.{request.budget.span}")) for each in verdicts}
    return Text((said,), tuple(Button(labels[each], Offer(Decide(request.id, each))) for each in verdicts))


def _offers(notice: Over, words: Words) -> list[Button]:
    if notice.thread is None or notice.budget.fixed:  # which no admin lifts
        return []
    more = Button(words.label("offer.more"), Offer(AskForMore(notice.thread, notice.newest, notice.budget)))
    if not notice.cheaper:
        return [more]
    label = words.label("offer.cheaper", model=notice.cheaper)
    return [more, Button(label, Offer(Cheaper(notice.thread, notice.newest)))]


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
