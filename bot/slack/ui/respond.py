"""How does what one person asked come back to that person, in time and whatever Slack refuses in passing?

Slack waits three seconds for an acknowledgement. What is known by then goes with it; the rest goes to the
`response_url`, or into the view that was opened first (Slack docs: handling user interaction).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError, ClientTimeout
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.model import Asker
from bot.errors import BotError
from bot.ports import World
from bot.slack.api import errors as refusals
from bot.slack.inbound.events import Me
from bot.slack.ui import block_kit as cards
from bot.slack.ui import persona_modal as modals
from bot.wording import results as told
from bot.wording.results import Told

log = logging.getLogger(__name__)

Json = dict[str, Any]

SOON = 2.0  # seconds: Slack waits three
TRIES = 4
LONGEST_PAUSE = 10.0  # seconds that Slack may tell us to wait
WITHIN = ClientTimeout(total=10)
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
    client: AsyncWebClient
    me: Me
    world: World

    def asker(self, said: Request, channel: str | None = None) -> Asker:
        return Asker(said.user, self.me.team, said.channel if channel is None else channel)

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
        if await self._respond(said.response_url, content | {"replace_original": instead}):
            return
        if said.channel and said.user:
            note: Json = {"channel": said.channel, "user": said.user}
            note |= {"text": content["text"], "blocks": content["blocks"]}
            await self.insist("chat.postEphemeral", lambda: self.client.chat_postEphemeral(**note))

    async def _respond(self, response_url: str, content: Json) -> bool:
        session = self.client.session
        if session is None or not response_url.startswith(("https://", "http://")):
            return False
        for n in range(1, TRIES + 1):
            why: object
            try:
                async with session.post(response_url, json=content, timeout=WITHIN) as response:
                    why = response.status
            except (ClientError, TimeoutError, OSError) as error:
                why = type(error).__name__
            if why == HTTPStatus.OK:
                return True
            log.info("could not answer by response_url", extra={"why": why})
            if why != HTTPStatus.TOO_MANY_REQUESTS and isinstance(why, int) and why < HTTPStatus.INTERNAL_SERVER_ERROR:
                return False
            await asyncio.sleep(0.2 * n)
        return False

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
        method = self.client.views_push if push else self.client.views_open
        try:
            opened = await method(trigger_id=trigger_id, view=view)
        except (SlackApiError, ClientError, TimeoutError, OSError) as error:
            log.info("could not open a view", extra={"why": refusals.reason(error)})
            return None
        return str(opened["view"]["id"])

    async def show(self, view_id: str, view: Json, hash: str | None = None) -> None:
        """Put another content into a view, unless it has changed since `hash`. Never raises."""
        given = {"hash": hash} if hash else {}
        await self.insist("views.update", lambda: self.client.views_update(view_id=view_id, view=view, **given))

    async def insist(self, method: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """A call that does no harm when it is done twice. None when Slack does not let us; never raises."""
        for n in range(1, TRIES + 1):
            pause = 0.2 * n
            try:
                return await call()
            except SlackApiError as error:
                code = refusals.code(error)
                if refusals.is_limit(error):
                    pause = min(refusals.retry_after(error), LONGEST_PAUSE)
                elif code not in refusals.PASSING and refusals.status(error) < 500:
                    log.info("Slack refuses", extra={"method": method, "why": code})
                    return None
            except (ClientError, TimeoutError, OSError) as error:
                log.info("Slack is not reachable", extra={"method": method, "why": type(error).__name__})
            await asyncio.sleep(pause)
        return None

    async def settled(self, work: Awaitable[Told]) -> Told:
        """What the work brings; trouble that we expected in its own words, anything else as a plain apology."""
        try:
            return await work
        except BotError as trouble:
            return told.told(told.plain(str(trouble) or BROKEN))
        except Exception:
            log.exception("a command failed")
            return told.told(BROKEN)
