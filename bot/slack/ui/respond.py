"""How what came of a command gets back to the one person who gave it, in time and whatever Slack refuses meanwhile.

Slack waits three seconds for an acknowledgement. What is known by then goes with it; the rest goes to the
`response_url`, or into the view that was opened first (Slack docs: handling user interaction).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_bolt.context.ack.async_ack import AsyncAck

from bot import wording
from bot.commands.dispatch import dispatch
from bot.commands.model import Actor, Command
from bot.commands.result import Result
from bot.conversation.places import Place
from bot.errors import BotError, Unavailable
from bot.installations import Installation
from bot.ports import World
from bot.slack import threads
from bot.slack.api.client import Lane, SlackClient
from bot.slack.outbound.sender import Faces
from bot.slack.ui import block_kit
from bot.wording import results
from bot.wording.text import Text
from bot.wording.words import Words

log = logging.getLogger(__name__)

Json = dict[str, Any]
T = TypeVar("T")

SURFACE = "slack"
THREAD_OF_MESSAGE = (
    ("message", "thread_ts"),
    ("message", "ts"),
    ("container", "thread_ts"),
    ("container", "message_ts"),
)
"""Where a click tells its thread, the best first."""
ACK_TIMEOUT = 2.0  # seconds: Slack waits three


@dataclass(frozen=True, slots=True)
class Request:
    """What Slack says of a click, a command or a form that was sent; whatever it does not say is empty.

    `action` names a button or menu. `value` is the button's, or that of the chosen option; `root` the thread that the
    clicked message stands in.
    """

    user: str
    channel: str
    trigger: str
    response_url: str
    value: str
    ts: str
    root: str
    view: Json
    action: str = ""

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
            next(filter(None, (_text(body, *path) for path in THREAD_OF_MESSAGE)), ""),
            view if isinstance(view, dict) else {},
            _text(body, "actions", 0, "action_id"),
        )

    @property
    def place(self) -> Place:
        """Where it was given."""
        return threads.place(self.channel)


async def in_time(work: Awaitable[T]) -> tuple[asyncio.Future[T], bool]:
    """The work, and whether it is done before Slack grows impatient; it goes on if it is not."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=ACK_TIMEOUT)
    return task, bool(done)


async def acknowledged(ack: AsyncAck, work: Awaitable[T]) -> T:
    """Acknowledge when the work is done, or before Slack grows impatient."""
    task, _ = await in_time(work)
    await ack()
    return await task


def _text(body: Any, *path: str | int) -> str:
    for name in path:
        if isinstance(name, str):
            body = body.get(name) if isinstance(body, dict) else None
        else:
            body = body[name] if isinstance(body, list) and name < len(body) else None
    return body if isinstance(body, str) else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is to tell, and the result behind it; None where trouble came before there was one."""

    text: Text
    result: Result | None = None

    @property
    def changed(self) -> bool:
        return self.result is not None and self.result.changed

    @property
    def code(self) -> str:
        return self.result.code if self.result is not None else ""


@dataclass(frozen=True, slots=True)
class Responder:
    """What all listeners of commands, clicks and forms in one workspace share."""

    client: SlackClient
    me: Installation
    world: World
    faces: Faces = field(default_factory=Faces)
    previewing: set[str] = field(default_factory=set)
    """Those for whom a draft of a persona is answering just now."""
    undrawn: set[str] = field(default_factory=set)
    """Surfaces on which Slack has refused what is drawn."""

    def actor(self, user: str, place: Place | None = None) -> Actor:
        return Actor(SURFACE, self.me.workspace, user, place=place)

    def words(self, actor: Actor) -> Words:
        return wording.of(actor.locale)

    async def do(self, command: Command, actor: Actor) -> Outcome:
        """Obey, and put what came of it into words: expected trouble in its own, anything else as a plain apology."""
        words = self.words(actor)
        try:
            result = await dispatch(command, actor, self.world)
            return Outcome(results.text(result, words), result)
        except BotError as error:
            return Outcome(results.trouble(error, words))
        except Exception:
            log.exception("a command failed", extra={"command": type(command).__name__})
            return Outcome(Text((words.say("broken"),)))

    # -- messages that one person sees

    async def answer(self, command: Command, actor: Actor, ack: AsyncAck, said: Request) -> Outcome:
        """Acknowledge with what comes of a command, or tell it later; what may be refused too, for nobody hears of
        that after an acknowledgement."""
        words = self.words(actor)
        task, done = await in_time(self.do(command, actor))
        if done and not task.result().text.drawn:
            await ack(**block_kit.answer(task.result().text, words.say("more")))
            return task.result()
        await ack(**({} if done else block_kit.answer(Text((words.say("loading"),)), words.say("more"))))
        outcome = await task
        await self.tell(said, outcome.text, words)
        return outcome

    async def tell(self, said: Request, what: Text, words: Words, *, instead: bool = False) -> None:
        """Only the one who asked reads it; `instead` of the message whose button was clicked. Never raises.

        A `response_url` may be missing, used up or too old. Where the bot is a member there is another way.
        """
        for content in block_kit.ways(what, words.say("more")):
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

    # -- views

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

    async def in_place(
        self, ack: AsyncAck, said: Request, work: Awaitable[T], shown: Callable[[T], Json], meanwhile: Json
    ) -> T:
        """Show what comes of a form in its place: in the acknowledgement itself, if it is done in time. Shown by a call
        afterwards, it could reach Slack first, and the acknowledgement would then cover it for good."""
        task, done = await in_time(work)
        await ack(response_action="update", view=shown(task.result()) if done else meanwhile)
        outcome = await task
        if not done:
            await self.show(str(said.view.get("id")), shown(outcome))
        return outcome

    async def attempt(self, call: Awaitable[Mapping[str, Any]]) -> bool:
        """Make a call that is left undone when Slack does not let us. False if it refuses. Never raises."""
        try:
            await call
        except Unavailable as trouble:
            log.info("Slack is not reachable", extra={"why": trouble.detail})
        except BotError as refusal:
            log.info("Slack refuses", extra={"why": refusal.detail})
            return False
        return True
