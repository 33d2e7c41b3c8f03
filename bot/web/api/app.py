"""The API as an application of its own: its routes, how it says what is wrong, and how it describes itself."""

import json
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.version import VERSION
from bot.web.api import entries, openai, page, problems, replies, stream, threads, usage
from bot.web.api.door import Api

BASE = "/api/v1"
PATHS = ("/api", "/v1")
ABOUT = """Programs talk to the bot as people do: begin a thread, ask, wait, read the answer.

Show a token: `Authorization: Bearer tb_…`. Send fields as a form or as JSON. What is wrong is told as problem details,
with a `message`. A turn that fails is no error of HTTP: its response entry has an `error`."""


def app(api: Api) -> FastAPI:
    """Everything under `/api`."""
    made = _described()
    made.state.api = api
    problems.add(made, api.words)
    return made


def description() -> str:
    """What the API is, as OpenAPI."""
    return json.dumps(_described().openapi(), indent=2, ensure_ascii=False) + "\n"


def _described() -> FastAPI:
    made = FastAPI(
        title="Threadbot",
        version=VERSION,
        description=ABOUT,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    for part in (threads, entries, stream, usage):
        made.include_router(part.router, prefix=BASE)
    made.include_router(openai.router)
    page.add(made)
    made.openapi()["components"]["schemas"]["Details"] = replies.Details.model_json_schema()
    return made


def beside(main: ASGIApp, api: ASGIApp, paths: Sequence[str] = PATHS) -> ASGIApp:
    """What answers for both: the API at these paths and below, whatever stands in them, and the rest elsewhere."""

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        ours = scope["type"] == "http" and any(path == each or path.startswith(f"{each}/") for each in paths)
        await (api if ours else main)(scope, receive, send)

    return chosen
