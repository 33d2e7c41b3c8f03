"""An answer growing: text comes in, posts and edits come out.

A Draft decides what the thread should show; whoever executes its steps confirms each, so that nothing is shown
twice and what Slack refused is tried again with newer text. It does no I/O and knows no clock.
"""

from dataclasses import dataclass

from bot.conversation.messages import Kind
from bot.markdown import split as markdown
from bot.markdown.joint import Joint
from bot.markdown.parts import Gauge
from bot.markdown.settled import Settled
from bot.turns.state import Control, Shown
from bot.turns.words import Wording

MAX_CHARACTERS = 11_000
"""Characters in one message: Slack allows 12,000 in all markdown blocks of a payload (docs: markdown block)."""
MAX_MESSAGES = 8
"""Messages of one answer, where nobody has set another limit."""
WAITING = "…"
MIN_FILLED = 0.25
"""What a message counts for that was cut for what stands in it, such as a table, however short it is."""


@dataclass(frozen=True, slots=True)
class Post:
    index: int
    shown: Shown


@dataclass(frozen=True, slots=True)
class Edit:
    index: int
    ts: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Remove:
    """A message that an earlier attempt had posted and that this answer, being shorter, does not need."""

    index: int
    ts: str


Step = Post | Edit | Remove


class Draft:
    """One answer. `posted` are messages that an earlier attempt left in the thread: they are edited, not repeated.

    It has at most `most` messages of `limit` characters, or more that are shorter: when there is more, it is `full`,
    and takes in nothing else. One that is `uncut` stands in a single message, with as much in it as in all of these.
    A message has at most `tables` tables. `begins` stands in the first of them already: the answer goes on there.
    """

    def __init__(
        self,
        words: Wording,
        posted: tuple[str, ...] = (),
        limit: int = MAX_CHARACTERS,
        most: int = MAX_MESSAGES,
        *,
        uncut: bool = False,
        tables: int = 1,
        begins: str = "",
    ) -> None:
        self.full = False
        self._uncut = uncut
        self._begins, self._joint = begins, Joint(begins)
        self._words, self._limit, self._most = words, limit, most
        self._fed: list[str] = []
        self._full: list[str] = []
        self._tail = begins
        self._tables = tables
        self._gauge = Gauge(tables)
        self._filled = 0.0  # messages that are full; of one that was cut for what stands in it, a part
        self._fit, self._looked_at = (
            0,
            0,
        )  # so much of the tail was fit to be shown once, and may have been; of how much
        self._settled, self._paper = Settled(), Settled()  # of the tail, and of what is shown of it
        self._footer: str | None = None
        self._controls: tuple[Control, ...] = (Control.STOP,)
        self._kind: Kind = "answer"
        self._closed = False
        self._ts: list[str] = list(posted)
        self._seen: list[Shown | None] = [None] * len(posted)
        self._waiting: Shown | None = None

    @property
    def text(self) -> str:
        """All that was fed so far, as far as there was room for it."""
        return "".join(self._fed)

    @property
    def last(self) -> str:
        """What stands in the last message, once it is closed."""
        return self._wanted()[-1].text if self._wanted() else ""

    @property
    def empty(self) -> bool:
        return not self._full and not self._tail.strip()

    @property
    def posted(self) -> tuple[str, ...]:
        return tuple(self._ts)

    def feed(self, text: str) -> None:
        if self.full:
            return
        self._fed.append(text)
        self._add(self._joint.joined(text))

    def _add(self, text: str) -> None:
        self._tail += text
        if self._uncut:
            return self._bound(self._limit * self._most)
        apart = "\n" in text or "-" in text  # only then may there be one heading, rule or table more
        while (room := self._room(apart)) is not None:
            before = self._tail
            head, self._tail = markdown.cut(before, room)
            self._full.append(head)
            self._fit, self._looked_at, self._gauge, apart = 0, 0, Gauge(self._tables), True
            self._filled += 1 if room == self._limit else max(markdown.size(head) / self._limit, MIN_FILLED)
            if self._filled >= self._most:
                return self._end(surplus=_common_end(before, self._tail))

    def restart(self) -> None:
        """What was fed so far is void. What stands in the thread stays until other text takes its place."""
        self.full, self._fed, self._full, self._tail = False, [], [], self._begins
        self._fit, self._looked_at = 0, 0
        self._joint = Joint(self._begins)
        self._filled, self._gauge = 0.0, Gauge(self._tables)

    def _room(self, apart: bool) -> int | None:
        """The size at which the tail has to be cut; None while it fits into a message. `apart`: also for what stands in
        it, not only for its length."""
        beginning = self._tail[: 2 * self._limit]  # what lies further on is for the cuts that follow
        end = self._gauge.end(beginning) if apart else None
        if end is not None:
            return min(markdown.size(beginning[:end]), self._limit)
        return self._limit if markdown.size(self._tail) > self._limit else None

    def hold_place(self) -> None:
        """Show that the answer is coming, in its place, unless there is something of it already."""
        if not self._ts:
            self._waiting = Shown(WAITING, None, self._controls, kind="notice")

    def shorten(self, index: int, fits: int) -> None:
        """The message of this index is too much for one: from it on, none is longer than `fits`."""
        self._most = max(self._most * (self._limit // fits + 1), self._most)
        self._limit = min(self._limit, fits)
        pieces: list[str] = []
        for piece in self._full[index:]:
            while markdown.size(piece) > self._limit:
                head, piece = markdown.cut(piece, self._limit)
                pieces.append(head)
            pieces.append(piece)
        self._full[index:] = pieces
        self._add("")

    def _bound(self, most: int) -> None:
        if (surplus := len(self._tail) - most) > 0:
            tail = self._tail[:most]
            self._end(surplus)
            self._tail = tail

    def _end(self, surplus: int) -> None:
        """There is no room for the last `surplus` characters, nor for what may come."""
        self.full, self._tail = True, ""
        self._fed = [self.text[: len(self.text) - surplus]]

    def close(self, footer: str | None = None, *controls: Control, kind: Kind = "answer") -> None:
        """Nothing more will come. From now on the steps show the whole text, its footer and its controls."""
        self._add(self._joint.rest())
        self._closed, self._footer, self._controls, self._kind = True, footer, controls, kind

    def next(self) -> Step | None:
        """The next step towards what should be shown, oldest message first; None when the thread shows it all."""
        wanted = self._wanted()
        for index, shown in enumerate(wanted):
            if index == len(self._ts):
                return Post(index, shown)
            if self._seen[index] != shown:
                return Edit(index, self._ts[index], shown)
        if self._closed and len(self._ts) > len(wanted):
            return Remove(len(self._ts) - 1, self._ts[-1])
        return None

    def latest(self, index: int) -> Shown | None:
        """What the message of this index should show by now; the step that named it was perhaps made earlier.
        None when the answer began anew and has not come so far again."""
        return next(iter(self._wanted()[index : index + 1]), None)

    def confirm(self, step: Step, ts: str) -> None:
        """Slack has done `step`; `ts` is the message it stands in now."""
        match step:
            case Post(shown=shown):
                self._ts.append(ts)
                self._seen.append(shown)
            case Edit(index=index, shown=shown):
                self._ts[index], self._seen[index] = ts, shown
            case Remove():
                self._ts.pop()
                self._seen.pop()

    def adopt(self, index: int, ts: str) -> None:
        """The message of this index stands in the thread already, with unknown text: it will be edited there."""
        self._ts[index : index + 1], self._seen[index : index + 1] = [ts], [None]

    def _wanted(self) -> list[Shown]:
        tail = self._tail if self._closed else self._presentable()
        *full, last = [part for part in (*self._full, tail) if part.strip()] or [""]
        if not last:
            return [self._waiting] if self._waiting and not self._closed else []
        growing = not self._closed
        place = self._words.label("part.last", number=len(full) + 1) if full and not growing else None
        line = " · ".join(filter(None, (place, self._footer))) or None
        kind, label = self._kind, self._words.label
        settled = [Shown(part, label("part", number=n), kind=kind) for n, part in enumerate(full, start=1)]
        return [*settled, Shown(last, line, self._controls, growing, kind, self._paper.parts(last))]

    def _presentable(self) -> str:
        """What comes later may open markup where none seemed to be; what was fit to be shown stays so."""
        if len(self._tail) != self._looked_at:
            self._settled.parts(self._tail)
            begins = len(self._tail) if self._settled.code else self._settled.at
            self._fit = max(self._fit, len(markdown.presentable(self._tail, begins)))
            self._looked_at = len(self._tail)
        return self._tail[: self._fit]


def _common_end(one: str, other: str) -> int:
    """How many characters at their ends are the same."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((n for n, (mine, yours) in enumerate(pairs) if mine != yours), min(len(one), len(other)))
