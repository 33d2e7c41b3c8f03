"""What each workspace has of its own: how it is talked to, what is remembered of it, what was chosen and spent there.

The model's server is the same for all that have none of their own, and so is what the process can bear of their files.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot import log as logs
from bot import wording
from bot.aio import FairSemaphore
from bot.commands import workspace
from bot.conversation import marks
from bot.conversation.ids import ThreadKey
from bot.conversation.tokens import BYTES_PER_TOKEN
from bot.documents.process import Reader
from bot.errors import SettingsError, StartError, Unavailable
from bot.happenings import Listener
from bot.installations import Installation, Installations
from bot.llm.pool import Pool
from bot.markdown.parts import MAX_PARTS
from bot.policy.preferences import PREFERENCES, Defaults
from bot.policy.space import OwnServer, Space
from bot.ports import Admission, Limits, World
from bot.privacy.handling import Reach
from bot.privacy.held import Erasure
from bot.run import programs
from bot.run.config import MAX_DAYS, Kept, Settings
from bot.run.spaces import One, Spaces
from bot.slack.api.client import SlackClient
from bot.slack.api.directory import People
from bot.slack.api.download import Locker
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.slack.api.transcript import ThreadReader
from bot.slack.outbound.post import Writer
from bot.slack.outbound.stream import Streams
from bot.slack.ui.respond import Responder
from bot.store.answers import RedisAnswers
from bot.store.archive import RedisArchive
from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys, QueueKeys
from bot.store.last_known import RedisLastKnown
from bot.store.ledger import RedisLedger
from bot.store.lives import Lives
from bot.store.migrations.window import CLOSED, Window
from bot.store.preferences import RedisPrefs
from bot.store.rate_limits import Places
from bot.store.tokens import RedisTokens
from bot.store.turn_limits import RedisTurnLimits
from bot.turns import attachment_cache, guards
from bot.turns.attachment_cache import RecentFiles
from bot.turns.away import Away
from bot.turns.notice import Notice
from bot.turns.notices import InstallAsked
from bot.usage import periods
from bot.usage.periods import Calendar

IDLE_FOR = 900.0  # seconds


@dataclass(slots=True)
class Worlds:
    """The Worlds of each workspace that is served here, made when they are first needed: that of its people in Slack,
    and that of programs. `slack` says where Slack is.

    `home` is the workspace of the operator's settings: whom they name as admins is an admin there, and nowhere else.
    """

    settings: Settings
    store: Client
    installations: Installations
    slack: SlackClient
    spaces: Spaces
    home: str
    window: Window = CLOSED
    user_key: Callable[[], str] = str
    saw: Listener = logs.saw
    admission: Admission | None = None
    _responders: dict[str, tuple[tuple[tuple[Installation, str], Space], Responder]] = field(default_factory=dict)
    _used: dict[str, float] = field(default_factory=dict)  # when each was asked for last
    _of_programs: dict[str, tuple[Responder, World]] = field(default_factory=dict)
    missed: Away = field(default_factory=Away)
    _lives: dict[str, Lives] = field(default_factory=dict)
    _reader: Reader = field(init=False)
    _file_places: FairSemaphore = field(default_factory=attachment_cache.places)

    def __post_init__(self) -> None:
        self._reader = Reader(self.settings.file_tokens * BYTES_PER_TOKEN)

    def of(self, thread: ThreadKey) -> World | None:
        """None for a thread of a workspace that this process has no token for."""
        if thread.surface == "api":
            return self.of_programs(thread.workspace)
        responder = self.responder(thread.workspace)
        return responder.world if responder is not None else None

    def of_programs(self, workspace: str) -> World | None:
        """What programs have round them there; None as in `of`."""
        responder = self.responder(workspace)
        if responder is None:
            return None
        known = self._of_programs.get(workspace)
        if known is None or known[0] is not responder:
            box, prefs = cast(RedisInbox, responder.world.inbox), cast(RedisPrefs, responder.world.prefs)
            known = self._of_programs[workspace] = responder, programs.world_of(responder.world, prefs, box)
        return known[1]

    def responder(self, workspace: str) -> Responder | None:
        """The same, with what answers its people's clicks and commands."""
        served = self.installations.served(workspace)
        if served is None:
            return None
        self._used[workspace] = time.monotonic()
        known, wanted = self._responders.get(workspace), (served, self.spaces.of(workspace))
        if known is None or known[0] != wanted:
            known = self._responders[workspace] = wanted, self._made(*served)
        return known[1]

    def rest(self) -> None:
        """Let go of workspaces in which nothing has happened for a while: they are made anew when they are needed."""
        since = time.monotonic() - max(IDLE_FOR, 2 * self.settings.turn_timeout)
        for idle in [each for each, used in self._used.items() if used < since]:
            for held in (self._used, self._responders, self._of_programs, self._lives):
                held.pop(idle, None)

    def archive(self, workspace: str) -> RedisArchive:
        """What is kept of a workspace, be it served here or not."""
        keys, hold = Keys(self.settings.redis_prefix, workspace), self.settings.legal_hold
        return RedisArchive(self.store, keys, lifetime(self.settings), self.window, hold, self._lives_in(keys))

    def _lives_in(self, keys: Keys) -> Lives:
        fresh = Lives(self.store, keys, lifetime(self.settings), self.settings.legal_hold)
        return self._lives.setdefault(keys.workspace, fresh)

    def _reach(self, models: Pool) -> Reach:
        hosts = (urlsplit(target.url).hostname or "" for target in models.targets)
        return Reach(tuple(dict.fromkeys(filter(None, hosts))), self.settings.files)

    async def away(self, erasure: Erasure) -> bool | None:
        """Whether whoever went away has not come back; None where Slack does not tell."""
        served, responder = self.installations.served(erasure.workspace), self.responder(erasure.workspace)
        if served is None or responder is None:
            return True if erasure.kind == "workspace" else None
        if erasure.kind == "workspace":
            try:
                await identify(self.slack.of(served[1], Pace(None)))
                return False
            except SettingsError:
                return True
            except (StartError, Unavailable):
                return None
        if erasure.kind == "channel":
            return await responder.world.directory.left(erasure.id)
        person = await responder.world.directory.person(erasure.id, afresh=True)
        return person.is_deactivated or person.is_hidden if person.known or person.is_hidden else None

    async def ask_operator(self, notice: InstallAsked) -> bool:
        """Put a workspace that waits before the admins of the operator's. False where they cannot be asked yet."""
        id, channel = self.settings.operator_workspace, self.settings.operator_channel or ""
        home = self.responder(id) if id is not None else None
        return home is not None and await workspace.ask(notice, channel, home.world)

    def let_go(self) -> None:
        """Drop what this process has in memory of what was said: what it read of files, and names."""
        for lives in self._lives.values():
            lives.let_go()
        for _, responder in self._responders.values():
            responder.world.files.let_go()
            responder.world.directory.let_go()
            if responder.world.notice is not None:
                responder.world.notice.let_go()

    def _made(self, me: Installation, token: str) -> Responder:
        keys = Keys(self.settings.redis_prefix, me.workspace)
        places = Places(self.store, keys) if self.settings.slack_rate_limits else None
        client = self.slack.of(token, Pace(places))
        return Responder(client, me, self._world(client, me, keys))

    def _world(self, client: SlackClient, me: Installation, keys: Keys) -> World:
        settings, store, keep_for = self.settings, self.store, lifetime(self.settings)
        space = self.spaces.of(me.workspace)
        models = self.spaces.models(space)
        reach = self._reach(models)
        lives = self._lives_in(keys)
        chosen = defaults(settings, me.workspace == self.home, space.server)
        prefs = RedisPrefs(store, keys, keep_for, chosen, lives)
        box = RedisInbox(store, keys, QueueKeys(settings.redis_prefix), keep_for, self.window, lives, prefs)
        people = People(client, me, RedisLastKnown(store, keys))
        archive = self.archive(me.workspace)
        chat = Writer(client, me, _streams(settings, client, me))
        return World(
            chat=chat,
            directory=people,
            transcript=ThreadReader(client, me, settings.context_seconds),
            model=models,
            space=One(self.spaces, me.workspace),
            inbox=box,
            history=box,
            prefs=prefs,
            ledger=RedisLedger(store, keys, keep_for, self.window, lives),
            archive=archive,
            erasures=RedisErasures(store, settings.redis_prefix),
            budgets=RedisBudgets(store, keys, QueueKeys(settings.redis_prefix), _hold_for(settings)),
            turn_limits=RedisTurnLimits(store, keys, _hold_for(settings)),
            files=self._files(client),
            answers=RedisAnswers(store, keys, lives),
            tokens=RedisTokens(store, keys),
            limits=_limits(settings),
            words=wording.of(wording.DEFAULT_LOCALE),
            now=time.monotonic,
            saw=self.saw,
            own_patterns=settings.own_patterns,
            guards=(guards.admitted,),
            admission=self.admission if me.workspace == settings.operator_workspace else None,
            mark_word=_mark_word(settings),
            calendar=Calendar(_zone(settings, space)),
            notice=Notice(archive, chat, reach) if settings.notice else None,
            away=self.missed,
            reach=reach,
            hold=settings.legal_hold,
            grace=settings.uninstall_grace_days * 24 * 3600,
            people=settings.report_people,
            allowance=replace(settings.allowance, cap=space.cap),
            cheaper=_cheaper(settings, space.server),
            fuse=settings.fuse,
            fallbacks=partial(_fallbacks, settings, me.workspace, space.server),
            user_hash=_user_hash(self.user_key, "" if me.workspace == self.home else f"{me.workspace}/"),
        )

    def _files(self, client: SlackClient) -> RecentFiles:
        locker = Locker(client, int(self.settings.file_max_mb * 1_000_000))
        return RecentFiles(locker, self._reader, self.settings.files, places=self._file_places)


def _streams(settings: Settings, client: SlackClient, me: Installation) -> Streams:
    tables = settings.slack_tables != "off"
    return Streams(client, me.team or me.workspace, settings.slack_streams, tables=tables)


def lifetime(settings: Kept) -> int:
    """Seconds that a conversation is remembered: for good on a legal hold."""
    days = MAX_DAYS if settings.legal_hold else settings.history_days
    return max(int(days * 24 * 3600), 60)


def _hold_for(settings: Settings) -> float:
    """Seconds after which no turn runs any more that has held something."""
    return settings.turn_timeout + 2 * settings.lease_seconds


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.turn_timeout,
        settings.turn_attempts,
        settings.history_tokens,
        context_messages=settings.context_messages,
        file_tokens=settings.file_tokens,
        answer_messages=settings.max_answer_messages,
        tables=MAX_PARTS if settings.slack_tables == "many" else 1,
    )


def defaults(settings: Settings, home: bool, own: OwnServer | None = None) -> Defaults:
    """What the operator's settings say. Whom they name as admins is one `home` alone. Where a workspace has its `own`
    server, its first model answers."""
    chosen = {row.setting: getattr(settings, row.setting) for row in PREFERENCES.values() if row.setting}
    if own is not None:
        chosen["openai_model"] = own.models[0]
    admins = settings.admin_users if home else frozenset[str]()
    return Defaults(settings.prompt, chosen, settings.model_params, admins)


def _mark_word(settings: Settings) -> Callable[[str], str]:
    """All replicas have the same secret; it is hashed twice over and cut to a few signs before anybody sees it."""
    secret = settings.slack_bot_token or settings.slack_client_secret
    key = hashlib.sha256(b"marks of " + (secret.get_secret_value() if secret else "").encode()).digest()
    return lambda thread: marks.word_of(key, thread)


def _zone(settings: Settings, space: Space) -> ZoneInfo:
    return (periods.zone(space.zone) if space.zone else None) or settings.zone


def _cheaper(settings: Settings, own: OwnServer | None) -> str:
    named = settings.cheaper_model or ""
    return named if own is None or named in own.models or settings.operator_models == "fallback" else ""


def _fallbacks(settings: Settings, workspace: str, own: OwnServer | None, persona: str) -> tuple[str, ...]:
    if own is not None:
        return (settings.openai_model,) if settings.operator_models == "fallback" else ()
    return settings.models.fallbacks.of(persona, workspace) if settings.models else ()


def _user_hash(key: Callable[[], str], of: str) -> Callable[[str], str | None]:
    """`of` tells people of other workspaces from those at home who have the same id. Without a key, None."""

    def hashed(user: str) -> str | None:
        secret = key().encode()
        return hmac.new(secret, f"{of}{user}".encode(), hashlib.sha256).hexdigest() if secret else None

    return hashed
