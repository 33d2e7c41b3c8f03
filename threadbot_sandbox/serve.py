"""How the sandbox serves a FastAPI app: inside this event loop, on 127.0.0.1, and gone the moment it is left.

uvicorn waits for open streams before it stops, and a page that listens never ends by itself. Here what
answers quickly may finish, everything else is cut off.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server

from threadbot_sandbox.door import guarded

GRACE = 0.1
"""Seconds in which a request under way may end by itself."""


@asynccontextmanager
async def serving(app: FastAPI, *, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Serve `app` behind the door and yield its address.

    The address also stands in `app.state.url` before the app's lifespan begins.

    `app.state.cut(client)` drops the connection of the peer that a request's `scope["client"]` names;
    `app.state.freeze(client)` reads no more from it, so that not even a ping is answered.
    Raises OSError when the port is taken.
    """
    with _listening(host, port) as listener:
        app.state.url = f"http://{host}:{listener.getsockname()[1]}"
        config = Config(
            guarded(_ending_quietly(app)),
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            server_header=False,
        )
        config.load()
        server = Server(config)
        server.lifespan = config.lifespan_class(config)
        app.state.cut = lambda client: _cut(server, client)
        app.state.freeze = lambda client: _freeze(server, client)
        await server.startup(sockets=[listener])
        dating = asyncio.ensure_future(_date(server))
        try:
            yield app.state.url
        finally:
            dating.cancel()
            await _stop(server)


async def _date(server: Server) -> None:
    """Each answer tells what time it is."""
    while True:
        server.server_state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        await asyncio.sleep(1)


def _listening(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _ending_quietly(app: FastAPI) -> ASGIApp:
    """uvicorn logs a cancelled request as the app's failure; here it only means that the server stops."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)

    return served


def _cut(server: Server, client: tuple[str, int]) -> None:
    for transport in _transports(server, client):
        transport.abort()


def _freeze(server: Server, client: tuple[str, int]) -> None:
    for transport in _transports(server, client):
        transport.pause_reading()


def _transports(server: Server, client: tuple[str, int]) -> list[Any]:
    connections = server.server_state.connections
    return [one.transport for one in connections if getattr(one, "client", None) == tuple(client)]


async def _stop(server: Server) -> None:
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    await _ended(server, GRACE)
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await _ended(server, GRACE)
    for task in list(server.server_state.tasks):
        task.cancel()
    await _ended(server, 1.0)
    for listening in server.servers:
        await listening.wait_closed()
    await server.lifespan.shutdown()


async def _ended(server: Server, within: float) -> None:
    if tasks := list(server.server_state.tasks):
        await asyncio.wait(tasks, timeout=within)
