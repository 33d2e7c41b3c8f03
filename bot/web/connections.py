"""Connections from the open internet: so many, so large, and each for so long as it has something to say."""

import asyncio
import logging
import resource
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.aio import Throttle

MAX_CONNECTIONS = 4096  # less where the process may open few files
MAX_HEADER_BYTES = 16_384
HEADER_TIMEOUT = 5.0  # seconds until a request's headers are there, and between two requests
AT_ONCE = 32  # connections that are taken before those that were taken before are looked at
BACKLOG = 1024  # that the system keeps for us until then
LOGGED_EVERY = 60.0  # seconds, that no file can be opened


class Connection(H11Protocol):
    """uvicorn's, with a deadline for the headers; when there are too many, the one that has waited longest makes room.

    Waiting is: no request yet, or one whose body is not complete. uvicorn's own bound on connections counts also those
    that say nothing, and refuses all others for them.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._since = self.loop.time()
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._answering:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._answering:
            self._expect_headers()

    @property
    def waiting(self) -> bool:
        return not self._answering or self.cycle.more_body

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_headers(self) -> None:
        self._expect_nothing()
        self._since = self.loop.time()
        self._deadline = self.loop.call_later(HEADER_TIMEOUT, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _make_room(self) -> None:
        ours = [one for one in self.connections if isinstance(one, Connection) and not one.transport.is_closing()]
        if len(ours) > _most():
            waiting = (one for one in ours if one.waiting)
            min(waiting, key=lambda one: one._since, default=self).transport.abort()


def _most() -> int:
    """A quarter of the files that we may open: Slack, Redis and the model need some too."""
    return min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)


class Seldom(logging.Filter):
    """asyncio says a hundred times a second, with a traceback each, that it can take no connection; once will do."""

    def __init__(self) -> None:
        super().__init__()
        self._throttle = Throttle(LOGGED_EVERY)

    def filter(self, record: logging.LogRecord) -> bool:
        no_room = str(record.msg).startswith("socket.accept() out of system resource")
        return not no_room or self._throttle.due()
