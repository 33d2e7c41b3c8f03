"""Listens over a websocket, and notices when it no longer does.

A connection may break, stop answering, hear nothing any more although it answers, or be told by Slack to make room for
a fresh one. The SDK's own client then closes the old connection before it has a new one, and tries an address that is
refused again and again. So the connections are ours: each has its address from an `apps.connections.open` of its own,
the new one is open before the old one closes, and what was heard is answered first. Bolt does all the rest.
Two connections for a moment do no harm: Slack sends each payload to one of them.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, ClientWSTimeout, WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from yarl import URL

from bot import aio
from bot.errors import SettingsError, StartError
from bot.slack.api.client import SlackClient
from bot.slack.api.identity import socket_url
from bot.slack.api.proxies import proxy_for
from bot.slack.inbound import payloads

log = logging.getLogger(__name__)

MAX_REASON = 200  # characters of why a connection is lost


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds."""

    opened: float = 10.0
    """A new connection has to bring Slack's hello within that."""
    ping: float = 10.0
    """How often we ping; a connection is deaf when the answer takes more than half of that."""
    quiet: float = 600.0
    """A connection that brought nothing for so long is replaced: some answer pings, but hear nothing
    (slackapi/bolt-python#1529)."""
    first_pause: float = 0.5
    longest_pause: float = 30.0
    refused_pause: float = 60.0
    """Between attempts with a token that Slack refuses; it may be put right in the Slack app."""
    close: float = 2.0
    """For Slack to agree that a connection is closed."""
    answers: float = 4.0
    """For what was heard to be answered before that; Bolt gives its listeners three."""


class _NotGreeted(Exception):
    """The address was refused, or Slack sent us away at once."""


class Socket:
    """Our connection to Slack, whichever it is at the moment."""

    def __init__(self, app: AsyncApp, client: SlackClient, app_token: Callable[[], str], timing: Timing) -> None:
        self._app, self._client, self._token, self._timing = app, client, app_token, timing
        self._line: _Line | None = None
        self._address: str | None = None
        self._logged: set[str] = set()  # what was logged about the trouble that lasts
        self.tried = asyncio.Event()  # set when the first attempt to connect is over

    @property
    def alive(self) -> bool:
        return self._line is not None and not self._line.over

    def begin_at(self, address: str) -> None:
        """The address for the first connection; each is good for one attempt."""
        self._address = address

    async def keep(self, session: ClientSession, lines: asyncio.TaskGroup) -> None:
        """Listen for ever."""
        while True:
            line = await self._fresh(session)
            lines.create_task(line.listen(), name="socket")
            if self._line is not None:
                self._line.close()
            self._line = line
            self._restored()
            await line.going.wait()
            self._trouble("lost", line.why)

    def close(self) -> None:
        """What was heard is still answered."""
        if self._line is not None:
            self._line.close()

    async def _fresh(self, session: ClientSession) -> "_Line":
        """A new connection; tried for as long as it takes."""
        pause = self._timing.first_pause
        while True:
            address, self._address = self._address, None
            try:
                return await self._opened(address or await socket_url(self._client, self._token()), session)
            except SettingsError as refused:
                self._trouble("refused", str(refused))
                pause = self._timing.refused_pause
            except (StartError, ClientError, _NotGreeted, OSError, TimeoutError) as error:
                self._trouble("lost", f"{type(error).__name__}: {error}"[:MAX_REASON])
            self.tried.set()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, self._timing.longest_pause)

    async def _opened(self, url: str, session: ClientSession) -> "_Line":
        async with asyncio.timeout(self._timing.opened):
            websocket = await session.ws_connect(
                url,
                heartbeat=self._timing.ping,
                timeout=ClientWSTimeout(ws_close=self._timing.close),
                proxy=proxy_for(URL(url)),
            )
            try:
                greeting = _envelope((await websocket.receive()).data)
                if greeting.get("type") != "hello":
                    raise _NotGreeted(str(greeting.get("reason", "no hello"))[:MAX_REASON])
            except BaseException as error:
                await websocket.close()
                if self._line is not None and "too_many_websockets" in str(error):
                    self._line.close()  # then there is room for the next attempt
                raise
        return _Line(websocket, self._app, self._timing)

    def _trouble(self, kind: str, why: str) -> None:
        """Log it once, until all is well again. A refused token is said even while the old connection lasts."""
        if kind in self._logged or (kind == "lost" and self.alive):
            return
        self._logged.add(kind)
        if kind == "refused":
            log.error(why)
        else:
            log.warning("connection to Slack lost", extra={"why": why})

    def _restored(self) -> None:
        if self._logged:
            log.warning("connected to Slack again")
        self._logged.clear()
        self.tried.set()


class _Line:
    """One connection. `going` is set when another should take its place, `over` when it brings nothing any more."""

    logger = logging.getLogger("bot.bolt")  # Bolt's functions want one of whoever they answer

    def __init__(self, websocket: ClientWebSocketResponse, app: AsyncApp, timing: Timing) -> None:
        self._websocket, self._app, self._timing = websocket, app, timing
        self._closing = asyncio.Event()
        self.going = asyncio.Event()
        self.over = False
        self.why = ""

    def close(self) -> None:
        self._closing.set()

    async def listen(self) -> None:
        """Hear and answer until closed, by us or by Slack."""
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as answers:
                hearing = answers.create_task(self._hear(answers), name="hear")
                await self._closing.wait()
                hearing.cancel()
                limit.reschedule(asyncio.get_running_loop().time() + self._timing.answers)
        except TimeoutError:
            log.debug("closed before all was answered; Slack will send it again")
        finally:
            self._end("")
            with suppress(Exception):  # it is to be gone, and is
                await self._websocket.close()

    async def _hear(self, answers: asyncio.TaskGroup) -> None:
        """Whatever is wrong with this connection ends this connection; what it brought before is still answered."""
        try:
            await self._frames(answers)
        except Exception as error:
            self._end(f"{type(error).__name__}: {error}")

    async def _frames(self, answers: asyncio.TaskGroup) -> None:
        while True:
            try:
                frame = await self._websocket.receive(timeout=self._timing.quiet)
            except TimeoutError:
                self._leave("nothing heard for long")
                continue
            if frame.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                self._end(f"{frame.type.name} {self._websocket.exception() or self._websocket.close_code or ''}")
                return
            envelope = _envelope(frame.data)
            if envelope.get("type") == "disconnect":
                self._leave(str(envelope.get("reason")))
            elif request := _request(envelope):
                answers.create_task(self._answer(request), name="answer")

    def _leave(self, why: str) -> None:
        self.why = self.why or why[:MAX_REASON]
        self.going.set()

    def _end(self, why: str) -> None:
        self.over = True
        self._leave(why)
        self._closing.set()

    async def _answer(self, request: SocketModeRequest) -> None:
        try:
            response = await run_async_bolt_app(self._app, request)
            me: Any = self
            await send_async_response(me, request, response, time.time())
        except ConnectionError:
            log.debug("not acknowledged; Slack will send it again", extra={"envelope": request.envelope_id})
        except Exception:
            log.exception("a payload could not be handled", extra={"envelope": request.envelope_id})

    async def send_socket_mode_response(self, response: SocketModeResponse) -> None:
        """What Bolt's functions call."""
        await self._websocket.send_str(json.dumps(response.to_dict()))


def _envelope(data: object) -> payloads.Payload:
    """What a frame holds; nothing when it is malformed."""
    try:
        return payloads.from_socket(data)
    except payloads.Malformed as wrong:
        log.warning("malformed envelope left out", extra={"why": str(wrong)})
        return {}


def _request(envelope: payloads.Payload) -> SocketModeRequest | None:
    """What is to be answered; None for what wants no answer, and for what is malformed: Slack sends that again."""
    if not envelope.get("envelope_id") or "payload" not in envelope:
        return None
    try:
        payload = payloads.checked(envelope["payload"])
    except payloads.Malformed as wrong:
        log.warning("malformed payload left out", extra={"why": str(wrong)})
        return None
    return SocketModeRequest.from_dict({"type": None, **envelope, "payload": payload})


@asynccontextmanager
async def socket_mode(
    app: AsyncApp,
    client: SlackClient,
    app_token: Callable[[], str],
    timing: Timing | None = None,
    health: MutableMapping[str, str] | None = None,
) -> AsyncIterator[Socket]:
    """Listen over a websocket until the block ends. Raises SettingsError or StartError when Slack refuses the token.

    `app_token` is asked for each connection: it may change.
    """
    health = {} if health is None else health
    socket = Socket(app, client, app_token, timing or Timing())
    socket.begin_at(await socket_url(client, app_token()))
    async with (
        ClientSession(timeout=ClientTimeout(total=None, sock_connect=5)) as session,
        asyncio.TaskGroup() as lines,
    ):
        keep = aio.supervised("socket", lambda: socket.keep(session, lines), health)
        keeping = lines.create_task(keep, name="keep socket")
        try:
            await socket.tried.wait()
            yield socket
        finally:
            keeping.cancel()
            socket.close()
