"""The bot's HTTP server: FastAPI on uvicorn, in the event loop that everything else runs in."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp

from bot.errors import StartError
from bot.web import connections, metrics, probes
from bot.web.metrics import Exposition
from bot.web.probes import Health, no_parts


class _Server(uvicorn.Server):
    """Signals are the application's business: uvicorn's own handlers would hide them from it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or ():
            bound.listen(connections.BACKLOG)  # asyncio takes as many at once as it is told to keep waiting
        self.listening.set()


def api(
    slack_events: Callable[[Request], Awaitable[Response]] | None,
    health: Health = no_parts,
    exposition: Exposition | None = None,
    token: Callable[[], str] | None = None,
) -> FastAPI:
    """The probes with the state of each part, and `/slack/events` and `/metrics` when there is something to answer."""
    app = FastAPI(title="Threadbot", docs_url=None, redoc_url=None, openapi_url=None)
    probes.add(app, health)
    if exposition is not None:
        metrics.add(app, exposition, token)
    if slack_events is not None:
        app.add_api_route("/slack/events", slack_events, methods=["POST"], response_model=None)
    return app


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, setting: str = "PORT") -> AsyncIterator[int]:
    """Serve until the block ends; gives the port. Raises StartError when the address cannot be had."""
    config = uvicorn.Config(
        app,
        http=connections.Connection,
        ws="none",
        lifespan="off",
        log_config=None,  # what it logs goes the way of all other lines
        log_level="error",  # its warnings are one line for each odd request of anybody's
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=connections.AT_ONCE,
        h11_max_incomplete_event_size=connections.MAX_HEADER_BYTES,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    bound = _bound(host, port, setting)
    seldom = connections.Seldom()
    logging.getLogger("asyncio").addFilter(seldom)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(server.serve(sockets=[bound]), name="http server")
        try:
            await server.listening.wait()
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            await task
            logging.getLogger("asyncio").removeFilter(seldom)


def _bound(host: str, port: int, setting: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as refused:
        bound.close()
        raise StartError(f"{setting}: cannot listen on {host}:{port}; choose a free port") from refused
    return bound
