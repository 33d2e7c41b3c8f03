"""Answers that grow as Slack's streams.

Outside of direct messages a stream grows for one reader alone: others see its first piece until it ends. There answers
grow by edits, which all see, unless the operator wants it otherwise.

A stream shows each piece of text at once, but Slack allows few of them, and each ends some five minutes after its
start. So a few answers at a time are streams, if they are long enough not to be done with the first post. What Slack
has not confirmed is not trusted: the stream is ended, and edits of the same message, which carry the whole text, take
over. The complete text is always such an edit, so nothing is lost or repeated that went wrong on the way.
(Slack docs: chat.startStream, chat.appendStream, chat.stopStream; field reports for the five minutes.)
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.errors import BotError, Gone
from bot.ports import Later
from bot.slack.api import errors
from bot.slack.api import rate_limits as pace
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Doubt, Refused
from bot.slack.outbound import render
from bot.slack.outbound.sender import Faces
from bot.slack.ui import answer_controls as views
from bot.turns.state import Shown, Turn

log = logging.getLogger(__name__)

Json = dict[str, Any]
Where = Literal["direct", "everywhere", "off"]

MAX_STREAM_SECONDS = 240.0  # seconds, of the 300 after which Slack ends a stream
MAX_STREAMED = 1_500  # characters; then edits take over, in which Stop stands below the text and not far above it
NOT_AGAIN_FOR = 600.0  # seconds that streams are not tried in a channel that refuses them
MAX_WORD = 40
DOUBTED_FOR = 60.0  # seconds without buttons in streams after one that Slack failed to begin
PLACE_REFUSED = frozenset(
    {
        "channel_type_not_supported",
        "invalid_thread_ts",
        "missing_recipient_team_id",
        "missing_recipient_user_id",
        "method_not_supported_for_channel_type",
        "unknown_method",
        "feature_disabled",
        "method_deprecated",
    }
)
"""It is not what the stream shows that Slack refuses."""

NOWHERE_TAKEN = frozenset({"unknown_method", "feature_disabled", "method_deprecated"})
"""This Slack has no streams."""
ANYWHERE = ""  # stands for every channel


@dataclass(slots=True)
class Stream:
    """`sent` is what Slack has confirmed; `until`, on our clock, when to end it ourselves."""

    sent: str
    until: float


@dataclass(slots=True)
class Streams:
    """The streams of this process in one workspace. `team` is its team, or the enterprise of an org-wide install:
    outside of DMs, Slack asks for whom a stream is."""

    client: SlackClient
    team: str
    where: Where = "direct"
    tables: bool = True
    """Whether this Slack shows tables; else they are code."""
    _open: dict[str, Stream] = field(default_factory=dict)
    _refused: dict[str, float] = field(default_factory=dict)
    _text_only_until: float = 0.0
    faces: Faces = field(default_factory=Faces)

    def __contains__(self, ts: str) -> bool:
        return ts in self._open

    async def may_start(self, turn: Turn) -> bool:
        """Whether there is a stream to spare for this turn, where streams are wanted and taken. If so, it is taken."""
        if self.where == "off" or (self.where == "direct" and not turn.batch.thread.direct):
            return False
        if any(time.monotonic() < self._refused.get(each, 0.0) for each in (turn.batch.thread.channel, ANYWHERE)):
            return False
        return await self.client.pace.join(pace.STREAMS, turn.id)

    async def give_back(self, turn: Turn) -> None:
        """The turn has no stream any more, or never had one."""
        await self.client.pace.leave(pace.STREAMS, turn.id)

    async def start(self, turn: Turn, shown: Shown) -> str | None:
        """Begin one, after `may_start`. None when it is not our turn, or Slack refuses: then it has to be a post.
        Raises Doubt, Gone and LeaseLost; whatever is raised, the turn has given its stream back."""
        try:
            ts = await self._begin(turn, shown)
        except BotError:
            await self.give_back(turn)
            raise
        if ts is None:
            await self.give_back(turn)
        return ts

    async def _begin(self, turn: Turn, shown: Shown) -> str | None:
        """With the Stop button above the text and the persona's face, or without what Slack does not take."""
        self._forget_old()
        text = await self._rendered(shown)
        if not text.strip():
            return None
        buttons = views.controls(shown.controls, turn) if time.monotonic() > self._text_only_until else []
        looks = self.faces.of(turn.face)
        had_looks, had_buttons = looks, buttons
        while True:
            try:
                begun = await self._started(turn, looks, buttons, text)
                break
            except Refused as refusal:
                log.info("no stream", extra={"turn": turn.id, "why": refusal.code})
                if (simpler := _simpler(looks, buttons, refusal.code)) is None:
                    where = ANYWHERE if refusal.code in NOWHERE_TAKEN else turn.batch.thread.channel
                    self._refused[where] = time.monotonic() + NOT_AGAIN_FOR
                    return None
                looks, buttons = simpler
            except Doubt:
                if buttons:  # where blocks are not taken, that may be said as "internal_error" too
                    self._text_only_until = time.monotonic() + DOUBTED_FOR
                raise
        if isinstance(begun, Later):
            return None
        if had_looks != looks:
            self.faces.refuse(turn.face)
        if had_buttons != buttons:
            self._text_only_until = time.monotonic() + NOT_AGAIN_FOR
        ts = str(begun["ts"])
        self._open[ts] = Stream(text, time.monotonic() + MAX_STREAM_SECONDS)
        return ts

    async def _rendered(self, shown: Shown) -> str:
        text = steady(shown.text)
        await render.ready(text, tables=self.tables)
        return render.shown(text, tables=self.tables)

    async def _started(self, turn: Turn, face: Json, buttons: list[Json], text: str) -> Mapping[str, Any] | Later:
        thread = turn.batch.thread
        chunks = [{"type": "blocks", "blocks": buttons}] if buttons else []
        chunks.append({"type": "markdown_text", "text": text})
        return await self.client.call(
            "chat.startStream",
            lane=Lane.PROGRESS,
            just_before=turn.lease.check,
            channel=thread.channel,
            thread_ts=thread.root,
            recipient_team_id=self.team,
            recipient_user_id=turn.batch.newest.author,
            chunks=chunks,
            **face,
        )

    def _forget_old(self) -> None:
        """Those of turns that another process has taken over."""
        over = time.monotonic() - MAX_STREAM_SECONDS
        self._open = {ts: stream for ts, stream in self._open.items() if stream.until > over}

    async def grow(self, turn: Turn, ts: str, shown: Shown) -> float | None:
        """Send what is new. The seconds after which to come again when Slack wants us to slow down; else None.

        Afterwards the stream may be over (`ts not in self`): then nothing more is known to have been shown.
        """
        stream, text = self._open[ts], await self._rendered(shown)
        if time.monotonic() > stream.until or len(text) > MAX_STREAMED:
            await self.end(turn, ts)
            return 0.0
        if stream.sent.startswith(text):  # nothing new, or the cut between two messages has moved
            return None
        if not text.startswith(stream.sent):  # the answer began anew
            await self.end(turn, ts)
            return 0.0
        try:
            done = await self.client.call(
                "chat.appendStream",
                lane=Lane.PROGRESS,
                just_before=turn.lease.check,
                channel=turn.batch.thread.channel,
                ts=ts,
                chunks=[{"type": "markdown_text", "text": text[len(stream.sent) :]}],
            )
        except Refused as refusal:
            log.info("stream ended", extra={"turn": turn.id, "why": refusal.code})
            if refusal.code == "stopped_by_user":  # Slack's own button: they see it stopped, so it is
                turn.lease.stop.set()
            await self.end(turn, ts, already=refusal.code in errors.NOT_THERE | {errors.STREAM_OVER})
            return 0.0
        except Doubt as doubt:
            log.info("stream in doubt", extra={"turn": turn.id, "why": doubt.detail})
            await self.end(turn, ts)
            return 0.0
        except Gone:  # the edit that completes the answer will tell
            return 1.0
        if isinstance(done, Later):
            return done.seconds
        stream.sent = text
        return None

    async def end(self, turn: Turn, ts: str, *, already: bool = False) -> None:
        """From now on the message can be edited. One that is no stream any more, or never was, is left as it is.

        Whatever Slack refuses here loses nothing: the edit that follows tells whether there is somebody to write to.
        """
        self._open.pop(ts, None)
        try:
            if not already:
                await self.client.call("chat.stopStream", lane=Lane.FINAL, channel=turn.batch.thread.channel, ts=ts)
        except (Refused, Closed) as refusal:
            log.info("stream was over", extra={"turn": turn.id, "why": refusal.code})
        await self.give_back(turn)


def _simpler(looks: Json, buttons: list[Json], code: str) -> tuple[Json, list[Json]] | None:
    """What to try after a refusal; None where showing less would not help."""
    if code in PLACE_REFUSED or not (looks or buttons):
        return None
    return ({}, buttons) if looks and (code == "missing_scope" or not buttons) else (looks, [])


def steady(text: str) -> str:
    """As much as may be sent to a stream, where Slack joins the pieces.

    Without a `<…` that is not complete: two harmless halves could make a mention. And without the last word, unless it
    is the only one: blanks that begin a piece may be lost, and with them a line's end or the indent of code, so each
    piece shall begin with a word (or a sign, in a script without blanks).
    """
    start = text.rfind("<")
    if start >= 0 and not any(c.isspace() or c == ">" for c in text[start:]):
        text = text[:start]
    words = text.rstrip()
    last = words.split()[-1] if words else ""
    before = words[: -len(last)] if words != text and len(last) <= MAX_WORD else words[:-1]
    return before if before.strip() else text
