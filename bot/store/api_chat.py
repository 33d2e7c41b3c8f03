"""Where the answers to programs stand: in Redis, in the place of a chat; see `ports.Chat`.

An answer is one message, however long. What has grown of it is kept in pieces, so that each is written once, and read
once by whoever follows it; the whole then stands in one place. Each step is refused to who has lost the turn.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from bot.conversation.ids import ThreadKey
from bot.errors import BotError, LeaseLost
from bot.policy.roles import Refusal
from bot.ports import Later
from bot.privacy.handling import Handling
from bot.store import seal as sealing
from bot.store.api_scripts import Grow, Refuse, Show, Stands, TakeAway
from bot.store.api_threads import REFUSAL
from bot.store.client import Client
from bot.store.keys import DRAFT_FOR, Keys, QueueKeys
from bot.turns.notices import Notice
from bot.turns.state import Shown, Turn

MAX_ENTRIES = 2000  # of a thread, the newest; the inbox keeps as many messages and answers
MAX_DRAFTS = 5000  # whose text this process has at hand
OURS = 1


@dataclass(frozen=True, slots=True)
class _Draft:
    head: str
    text: str


@dataclass(slots=True)
class RedisChat:
    """Of one workspace. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    queue: QueueKeys
    keep_for: int
    _drafts: OrderedDict[str, _Draft] = field(default_factory=OrderedDict)

    async def post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown] | Later:
        shown = latest()
        await self._write(turn, shown)
        return turn.newest, shown

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown) -> Later | None:
        await self._write(turn, shown)
        return None

    async def remove(self, turn: Turn, ts: str) -> None:
        k, thread = self.keys, turn.batch.thread
        script = TakeAway(
            state=self.queue.state,
            draft=k.draft(thread),
            entries=k.entries(thread),
            shown=k.shown(thread),
            thread=str(thread),
            token=turn.lease.token,
            newest=turn.newest,
        )
        self._drafts.pop(turn.id, None)
        _check(await self.client.call(script))

    async def retire(self, thread: ThreadKey, ts: str) -> None:
        """A program sees no controls."""

    async def find(self, turn: Turn) -> Mapping[int, str]:
        k, thread = self.keys, turn.batch.thread
        script = Stands(draft=k.draft(thread), shown=k.shown(thread), newest=turn.newest)
        return {0: turn.newest} if await self.client.call(script) else {}

    async def notify(self, thread: ThreadKey, user: str, what: Handling, *, begun: bool) -> bool:
        """Programs are told nothing."""
        return True

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        text = REFUSAL.dump_json(why).decode()
        with suppress(BotError):
            await self.client.call(Refuse(shown=self.keys.shown(thread), refusal=text, keep_for=self.keep_for))

    async def whisper(self, thread: ThreadKey, user: str, notice: Notice, *, begun: bool = True) -> None:
        if notice.refuses is not None:
            await self.refuse(thread, user, Refusal(notice.refuses, notice.ask), begun=begun)

    async def tell(self, user: str, notice: Notice) -> bool:
        """Programs have no direct messages."""
        return False

    async def send_file(self, user: str, name: str, content: bytes, about: str) -> bool:
        """Programs are given none."""
        return False

    async def status(self, thread: ThreadKey, text: str, *, cleared: bool = False) -> bool | None:
        """That a request waits says enough."""
        return True

    async def _write(self, turn: Turn, shown: Shown) -> None:
        if not shown.growing:
            return await self._show(turn, shown)
        known = self._drafts.get(turn.id)
        if known is not None and shown.text.startswith(known.text):
            more = shown.text[len(known.text) :]
            if not more or await self._grow(turn, known.head, more):
                return self._remember(turn, _Draft(known.head, shown.text))
        head = f"{turn.newest}/{secrets.token_hex(4)}"
        await self._grow(turn, head, shown.text, anew=True)
        self._remember(turn, _Draft(head, shown.text))
        return None

    def _remember(self, turn: Turn, draft: _Draft) -> None:
        self._drafts[turn.id] = draft
        self._drafts.move_to_end(turn.id)
        if len(self._drafts) > MAX_DRAFTS:
            self._drafts.popitem(last=False)

    async def _grow(self, turn: Turn, head: str, piece: str, *, anew: bool = False) -> bool:
        """False when another draft stands there."""
        thread = turn.batch.thread
        script = Grow(
            state=self.queue.state,
            api=self.keys.api(thread.root),
            draft=self.keys.draft(thread),
            thread=str(thread),
            token=turn.lease.token,
            head=head,
            piece=self.client.seal.wrapped(piece, sealing.of_program(thread)),
            anew=anew,
            keep_for=DRAFT_FOR,
        )
        return _check(await self.client.call(script)) == OURS

    async def _show(self, turn: Turn, shown: Shown) -> None:
        k, thread = self.keys, turn.batch.thread
        fields = {"text": shown.text, "kind": shown.kind}
        stands = self.client.seal.shut(fields, sealing.SHOWN, sealing.of_program(thread))
        script = Show(
            state=self.queue.state,
            api=k.api(thread.root),
            draft=k.draft(thread),
            entries=k.entries(thread),
            shown=k.shown(thread),
            thread=str(thread),
            token=turn.lease.token,
            newest=turn.newest,
            rest=f",{stands[1:]}",
            most=MAX_ENTRIES,
            keep_for=self.keep_for,
        )
        self._drafts.pop(turn.id, None)
        _check(await self.client.call(script))


def _check(done: int) -> int:
    if not done:
        raise LeaseLost("when showing an answer")
    return done
