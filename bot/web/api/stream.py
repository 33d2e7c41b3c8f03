"""An answer while it grows, as server-sent events.

    event: delta      data: {"content": "…"}    what has come since; `id` counts the characters so far
    event: restart    data: {}                  what was sent is void: the answer begins anew
    event: done       data: the response        it is whole
    event: error      data: the response        there is none; it says why, also as its `message`

Who comes back with `Last-Event-ID` is sent what is missing.
"""

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.responses import Response as Reply

from bot.conversation.ids import order
from bot.errors import BotError
from bot.ports.api import ApiThread, Tail
from bot.turns.entries import Request as Asked
from bot.turns.entries import Response, response_to
from bot.web.api import replies
from bot.web.api.door import Caller, Reader
from bot.web.api.entries import one
from bot.web.api.shapes import refusals
from bot.web.api.threads import known

COMMENT_EVERY = 15.0  # seconds
LOOK_AROUND = 0.5  # seconds until a stream looks whether the process ends
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
MEDIA_TYPE = "text/event-stream"
_NUMBER = re.compile(r"[0-9]{1,9}")


EVENT = {
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"enum": ["delta", "restart", "done", "error"]},
        "id": {"type": "string", "description": "How many characters have come so far."},
        "data": {"type": "string", "description": "JSON: of a delta its `content`; at the end the response."},
    },
}
EVENTS = {"description": "Events.", "content": {MEDIA_TYPE: {"schema": EVENT}}}


router = APIRouter(tags=["entries"])


@router.get(
    "/threads/{thread_guid}/entries/{entry_guid}/stream",
    response_class=Reply,
    responses={200: EVENTS, **refusals(404)},
)
async def stream_entry(
    request: Request,
    thread_guid: str,
    entry_guid: str,
    caller: Reader,
    last_event_id: Annotated[str | None, Header(description="The `id` of the last event that came.")] = None,
) -> Reply:
    """The answer to this request while it grows, as server-sent events: `delta`, then `done` or `error`; `restart`
    where it begins anew. `id` counts the characters so far."""
    thread = await known(thread_guid, caller)
    entry, _ = await one(thread, entry_guid, caller)
    ts = entry.message.ts if isinstance(entry, Asked) else entry.newest
    had = int(last_event_id) if last_event_id and _NUMBER.fullmatch(last_event_id) else 0
    events = _Events(thread, ts, caller, had)
    headers = {**getattr(request.state, "headers", {}), **HEADERS}
    return StreamingResponse(events.all(), headers=headers, media_type=MEDIA_TYPE)


@dataclass(slots=True)
class _Events:
    """`had` is how many characters the client has, of which we know nothing else at first; `sent` is what they are."""

    thread: ApiThread
    ts: str
    caller: Caller
    had: int
    sent: str | None = None

    async def all(self) -> AsyncIterator[str]:
        try:
            async with self.caller.api.tails.follow(self.thread.key) as tail:
                async for event in self._followed(tail):
                    yield event
        except BotError:
            return  # the client comes back, and goes on where it was

    async def _followed(self, tail: Tail) -> AsyncIterator[str]:
        spoke = time.monotonic()
        yield ": here\n\n"
        while not self.caller.api.closing.is_set():
            for event in self._grown(tail):
                yield event
                spoke = time.monotonic()
            if self.ts not in tail.waiting:
                found = await self.caller.threads.entries(self.thread)
                if response := response_to(self.ts, found):
                    for event in self._ended(response):
                        yield event
                    return
                if not any(isinstance(each, Asked) and each.message.ts == self.ts for each in found):
                    return  # it was forgotten
            if time.monotonic() - spoke >= COMMENT_EVERY:
                yield ": still here\n\n"
                spoke = time.monotonic()
            await tail.news(LOOK_AROUND)

    def _grown(self, tail: Tail) -> list[str]:
        ours = tail.newest and self.ts in tail.waiting and order(self.ts) <= order(tail.newest)
        return self._up_to(tail.text) if ours and tail.text else []

    def _up_to(self, text: str) -> list[str]:
        """What brings the client there. Nothing where it has more than that already: it is being written anew."""
        if self.sent is None:
            if len(text) < self.had:
                return []
            self.sent = text[: self.had]
        if self.sent.startswith(text):
            return []
        events = list[str]()
        if not text.startswith(self.sent):
            events.append(_event("restart", {}, 0))
            self.sent = ""
        piece, self.sent = text[len(self.sent) :], text
        return [*events, _event("delta", {"content": piece}, len(text))]

    def _ended(self, response: Response) -> list[str]:
        api = self.caller.api
        reply = replies.entry(self.thread.guid, response, api.credit, api.words)
        if reply["error"] is not None:
            return [_event("error", {**reply, "message": reply["error"]}, len(self.sent or ""))]
        text = replies.text(response)
        if self.sent is None:
            self.sent = text[: self.had]
        restart = [] if text.startswith(self.sent) else [_event("restart", {}, 0)]
        piece = text if restart else text[len(self.sent) :]
        events = [*restart, *([_event("delta", {"content": piece}, len(text))] if piece else [])]
        return [*events, _event("done", reply, len(text))]


def _event(name: str, data: object, id: int) -> str:
    return f"event: {name}\nid: {id}\ndata: {json.dumps(data)}\n\n"
