"""The API as an application of its own: its routes, how it says what is wrong, and how it describes itself."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.version import VERSION
from bot.web.api import entries, problems, stream, threads
from bot.web.api.door import Api

BASE = "/api/v1"
PATHS = ("/api",)


def app(api: Api) -> FastAPI:
    """Everything under `/api`."""
    made = FastAPI(
        title="Threadbot",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    made.state.api = api
    problems.add(made, api.words)
    for part in (threads, entries, stream):
        made.include_router(part.router, prefix=BASE)
    return made


def beside(main: ASGIApp, api: ASGIApp, paths: Sequence[str] = PATHS) -> ASGIApp:
    """What answers for both: the API at these paths and below, whatever stands in them, and the rest elsewhere."""

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        ours = scope["type"] == "http" and any(path == each or path.startswith(f"{each}/") for each in paths)
        await (api if ours else main)(scope, receive, send)

    return chosen
