"""An answer's way into Slack: once and whole, whatever Slack says on the way.

Calls that may be repeated safely (edits) are; a post whose fate is unknown is looked up in the thread before it is
sent again, because Slack knows no idempotency key. Each post carries its turn's id in its metadata for that.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from bot import wording
from bot.conversation.ids import ThreadKey, just_after, just_before, order
from bot.errors import BotError, Gone, Oversized, Unavailable, Unchangeable
from bot.installations import Installation
from bot.markdown.split import size
from bot.policy.roles import Refusal
from bot.ports import Later
from bot.privacy.handling import Handling
from bot.slack.api import errors, markers
from bot.slack.api import rate_limits as pace
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Doubt, Refused
from bot.slack.api.markers import BLANK
from bot.slack.api.replies import page, replies
from bot.slack.inbound.events import is_own
from bot.slack.manifest import AGENT_SCOPES
from bot.slack.outbound import content
from bot.slack.outbound.ephemeral import post_ephemeral
from bot.slack.outbound.files import hand_over
from bot.slack.outbound.status import StatusLine
from bot.slack.outbound.stream import Streams
from bot.slack.ui import answer_controls as views
from bot.slack.ui import block_kit
from bot.turns.notices import Notice
from bot.turns.state import Shown, Turn
from bot.wording import notices, privacy

log = logging.getLogger(__name__)

Json = dict[str, Any]

MAX_WHOLE = 500  # messages whose blocks are known, so that Slack need not be asked for them
MIN_CUT = 1_000  # a message is not cut into shorter ones to find out whether Slack takes those
REFUSED_PAUSE = 5.0  # seconds until progress is shown again after Slack did not take it, for whatever reason


@dataclass(slots=True)
class Writer:
    """The core's `Chat`, in Slack."""

    client: SlackClient
    me: Installation
    streams: Streams
    line: StatusLine = field(init=False)
    _whole: dict[str, list[Json]] = field(default_factory=dict)  # the newest of what has controls, by `ts`

    def __post_init__(self) -> None:
        self.line = StatusLine(self.client, agent=not AGENT_SCOPES.keys().isdisjoint(self.me.scopes))

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        words = wording.of(wording.DEFAULT_LOCALE)
        await post_ephemeral(self.client, thread, user, block_kit.mrkdwn(words.refusal(why)), begun=begun)

    async def whisper(self, thread: ThreadKey, user: str, notice: Notice, *, begun: bool = True) -> None:
        words = wording.of(wording.DEFAULT_LOCALE)
        said = notices.text(notice, words)
        blocks = block_kit.blocks(said, words.say("more"))
        await post_ephemeral(self.client, thread, user, block_kit.summary(said), begun=begun, blocks=blocks)

    async def tell(self, user: str, notice: Notice) -> bool:
        words = wording.of(wording.DEFAULT_LOCALE)
        said = notices.text(notice, words)
        blocks, summary = block_kit.blocks(said, words.say("more")), block_kit.summary(said)
        try:
            await self.client.call("chat.postMessage", lane=Lane.INTERACTIVE, channel=user, text=summary, blocks=blocks)
        except BotError as error:
            log.info("not told", extra={"user": user, "why": error.detail})
            return False
        return True

    async def notify(self, thread: ThreadKey, user: str, what: Handling, *, begun: bool) -> bool:
        told = privacy.notice(what, wording.of(wording.DEFAULT_LOCALE))
        return await post_ephemeral(self.client, thread, user, block_kit.mrkdwn(told), begun=begun)

    async def post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown] | Later:
        """Post once. After a doubtful attempt the thread is searched for the message first."""
        if latest().growing:
            if not await self.client.pace.join(pace.GROWING, turn.id):
                return Later(2.0)
            if await self.streams.may_start(turn) and (begun := await self._stream(turn, index, latest())):
                return begun
        return await self._post(turn, index, latest)

    async def _stream(self, turn: Turn, index: int, shown: Shown) -> tuple[str, Shown] | None:
        """Begin a stream; None when it has to be a post after all."""
        if not shown.growing:  # it has been completed meanwhile
            await self.streams.give_back(turn)
            return None
        try:
            ts = await self.streams.start(turn, shown)
        except Gone:  # a post will be told the same
            return None
        except Doubt as doubt:
            log.info("stream in doubt", extra={"turn": turn.id, "why": doubt.detail})
            ts = (await self.find(turn)).get(index)
        return (ts, shown) if ts else None

    async def _post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown]:
        """As it should look; or else as the app itself; or else as plain text. May raise Oversized."""
        face = self.streams.faces.of(turn.face)
        whole = partial(content.whole, tables=self.streams.tables)
        ways: list[tuple[Json, Callable[[Shown, Turn], Json]]] = [(face, whole), ({}, whole), ({}, content.plain)]
        for looks, shape in ways if face else ways[1:]:
            try:
                ts, shown = await self._post_so(turn, index, latest, looks, shape)
            except Refused as refusal:
                log.warning("post refused", extra={"turn": turn.id, "why": refusal.code})
                _cut_down(refusal, latest())
                refused = refusal
                continue
            if face and not looks and shape is whole:
                self.streams.faces.refuse(turn.face)
            await self._settle(turn, shown, ts)
            return ts, shown
        raise refused

    async def _post_so(
        self, turn: Turn, index: int, latest: Callable[[], Shown], looks: Json, shape: Callable[[Shown, Turn], Json]
    ) -> tuple[str, Shown]:
        thread, shown = turn.batch.thread, latest()
        message: Json = {
            "channel": thread.channel,
            "thread_ts": thread.root,
            "unfurl_links": False,
            "unfurl_media": False,
        }

        async def just_before() -> Json:
            nonlocal shown
            shown = latest()  # by now there may be more, or all of it
            await content.ready(shown, tables=self.streams.tables, told=True)
            turn.lease.check()
            return {"metadata": markers.written(turn, index, shown.kind), **shape(shown, turn)}

        async def seek() -> Json | None:
            ts = (await self.find(turn)).get(index)
            return {"ts": ts} if ts else None

        posted = await self.client.call(
            "chat.postMessage", lane=Lane.FINAL, seek=seek, just_before=just_before, **message, **looks
        )
        return str(posted["ts"]), shown

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown) -> Later | None:
        if shown.growing:
            return await self._grow(turn, index, ts, shown)
        if ts in self.streams:
            await self.streams.end(turn, ts)
        await self._complete(turn, index, ts, shown)
        await self._settle(turn, shown, ts)
        return None

    async def _complete(self, turn: Turn, index: int, ts: str, shown: Shown) -> None:
        """Put the text that must stand into its message. Where Slack does not let us, nothing of it is to stay: it is
        posted anew."""
        try:
            try:
                await self._update(Lane.FINAL, turn, index, ts, shown)
            except Refused as refusal:
                if refusal.code != errors.STREAMING:
                    raise
                await self.streams.end(turn, ts)  # begun by an attempt that has died
                await self._update(Lane.FINAL, turn, index, ts, shown)
        except Refused as refusal:
            _cut_down(refusal, shown)
            if refusal.code != "message_not_found":
                await self.remove(turn, ts)
            raise Unchangeable("", refusal.detail) from refusal

    async def _grow(self, turn: Turn, index: int, ts: str, shown: Shown) -> Later | None:
        """Show how far it has come, if there is room for it. Trouble just leaves it undone: the next will tell more."""
        await self.client.pace.prolong(turn.id)
        if ts in self.streams:
            later = await self.streams.grow(turn, ts, shown)
            return None if later is None else Later(later)
        try:
            return await self._update(Lane.PROGRESS, turn, index, ts, shown)
        except Doubt:
            return Later(1.0)
        except Refused as refusal:
            _cut_down(refusal, shown)
            if refusal.code != errors.STREAMING:
                return Later(REFUSED_PAUSE)
            await self.streams.end(turn, ts)  # begun by an attempt that has died
            return Later(1.0)

    async def _update(
        self, lane: Literal[Lane.FINAL, Lane.PROGRESS], turn: Turn, index: int, ts: str, shown: Shown
    ) -> Later | None:
        await content.ready(shown, tables=self.streams.tables)
        done = await self.client.call(
            "chat.update",
            lane=lane,
            just_before=turn.lease.check,
            channel=turn.batch.thread.channel,
            ts=ts,
            parse="none",
            metadata=markers.written(turn, index, shown.kind),
            **content.edited(shown, turn, tables=self.streams.tables),
        )
        return done if isinstance(done, Later) else None

    async def _settle(self, turn: Turn, shown: Shown, ts: str) -> None:
        """The answer is complete: no place among the edits has to be kept for it any more."""
        if not shown.growing:
            if shown.controls:  # to be taken away when there is a newer answer
                self._whole[ts] = content.edited(shown, turn, tables=self.streams.tables)["blocks"]
                while len(self._whole) > MAX_WHOLE:
                    del self._whole[next(iter(self._whole))]
            await self.client.pace.settled(turn.id)

    async def remove(self, turn: Turn, ts: str) -> None:
        channel = turn.batch.thread.channel
        await self.client.pace.leave(pace.GROWING, turn.id)
        await self.streams.end(turn, ts, already=ts not in self.streams)
        try:
            try:
                await self.client.call("chat.delete", lane=Lane.FINAL, channel=channel, ts=ts)
            except Refused as refusal:
                if refusal.code == "message_not_found":
                    return
                await self.streams.end(turn, ts)  # it may be one, of an attempt that has died
                await self.client.call("chat.delete", lane=Lane.FINAL, channel=channel, ts=ts)
        except Refused as refusal:
            log.info("cannot delete, leaving a dash", extra={"turn": turn.id, "why": refusal.code})
            metadata = markers.written(turn, None, "notice")
            about: Json = {"text": BLANK, "blocks": [], "metadata": metadata}
            with suppress(Unavailable, Refused):
                await self.client.call("chat.update", lane=Lane.FINAL, channel=channel, ts=ts, **about)

    async def retire(self, thread: ThreadKey, ts: str) -> None:
        about: Json = {"channel": thread.channel, "ts": ts}
        try:
            blocks = self._whole.pop(ts, None) or await self._blocks(thread, ts)
            kept = [block for block in blocks if block.get("type") not in views.KINDS]
            if kept and len(kept) < len(blocks):
                await self.client.call("chat.update", lane=Lane.PROGRESS, blocks=kept, **about)
        except (BotError, KeyError, TypeError, AttributeError) as error:
            log.info("an older answer keeps its buttons", extra={"in_thread": str(thread), "why": type(error).__name__})

    async def _blocks(self, thread: ThreadKey, ts: str) -> list[Json]:
        """What one of our messages shows, as Slack has it."""
        found = await page(self.client, thread, Lane.LOOKUP, after=just_before(ts), until=just_after(ts), most=2)
        return next((m.get("blocks") or [] for m in found.messages if m.get("ts") == ts), [])

    async def find(self, turn: Turn) -> dict[int, str]:
        """What this turn has posted, by the marker in the metadata. Empty when Slack does not let us look at all."""
        found = dict[int, str]()
        try:
            async for message in replies(self.client, turn.batch.thread, turn.newest, Lane.FINAL):
                if is_own(message, self.me) and order(message["ts"]) > order(turn.newest):
                    self._recognise(message, turn, found)
        except (Refused, Gone) as refusal:
            log.warning("cannot look for an earlier post", extra={"turn": turn.id, "why": refusal.detail})
        return found

    def _recognise(self, message: Json, turn: Turn, found: dict[int, str]) -> None:
        marker = markers.read(message)
        if marker is not None and marker.of(turn) and marker.part is not None:
            found[marker.part] = message["ts"]
        elif not message.get("metadata") and message["ts"] not in turn.posted and _is_stray(message, turn):
            found.setdefault(len(turn.posted), message["ts"])

    async def send_file(self, user: str, name: str, content: bytes, about: str) -> bool:
        return await hand_over(self.client, user, name, content, about)

    async def status(self, thread: ThreadKey, text: str, *, cleared: bool = False) -> bool | None:
        return await (self.line.show(thread, text) if text else self.line.clear(thread, cleared=cleared))


def _is_stray(message: Json, turn: Turn) -> bool:
    """Whether one of our messages without a marker is this turn's: a stream bears none until it is complete. Its button
    names the turn; without one, only a running turn leaves messages that have no line under them."""
    blocks = message.get("blocks") or ()
    elements = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    named = {element.get("value") for element in elements}
    return turn.newest in named or not (named or any(block["type"] == "context" for block in blocks))


def _cut_down(refusal: Refused, shown: Shown) -> None:
    """Raise Oversized where Slack may take less of it: what it counts is not known for every script."""
    half = size(shown.text) // 2
    if refusal.code in errors.TOO_MUCH and half >= MIN_CUT:
        raise Oversized(refusal.detail, half) from refusal
