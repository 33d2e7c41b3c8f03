"""What those ask who watch the process: whether it is alive, whether it is of use, and how its parts are.

`/livez` needs nothing but the event loop: no restart mends an outage of Redis or Slack, but it would end the answers
under way. `/readyz`, for a load balancer, and `/healthz`, for people, say 503 as long as a part is failing.
"""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Response

from bot.aio import FAILING, OK
from bot.version import VERSION

Health = Callable[[], Awaitable[dict[str, str]]]
"""The state of each part, by name."""


async def no_parts() -> dict[str, str]:
    return {}


def add(app: FastAPI, health: Health) -> None:
    """Answer these three, to GET and HEAD."""

    async def livez() -> dict[str, str]:
        return {"status": OK}

    async def readyz(response: Response) -> dict[str, str]:
        return {"status": _status(await health(), response)}

    async def healthz(response: Response) -> dict[str, str]:
        parts = await health()
        return {"status": _status(parts, response), "version": VERSION, **parts}

    for path, answer in (("/livez", livez), ("/readyz", readyz), ("/healthz", healthz)):
        app.add_api_route(path, answer, methods=["GET", "HEAD"])


def _status(parts: dict[str, str], response: Response) -> str:
    failing = FAILING in parts.values()
    response.status_code = 503 if failing else 200
    return FAILING if failing else OK
