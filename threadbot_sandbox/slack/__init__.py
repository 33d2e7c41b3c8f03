"""A small Slack: one workspace with a few people in it, behind the documented faces of the real one.

`seed` says who is there; `workspace` holds what happens, `channel` one conversation of it. `web_api` answers
the bot's calls, which stand in `chat`, `streams`, `reading`, `files` and `views`, within `limits`. `people`
act, `events` tells what Slack says of that, `delivery` brings it to the bot over `sockets` or a `webhook`.
`interactions` and `forms` are what people ask of it other than in words, `answers` what it says to that; `app`
is what its manifest declares; `pings` knows whom a message calls; `keys` are the bot's tokens, `oauth` gives them to
whoever installs it. `control` is for the page and for tests; `store` keeps it all.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI
from starlette.routing import Route, WebSocketRoute

from threadbot_sandbox.slack.app import App, scopes
from threadbot_sandbox.slack.control import Control
from threadbot_sandbox.slack.delivery import Courier, Delivery, Line
from threadbot_sandbox.slack.files import place
from threadbot_sandbox.slack.interactions import Interactions
from threadbot_sandbox.slack.keys import Keys
from threadbot_sandbox.slack.limits import READING, TIER_1, Limits
from threadbot_sandbox.slack.method import Json
from threadbot_sandbox.slack.pages import Pages
from threadbot_sandbox.slack.people import People
from threadbot_sandbox.slack.seed import Home
from threadbot_sandbox.slack.sockets import Sockets
from threadbot_sandbox.slack.store import Store
from threadbot_sandbox.slack.web_api import Call, Fault, WebApi, When
from threadbot_sandbox.slack.webhook import Webhook
from threadbot_sandbox.slack.workspace import Workspace

__all__ = ["Call", "Delivery", "Fault", "SmallSlack"]

HOUSEKEEPING = 0.5
READING_PAGE = 15
Found = TypeVar("Found")


class SmallSlack:
    """The whole of it. Serve `app` with `serving`; `data` is the folder that keeps it, None keeps nothing.

    What people do: `say`, `edit`, `delete`, `click`, `command`, `submit` and so on, by `people`. People are
    named by id or name, conversations by id or "#name", and "@ada" is Ada's DM with the bot.

    `home` says which workspace it is. One `beside` another has the same app installed: it is reached by its own token
    at the first one's address, and tells the bot of itself over the first one's line.
    """

    def __init__(
        self,
        data: Path | None = None,
        clock: Callable[[], float] = time.time,
        home: Home | None = None,
        beside: "SmallSlack | None" = None,
    ) -> None:
        home = home or Home()
        keys = beside.workspace.keys if beside else Keys() if data is None else Keys.of(data)
        if home.token is not None:
            keys = replace(keys, bot_token=home.token)
        self.bot_token, self.app_token, self.signing_secret = keys.bot_token, keys.app_token, keys.signing_secret
        self.workspace: Workspace = Workspace(clock, home, keys=keys)
        self.limits = Limits(clock)
        self._first = beside
        self.workspaces: list[Workspace] = beside.workspaces if beside else []
        """All in which the app is at home, the first one first."""
        self.workspaces.append(self.workspace)
        self.sockets: Sockets = beside.sockets if beside else Sockets(self._connection_changed)
        self.webhook: Webhook = (
            beside.webhook if beside else Webhook(clock, self._connection_changed, keys.signing_secret)
        )
        self.courier = Courier(self.workspace, self._line)
        self.people = People(self.workspace, self.courier)
        self.interactions = Interactions(self.people, self.courier)
        self.web_api = WebApi(self.workspace, self.limits, self.sockets.methods)
        if beside is not None:
            beside.web_api.beside[self.bot_token] = self.web_api
        self.control = Control(self)
        self.workspace.emit = self.courier.event
        self.workspace.watchers = [self.control.watch, self._wake]
        self._store = Store(data, self.workspace) if data is not None else None
        if self._store is not None:
            self._store.load()
            self.workspace.watchers.append(self._store.watch)
        self._brain: Json = {
            "kind": "scripted",
            "model": "unknown",
            "note": "Nobody has said yet which model talks.",
        }
        self._changed = asyncio.Event()
        self.app = self._built()
        self.say = self.people.say
        self.upload = self.people.upload
        self.edit = self.people.edit
        self.delete = self.people.delete
        self.click = self.interactions.click
        self.click_view = self.interactions.click_view
        self.command = self.interactions.command
        self.shortcut = self.interactions.shortcut
        self.submit = self.interactions.submit
        self.close_view = self.interactions.close_view
        self.suggest = self.interactions.suggest
        self.stop = self.people.stop
        self.open_home = self.people.open_home

    # -- settings

    @property
    def url(self) -> str:
        return self.workspace.url

    @property
    def scopes(self) -> set[str]:
        """What the bot was granted. Change it to see what a missing scope does."""
        return self.workspace.scopes

    @property
    def deliver_http_to(self) -> str | None:
        """The bot's events address; None is Socket Mode."""
        return self.webhook.address

    @deliver_http_to.setter
    def deliver_http_to(self, address: str | None) -> None:
        self.webhook.address = address
        self._connection_changed()

    @property
    def retry_delays(self) -> tuple[float, ...]:
        """Seconds before each new attempt to deliver an event."""
        return self.courier.retry_delays

    @retry_delays.setter
    def retry_delays(self, delays: tuple[float, ...]) -> None:
        self.courier.retry_delays = delays

    @property
    def stream_seconds(self) -> float:
        """How long a stream lasts from its start, also those under way."""
        return self.workspace.stream_seconds

    @stream_seconds.setter
    def stream_seconds(self, seconds: float) -> None:
        self.workspace.stream_seconds = seconds

    def install(self, manifest: Json) -> None:
        """Take the app as its manifest declares it: its scopes, events, commands, shortcuts and tabs, and no others.

        Raises ApiError `invalid_manifest`.
        """
        self.workspace.app = App.declared(manifest)
        self.workspace.scopes = scopes(manifest)
        self.workspace.tell("app", self.workspace.app.listed())

    def change_user(self, user: str, **facts: Any) -> None:
        """Make someone an admin, a guest, deleted, of another team and so on, by the fields of `seed.User`."""
        changed = replace(self.workspace.person(user), **facts)
        self.workspace.users[changed.id] = changed

    def throttle_reading(self) -> None:
        """As for apps distributed outside the Marketplace: threads and histories once a minute, in small pages."""
        self.limits.rates |= dict.fromkeys(READING, TIER_1)
        self.workspace.page_cap = READING_PAGE

    @property
    def brain(self) -> Json:
        """Which model talks, as the page shall say it."""
        return self._brain

    @brain.setter
    def brain(self, brain: Json) -> None:
        self._brain = brain
        self.workspace.tell("brain", brain)

    def fail(
        self,
        method: str,
        error: str | None = None,
        status: int | None = None,
        drop: When | None = None,
        times: int = 1,
        retry_after: int | None = None,
        delay: float = 0.0,
        hang: When | None = None,
        skip: int = 0,
        when: Callable[[Json], bool] | None = None,
    ) -> None:
        """Let the next calls of a method ("*": of any) go wrong, in the ways that `Fault` knows.

        With `drop` the connection is cut, with `hang` no answer ever comes, "before" the call is done or "after".
        """
        self.web_api.faults.append(Fault(method, error, status, drop, hang, retry_after, delay, times, skip, when))

    # -- looking

    def thread(self, channel: str, ts: str, seen_by: str | None = None) -> list[Json]:
        """The root and its replies, oldest first; as a person sees them, or as they are."""
        messages = self.workspace.conversation(channel).thread(ts)
        if seen_by is None:
            return messages
        who = self.workspace.person(seen_by).id
        return [self.workspace.seen_by(who, message) for message in messages]

    def messages(self, channel: str) -> list[Json]:
        """All messages of a conversation, replies too, oldest first."""
        place = self.workspace.conversation(channel)
        return [place.messages[ts] for ts in sorted(place.messages)]

    @property
    def pings(self) -> list[tuple[str, str, str]]:
        """Whom the bot's messages called: channel, `ts`, and a user, a group, "here", "channel" or "everyone"."""
        return list(self.workspace.pings)

    def notes(self, user: str) -> list[Json]:
        """The messages that only this person sees, oldest first."""
        who = self.workspace.person(user).id
        return [each["message"] for each in self.workspace.whispered.values() if each["user"] == who]

    def whispers(self, user: str) -> list[str]:
        """The texts of these."""
        return [note["text"] for note in self.notes(user)]

    def modal(self, user: str) -> Json | None:
        """The modal on top of what this person has open."""
        who = self.workspace.person(user).id
        return next((view for view in reversed(self.workspace.views.values()) if view["_user"] == who), None)

    def home(self, user: str) -> Json | None:
        """The Home tab as it was last published for this person."""
        return self.workspace.homes.get(self.workspace.person(user).id)

    @property
    def calls(self) -> list[Call]:
        return list(self.web_api.calls)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.web_api.calls if call.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to tell the bot something, oldest first."""
        return list(self.courier.deliveries)

    @property
    def connected(self) -> bool:
        return self.webhook.heard if self.deliver_http_to else len(self.sockets) > 0

    def bot_state(self) -> Json:
        return {"connected": self.connected, "mode": "http" if self.deliver_http_to else "socket"}

    def wait_for(
        self, predicate: Callable[[], Found], timeout: float = 150, description: str = "what was awaited"
    ) -> Coroutine[Any, Any, Found]:
        """The predicate's value as soon as it is true; it is asked again after each change of anything."""
        return self._seen(predicate, timeout, description)

    async def _seen(self, predicate: Callable[[], Found], within: float, description: str) -> Found:
        try:
            async with asyncio.timeout(within):
                while not (found := predicate()):
                    await self._changed.wait()
        except TimeoutError:
            raise TimeoutError(f"not seen within {within} s: {description}") from None
        return found

    # -- acting on the line to the bot

    def send_event(self, event: Json) -> str | None:
        """Tell the bot of any event; returns its `event_id`."""
        return self.courier.event(event)

    async def redeliver(self, event_id: str | None = None) -> Delivery:
        """Send an event again with the same `event_id`: the given one, or the last."""
        return await self.courier.again(event_id)

    def uninstall(self) -> None:
        """Somebody removes the app from this workspace."""
        self.workspace.uninstall()

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        await self.sockets.disconnect(reason)

    def cut_sockets(self) -> None:
        """Lose all connections without a word."""
        for client in self.sockets.clients():
            self.app.state.cut(client)

    def deafen_sockets(self, *, pings: bool = True) -> None:
        """Let the bot's connections stay open and bring nothing any more; without `pings` not even pongs."""
        self.sockets.deafen()
        if not pings:
            for client in self.sockets.clients():
                self.app.state.freeze(client)

    async def verify_http(self) -> bool:
        """Ask the bot's events address to prove itself, as Slack does when it is entered."""
        return await self.webhook.verify(self.courier.ack_within)

    # -- inside

    def _line(self) -> Line:
        return self.webhook if self.deliver_http_to else self.sockets

    def _connection_changed(self) -> None:
        self.workspace.tell("bot", self.bot_state())

    def _wake(self, kind: str, data: Json) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _built(self) -> FastAPI:
        app = FastAPI(title="A small Slack", lifespan=self._running, openapi_url=None)
        app.router.routes += [
            Route("/api/{method}", self.web_api.endpoint, methods=["GET", "POST"]),
            WebSocketRoute("/link/", self.sockets.endpoint),
            *self.control.routes,
            *Pages(self.workspace).routes,
            *self.web_api.oauth.routes,
        ]
        return app

    @asynccontextmanager
    async def _running(self, app: FastAPI) -> AsyncIterator[None]:
        self.workspace.url = app.state.url
        for file in self.workspace.files.values():
            place(self.workspace, file)
        if self._first is None:
            self.webhook.open()
        self.courier.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                housekeeping = tasks.create_task(self._keep_house())
                yield
                housekeeping.cancel()
        finally:
            await self.courier.close()
            if self._first is None:
                await self.webhook.close()
            if self._store is not None:
                self._store.close()

    async def _keep_house(self) -> Any:
        while True:
            await asyncio.sleep(HOUSEKEEPING)
            self.workspace.forget_the_expired()
            if self._store is not None:
                await self._store.flush()
