"""The world of a turn in memory: each fake conforms to its port, keeps what it was told, and can be told to fail.

No Redis, no Slack, no model, no sleep: times are those of a `Clock` that tests move on.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bot.conversation.attachments import Content, Unread
from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Batch, Message, Person
from bot.conversation.pieces import Finished, Interrupted, Piece, Routed, Text
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import BotError, LeaseLost
from bot.happenings import Happening
from bot.personas.persona import Chooser, Persona
from bot.policy.preferences import Origin, Rules, Value
from bot.policy.roles import Refusal
from bot.policy.tokens import Token
from bot.policy.triggers import Manner
from bot.ports import Archive, Erasures, Later, Ledger, Limits, Prefs, Tokens, World
from bot.privacy.handling import Handling
from bot.turns.notices import Notice
from bot.turns.state import Complete, Kept, Lease, Record, Shown, Turn
from bot.usage.budgets import NOTHING, Numbers, Rate
from bot.usage.ledger import Booking
from bot.usage.periods import Calendar
from bot.wording.en import WORDS
from tests.budget_model import FakeBudgets, FakeTurnLimits

THREAD = ThreadKey("slack", "T1", "C1", "1001.000000")
DAY = "2026-11-30"
BEGAN = 1_796_040_000.0
"""Noon of that day, of UTC."""
CHOSEN: dict[str, Value] = {"model": "small-model", "footer": "full", "policy": "mention", "feedback": False}
CHOSEN |= {"readers": "admitted", "redact": "secrets", "unpriced": "count", "names": True, "retention": 30.0}
SETTINGS: dict[str, Origin] = dict.fromkeys(("persona", *CHOSEN), "settings")


class Clock:
    """A time in seconds that stands still until a test moves it on."""

    def __init__(self, time: float = 1000.0) -> None:
        self.time = time

    def __call__(self) -> float:
        return self.time


@dataclass
class Faults:
    """What goes wrong at the next calls, by the method's name, one entry each; None is a call that goes well."""

    faults: defaultdict[str, list[Exception | None]] = field(default_factory=lambda: defaultdict(list))

    def fail(self, method: str, *errors: Exception | None) -> None:
        self.faults[method] += errors

    def meet(self, method: str) -> None:
        if self.faults[method] and (error := self.faults[method].pop(0)) is not None:
            raise error


@dataclass
class Posted:
    """A message of the bot: all that it has shown, the latest last."""

    turn: str
    index: int
    versions: list[Shown]


@dataclass
class FakeChat(Faults):
    """A chat that keeps every version of every message. `later` are waits that the next growing posts or edits are
    told; while `held` is set, posts wait until it is cleared; `after_post` is called when a message stands."""

    messages: dict[str, Posted] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    status_known: bool | None = True
    told: list[tuple[str, Refusal, bool]] = field(default_factory=list)
    whispers: list[tuple[str, Notice]] = field(default_factory=list)
    direct: list[tuple[str, Notice]] = field(default_factory=list)
    notified: list[tuple[str, Handling, bool]] = field(default_factory=list)
    delivers: bool = True
    later: list[float] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    posting: int = 0
    after_post: Callable[[str], None] = lambda _ts: None

    def __post_init__(self) -> None:
        self.free.set()
        self._numbers = itertools.count(9001)

    @property
    def texts(self) -> list[str]:
        """What stands in the thread now, oldest first."""
        return [posted.versions[-1].text for posted in self.messages.values()]

    @property
    def last(self) -> Shown:
        return list(self.messages.values())[-1].versions[-1]

    def stand(self, turn: str, index: int, text: str = "left by an earlier attempt") -> str:
        """A message that stands in the thread already; returns its ts."""
        ts = f"{next(self._numbers)}.000000"
        self.messages[ts] = Posted(turn, index, [Shown(text, growing=True)])
        return ts

    async def post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown] | Later:
        self.posting += 1
        await self.free.wait()
        self.meet("post")
        if latest().growing and self.later:
            return Later(self.later.pop(0))
        ts, shown = f"{next(self._numbers)}.000000", latest()
        self.messages[ts] = Posted(turn.id, index, [shown])
        self.after_post(ts)
        return ts, shown

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown) -> Later | None:
        self.meet("edit")
        if shown.growing and self.later:
            return Later(self.later.pop(0))
        self.messages[ts].versions.append(shown)
        return None

    async def remove(self, turn: Turn, ts: str) -> None:
        self.meet("remove")
        self.removed.append(ts)
        self.messages.pop(ts, None)

    async def retire(self, thread: ThreadKey, ts: str) -> None:
        self.retired.append(ts)

    async def find(self, turn: Turn) -> Mapping[int, str]:
        self.meet("find")
        return {posted.index: ts for ts, posted in self.messages.items() if posted.turn == turn.id}

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        self.told.append((user, why, begun))

    async def notify(self, thread: ThreadKey, user: str, what: Handling, *, begun: bool) -> bool:
        self.notified.append((user, what, begun))
        return self.delivers

    async def send_file(self, user: str, name: str, content: bytes, about: str) -> bool:
        raise NotImplementedError  # no turn sends one

    async def tell(self, user: str, notice: Notice) -> bool:
        self.direct.append((user, notice))
        return True

    async def whisper(self, thread: ThreadKey, user: str, notice: Notice, *, begun: bool = True) -> None:
        self.whispers.append((user, notice))

    async def status(self, thread: ThreadKey, text: str, *, cleared: bool = False) -> bool | None:
        self.statuses += [] if cleared else [text]
        return self.status_known


@dataclass
class FakeDirectory:
    """Everybody is known; those in `people` with their facts. Of groups those in `members` are known."""

    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        return self.people.get(user, Person(user.title(), known=True))

    async def groups(self, user: str, among: Iterable[str]) -> Mapping[str, bool]:
        return {group: user in self.members[group] for group in among if group in self.members}

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        return {user: (await self.person(user)).name for user in ids}

    async def admins(self) -> frozenset[str]:
        return frozenset()

    async def everybody(self) -> Mapping[str, str]:
        return {user: person.name for user, person in self.people.items()}

    def is_direct(self, channel: str) -> bool:
        return channel.startswith("D")

    async def left(self, channel: str) -> bool | None:
        return False

    def let_go(self) -> None:
        return None

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey | None) -> Mapping[str, str]:
        return {channel: channel.lower() for channel in channels}

    async def group_names(self, groups: Iterable[str]) -> Mapping[str, str]:
        return {group: group.lower() for group in groups}


@dataclass
class FakeTranscript:
    """`past` is what the surface tells when it is asked, once for each entry."""

    past: list[Earlier] = field(default_factory=list)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    stands: frozenset[str] | None = None

    async def present(self, thread: ThreadKey, before: str) -> frozenset[str] | None:
        return self.stands

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        self.asked.append((before, after, most))
        return self.past.pop(0) if self.past else Earlier()


Said = Piece | Finished | Interrupted | BaseException | asyncio.Event
"""What a model does next: say something, end, fail, or wait until a test lets it go on."""
HELLO: tuple[Said, ...] = (Text("Hello, "), Text("Ada."), Finished("stop", Usage(10, 3), "small-model"))


class FakeModel:
    """A model that says what it is told to, answer by answer, and then "Hello, Ada."."""

    def __init__(self, *answers: Sequence[Said]) -> None:
        self.answers = list(answers)
        self.asks: list[Ask] = []
        self.within: list[float | None] = []
        self.running = 0
        self.price: float | None = 0.001  # dollars a token
        self.is_free = False
        self.models: tuple[str, ...] = ()
        self.limits: dict[str, Chooser] = {}
        self.refusal: BotError | None = None  # of a model that is tried

    async def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        self.asks.append(ask)
        self.within.append(within)
        self.running += 1
        try:
            for said in self.answers.pop(0) if self.answers else HELLO:
                if isinstance(said, BaseException):
                    raise said
                if isinstance(said, asyncio.Event):
                    await said.wait()
                else:
                    yield said
                    await asyncio.sleep(0)
        finally:
            self.running -= 1

    def rate(self, ask: Ask) -> Rate | None:
        nano = None if self.price is None else self.price * 1_000_000_000
        return None if nano is None else Rate(nano, nano)

    def free(self, route: Routed | None) -> bool:
        return self.is_free

    async def offered(self) -> tuple[str, ...]:
        return self.models

    async def has(self, model: str) -> bool:
        return not self.models or model in self.models

    def chosen_by(self, model: str) -> Chooser | None:
        return self.limits.get(model)

    async def prove(self, model: str) -> None:
        if self.refusal is not None:
            raise self.refusal

    def cost(self, model: str, usage: Usage, route: Routed | None = None) -> float | None:
        return None if self.price is None else round(usage.total * self.price, 9)


@dataclass
class FakeFiles:
    contents: dict[str, Content] = field(default_factory=dict)

    async def read(self, messages: Sequence[Message]) -> Mapping[str, Content]:
        ids = [file.id for message in messages for file in message.files]
        return {id: self.contents.get(id, Unread("no-longer-included")) for id in ids}

    def let_go(self) -> None:
        self.contents.clear()


@dataclass
class FakeAnswers(Faults):
    """Answers that are given again, by fingerprint, each with how long it was to be kept."""

    kept: dict[str, tuple[Kept, int]] = field(default_factory=dict)

    async def find(self, question: str) -> Kept | None:
        self.meet("find")
        return self.kept[question][0] if question in self.kept else None

    async def keep(self, question: str, answer: Kept, thread: ThreadKey, seconds: int) -> None:
        self.meet("keep")
        self.kept[question] = answer, seconds


@dataclass
class FixedRules:
    """The part of `Prefs` that a turn reads: the same rules for all. `pinned` are the personas that threads keep."""

    rules_of_all: Rules
    pinned: dict[ThreadKey, str] = field(default_factory=dict)

    async def rules(self, thread: ThreadKey, user: str) -> Rules:
        return replace(self.rules_of_all, pinned=thread in self.pinned)

    async def pin(self, thread: ThreadKey, persona: Persona) -> None:
        self.pinned.setdefault(thread, persona.name)


@dataclass
class FakeTokens:
    """The part of `Tokens` that commands use."""

    tokens: dict[str, Token] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)

    async def put(self, token: Token, numbers: Numbers = NOTHING) -> bool:
        if any(each.name.casefold() == token.name.casefold() for each in self.tokens.values() if each.id != token.id):
            return False
        self.tokens[token.id], self.numbers[token.channel] = token, numbers
        return True

    async def all(self) -> Mapping[Token, float | None]:
        return dict.fromkeys(sorted(self.tokens.values(), key=lambda each: each.name))

    async def remove(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self.tokens.pop(token.id, None)


class FakeHistory:
    """What was said in each thread, oldest first."""

    def __init__(self) -> None:
        self.said: defaultdict[ThreadKey, dict[tuple[int, str], Message]] = defaultdict(dict)
        self.known: dict[ThreadKey, str] = {}

    def add(self, thread: ThreadKey, *messages: Message) -> None:
        self.said[thread] |= {(order(message.ts), message.role): message for message in messages}

    async def load(self, thread: ThreadKey) -> Past:
        # Of the same ts, the question comes before the answer.
        messages = [self.said[thread][key] for key in sorted(self.said[thread], key=lambda k: (k[0], k[1] != "user"))]
        return Past(tuple(messages), self.known.get(thread) or (messages[-1].ts if messages else "0"))

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        turn.lease.check()
        held = self.said[turn.batch.thread]
        self.said[turn.batch.thread] = {(order(m.ts), m.role): m for m in earlier.messages} | held


@dataclass
class Running:
    """What is noted of a turn that is not finished."""

    newest: str
    batch: list[str]
    token: str = ""
    attempt: int = 0
    posted: tuple[str, ...] = ()
    intent: int | None = None
    complete: Complete | None = None
    again: bool = False
    taken: dict[str, tuple[Booking, ...]] = field(default_factory=dict)
    passes: bool = False


@dataclass
class Held:
    """A thread in the inbox. Its turn may be claimed from `ready_at` on, unless somebody has the `token`."""

    waiting: dict[str, Message] = field(default_factory=dict)
    heard: dict[str, Message] = field(default_factory=dict)
    done: dict[str, Message] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    running: Running | None = None
    token: str | None = None
    ready_at: float = 0.0
    stop: bool | None = None
    """True: all that was asked is deleted; False: a person wants it to end; None: nobody does."""


class FakeInbox(Faults):
    """Threads that wait and turns that run. Answers go into `history`; `handed_back` are (seconds, counted).

    `refused` counts what was handed back by who had it no more.
    """

    def __init__(self, now: Callable[[], float], history: FakeHistory, lease: float = 60.0) -> None:
        super().__init__()
        self.now, self.history, self.lease = now, history, lease
        self.threads: defaultdict[ThreadKey, Held] = defaultdict(Held)
        self.handed_back: list[tuple[float, bool]] = []
        self.renewed = self.refused = 0
        self.booked: list[Booking] = []
        self.pinned: dict[ThreadKey, str] = {}
        self._known: set[tuple[ThreadKey, str]] = set()
        self._tokens = itertools.count(1)
        self._wake = asyncio.Event()

    def lose(self, thread: ThreadKey) -> None:
        """Another replica gets the thread's turn."""
        self.threads[thread].token = "another's"

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner = "plain") -> str:
        held, known = self.threads[thread], (thread, message.ts)
        taking_part = bool(held.waiting or held.records)
        if known in self._known:
            return "again"
        if not (addressed or taking_part):
            return "unknown"
        self._known.add(known)
        to_us = addressed or manner in ("follow", "until")
        (held.waiting if to_us else held.heard)[message.ts] = message
        self._wake.set()
        return "new"

    async def change(self, thread: ThreadKey, message: Message) -> None:
        for messages in (self.threads[thread].waiting, self.threads[thread].heard):
            if message.ts in messages:
                messages[message.ts] = message

    async def drop(self, thread: ThreadKey, ts: str) -> None:
        self.history.said[thread].pop((order(ts), "user"), None)
        held = self.threads[thread]
        held.waiting.pop(ts, None)
        held.heard.pop(ts, None)
        if held.running and held.token and not any(other in held.waiting for other in held.running.batch):
            held.stop = True

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def claim(self, most: int) -> list[Lease]:
        self.meet("claim")
        ready = [t for t, h in self.threads.items() if h.token is None and h.ready_at <= self.now() and _work(h)]
        leases = [Lease(t, f"token {next(self._tokens)}", self.now() + self.lease, self.now) for t in ready[:most]]
        for lease in leases:
            self.threads[lease.thread].token = lease.token
        return leases

    async def begin(self, lease: Lease) -> Turn | None:
        self.meet("begin")
        held = self._ours(lease)
        if held.running is None:
            newest = list(held.waiting)[-1]
            heard = [ts for ts in held.heard if order(ts) <= order(newest)]
            held.running = Running(newest, [*held.waiting, *heard])
        run = held.running
        if run.token != lease.token:
            run.token, run.attempt = lease.token, run.attempt + 1
        messages = tuple(held.waiting[ts] for ts in run.batch if ts in held.waiting)
        heard_too = tuple(held.heard[ts] for ts in run.batch if ts in held.heard)
        if not messages and not run.posted and run.intent is None:
            held.running = held.token = None
            return None
        batch = Batch(lease.thread, messages, heard_too)
        turn = Turn(run.newest, lease, batch, 0.0, run.attempt, run.posted, run.intent, run.complete, again=run.again)
        turn.earlier = tuple(one for token, all in run.taken.items() if token != lease.token for one in all)
        turn.passes = run.passes
        return turn

    async def note_intent(self, turn: Turn, index: int) -> None:
        self.meet("note_intent")
        self._noted(turn, turn.told()).intent = index

    async def note_posted(self, turn: Turn) -> None:
        self.meet("note_posted")
        self._noted(turn, turn.told()).posted = turn.posted

    async def note_taken(self, turn: Turn, bookings: Sequence[Booking], may_post: int | None = None) -> bool:
        self.meet("note_taken")
        run = self._noted(turn, bookings)
        run.intent = run.intent if may_post is None else may_post
        return True

    async def keep_answer(self, turn: Turn, answer: Complete, bookings: Sequence[Booking] = ()) -> None:
        self.meet("keep_answer")
        self._noted(turn, bookings).complete = answer

    def _noted(self, turn: Turn, bookings: Sequence[Booking]) -> Running:
        run = self._running(turn)
        if bookings:
            run.taken[turn.lease.token] = tuple(bookings)
        if turn.keeps is not None:
            self.pinned.setdefault(turn.batch.thread, turn.keeps.name)
            turn.keeps = None
        return run

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        self.meet("renew")
        self.renewed += 1
        lost = [lease for lease in leases if self.threads[lease.thread].token != lease.token]
        for lease in leases:
            lease.until = lease.until if lease in lost else self.now() + self.lease
        return lost

    async def finish(
        self, turn: Turn, answer: Message | None, record: Record, bookings: Sequence[Booking] = ()
    ) -> tuple[str, ...]:
        self.meet("finish")
        held, thread = self._ours(turn.lease), turn.batch.thread
        self.booked += bookings
        before = [each for newest, each in held.records.items() if newest != turn.newest]
        for message in turn.batch.everything:
            if held.waiting.pop(message.ts, None) or held.heard.pop(message.ts, None):
                held.done[message.ts] = message
                self.history.add(thread, message)
        if answer is not None:
            self.history.add(thread, answer)
        held.records[turn.newest] = record
        held.running = held.token = held.stop = None
        self._wake.set()
        return before[-1].posted if before else ()

    async def first_time(self, thread: ThreadKey, ts: str) -> bool:
        known = (thread, ts) in self._known
        self._known.add((thread, ts))
        return not known

    async def stop(self, thread: ThreadKey, newest: str | None = None) -> bool:
        held = self.threads[thread]
        if not (held.waiting or held.running) or (held.running and newest not in (None, held.running.newest)):
            return False
        held.stop = bool(held.stop)
        return True

    async def stopped(self) -> Mapping[str, bool]:
        self.meet("stopped")
        return {str(thread): held.stop for thread, held in self.threads.items() if held.stop is not None}

    async def askers(self, thread: ThreadKey, before: str | None = None) -> set[str]:
        waiting = self.threads[thread].waiting.values()
        return {m.author for m in waiting if before is None or order(m.ts) < order(before)}

    async def record(self, thread: ThreadKey, newest: str) -> Record | None:
        return self.threads[thread].records.get(newest)

    async def posted(self, turn: Turn) -> tuple[str, ...]:
        held = self.threads[turn.batch.thread]
        if held.running is not None:
            return held.running.posted
        record = held.records.get(turn.newest)
        return record.posted if record else ()

    async def again(self, thread: ThreadKey, newest: str, *, passes: bool = False, model: str = "") -> str:
        held = self.threads[thread]
        if held.waiting or held.running:
            return "busy"
        if newest not in held.records:
            return "unknown"
        if newest != list(held.records)[-1]:
            return "old"
        record = held.records.pop(newest)
        held.waiting = {ts: held.done.pop(ts) for ts in record.asked if ts in held.done}
        for said in ((newest, "assistant"), *((ts, "user") for ts in held.waiting)):
            self.history.said[thread].pop((order(said[0]), said[1]), None)
        held.running = Running(newest, list(record.asked), posted=record.posted, again=True)
        self._wake.set()
        return "ready"

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        self.meet("hand_back")
        held = self.threads[lease.thread]
        if held.token != lease.token:
            self.refused += 1
            return
        self.handed_back.append((after, counted))
        if held.running and not counted:
            held.running.attempt -= 1
        held.token, held.ready_at = None, self.now() + after
        self._wake.set()

    def _ours(self, lease: Lease) -> Held:
        if self.threads[lease.thread].token != lease.token:
            raise LeaseLost("the inbox gave it to another")
        return self.threads[lease.thread]

    def _running(self, turn: Turn) -> Running:
        run = self._ours(turn.lease).running
        assert run is not None
        return run


def _work(held: Held) -> bool:
    return bool(held.waiting) or held.running is not None


@dataclass
class Fakes:
    """A world of fakes, each by its own type, and the `World` that a turn is given."""

    clock: Clock
    chat: FakeChat
    directory: FakeDirectory
    transcript: FakeTranscript
    model: FakeModel
    history: FakeHistory
    inbox: FakeInbox
    prefs: FixedRules
    files: FakeFiles
    answers: FakeAnswers
    budgets: FakeBudgets
    turn_limits: FakeTurnLimits
    seen: list[Happening]
    world: World

    async def asked(self, *messages: Message, thread: ThreadKey = THREAD) -> Turn:
        """A turn that has begun, of what these messages ask."""
        for message in messages or (question("hello"),):
            await self.inbox.put(thread, message, addressed=True)
        return await self.claimed()

    async def claimed(self) -> Turn:
        """The next turn that waits."""
        [lease] = await self.inbox.claim(1)
        turn = await self.inbox.begin(lease)
        assert turn is not None
        return turn

    @property
    def record(self) -> Record:
        """What remains of the latest finished turn of the thread."""
        return list(self.inbox.threads[THREAD].records.values())[-1]


def rules(**chosen: Any) -> Rules:
    """What applies to everybody; `chosen` replaces some of it: fields of `Rules`, or preferences by their names."""
    values = {name: chosen.pop(name) for name in CHOSEN if name in chosen}
    return replace(Rules(Persona("Bard", "Rhyme."), CHOSEN | values, SETTINGS), **chosen)


def question(text: str, ts: str = "1001.000000", author: str = "ADA") -> Message:
    return Message(ts, author, text)


def fake_world(*answers: Sequence[Said], rules_of_all: Rules | None = None, **overrides: Any) -> Fakes:
    """A world in which the model gives these answers; `overrides` are fields of `World`."""
    clock, history = Clock(), FakeHistory()
    inbox, model, chat = FakeInbox(clock, history), FakeModel(*answers), FakeChat()
    directory, transcript, files = FakeDirectory(), FakeTranscript(), FakeFiles()
    kept = FakeAnswers()
    prefs, seen = FixedRules(rules_of_all or rules(), inbox.pinned), list[Happening]()
    budgets, turn_limits = FakeBudgets(), FakeTurnLimits()
    world = World(
        chat=chat,
        directory=directory,
        transcript=transcript,
        model=model,
        inbox=inbox,
        history=history,
        prefs=cast(Prefs, prefs),
        ledger=cast(Ledger, None),
        archive=cast(Archive, None),
        erasures=cast(Erasures, None),
        budgets=budgets,
        turn_limits=turn_limits,
        files=files,
        answers=kept,
        tokens=cast(Tokens, FakeTokens()),
        limits=Limits(first_post_after=0.0, edit_every=0.0),
        words=WORDS,
        now=clock,
        saw=seen.append,
        guards=(),
        mark_word=lambda _thread: "q7w",
        user_hash=lambda _user: None,
        calendar=Calendar(now=lambda: BEGAN),
    )
    world = replace(world, **overrides)
    return Fakes(
        clock, chat, directory, transcript, model, history, inbox, prefs, files, kept, budgets, turn_limits, seen, world
    )
