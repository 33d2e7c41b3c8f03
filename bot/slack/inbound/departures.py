"""Who and what goes away in Slack: a channel, a person, the app itself. What is kept of it is removed some days later.

Whether they are still away is asked then: nothing has to be heard of their return. (Slack docs: events.)
"""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext

from bot.conversation.ids import is_part
from bot.installations import Installation
from bot.privacy.held import Erasure
from bot.slack.inbound.workspaces import responder_of
from bot.slack.manifest import CHANNEL_GONE, DEPARTURES
from bot.slack.ui.respond import Responder

Json = dict[str, Any]
Gone = Callable[[str], Awaitable[None]]


def register(app: AsyncApp, gone: Gone | None) -> None:
    """`gone` is told of a workspace that the app was uninstalled from."""

    async def noted(body: Json, context: AsyncBoltContext, next: Callable[[], Awaitable[Any]]) -> None:
        await _noted(body, responder_of(context), gone)
        await next()

    for name in DEPARTURES:
        app.event(name, middleware=[noted])(_nothing_more)


def departure(event: Json, me: Installation) -> Erasure | None:
    """What the event says is gone; None for nothing of ours."""
    kind = event.get("type")
    if kind in CHANNEL_GONE or (kind == "member_left_channel" and event.get("user") == me.bot_user):
        channel = event.get("channel")
        return Erasure(me.workspace, "channel", str(channel), away=True) if is_part(channel) else None
    if kind == "user_change":
        user = event.get("user")
        if not isinstance(user, dict) or user.get("deleted") is not True or not is_part(user.get("id")):
            return None
        return Erasure(me.workspace, "person", str(user["id"]), away=True)
    revoked = event.get("tokens")
    ours = isinstance(revoked, dict) and bool(revoked.get("bot"))
    return Erasure(me.workspace, "workspace", away=True) if kind == "app_uninstalled" or ours else None


async def _noted(body: Json, responder: Responder, gone: Gone | None) -> None:
    """Before the event is acknowledged: what cannot be noted is sent again."""
    erasure = departure(body["event"], responder.me)
    if erasure is not None:
        await responder.world.erasures.note(erasure, responder.world.grace)
        if erasure.kind == "workspace" and gone is not None:
            await gone(erasure.workspace)


async def _nothing_more() -> None:
    return None
