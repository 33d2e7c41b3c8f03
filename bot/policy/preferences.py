"""What did people choose, and whose choice wins?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar, get_args

from bot.conversation.ids import ThreadKey
from bot.errors import BotError
from bot.personas.persona import DEFAULT, Invalid, Persona

T = TypeVar("T")

Policy = Literal["mention", "follow", "follow-until-other", "mute"]
"""When the bot speaks: if it is mentioned; then on in that thread; until people turn to one another; never."""
FOOTERS = ("full", "compact", "off")
Origin = Literal["thread", "person", "channel", "workspace", "persona", "settings"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a choice holds. `id` is a channel's, a user's, or a thread as text; empty for the workspace."""

    kind: Literal["workspace", "channel", "person", "thread"]
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @classmethod
    def of(cls, thread: ThreadKey) -> "Scope":
        return cls("thread", str(thread))


WORKSPACE = Scope("workspace")


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen at one level; None: not chosen there. `version` goes with `persona`, and `follow` is chosen,
    in threads only."""

    persona: str | None = None
    version: int | None = None
    model: str | None = None
    footer: str | None = None
    policy: Policy | None = None
    feedback: bool | None = None
    follow: bool | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may be answered, and who may manage. Ids throughout; `managers` by channel.

    An empty `allowed_…` allows all. `appointed` are the admins whom the operator names; nobody changes those
    in Slack.
    """

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


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies in one place to one person, and where each of it comes from.

    `persona` is as it answers: its parameters over those of the settings. `origins` has an entry for each of
    "persona", "model", "footer", "policy" and "feedback". `pinned` says that the thread has its persona already.
    `gone` names a persona that was chosen at `gone_at` and has been deleted since; another answers in its place.
    """

    persona: Persona
    model: str
    footer: str
    policy: Policy
    feedback: bool
    origins: Mapping[str, Origin]
    access: Access = field(default_factory=Access)
    pinned: bool = False
    gone: str | None = None
    gone_at: Origin | None = None


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
class Level:
    """What was chosen at one level. `persona` is the one that `choices` names, or None if there is none any more."""

    origin: Literal["thread", "person", "channel", "workspace"]
    choices: Choices
    persona: Persona | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the operator's settings say, which applies where nobody has chosen. `admins` are its ADMIN_USERS."""

    system_prompt: str
    model: str
    params: Mapping[str, object] = field(default_factory=dict)
    footer: str = "full"
    policy: Policy = "mention"
    feedback: bool = True
    admins: frozenset[str] = frozenset()

    @property
    def persona(self) -> Persona:
        about = "From the operator's settings; answers where nobody has chosen another one."
        return Persona(DEFAULT, self.system_prompt, params=self.params, description=about)


class Conflict(BotError):
    """Somebody else has changed it meanwhile. `current` is None if it was deleted; nothing was saved."""

    def __init__(self, current: Persona | None) -> None:
        super().__init__("Somebody else has changed this persona meanwhile.", "persona changed meanwhile")
        self.current = current


class Unknown(BotError):
    """There is no persona, or no version, of that name. `nearest` is a name that was perhaps meant; `versions` are
    those that there are, lowest first, empty if it is the persona that is not there."""

    def __init__(self, shown: str, nearest: str | None = None, versions: tuple[int, ...] = ()) -> None:
        super().__init__(shown, "unknown persona")
        self.nearest, self.versions = nearest, versions


class InUse(BotError):
    """A persona is not deleted where it would vanish silently. `where` it is chosen, never empty."""

    def __init__(self, where: tuple[Scope, ...]) -> None:
        super().__init__("This persona is in use.", "persona in use")
        self.where = where


class Fixed(BotError):
    """It cannot be changed in Slack: the operator's persona, or one that comes with the product."""


def rule(levels: Sequence[Level], defaults: Defaults, access: Access) -> Rules:
    """Whose choice wins. `levels` come with the nearest first: thread, person (in direct messages), channel, workspace.

    The nearest choice applies, and the settings where nobody has chosen. Two things are not as simple. A model
    that is chosen for a thread, person or channel beats that of the persona, which beats that of the workspace. And
    only a channel or the workspace can mute: whoever follows a thread does not undo that.
    """
    named = [level for level in levels if level.choices.persona is not None]
    gone = named[0] if named and named[0].persona is None else None
    chosen = next((level for level in named if level.persona is not None), None)
    persona = chosen.persona if chosen and chosen.persona else defaults.persona
    model, model_from = _model(levels, persona, defaults)
    footer, footer_from = _nearest(levels, "footer", defaults.footer)
    feedback, feedback_from = _nearest(levels, "feedback", defaults.feedback)
    policy, policy_from = _policy(levels, defaults)
    return Rules(
        persona=replace(persona, params={**defaults.params, **persona.params}),
        model=model,
        footer=footer,
        policy=policy,
        feedback=feedback,
        origins={
            "persona": chosen.origin if chosen else "settings",
            "model": model_from,
            "footer": footer_from,
            "policy": policy_from,
            "feedback": feedback_from,
        },
        access=replace(access, appointed=defaults.admins),
        pinned=any(level.origin == "thread" and level.choices.persona for level in levels),
        gone=gone.choices.persona if gone else None,
        gone_at=gone.origin if gone else None,
    )


def change(present: Choices, changes: Mapping[str, str | bool | None], kind: str) -> Choices:
    """What is chosen then. Raises Invalid for what cannot be chosen; None takes a choice back."""
    wrong = {name: told for name, value in changes.items() if (told := _wrong(name, value, kind))}
    if wrong:
        raise Invalid(wrong)
    settled: dict[str, object] = dict(changes)
    if "persona" in changes:
        settled["version"] = None
    return replace(present, **settled)  # type: ignore[arg-type]  # checked above


def _wrong(name: str, value: str | bool | None, kind: str) -> str | None:
    if name not in ("persona", "model", "footer", "policy", "feedback", "follow"):
        return "this cannot be chosen"
    if name == "follow" and kind != "thread":
        return "only a thread can be followed"
    if value is None:
        return None
    if name in ("feedback", "follow"):
        return None if isinstance(value, bool) else "on or off"
    if not isinstance(value, str):
        return "write a word"
    known: tuple[str, ...] = {"footer": FOOTERS, "policy": get_args(Policy)}.get(name, ())
    if known and value not in known:
        return f"{', '.join(known[:-1])} or {known[-1]}; you wrote {value[:60]}"
    if name == "model" and (not value or len(value) > 200 or any(sign.isspace() for sign in value)):
        return "the name of a model, without spaces"
    return None


def _nearest(levels: Sequence[Level], name: str, default: T) -> tuple[T, Origin]:
    for level in levels:
        value = getattr(level.choices, name)
        if value is not None:
            return value, level.origin
    return default, "settings"


def _model(levels: Sequence[Level], persona: Persona, defaults: Defaults) -> tuple[str, Origin]:
    near = [level for level in levels if level.origin != "workspace"]
    model, origin = _nearest(near, "model", persona.model)
    if model is not None:
        return model, "persona" if origin == "settings" else origin
    return _nearest(levels, "model", defaults.model)


def _policy(levels: Sequence[Level], defaults: Defaults) -> tuple[Policy, Origin]:
    places = [level for level in levels if level.origin in ("channel", "workspace")]
    policy, origin = _nearest(places, "policy", defaults.policy)
    if policy == "mute":
        return policy, origin
    for level in levels:
        if level.origin == "thread" and level.choices.policy is not None:
            policy, origin = level.choices.policy, "thread"
        if level.origin == "thread" and level.choices.follow is not None:
            return _followed(policy, level.choices.follow), "thread"
    return policy, origin


def _followed(policy: Policy, follow: bool) -> Policy:
    if not follow:
        return "mention"
    return policy if policy in ("follow", "follow-until-other") else "follow"
