"""Socket Mode: the websockets that the bot has opened, and what is said over them.

Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

import asyncio
import json
import random
import socket
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect

from threadbot_sandbox.slack.delivery import Parcel, Receipt
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.seed import APP
from threadbot_sandbox.slack.workspace import Workspace

MOST = 10
HOST = f"applink-sandbox-{socket.gethostname()}"
LASTS = 3600
"""Seconds after which Slack refreshes a connection, as its hello says. Ours last as long as they are used."""

Acks = dict[str, "asyncio.Future[Any]"]


class Sockets:
    """Up to `most` connections; a payload goes to any one of them, and any one may acknowledge it.

    The next `refusing` addresses turn out to be worth nothing.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.most = MOST
        self.refusing = 0
        self._changed = changed
        self._tickets: set[str] = set()
        self._connections: dict[WebSocket, Acks] = {}
        self._deaf: set[WebSocket] = set()

    @property
    def methods(self) -> dict[str, Method]:
        return {"apps.connections.open": Method(self._ticket, token="app")}

    def __len__(self) -> int:
        return len(self._connections)

    def _ticket(self, workspace: Workspace, args: Args) -> Json:
        """An address for one connection."""
        ticket = uuid4().hex
        self._tickets.add(ticket)
        address = workspace.url.replace("http", "ws", 1)
        return {"url": f"{address}/link/?ticket={ticket}&app_id={APP}"}

    async def endpoint(self, websocket: WebSocket) -> None:
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close()
            return
        self._tickets.discard(ticket)
        if self.refusing > 0:
            self.refusing -= 1
            await websocket.close()
            return
        await websocket.accept()
        if len(self._connections) >= self.most:
            await _farewell(websocket, "too_many_websockets")
            await websocket.close()
            return
        acks: Acks = {}
        self._connections[websocket] = acks
        try:
            await websocket.send_text(json.dumps(self._hello()))
            self._changed()
            while True:
                self._acknowledged(await websocket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            del self._connections[websocket]
            self._deaf.discard(websocket)
            for ack in acks.values():
                if not ack.done():
                    ack.set_exception(ConnectionError())
            self._changed()

    async def send(self, parcel: Parcel, retry: int, reason: str, within: float) -> Receipt:
        if not self._connections:
            return Receipt("no connection", reason="connection_failed")
        websocket = random.choice(list(self._connections))
        envelope_id = str(uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": parcel.payload,
            "type": parcel.kind,
            "accepts_response_payload": parcel.kind != "events_api",
        }
        if parcel.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        acks = self._connections[websocket]
        ack = acks[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within):
                if websocket not in self._deaf:
                    await websocket.send_text(json.dumps(envelope))
                answer = await ack
        except TimeoutError:
            return Receipt("no ack", reason="timeout")
        except (ConnectionError, WebSocketDisconnect, RuntimeError):
            return Receipt("connection lost", reason="connection_failed")
        finally:
            acks.pop(envelope_id, None)
            ack.cancel()
        return Receipt("acked", acked=True, answer=answer)

    async def disconnect(self, reason: str) -> None:
        """Send the bot's connections away. A "warning" leaves them open."""
        for websocket in list(self._connections):
            await _farewell(websocket, reason)
            if reason != "warning":
                await websocket.close()

    def deafen(self) -> None:
        """What is sent over the connections of now is lost on its way."""
        self._deaf = set(self._connections)

    def clients(self) -> list[tuple[str, int]]:
        """The peers, as their requests name them: to cut them off without a word."""
        return [tuple(websocket.scope["client"]) for websocket in self._connections]

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": LASTS},
            "connection_info": {"app_id": APP},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            said = json.loads(text)
            envelope_id = said["envelope_id"]
        except (ValueError, TypeError, KeyError):
            return
        for acks in self._connections.values():
            if (ack := acks.get(envelope_id)) is not None and not ack.done():
                ack.set_result(said.get("payload"))


async def _farewell(websocket: WebSocket, reason: str) -> None:
    await websocket.send_text(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}))
