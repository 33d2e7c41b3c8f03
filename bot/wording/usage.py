"""What was used and spent, as text, charts and tables."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.commands.reports import Reasons, UsageReport
from bot.commands.usage_file import DIRECT, PARTS
from bot.conversation.places import Moment, Ref
from bot.policy import tokens
from bot.usage import reports
from bot.usage.ledger import By, Reason, Spent
from bot.usage.reports import OTHERS, Span
from bot.wording.text import Cell, Chart, Markdown, Number, Part, Table, Verbatim, literal
from bot.wording.words import Words

MOST_POINTS = 20
MOST_SLICES = 6
MOST_TOP = 3
MOST_LINES = 5
BAR = 24  # characters
LARGE = 10.0  # dollars: of fewer, hundredths of a cent are shown
TOPS: tuple[By, ...] = ("person", "channel", "model")
DRAWN: tuple[By, ...] = ("channel", "model", "persona")
"""Of these the first that has several is drawn as shares."""
Measure = Callable[[Spent], float]


def usage(what: UsageReport, words: Words) -> Sequence[Part]:
    who = _who(what, words)
    if what.spent == Spent():
        return [words.say("usage.none" if what.past else "usage.none-yet", who=who, month=what.month)]
    about: list[Part] = [words.say("usage.title", who=who, month=what.month), amount(what.spent, words)]
    about += [_trend(what.spent, what.before, words)] if what.before else []
    if what.of != "everyone":
        return [*about, *chart(what.month, what.days, words), _by_day(what, words)]
    people = [] if what.people == "names" else [words.say(f"usage.people.{what.people}")]
    drawn = [*chart(what.month, what.days, words), *_shares(what, words)]
    return [*about, *drawn, *_top(what, words), *_lines("persona", what, words), *people, _by_all(what, words)]


def amount(spent: Spent, words: Words) -> Markdown:
    """A price that is not known is said to be unknown."""
    taken = words.say("usage.in.cached" if spent.cached else "usage.in", count=spent.input, cached=spent.cached)
    parts = [words.counted(spent.answers, "answer"), taken, words.say("usage.out", count=spent.output)]
    if spent.cost or max(spent.calls, spent.answers) > spent.unpriced:  # earlier versions counted no calls
        parts.append(words.say("usage.cost", cost=spent.cost))
    if spent.unpriced:
        parts.append(words.say("usage.unpriced", answers=words.counted(spent.unpriced, "answer")))
    if spent.estimated:
        parts.append(words.say("usage.estimated", calls=words.counted(spent.estimated, "request")))
    if spent.up or spent.down:
        parts.append(words.say("usage.votes", up=spent.up, down=spent.down))
    return words.listed(parts)


def chart(month: str, days: Mapping[str, Spent], words: Words) -> Sequence[Chart]:
    """What was used day by day; none where nothing was."""
    if not any(spent.calls or spent.tokens for spent in days.values()):
        return []
    name, measure = _measure(days.values())
    spans = reports.spans([*days], days, MOST_POINTS)
    points = tuple((_days(span), measure(span.spent)) for span in spans)
    title = words.label(f"usage.chart.{name}", month=month)
    lines = _bars([(label, value, _short(name, value, words)) for label, value in points])
    plainly = (words.say("usage.chart.plain", title=title), Verbatim(lines))
    return [Chart("bar", title, words.label(f"usage.series.{name}"), points, plainly)]


def reasons(what: Reasons, words: Words) -> Sequence[Part]:
    if not what.given:
        return [words.say("reasons.none")]
    return [words.say("reasons.title"), *(_reason(each, what.named, words) for each in what.given)]


def _reason(given: Reason, named: bool, words: Words) -> Markdown:
    where = words.say("reasons.direct" if given.direct else "reasons.channel", channel=Ref("channel", given.channel))
    said = {"when": Moment(given.at), "where": where, "persona": given.persona, "text": " ".join(given.text.split())}
    code = f"reasons.{given.vote}.named" if named else f"reasons.{given.vote}"
    return words.say(code, user=Ref("user", given.user), **said)


def _who(what: UsageReport, words: Words) -> Markdown:
    match what.of:
        case "channel":
            return words.say("usage.who.channel", channel=Ref("channel", what.id))
        case "person":
            return words.say("usage.who.person", user=Ref("user", what.id))
        case "persona":
            return words.say("usage.who.persona", name=what.id)
    return words.say(f"usage.who.{what.of}")


def _trend(now: Spent, before: Spent, words: Words) -> Markdown:
    """Beside what was used in the month before until the same day."""
    name, measure = _measure((now, before))
    percent, was = reports.grown(measure(now), measure(before)), _short(name, measure(before), words)
    if not percent:
        return words.say("usage.trend.same", was=was)
    return words.say("usage.trend.more" if percent > 0 else "usage.trend.less", percent=abs(percent), was=was)


def _shares(what: UsageReport, words: Words) -> Sequence[Chart]:
    """How it is shared out."""
    by = next((each for each in DRAWN if len(what.parts.get(each, ())) > 1), None)
    if by is None:
        return []
    shares = reports.largest(dict(what.parts[by]), MOST_SLICES)
    name, measure = _measure(spent for _, spent in shares)
    points = tuple((_label(by, id, what, words), measure(spent)) for id, spent in shares)
    title = words.label(f"usage.shares.{by}.{name}")
    return [Chart("pie", title, words.label(f"usage.series.{name}"), points, ())]


def _top(what: UsageReport, words: Words) -> list[Markdown]:
    """Who or what used most, a line for each kind; personas, which are few, have lines of their own."""
    found = []
    for by in TOPS:
        if shares := [each for each in what.parts.get(by, ()) if each[0] != OTHERS][:MOST_TOP]:
            name, measure = _measure(spent for _, spent in shares)
            items = [
                words.say("usage.top.item", name=_named(by, id, what, words), value=_short(name, measure(spent), words))
                for id, spent in shares
            ]
            found.append(words.say(f"usage.top.{by}", items=words.listed(items)))
    return found


def _lines(by: By, what: UsageReport, words: Words) -> list[Markdown]:
    """The largest of a kind, in words."""
    shares = what.parts.get(by, ())[:MOST_LINES]
    lines = [
        words.say("usage.line", name=_named(by, id, what, words), amount=amount(spent, words)) for id, spent in shares
    ]
    return [words.say(f"usage.by.{by}"), *lines] if lines else []


def _by_all(what: UsageReport, words: Words) -> Table:
    head = [words.label(f"usage.column.{name}") for name in ("kind", "name", "answers", "input", "output", "cost")]
    rows, lines = [], list[Markdown]()
    for by in PARTS:
        lines += _lines(by, what, words) if by in TOPS else []
        for id, spent in what.parts.get(by, ()):
            before = what.last.get(by, {}).get(id)
            kind = words.label(f"usage.kind.{by}")
            rows.append((kind, _cell(by, id, what, words), *_numbers(spent, words), _last(before, words)))
    kind, none = words.label("usage.kind.day"), Number(0.0, words.label("usage.no-such"))
    rows += [(kind, day, *_numbers(spent, words), none) for day, spent in _used(what)]
    caption = words.label("usage.table.all", month=what.month)
    return Table(caption, (*head, words.label("usage.column.last")), tuple(rows), tuple(lines))


def _by_day(what: UsageReport, words: Words) -> Table:
    names = ("day", "answers", "input", "output", "cost")
    rows = tuple((day, *_numbers(spent, words)) for day, spent in _used(what))
    head = tuple(words.label(f"usage.column.{name}") for name in names)
    return Table(words.label("usage.table.days", month=what.month), head, rows)


def _used(what: UsageReport) -> list[tuple[str, Spent]]:
    """The days on which something was."""
    return [(day, spent) for day, spent in what.days.items() if spent != Spent()]


def _numbers(spent: Spent, words: Words) -> tuple[Cell, ...]:
    whole = [Number(n, f"{n:,}") for n in (spent.answers, spent.input, spent.output)]
    return *whole, _cost(spent, words)


def _cost(spent: Spent, words: Words) -> Number:
    known = spent.cost or not spent.unpriced
    return Number(spent.cost, words.label("usage.cost" if known else "usage.cost.unknown", cost=spent.cost))


def _last(before: Spent | None, words: Words) -> Number:
    return _cost(before or Spent(), words)


def _measure(many: Iterable[Spent]) -> tuple[str, Measure]:
    """Dollars, where anything has a price; else tokens."""
    if any(spent.cost for spent in many):
        return "cost", lambda spent: spent.cost
    return "tokens", lambda spent: float(spent.tokens)


def _short(measure: str, value: float, words: Words) -> str:
    large = ".large" if measure == "cost" and value >= LARGE else ""
    return words.label(f"usage.value.{measure}{large}", value=value)


def _days(span: Span) -> str:
    first, last = int(span.first[-2:]), int(span.last[-2:])
    return str(first) if first == last else f"{first}–{last}"


def _bars(lines: Sequence[tuple[str, float, str]]) -> str:
    most = max(value for _, value, _ in lines) or 1.0
    wide = max(len(label) for label, _, _ in lines)
    return "\n".join(f"{label:>{wide}} {'█' * _length(value, most)} {said}" for label, value, said in lines)


def _length(value: float, most: float) -> int:
    """Of a bar. What is little is still something."""
    return max(round(BAR * value / most), 1 if value else 0)


def _named(by: By, id: str, what: UsageReport, words: Words) -> Markdown:
    """As a text shows it."""
    cell = _cell(by, id, what, words)
    return words.say("usage.ref", ref=cell) if isinstance(cell, Ref) else literal(str(cell))


def _cell(by: By, id: str, what: UsageReport, words: Words) -> Ref | str:
    if id == OTHERS:
        return words.label("usage.others")
    match by:
        case "channel":
            if tokens.is_channel(id):
                return words.label("usage.program", name=what.programs.get(id, id))
            return words.label("usage.direct") if id == DIRECT else Ref("channel", id)
        case "person":
            return Ref("user", id) if what.people == "names" else words.label("usage.pseudonym", id=id)
    return id


def _label(by: By, id: str, what: UsageReport, words: Words) -> str:
    """As a drawing shows it, which knows no ids."""
    cell = _cell(by, id, what, words)
    return what.names.get(cell.id, words.label("usage.private")) if isinstance(cell, Ref) else cell
