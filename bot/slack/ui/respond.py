"""How does what one person asked come back to that person, in time and whatever Slack refuses in passing?

Slack waits three seconds for an acknowledgement. What is known by then goes with it; the rest goes to the
`response_url`, or into the view that was opened first (Slack docs: handling user interaction).
"""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import Asker
from bot.errors import BotError, Unavailable
from bot.installations import Installation
from bot.ports import World
from bot.slack import threads
from bot.slack.api.client import Lane, SlackClient
from bot.slack.outbound.sender import Faces
from bot.slack.ui import block_kit as cards
from bot.slack.ui import persona_modal as modals
from bot.wording import results as told
from bot.wording.results import Told

log = logging.getLogger(__name__)

Json = dict[str, Any]

SOON = 2.0  # seconds: Slack waits three
LOADING = told.told("One moment…")
BROKEN = "Something went wrong on my side. Please try again."


@dataclass(frozen=True, slots=True)
class Request:
    """What Slack says of a click, a command or a form that was sent; whatever it does not say is empty.

    `value` is a button's, or that of the chosen option; `root` the thread that the clicked message stands in.
    """

    user: str
    channel: str
    trigger: str
    response_url: str
    value: str
    ts: str
    root: str
    view: Json

    @classmethod
    def of(cls, body: Json) -> "Request":
        view = body.get("view")
        return cls(
            _text(body, "user", "id") or _text(body, "user_id"),
            _text(body, "channel", "id") or _text(body, "channel_id"),
            _text(body, "trigger_id"),
            _text(body, "response_url"),
            _text(body, "actions", 0, "value") or _text(body, "actions", 0, "selected_option", "value"),
            _text(body, "actions", 0, "action_ts"),
            _text(body, "message", "thread_ts") or _text(body, "message", "ts"),
            view if isinstance(view, dict) else {},
        )


async def soon(task: asyncio.Future[Any]) -> bool:
    """Whether it is done before Slack grows impatient; it goes on if it is not."""
    done, _ = await asyncio.wait({task}, timeout=SOON)
    return bool(done)


def _text(body: Any, *path: str | int) -> str:
    for name in path:
        if isinstance(name, str):
            body = body.get(name) if isinstance(body, dict) else None
        else:
            body = body[name] if isinstance(body, list) and name < len(body) else None
    return body if isinstance(body, str) else ""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that an interaction in one workspace needs."""

    client: SlackClient
    me: Installation
    world: World
    faces: Faces = field(default_factory=Faces)
    trying: set[str] = field(default_factory=set)
    """Those for whom a draft of a persona is answering just now."""

    def asker(self, said: Request) -> Asker:
        return Asker(said.user, threads.beginning(self.me.workspace, said.channel))

    def in_private(self, user: str) -> Asker:
        """Somebody in their direct messages with the bot."""
        return Asker(user, threads.in_private(self.me.workspace))

    async def answer(self, work: Awaitable[Told], ack: AsyncAck, said: Request) -> Told:
        """Acknowledge with what `work` brings, or tell it later."""
        task = asyncio.ensure_future(self.settled(work))
        if await soon(task):
            await ack(**cards.answer(task.result()))
        else:
            await ack(**cards.answer(LOADING))
            await self.tell(said, await task)
        return task.result()

    async def tell(self, said: Request, what: Told, *, instead: bool = False) -> None:
        """Only the one who asked reads it; `instead` of the message whose button was clicked. Never raises.

        A `response_url` may be missing, used up or too old. Where the bot is a member there is another way.
        """
        content = cards.answer(what)
        if said.response_url and await self._respond(said.response_url, content | {"replace_original": instead}):
            return
        if said.channel and said.user:
            note: Json = {"channel": said.channel, "user": said.user}
            note |= {"text": content["text"], "blocks": content["blocks"]}
            await self.attempt(self.client.call("chat.postEphemeral", lane=Lane.INTERACTIVE, **note))

    async def _respond(self, response_url: str, content: Json) -> bool:
        try:
            await self.client.respond(response_url, content)
        except BotError as error:
            log.info("could not answer by response_url", extra={"why": error.detail})
            return False
        return True

    async def seen_to(self, work: Awaitable[Told], trigger_id: str, *, elsewhere: bool = False) -> Told:
        """What a click brings shows by itself; what it does not bring, brings late or `elsewhere`, is told in a view.

        Not within `SOON` the view opens empty: the trigger does not wait.
        """
        task = asyncio.ensure_future(self.settled(work))
        done = await soon(task)
        late = None if done else await self.open(trigger_id, modals.notice("One moment", LOADING))
        what = await task
        if late is not None:
            await self.show(late, modals.notice("Done" if what.changed else "Not now", what))
        elif done and (elsewhere or not what.changed):
            await self.open(trigger_id, modals.notice("Done" if what.changed else "Not now", what))
        return what

    async def open(self, trigger_id: str, view: Json, *, push: bool = False) -> str | None:
        """Show a view at once: a trigger lives three seconds. Returns its id; None when Slack does not let us."""
        try:
            if push:
                opened = await self.client.call("views.push", lane=Lane.INTERACTIVE, trigger_id=trigger_id, view=view)
            else:
                opened = await self.client.call("views.open", lane=Lane.INTERACTIVE, trigger_id=trigger_id, view=view)
        except BotError as error:
            log.info("could not open a view", extra={"why": error.detail})
            return None
        return str(opened["view"]["id"])

    async def show(self, view_id: str, view: Json, hash: str | None = None) -> None:
        """Put another content into a view, unless it has changed since `hash`. Never raises."""
        await self.attempt(
            self.client.call("views.update", lane=Lane.INTERACTIVE, view_id=view_id, view=view, hash=hash or None)
        )

    async def attempt(self, call: Awaitable[Mapping[str, Any]]) -> None:
        """Make a call that is left undone when Slack does not let us. Never raises."""
        try:
            await call
        except Unavailable as trouble:
            log.info("Slack is not reachable", extra={"why": trouble.detail})
        except BotError as refusal:
            log.info("Slack refuses", extra={"why": refusal.detail})

    async def settled(self, work: Awaitable[Told]) -> Told:
        """What the work brings; trouble that we expected in its own words, anything else as a plain apology."""
        try:
            return await work
        except BotError as trouble:
            return told.told(told.plain(str(trouble) or BROKEN))
        except Exception:
            log.exception("a command failed")
            return told.told(BROKEN)
