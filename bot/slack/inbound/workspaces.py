"""To which workspace does a payload belong, and who answers for it there?

What Slack sends names the installation that it is meant for (Slack docs: Events API, `authorizations`; interaction
payloads; slash commands). In shared channels the author's own team is another matter, and never asked. A payload for a
workspace or an app that is not installed here is acknowledged, so that Slack does not send it again, and not answered.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.aio import Throttle
from bot.slack.ui.respond import Responder

log = logging.getLogger(__name__)

Json = dict[str, Any]
Listener = Callable[[AsyncAck, Json], Awaitable[None]]

LOGGED_EVERY = 60.0  # seconds
MAX_ID = 40  # characters of a foreign id that are logged
_RESPONDER = "threadbot_desk"


def workspace_of(body: Json) -> str | None:
    """The id of the workspace: the enterprise's for an org-wide install, else the team's. None where none is named."""
    authorizations = body.get("authorizations")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        return _named(authorizations[0])
    in_view = _part(body, "view", "app_installed_team_id")  # a view that was opened from a shared channel
    return _named(
        {
            "team_id": in_view or body.get("team_id") or _part(body, "team", "id"),
            "enterprise_id": body.get("enterprise_id") or _part(body, "enterprise", "id"),
            "is_enterprise_install": body.get("is_enterprise_install"),
        }
    )


def _part(body: Json, name: str, field: str) -> object:
    part = body.get(name)
    return part.get(field) if isinstance(part, dict) else None


def _named(install: Json) -> str | None:
    org_wide = install.get("is_enterprise_install") in (True, "true")
    id = install.get("enterprise_id") if org_wide else install.get("team_id")
    return id if isinstance(id, str) and id else None


@dataclass(slots=True)
class WorkspaceMiddleware:
    """Bolt's middleware before all others that know us: finds who answers for a payload, or lets it go no further."""

    responder_of: Callable[[str], Responder | None]
    refresh: Callable[[], Awaitable[None]] | None = None
    """Learns of what another process has installed just now."""
    _throttle: Throttle = field(default_factory=lambda: Throttle(LOGGED_EVERY))
    _kept_back: int = 0

    async def resolve(self, req: AsyncBoltRequest, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        body: Json = req.body
        if body.get("type") == "url_verification" or "ssl_check" in body:  # Slack asks of our address, for no workspace
            return await next()
        workspace, app = workspace_of(body), body.get("api_app_id")
        responder = self.responder_of(workspace) if workspace is not None else None
        if responder is None and self.refresh is not None and workspace is not None:
            await self.refresh()
            responder = self.responder_of(workspace)
        if responder is None or (responder.me.app_id and app and app != responder.me.app_id):
            self._log(workspace, app)
            return BoltResponse(status=200)
        req.context[_RESPONDER] = responder
        return await next()

    def _log(self, workspace: str | None, app: object) -> None:
        """Once a minute at most; both are whatever somebody has sent."""
        self._kept_back += 1
        if not self._throttle.due():
            return
        about = {"workspace": _short(workspace), "app": _short(app), "kept_back": self._kept_back}
        log.warning("a payload is for a workspace or an app that is not installed here", extra=about)
        self._kept_back = 0


def responder_of(context: AsyncBoltContext) -> Responder:
    """Who answers for the payload that is being handled."""
    responder: Responder = context[_RESPONDER]
    return responder


def with_responder(pick: Callable[[Responder], Listener]) -> Callable[..., Awaitable[None]]:
    """A listener of Bolt's: the one that is picked for the responder of the payload's workspace."""

    async def listener(ack: AsyncAck, body: Json, context: AsyncBoltContext) -> None:
        await pick(responder_of(context))(ack, body)

    return listener


def _short(id: object) -> str:
    return "".join(each for each in str(id)[:MAX_ID] if each.isalnum())
