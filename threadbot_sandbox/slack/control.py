"""/sandbox/…: what the page and tests see of the workspace, and what they do in it for a person."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from threadbot_sandbox.slack import delivery, views, web_api
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.method import Json
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER, User

if TYPE_CHECKING:
    from threadbot_sandbox.slack import SmallSlack

SHOWN_CALLS = 200
BEHIND = 20_000
"""A page that has so much waiting is sent away; its EventSource comes back and reads all anew."""
SILENCE = 15.0
SHOWN = {
    "app",
    "prompts",
    "session",
    "bot",
    "brain",
    "call",
    "channel",
    "deleted",
    "delivery",
    "ephemeral",
    "limits",
    "message",
    "status",
    "view",
}

Act = Callable[[Json], Awaitable[Json]]


@dataclass(eq=False, slots=True)
class Page:
    """A page that is open: whose eyes it has, and the modals that it shows them."""

    news: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    user: str | None = None
    modals: set[str] = field(default_factory=set)


class Control:
    """The control routes of one small Slack."""

    def __init__(self, slack: "SmallSlack") -> None:
        self._slack = slack
        self.pages: dict[str, Page] = {}
        people, asked = slack.people, slack.interactions
        self._acts: dict[str, Act] = {
            "say": self._say,
            "edit": lambda given: _done(people.edit(**given)),
            "delete": lambda given: _done(people.delete(**given)),
            "click": lambda given: _acked(asked.click(**given)),
            "click_view": lambda given: _acked(asked.click_view(**given)),
            "command": lambda given: _acked(asked.command(**given)),
            "shortcut": lambda given: _acked(asked.shortcut(**given)),
            "suggest": self._suggest,
            "stop": lambda given: _done(people.stop(**given)),
            "open_home": lambda given: _done(people.open_home(**given)),
            "submit": self._submit,
            "close_view": lambda given: _done(asked.close_view(**given)),
            "limits": self._set_limits,
            "faults": self._set_fault,
            "brain": self._set_brain,
            "look": self._look,
        }

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/state", self._state),
            Route("/sandbox/live", self._live),
            Route("/sandbox/calls", self._calls),
            Route("/sandbox/limits", self._limits_now),
            Route("/sandbox/{act}", self._act, methods=["POST"]),
        ]

    # -- watching

    def watch(self, kind: str, data: Json) -> None:
        """Pass a change on to the pages that listen."""
        if not self.pages or kind not in SHOWN:
            return
        if kind == "view" and data["kind"] == "modal":
            for page in self.pages.values():
                if page.user == data["user"]:
                    page.modals.add(data["id"])
        if kind == "message":
            return self._send(kind, lambda page: self._slack.workspace.seen_by(page.user, data) if page.user else data)
        said = web_api.as_json(data["call"]) if kind == "call" else data
        self._send(kind, lambda _: said)
        if kind == "call" and self._slack.limits.enabled:
            limits = self._limits()
            self._send("limits", lambda _: limits)

    def _send(self, kind: str, data: Callable[[Page], Json]) -> None:
        """`data` is what each page is told."""
        for name, page in list(self.pages.items()):
            if page.news.qsize() < BEHIND:
                page.news.put_nowait(_event(kind, data(page)))
            else:
                del self.pages[name]
                page.news.put_nowait(None)

    async def _live(self, request: Request) -> Response:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(), media_type="text/event-stream", headers=headers)

    async def _events(self) -> AsyncIterator[bytes]:
        name, page = uuid4().hex, Page()
        self.pages[name] = page
        try:
            yield _event("state", self.state() | {"page": name})
            while True:
                try:
                    async with asyncio.timeout(SILENCE):
                        line = await page.news.get()
                except TimeoutError:
                    line = b": still here\n\n"
                if line is None:
                    return
                yield line
        finally:
            self.pages.pop(name, None)
            self._forget_modals(page)

    async def _look(self, given: Json) -> Json:
        """A page says whose eyes it has, now or from now on."""
        page = self.pages[given["page"]]
        self._forget_modals(page)
        page.user = self._slack.workspace.person(given["user"]).id
        return {}

    def _forget_modals(self, page: Page) -> None:
        """In Slack they end with the page that showed them, when it is reloaded or left; the app is not told."""
        gone, page.modals = page.modals, set()
        kept = {modal for other in self.pages.values() for modal in other.modals}
        for modal in (gone - kept) & self._slack.workspace.views.keys():
            views.close(self._slack.workspace, modal)

    async def _state(self, request: Request) -> Response:
        return JSONResponse(self.state())

    async def _calls(self, request: Request) -> Response:
        since = int(request.query_params.get("since", "0"))
        calls = [web_api.as_json(call) for call in self._slack.calls if call.n > since]
        return JSONResponse({"ok": True, "calls": calls})

    async def _limits_now(self, request: Request) -> Response:
        return JSONResponse(self._limits())

    def state(self) -> Json:
        """Everything that a page needs to start."""
        slack, workspace = self._slack, self._slack.workspace
        last = list(islice(reversed(slack.web_api.calls), SHOWN_CALLS))
        return {
            "team": {"id": workspace.home.team, "name": workspace.home.name, "domain": workspace.home.domain},
            "bot": {
                "user_id": BOT_USER,
                "bot_id": BOT,
                "app_id": APP,
                "name": workspace.users[BOT_USER].real_name,
            }
            | slack.bot_state(),
            "users": [_shown(user, stranger=workspace.is_stranger(user)) for user in workspace.users.values()],
            "channels": [channel.listed() for channel in workspace.channels.values()],
            "messages": {
                channel.id: [channel.messages[ts] for ts in sorted(channel.messages)]
                for channel in workspace.channels.values()
            },
            "statuses": [
                {"channel": channel, "thread_ts": thread_ts, "status": text}
                for (channel, thread_ts), (text, _) in workspace.statuses.items()
            ],
            "sessions": [
                {"channel": channel, "thread_ts": thread_ts} | session
                for (channel, thread_ts), session in workspace.sessions.items()
            ],
            "prompts": [
                {"channel": channel, "thread_ts": thread_ts} | prompts
                for (channel, thread_ts), prompts in workspace.prompts.items()
            ],
            "ephemerals": list(workspace.whispered.values()),
            "homes": {user: views.public(view) for user, view in workspace.homes.items()},
            "app": workspace.app.listed(),
            "limits": self._limits(),
            "brain": slack.brain,
            "workspaces": [{"name": each.home.name, "url": each.url} for each in slack.workspaces],
            "calls": [web_api.as_json(call) for call in reversed(last)],
            "deliveries": [delivery.as_json(one) for one in slack.deliveries[-SHOWN_CALLS:]],
        }

    def _limits(self) -> Json:
        return {"enabled": self._slack.limits.enabled, "buckets": self._slack.limits.meter()}

    # -- acting

    async def _act(self, request: Request) -> Response:
        """A JSON object in, `{"ok": …}` out; what goes wrong is named as the Web API would name it."""
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"ok": False, "error": "json_expected"}, 415)  # other sites' forms cannot send it
        act = self._acts.get(request.path_params["act"])
        if act is None:
            return JSONResponse({"ok": False, "error": "unknown_act"}, 404)
        try:
            given = json.loads(await request.body() or b"{}")
            return JSONResponse({"ok": True, **await act(given)})
        except ApiError as refusal:
            return JSONResponse({"ok": False, "error": refusal.error})
        except (ValueError, TypeError, KeyError) as wrong:
            return JSONResponse({"ok": False, "error": "invalid_arguments", "detail": str(wrong)}, 400)

    async def _say(self, given: Json) -> Json:
        return {"ts": await self._slack.people.say(**given)}

    async def _submit(self, given: Json) -> Json:
        return {"errors": await self._slack.interactions.submit(**given)}

    async def _suggest(self, given: Json) -> Json:
        return {"options": await self._slack.interactions.suggest(**given)}

    async def _set_limits(self, given: Json) -> Json:
        self._slack.limits.enabled = bool(given["enabled"])
        self._slack.workspace.tell("limits", self._limits())
        return self._limits()

    async def _set_fault(self, given: Json) -> Json:
        self._slack.fail(**given)
        return {}

    async def _set_brain(self, given: Json) -> Json:
        self._slack.brain = given
        return {}


async def _done(work: Awaitable[None]) -> Json:
    await work
    return {}


async def _acked(work: Awaitable[bool]) -> Json:
    return {"acked": await work}


def _event(kind: str, data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def _shown(user: User, *, stranger: bool) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "color": user.color,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted or user.is_ultra_restricted,
        "is_stranger": stranger,
    }
