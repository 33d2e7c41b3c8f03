"""When does an answer grow as one of Slack's streams, and how does the stream end?

A stream shows each piece of text at once, but Slack allows few of them, and each ends some five minutes after its
start. So a few answers at a time are streams, if they are long enough not to be done with the first post. What Slack has
not confirmed is not trusted: the stream is ended, and edits of the same message, which carry the whole text, take over.
The complete text is always such an edit, so nothing is lost or repeated that went wrong on the way.
(Slack docs: chat.startStream, chat.appendStream, chat.stopStream; field reports for the five minutes.)
"""

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.reply import Shown
from bot.slack import pace, refusals, views
from bot.slack import text as slack_text
from bot.slack.calls import Calls, Doubt
from bot.thread import Turn

log = logging.getLogger(__name__)

LONGEST = 240.0  # seconds, of the 300 after which Slack ends a stream
NOT_AGAIN_FOR = 600.0  # seconds that streams are not tried in a channel that refuses them
BLOCKS_REFUSED = frozenset({"invalid_chunks", "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_many"})


@dataclass(slots=True)
class Stream:
    """`sent` is what Slack has confirmed; `until`, on our clock, when to end it ourselves."""

    sent: str
    until: float


@dataclass(slots=True)
class Streams:
    """The streams of this process. `team` is the workspace: outside of DMs, Slack asks for whom a stream is."""

    client: AsyncWebClient
    calls: Calls
    team: str
    _open: dict[str, Stream] = field(default_factory=dict)
    _refused: dict[str, float] = field(default_factory=dict)
    _text_only: bool = False

    def __contains__(self, ts: str) -> bool:
        return ts in self._open

    async def may_start(self, turn: Turn) -> bool:
        """Whether there is a stream to spare for this turn, in a channel that takes them. If so, it is taken."""
        if time.monotonic() < self._refused.get(turn.batch.thread.channel, 0.0):
            return False
        rhythm = self.calls.pace
        return not await rhythm.closed("chat.startStream") and await rhythm.join(pace.STREAMS, turn.id)

    async def start(self, turn: Turn, shown: Shown) -> str | None:
        """Begin one. None when Slack refuses: then it has to be a post. Raises Doubt, and Gone and Unavailable."""
        thread, text = turn.batch.thread, slack_text.shown(steady(shown.text))
        place = {
            "channel": thread.channel,
            "thread_ts": thread.root,
            "recipient_team_id": self.team,
            "recipient_user_id": turn.batch.newest.author,
            **views.face(turn.face),
        }
        for chunks in self._beginnings(text, shown, turn):

            async def send(chunks: list[dict[str, Any]] = chunks) -> str:
                return str((await self.client.chat_startStream(**place, chunks=chunks))["ts"])

            try:
                ts = await self.calls.attempt("chat.startStream", send)
            except SlackApiError as refusal:
                code = refusals.code(refusal)
                log.info("no stream", extra={"turn": turn.id, "why": code})
                if code in BLOCKS_REFUSED and len(chunks) > 1:
                    self._text_only = True
                    continue
                self._refused[thread.channel] = time.monotonic() + NOT_AGAIN_FOR
                break
            self._open[ts] = Stream(text, time.monotonic() + LONGEST)
            return ts
        await self.calls.pace.leave(pace.STREAMS, turn.id)
        return None

    def _beginnings(self, text: str, shown: Shown, turn: Turn) -> list[list[dict[str, Any]]]:
        """The first chunks: with the Stop button above the text, unless Slack does not take blocks in a stream."""
        said = {"type": "markdown_text", "text": text}
        if self._text_only or not shown.controls:
            return [[said]]
        buttons = {"type": "blocks", "blocks": views.controls(shown.controls, turn)}
        return [[buttons, said], [said]]

    async def grow(self, turn: Turn, ts: str, shown: Shown) -> float | None:
        """Send what is new. The seconds after which to come again when Slack wants us to slow down; else None.

        Afterwards the stream may be over (`ts not in self`): then nothing more is known to have been shown.
        """
        stream, text = self._open[ts], slack_text.shown(steady(shown.text))
        if time.monotonic() > stream.until:
            await self.end(turn, ts)
            return 0.0
        if text == stream.sent or not text.startswith(stream.sent):  # the cut between two messages has moved
            return None
        if seconds := await self.calls.pace.spare("chat.appendStream"):
            return seconds
        new = text[len(stream.sent) :]

        async def send() -> None:
            await self.client.chat_appendStream(
                channel=turn.batch.thread.channel, ts=ts, chunks=[{"type": "markdown_text", "text": new}]
            )

        try:
            await self.calls.attempt("chat.appendStream", send)
            stream.sent = text
        except SlackApiError as refusal:
            log.info("stream ended", extra={"turn": turn.id, "why": refusals.code(refusal)})
            await self.end(turn, ts, already=refusals.code(refusal) in refusals.STREAM_OVER | refusals.NOT_THERE)
            return 0.0
        except Doubt as doubt:
            log.info("stream in doubt", extra={"turn": turn.id, "why": str(doubt)})
            await self.end(turn, ts)
            return 0.0
        except BotError:  # a limit, or the channel is gone: the edit that completes the answer will tell
            return 1.0
        return None

    async def end(self, turn: Turn, ts: str, *, already: bool = False) -> None:
        """From now on the message can be edited. One that is no stream any more, or never was, is left as it is."""
        self._open.pop(ts, None)

        async def send() -> None:
            await self.client.chat_stopStream(channel=turn.batch.thread.channel, ts=ts)

        try:
            if not already:
                await self.calls.persist("chat.stopStream", send)
        except SlackApiError as refusal:
            log.info("stream was over", extra={"turn": turn.id, "why": refusals.code(refusal)})
        await self.calls.pace.leave(pace.STREAMS, turn.id)


def steady(text: str) -> str:
    """Without a `<…` that is not complete: Slack joins the pieces, and two harmless halves could make a mention."""
    start = text.rfind("<")
    unfinished = start >= 0 and not any(c.isspace() or c == ">" for c in text[start:])
    return text[:start] if unfinished else text
