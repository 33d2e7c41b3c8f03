"""What people can choose, as one table, and whose choice wins.

A preference is one row of `PREFERENCES`. The slash command that chooses it, its help, the rights to it, the list of
settings and the names in the audit log follow from the row; its words stand in `wording/en/preferences.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar, cast, get_args

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Direct, Place
from bot.errors import BotError, Problem
from bot.personas.persona import DEFAULT, Invalid, Persona
from bot.policy.needs import Needs
from bot.redaction.find import Mode
from bot.usage import budgets

Level = Literal["thread", "person", "channel", "workspace"]
Origin = Literal["thread", "person", "channel", "workspace", "persona", "settings"]
Policy = Literal["mention", "follow", "follow-until-other", "mute"]
"""When the bot speaks: if it is mentioned; then on in that thread; until people turn to one another; never."""
Readers = Literal["admitted", "quoted", "all"]
"""Whose words the model is given: of those who are admitted; also what these quote; everybody's."""
Value = str | bool | int | float
T = TypeVar("T", str, bool, float)
V = TypeVar("V", bound=Value)
MAX_DAYS = 36_500
MAX_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class OneOf(Generic[T]):
    """What can be written, and what it means. The first spelling of each meaning is the one that is shown."""

    words: Mapping[str, T]

    @property
    def shown(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if self.spell(self.words[word]) == word)

    def spell(self, value: T) -> str:
        return next(word for word, meant in self.words.items() if meant is value or meant == value)

    def problem(self, value: object) -> Problem | None:
        if any(type(value) is type(meant) and value == meant for meant in self.words.values()):
            return None
        return Problem("choice.one-of", {"words": self.shown, "written": str(value)[:60]})


@dataclass(frozen=True, slots=True)
class Name(Generic[T]):
    """One word that only others know, such as the name of a model. `looked_up`: whoever stores it looks it up."""

    looked_up: bool = False

    def spell(self, value: T) -> str:
        return str(value)

    def problem(self, value: object) -> Problem | None:
        if not isinstance(value, str):
            return Problem("choice.word")
        fits = 0 < len(value) <= MAX_NAME and not any(sign.isspace() for sign in value)
        return None if fits or self.looked_up else Problem("choice.name")


@dataclass(frozen=True, slots=True)
class Days(Generic[T]):
    """A time in days."""

    def spell(self, value: T) -> str:
        return f"{value:g} day{'' if value == 1 else 's'}"

    def problem(self, value: object) -> Problem | None:
        fits = type(value) in (int, float) and 0 < cast(float, value) <= MAX_DAYS
        return None if fits else Problem("choice.days", {"most": MAX_DAYS})


Kind = OneOf[T] | Name[T] | Days[T]


@dataclass(frozen=True, slots=True)
class Preference(Generic[T]):
    """One thing that can be chosen.

    `needs` says at which levels, and who may. Where nobody has chosen, the operator's `setting` of that name applies,
    or else `default`. `acts` names the act for the table of rights and the audit, where it is not `NAME.set-LEVEL`.
    """

    name: str
    kind: Kind[T]
    needs: Mapping[Level, Needs]
    default: T
    setting: str | None = None
    acts: Mapping[Level, str] = field(default_factory=dict)

    def act(self, level: Level) -> str:
        return self.acts.get(level, f"{self.name}.set-{level}")

    def of(self, choices: "Choices") -> T | None:
        """What was chosen; None if it was not chosen there."""
        return cast("T | None", choices.get(self.name))

    @property
    def listed(self) -> bool:
        """Whether it is a setting of a place, and not only of one thread."""
        return "channel" in self.needs


SWITCH = OneOf({"on": True, "off": False, "yes": True, "no": False})
PLACES: Mapping[Level, Needs] = {"channel": Needs("manager"), "workspace": Needs("named")}
BY_ADMINS: Mapping[Level, Needs] = {"channel": Needs("named"), "workspace": Needs("named")}
PERSONA: Preference[str] = Preference(
    "persona",
    Name(looked_up=True),
    {"person": Needs("outsider"), "thread": Needs("manager", own="outsider"), **PLACES},
    default=DEFAULT,
    acts={
        "person": "persona.use-me",
        "thread": "persona.use-thread",
        "channel": "persona.use-here",
        "workspace": "persona.use-workspace",
    },
)
MODEL: Preference[str] = Preference("model", Name(), PLACES, default="", setting="openai_model")
FOLLOW: Preference[bool] = Preference(
    "follow", SWITCH, {"thread": Needs("member", own="outsider")}, default=False, acts={"thread": "policy.follow"}
)
POLICY: Preference[str] = Preference(
    "policy", OneOf({each: each for each in get_args(Policy)}), PLACES, default="mention", setting="policy"
)
FOOTER: Preference[str] = Preference(
    "footer", OneOf({each: each for each in ("full", "compact", "off")}), PLACES, default="compact", setting="footer"
)
FEEDBACK: Preference[bool] = Preference("feedback", SWITCH, PLACES, default=True, setting="feedback")
NAMES: Preference[bool] = Preference("names", SWITCH, PLACES, default=True)
READERS: Preference[str] = Preference(
    "readers", OneOf({each: each for each in get_args(Readers)}), BY_ADMINS, default="admitted", setting="read_from"
)
REDACT: Preference[str] = Preference("redact", OneOf({w: w for w in get_args(Mode)}), BY_ADMINS, "secrets", "redact")
RETENTION: Preference[float] = Preference("retention", Days(), PLACES, default=30.0, setting="history_days")
INTRODUCTION: Preference[bool] = Preference("introduction", SWITCH, PLACES, default=True)

UNPRICED: Preference[str] = Preference(
    "unpriced", OneOf({each: each for each in ("count", "refuse")}), BY_ADMINS, default="count", setting="unpriced"
)

_ROWS = (PERSONA, MODEL, FOLLOW, POLICY, FOOTER, FEEDBACK, NAMES, READERS, REDACT, RETENTION, INTRODUCTION, UNPRICED)
PREFERENCES: Mapping[str, Preference[str] | Preference[bool] | Preference[float]] = {row.name: row for row in _ROWS}
"""In the order in which people read them."""

Choices = Mapping[str, Value]
"""What was chosen at one level, by the names of preferences; what is not there was not chosen. In a thread there is
"version" beside "persona": the version that it keeps."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a choice holds. `id` is a channel's, a user's, or a thread as text; empty for the workspace."""

    kind: Level
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @classmethod
    def of(cls, thread: ThreadKey) -> "Scope":
        return cls("thread", str(thread))


WORKSPACE = Scope("workspace")


def scopes(where: ThreadKey | Place, user: str) -> list[Scope]:
    """Whose choices apply to somebody there, the nearest first. A person's own apply in direct messages only."""
    if isinstance(where, ThreadKey):
        own = [Scope("person", user)] if where.direct else []
        return [Scope.of(where), *own, Scope("channel", where.channel), WORKSPACE]
    own = [Scope("person", user)] if isinstance(where, Direct) else []
    return [*own, *([Scope("channel", where.id)] if where.id else []), WORKSPACE]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may be answered, and who may manage. Ids throughout; `managers` by channel. An empty `allowed_…` allows all.
    `appointed` are admins whom the operator names, and nobody in Slack; `tokens` may make some without being admins."""

    allowed_users: frozenset[str] = frozenset()
    denied_users: frozenset[str] = frozenset()
    allowed_groups: frozenset[str] = frozenset()
    denied_groups: frozenset[str] = frozenset()
    allowed_channels: frozenset[str] = frozenset()
    denied_channels: frozenset[str] = frozenset()
    guests: bool = False
    outsiders: bool = False
    bots: bool = False
    direct_messages: bool = True
    admins: frozenset[str] = frozenset()
    managers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    appointed: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies in one place to one person, and where each of it comes from.

    `persona` is as it answers: its parameters over those of the settings. `values` and `origins` have an entry for
    each preference of a place; `rules[FOOTER]` is the value of one. `pinned` says that the thread has its persona
    already. `gone` names a persona that was chosen at `gone_at` and has been deleted since; another answers instead.
    `numbers` are the limits of Slack that may matter here. `unread` has who wants to be no context for others, as far
    as they were asked about; `hides`: there are more.
    """

    persona: Persona
    values: Mapping[str, Value]
    origins: Mapping[str, Origin]
    access: Access = field(default_factory=Access)
    pinned: bool = False
    gone: str | None = None
    gone_at: Origin | None = None
    numbers: budgets.Set = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    hides: bool = False

    def __getitem__(self, preference: Preference[T]) -> T:
        return cast(T, self.values[preference.name])


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a persona's history. `at` in seconds since 1970; `changed` names fields, empty for the first."""

    persona: Persona
    by: str
    at: float
    changed: tuple[str, ...] = ()
    deed: Literal["saved", "restored", "deleted"] = "saved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One administrative act. `what` it was done to; `before` and `after` are short: versions, never prompts."""

    by: str
    act: str
    what: str
    before: str = ""
    after: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """What was chosen at one level. `persona` is the one that `choices` names, or None if it no longer exists."""

    origin: Level
    choices: Choices
    persona: Persona | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the operator's settings say, which applies where nobody has chosen. `values` are settings by their names,
    `admins` the people of ADMIN_USERS."""

    system_prompt: str
    values: Mapping[str, Value]
    params: Mapping[str, object] = field(default_factory=dict)
    admins: frozenset[str] = frozenset()

    @property
    def persona(self) -> Persona:
        return Persona(DEFAULT, self.system_prompt, params=self.params)

    def of(self, preference: Preference[T]) -> T:
        return cast(T, self.value(preference.name))

    def value(self, name: str) -> Value:
        row = PREFERENCES[name]
        return self.values.get(row.setting or "", row.default)


class Conflict(BotError):
    """Somebody else has changed it meanwhile. `current` is None if it was deleted; nothing was saved."""

    def __init__(self, current: Persona | None) -> None:
        super().__init__("", "persona changed meanwhile")
        self.current = current


class Unknown(BotError):
    """There is no persona, or no version, of that name. `nearest` is a name that was perhaps meant; `versions` are
    those that exist, lowest first, empty if it is the persona that does not."""

    def __init__(self, nearest: str | None = None, versions: tuple[int, ...] = ()) -> None:
        super().__init__("", "unknown persona")
        self.nearest, self.versions = nearest, versions


class InUse(BotError):
    """A persona is not deleted where it would vanish silently. `where` it is chosen, never empty."""

    def __init__(self, where: tuple[Scope, ...]) -> None:
        super().__init__("", "persona in use")
        self.where = where


class Fixed(BotError):
    """It cannot be changed in Slack: it comes from the operator's `settings`, or with the `product`."""

    def __init__(self, source: Literal["settings", "product"]) -> None:
        super().__init__("", f"persona of the {source}")
        self.source = source


def rule(layers: Sequence[Layer], defaults: Defaults, access: Access) -> Rules:
    """Whose choice wins. `layers` come with the nearest first: thread, person (in direct messages), channel, workspace.

    The nearest choice applies, and the settings where nobody has chosen. Two things are not as simple. A model
    that is chosen for a thread, person or channel beats that of the persona, which beats that of the workspace. And
    only a channel or the workspace can mute: following a thread does not undo that.
    """
    named = [layer for layer in layers if PERSONA.of(layer.choices) is not None]
    gone = named[0] if named and named[0].persona is None else None
    chosen = next((layer for layer in named if layer.persona is not None), None)
    persona = chosen.persona if chosen and chosen.persona else defaults.persona
    found: dict[str, tuple[Value, Origin]] = {
        **{name: _nearest(layers, name, defaults.value(name)) for name, row in PREFERENCES.items() if row.listed},
        PERSONA.name: (persona.name, chosen.origin if chosen else "settings"),
        MODEL.name: _model(layers, persona, defaults),
        POLICY.name: _policy(layers, defaults),
    }
    sees_names = persona.sees_names and bool(found[NAMES.name][0])
    return Rules(
        persona=replace(persona, params={**defaults.params, **persona.params}, sees_names=sees_names),
        values={name: value for name, (value, _) in found.items()},
        origins={name: origin for name, (_, origin) in found.items()},
        access=replace(access, appointed=defaults.admins),
        pinned=any(layer.origin == "thread" and PERSONA.of(layer.choices) for layer in layers),
        gone=PERSONA.of(gone.choices) if gone else None,
        gone_at=gone.origin if gone else None,
    )


def change(present: Choices, changes: Mapping[str, Value | None], level: Level) -> Choices:
    """What is chosen then. Raises Invalid for what cannot be chosen; None takes a choice back."""
    wrong = {name: problem for name, value in changes.items() if (problem := _problem(name, value, level))}
    if wrong:
        raise Invalid(wrong)
    kept = {name: value for name, value in present.items() if name != "version" or PERSONA.name not in changes}
    return {name: value for name, value in {**kept, **changes}.items() if value is not None}


def stored(written: Mapping[str, object]) -> Choices:
    """Choices as they were stored. What no row knows, or no longer allows, is left out: nobody has chosen it."""
    known = {name: value for name, value in written.items() if name in PREFERENCES and value is not None}
    found = {name: cast(Value, value) for name, value in known.items() if not PREFERENCES[name].kind.problem(value)}
    version = written.get("version")
    return {**found, "version": version} if isinstance(version, int) and PERSONA.name in found else found


def spelled(name: str, value: Value | None) -> str:
    """A value as people write it; empty for none."""
    kind: Kind[Any] = PREFERENCES[name].kind
    return "" if value is None else kind.spell(value)


def _problem(name: str, value: object, level: Level) -> Problem | None:
    row = PREFERENCES.get(name)
    if row is None or level not in row.needs:
        return Problem("choice.nowhere")
    return None if value is None else row.kind.problem(value)


def _nearest(layers: Sequence[Layer], name: str, default: V) -> tuple[V, Origin]:
    for layer in layers:
        if (value := layer.choices.get(name)) is not None:
            return cast(V, value), layer.origin
    return default, "settings"


def _model(layers: Sequence[Layer], persona: Persona, defaults: Defaults) -> tuple[str, Origin]:
    near = [layer for layer in layers if layer.origin != "workspace"]
    model, origin = _nearest(near, MODEL.name, persona.model or "")
    if model:
        return model, "persona" if origin == "settings" else origin
    return _nearest(layers, MODEL.name, defaults.of(MODEL))


def _policy(layers: Sequence[Layer], defaults: Defaults) -> tuple[str, Origin]:
    places = [layer for layer in layers if layer.origin in ("channel", "workspace")]
    policy, origin = _nearest(places, POLICY.name, defaults.of(POLICY))
    follow = next((FOLLOW.of(layer.choices) for layer in layers if layer.origin == "thread"), None)
    if policy == "mute" or follow is None:
        return policy, origin
    if not follow:
        return "mention", "thread"
    return policy if policy in ("follow", "follow-until-other") else "follow", "thread"
