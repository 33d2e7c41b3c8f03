"""The ports of the core, in memory: they behave like the real ones, without Redis, Slack or a model.

`tests/test_fakes.py` runs the tests of the real preferences against `FakePrefs`.
"""

import asyncio
import copy
import itertools
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast, get_args

from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Message, Person
from bot.conversation.pieces import Finished, Interrupted, Routed, Text
from bot.conversation.places import Place
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import BotError
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas.builtin import built_in
from bot.personas.persona import DEFAULT, Chooser, Persona
from bot.policy import preferences
from bot.policy.preferences import (
    PERSONA,
    PREFERENCES,
    Access,
    Choices,
    Conflict,
    Defaults,
    Entry,
    Fixed,
    InUse,
    Layer,
    Rules,
    Scope,
    Unknown,
    Value,
    Version,
    spelled,
)
from bot.policy.roles import Refusal
from bot.policy.triggers import Manner
from bot.ports import Answers, Chat, Directory, Files, Inbox, Limits, Tokens, World
from bot.privacy.handling import Handling
from bot.turns.notices import Notice
from bot.turns.state import Record, Turn
from bot.usage.budgets import Rate
from bot.usage.ledger import Booking, By, Reason, Spent, Verdict, Vote
from bot.usage.periods import month_of
from bot.wording.en import WORDS
from tests.budget_model import FakeBudgets, FakeTurnLimits
from tests.fakes import FakeTokens
from tests.people import FACTS, HERE, PEOPLE
from tests.privacy.fakes import FakeArchive, FakeErasures

BEGAN = 1_763_700_000.0


@dataclass
class FakePrefs:
    """See `ports.Prefs`."""

    defaults: Defaults = field(default_factory=lambda: Defaults("Be brief.", {"openai_model": "small-model"}))
    unread: set[str] = field(default_factory=set)
    chosen_at: dict[Scope, Choices] = field(default_factory=dict)
    versions: dict[str, list[Version]] = field(default_factory=dict)
    listed: Access = field(default_factory=Access)
    entries: list[Entry] = field(default_factory=list)
    clock: Iterator[float] = field(default_factory=lambda: itertools.count(BEGAN), compare=False)

    async def rules(self, where: ThreadKey | Place, user: str) -> Rules:
        layers = [self._layer(scope) for scope in preferences.scopes(where, user)]
        mine, rules = self.unread & {user}, preferences.rule(layers, self.defaults, self.listed)
        return replace(rules, unread=frozenset(mine), hides=self.unread > mine)

    def _layer(self, scope: Scope) -> Layer:
        choices = self.chosen_at.get(scope, {})
        name, version = PERSONA.of(choices), choices.get("version")
        if name is None:
            return Layer(scope.kind, choices)
        stored = self.versions.get(personas.key(name), [])
        if version:
            return Layer(scope.kind, choices, next(v.persona for v in stored if v.persona.version == version))
        return Layer(scope.kind, choices, self._given(name) if version == 0 else self._live(name))

    async def pin(self, thread: ThreadKey, persona: Persona | None, model: str = "") -> None:
        present = self.chosen_at.get(Scope.of(thread), {})
        if PERSONA.of(present) is None:
            named: Choices = {"persona": persona.name, "version": persona.version} if persona else {}
            self.chosen_at[Scope.of(thread)] = {**present, **named, **({"model": model} if model else {})}

    async def chosen(self, scope: Scope) -> Choices:
        return self.chosen_at.get(scope, {})

    async def channels(self) -> Mapping[str, Choices]:
        return {
            scope.id: choices for scope, choices in sorted(self.chosen_at.items(), key=str) if scope.kind == "channel"
        }

    async def choose(self, scope: Scope, changes: Mapping[str, Value | None], by: str) -> Choices:
        present = self.chosen_at.get(scope, {})
        wanted = dict(preferences.change(present, changes, scope.kind))
        named = changes.get("persona")
        if named is not None:
            live = self._live(str(named))
            if live is None:
                raise self._unknown(str(named))
            wanted |= {"persona": live.name} | ({"version": live.version} if scope.kind == "thread" else {})
        for name in changes if scope.kind in ("channel", "workspace") else ():
            before, after = spelled(name, present.get(name)), spelled(name, wanted.get(name))
            if before != after:
                self._note(Entry(by, PREFERENCES[name].act(scope.kind), str(scope), before, after))
        self.chosen_at[scope] = wanted
        if not wanted:
            del self.chosen_at[scope]
        return wanted

    async def set_read(self, user: str, on: bool) -> None:
        self.unread = self.unread - {user} if on else self.unread | {user}

    async def unread_of(self, people: Collection[str]) -> frozenset[str]:
        return frozenset(self.unread & {*people})

    async def personas(self) -> list[Persona]:
        names = {DEFAULT, *built_in(), *self.versions}
        return [live for name in sorted(names) if (live := self._live(name))]

    async def persona(self, name: str, version: int | None = None) -> Persona:
        live = self._live(name)
        if version is None or (live and live.version == version):
            if live is None:
                raise self._unknown(name)
            return live
        given = self._given(name)
        known = {0: given} if given else {}
        known |= {each.persona.version: each.persona for each in self.versions.get(personas.key(name), [])}
        if not known:
            raise self._unknown(name)
        if version not in known:
            raise Unknown(known[max(known)].name, tuple(sorted(known)))
        return known[version]

    async def history(self, name: str) -> list[Version]:
        if self._live(name) is None and personas.key(name) not in self.versions:
            raise self._unknown(name)
        return self.versions.get(personas.key(name), [])[::-1]

    async def save(self, persona: Persona, based_on: int | None, by: str) -> Persona:
        if personas.key(persona.name) == DEFAULT:
            raise Fixed("settings")
        live = self._live(persona.name)
        present = live.version if live else None
        if present != based_on and not (present is None and based_on == 0):
            if live and not persona_form.changed(live, persona):
                return live
            raise Conflict(live)
        return self._write(persona, live, by, "saved", "persona.edit" if live else "persona.new")

    async def restore(self, name: str, version: int, by: str) -> Persona:
        old = await self.persona(name, version)
        if personas.key(name) == DEFAULT:
            raise Fixed("settings")
        return self._write(old, self._live(name), by, "restored", "persona.restore")

    async def delete(self, name: str, by: str, *, anyway: bool = False) -> None:
        key = personas.key(name)
        if key == DEFAULT:
            raise Fixed("settings")
        live = self._live(name)
        if live is None:
            raise self._unknown(name)
        if live.version == 0:
            raise Fixed("product")
        used = [scope for scope, choices in self.chosen_at.items() if self._names(scope, choices, key)]
        if used and not anyway and key not in built_in():
            raise InUse(tuple(sorted(used, key=str)))
        self._write(live, live, by, "deleted", "persona.delete")

    async def access(self) -> Access:
        return replace(self.listed, appointed=self.defaults.admins)

    async def change_access(self, seen: Access, wanted: Access, by: str) -> Access:
        before, after = _flat(seen), _flat(wanted)
        present = _flat(self.listed)
        for name in sorted(before ^ after):
            act = {"admins": "admins.add" if name in after else "admins.remove", "managers": "managers.set"}
            kind = name.partition(":")[0]
            added = "on" if name in after else ""
            self._note(Entry(by, act.get(kind, "access.set"), name, "" if added else "on", added))
            present = present | {name} if added else present - {name}
        self.listed = _access(present)
        return await self.access()

    async def audit(self, entry: Entry) -> None:
        self._note(entry)

    async def audited(self, most: int = 100) -> list[Entry]:
        return self.entries[::-1][:most]

    def _live(self, name: str) -> Persona | None:
        stored = self.versions.get(personas.key(name), [])
        return stored[-1].persona if stored and stored[-1].deed != "deleted" else self._given(name)

    def _given(self, name: str) -> Persona | None:
        key = personas.key(name)
        return self.defaults.persona if key == DEFAULT else built_in().get(key)

    def _names(self, scope: Scope, choices: Choices, key: str) -> bool:
        return scope.kind != "thread" and personas.key(PERSONA.of(choices) or "") == key

    def _write(self, persona: Persona, old: Persona | None, by: str, deed: Any, act: str) -> Persona:
        changed = persona_form.changed(old, persona) if old else ()
        if old and not changed and deed != "deleted":
            return old
        stored = self.versions.setdefault(personas.key(persona.name), [])
        new = replace(persona, version=len(stored) + 1)
        stored.append(Version(new, by, next(self.clock), changed, deed))
        before = f"version {old.version}" if old else ""
        self._note(Entry(by, act, persona.name, before, "" if deed == "deleted" else f"version {new.version}"))
        return new

    def _note(self, entry: Entry) -> None:
        self.entries.append(replace(entry, at=next(self.clock)))

    def _unknown(self, name: str) -> Unknown:
        known = [live.name for each in {DEFAULT, *built_in(), *self.versions} if (live := self._live(each))]
        return Unknown(personas.nearest(name, known))


def _flat(access: Access) -> frozenset[str]:
    """Everything that is listed or switched on, as one set."""
    found = {each.name for each in fields(Access) if getattr(access, each.name) is True}
    for name in (each.name for each in fields(Access) if isinstance(getattr(access, each.name), frozenset)):
        found |= {f"{name}:{id}" for id in getattr(access, name)} if name != "appointed" else set()
    return frozenset(found | {f"managers:{where}/{user}" for where, all in access.managers.items() for user in all})


def _access(flat: frozenset[str]) -> Access:
    given: dict[str, Any] = {"direct_messages": False}
    managers: dict[str, frozenset[str]] = {}
    for name, colon, id in (each.partition(":") for each in flat):
        if name == "managers":
            channel, _, user = id.partition("/")
            managers[channel] = managers.get(channel, frozenset()) | {user}
        else:
            given[name] = given.get(name, frozenset()) | {id} if colon else True
    return Access(**given, managers=managers)


@dataclass
class FakeChat:
    """See `ports.Chat`. `slack` holds what Slack has of threads, oldest first. `now` are those of whom it says
    something else when it is asked afresh; `members` are the user groups of which it tells who is in them."""

    people: dict[str, Person] = field(default_factory=dict)
    now: dict[str, Person] = field(default_factory=dict)
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    slack: dict[ThreadKey, list[Message]] = field(default_factory=dict)
    whispered: list[tuple[str, Refusal]] = field(default_factory=list)
    files: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    takes_files: bool = True
    whispers: list[tuple[str, Notice]] = field(default_factory=list)
    direct: list[tuple[str, Notice]] = field(default_factory=list)
    reachable: bool = True
    admins_known: frozenset[str] = frozenset()

    async def admins(self) -> frozenset[str]:
        return self.admins_known

    async def whisper(self, thread: ThreadKey, user: str, notice: Notice, *, begun: bool = True) -> None:
        self.whispers.append((user, notice))

    async def tell(self, user: str, notice: Notice) -> bool:
        if self.reachable:
            self.direct.append((user, notice))
        return self.reachable

    notified: list[tuple[str, Handling, bool]] = field(default_factory=list)
    delivers: bool = True

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        cached = self.people.get(user, Person())
        return self.now.get(user, cached) if afresh else cached

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        return {user: self.people[user].name for user in ids if user in self.people}

    async def everybody(self) -> Mapping[str, str]:
        return await self.names(self.people)

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey | None) -> Mapping[str, str]:
        return {channel: channel.lower() for channel in channels}

    def is_direct(self, channel: str) -> bool:
        return channel.startswith("D")

    async def groups(self, user: str, among: Iterable[str]) -> Mapping[str, bool]:
        return {group: user in self.members[group] for group in among if group in self.members}

    async def present(self, thread: ThreadKey, before: str) -> frozenset[str] | None:
        return None

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        said = [m for m in self.slack.get(thread, []) if order(after) < order(m.ts) < order(before)]
        return Earlier(tuple(said[-most:]), max(len(said) - most, 0))

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        self.whispered.append((user, why))

    async def notify(self, thread: ThreadKey, user: str, what: Handling, *, begun: bool) -> bool:
        self.notified.append((user, what, begun))
        return self.delivers

    async def send_file(self, user: str, name: str, content: bytes, about: str) -> bool:
        if self.takes_files:
            self.files.append((user, name, content, about))
        return self.takes_files


@dataclass
class FakeInbox:
    """See `ports.Inbox`. `waiting` are the messages of the turn that runs or waits in a thread."""

    waiting: dict[ThreadKey, list[Message]] = field(default_factory=dict)
    records: dict[tuple[ThreadKey, str], Record] = field(default_factory=dict)
    stops: set[ThreadKey] = field(default_factory=set)
    passed: list[tuple[str, bool, str]] = field(default_factory=list)
    seen: set[tuple[ThreadKey, str]] = field(default_factory=set)

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner = "plain") -> str:
        if not await self.first_time(thread, message.ts):
            return "again"
        self.waiting.setdefault(thread, []).append(message)
        return "new"

    async def first_time(self, thread: ThreadKey, ts: str) -> bool:
        new = (thread, ts) not in self.seen
        self.seen.add((thread, ts))
        return new

    async def stop(self, thread: ThreadKey, newest: str | None = None) -> bool:
        waiting = self.waiting.get(thread)
        if not waiting or newest not in (None, waiting[-1].ts):
            return False
        self.stops.add(thread)
        return True

    async def askers(self, thread: ThreadKey, before: str | None = None) -> set[str]:
        said = self.waiting.get(thread, [])
        return {message.author for message in said if before is None or order(message.ts) < order(before)}

    async def record(self, thread: ThreadKey, newest: str) -> Record | None:
        return self.records.get((thread, newest))

    async def again(self, thread: ThreadKey, newest: str, *, passes: bool = False, model: str = "") -> str:
        if self.waiting.get(thread):
            return "busy"
        record = self.records.get((thread, newest))
        if record is None:
            return "unknown"
        if newest != max((ts for known, ts in self.records if known == thread), key=order):
            return "old"
        self.passed.append((newest, passes, model))
        self.waiting[thread] = [Message(newest, record.askers[0], "")]
        return "ready"


@dataclass
class FakeHistory:
    """See `ports.History`."""

    inbox: FakeInbox
    past: dict[ThreadKey, list[Message]] = field(default_factory=dict)

    async def load(self, thread: ThreadKey) -> Past:
        return Past(tuple(self.past.get(thread, [])))

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        known = {message.ts: message for message in (*earlier.messages, *self.past.get(turn.batch.thread, []))}
        self.past[turn.batch.thread] = sorted(known.values(), key=lambda message: order(message.ts))


@dataclass
class FakeLedger:
    """See `ports.Ledger`."""

    inbox: FakeInbox
    booked: list[Booking] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    verdicts: dict[tuple[ThreadKey, str, str], Verdict] = field(default_factory=dict)
    written: list[Reason] = field(default_factory=list)

    async def spent(self, period: str, by: By = "workspace", id: str = "") -> Spent:
        return (await self.spent_by_all(period))[by].get(id, Spent())

    async def spent_over(self, periods: Sequence[str], by: By = "workspace", id: str = "") -> list[Spent]:
        return [await self.spent(period, by, id) for period in periods]

    async def spent_by(self, period: str, by: By) -> Mapping[str, Spent]:
        return (await self.spent_by_all(period))[by]

    async def spent_by_all(self, period: str) -> Mapping[By, Mapping[str, Spent]]:
        found: dict[By, dict[str, list[Booking]]] = {by: {} for by in get_args(By)}
        for one in self.booked:
            if period in (one.day, month_of(one.day)):
                places = {"workspace": "", "person": one.person, "channel": one.channel, "persona": one.persona}
                for by, id in {**places, "model": one.model, "route": one.route}.items():
                    if id or by == "workspace":
                        found[cast(By, by)].setdefault(id, []).append(one)
        return {by: {id: _sum(all_of_it) for id, all_of_it in sorted(ids.items())} for by, ids in found.items()}

    async def charge(self, name: str, bookings: Sequence[Booking]) -> None:
        if name not in self.names:
            self.booked += bookings
        self.names.add(name)

    async def rate(self, thread: ThreadKey, newest: str, user: str, vote: Vote, reason: str = "") -> bool:
        if (thread, newest) not in self.inbox.records:
            return False
        self.verdicts[thread, newest, user] = Verdict(vote, reason)
        return True

    async def reasons(self, most: int) -> list[Reason]:
        return self.written[:most]

    async def secret(self, month: str) -> bytes:
        return month.encode()

    async def votes(self, thread: ThreadKey, newest: str) -> Mapping[str, Verdict]:
        return {user: given for (where, ts, user), given in self.verdicts.items() if (where, ts) == (thread, newest)}


def _sum(bookings: Sequence[Booking]) -> Spent:
    priced = [booking.cost for booking in bookings if booking.cost is not None]
    used = [booking.usage for booking in bookings]
    return Spent(
        sum(booking.answers for booking in bookings),
        sum(usage.input for usage in used),
        sum(usage.output for usage in used),
        sum(usage.cached for usage in used),
        sum(priced),
        len(bookings) - len(priced),
        written=sum(usage.cache_written for usage in used),
        reasoning=sum(usage.reasoning for usage in used),
        calls=sum(booking.calls for booking in bookings),
        estimated=sum(usage.estimated for usage in used),
    )


@dataclass
class FakeModel:
    """See `ports.Model`. `answers` are given in turn; an error among them is raised. Then it ends, or `hangs`."""

    answers: list[Text | Finished | Interrupted | BotError] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    hangs: bool = False
    price: float | None = None
    models: tuple[str, ...] = ()
    limits: dict[str, Chooser] = field(default_factory=dict)
    refusal: BotError | None = None  # of a model that is tried

    async def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Text | Finished | Interrupted]:
        self.asked.append(ask)
        for each in self.answers:
            if isinstance(each, BotError):
                raise each
            yield each
            for _ in range(4):  # each piece takes a read of its own: whoever listens has time to stop it
                await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()

    def rate(self, ask: Ask) -> Rate | None:
        return None if self.price is None else Rate(1000.0, 1000.0)

    def free(self, route: Routed | None) -> bool:
        return False

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
        return self.price


@dataclass
class Fakes:
    """A world of fakes; `world` is what the core sees of it."""

    prefs: FakePrefs = field(default_factory=FakePrefs)
    chat: FakeChat = field(default_factory=FakeChat)
    inbox: FakeInbox = field(default_factory=FakeInbox)
    model: FakeModel = field(default_factory=FakeModel, compare=False)
    history: FakeHistory = field(init=False)
    ledger: FakeLedger = field(init=False)
    archive: FakeArchive = field(init=False, compare=False)
    erasures: FakeErasures = field(init=False, compare=False)
    hold: bool = False
    budgets: FakeBudgets = field(default_factory=FakeBudgets, compare=False)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    turn_limits: FakeTurnLimits = field(default_factory=FakeTurnLimits, compare=False)

    def __post_init__(self) -> None:
        self.history, self.ledger = FakeHistory(self.inbox), FakeLedger(self.inbox)
        self.archive = FakeArchive(self.history.past, lambda thread: bool(self.inbox.waiting.get(thread)))
        self.erasures = FakeErasures(self.archive)

    @property
    def world(self) -> World:
        ticks = itertools.count()
        return World(
            chat=cast(Chat, self.chat),
            directory=cast(Directory, self.chat),
            transcript=self.chat,
            model=self.model,
            inbox=cast(Inbox, self.inbox),
            history=self.history,
            prefs=self.prefs,
            ledger=self.ledger,
            archive=self.archive,
            erasures=self.erasures,
            budgets=self.budgets,
            turn_limits=self.turn_limits,
            files=cast(Files, None),
            answers=cast(Answers, None),
            tokens=cast(Tokens, self.tokens),
            limits=Limits(),
            words=WORDS,
            now=lambda: float(next(ticks)),
            saw=lambda _happening: None,
            guards=(),
            mark_word=lambda _thread: "q7w",
            user_hash=lambda _user: None,
            hold=self.hold,
        )

    def snapshot(self) -> "Fakes":
        """As it is now, to compare with later."""
        return copy.deepcopy(self)


def with_everybody() -> Fakes:
    """Somebody of each role; the operator names one admin, and one person manages a channel."""
    defaults = Defaults("Be brief.", {"openai_model": "small-model"}, admins=frozenset({PEOPLE["named"]}))
    prefs = FakePrefs(defaults, listed=Access(managers={HERE: frozenset({PEOPLE["manager"]})}))
    return Fakes(prefs, FakeChat({PEOPLE[role]: facts for role, facts in FACTS.items()}))


def with_everybody_let_in() -> Fakes:
    """The same, where guests, people of other workspaces and other bots are answered too."""
    world = with_everybody()
    world.prefs.listed = replace(world.prefs.listed, guests=True, outsiders=True, bots=True)
    return world
