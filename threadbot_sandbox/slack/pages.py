"""What is served beside the API: the page, files, and the addresses that take answers and uploads."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from threadbot_sandbox.slack.answers import answer
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.files import IMAGES, LOGIN_PAGE, take
from threadbot_sandbox.slack.workspace import Workspace

FOLDER = Path(__file__).parent.parent / "page"


class PageFiles(StaticFiles):
    """The page's parts, asked for anew each time as the page is: none stays behind after an update."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


class Pages:
    """Routes that are neither the Web API nor the sandbox's controls."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._page),
            Mount("/page", PageFiles(directory=FOLDER, check_dir=False)),
            Route("/files-pri/{file}/{name}", self._file),
            Route("/files-pri/{file}/download/{name}", self._file),
            Route("/files-tmb/{file}/{size:int}/{name}", self._file),
            Route("/upload/v1/{id}", self._upload, methods=["POST"]),
            Route("/hooks/{name}", self._hook, methods=["POST"]),
        ]

    async def _page(self, request: Request) -> Response:
        return FileResponse(FOLDER / "index.html", headers={"cache-control": "no-cache", "x-frame-options": "DENY"})

    async def _file(self, request: Request) -> Response:
        """A file's bytes, for the bot's token and for our own page (a browser there is "signed in")."""
        file = self._workspace.files.get(request.path_params["file"].rpartition("-")[2])
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        granted = token == self._workspace.keys.bot_token and "files:read" in self._workspace.scopes
        if not granted and request.headers.get("sec-fetch-site") != "same-origin":
            return Response(LOGIN_PAGE, media_type="text/html")
        if file is None:
            return PlainTextResponse("Not found", 404)
        if file.redirect is not None:
            return RedirectResponse(file.redirect, 302)
        content = file.thumbs.get(request.path_params.get("size", 0), file.content)
        headers = {"x-content-type-options": "nosniff"}
        if "/download/" in request.url.path or file.info["mimetype"] not in IMAGES:
            headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(file.info['name'])}"
        return Response(content, media_type=file.info["mimetype"], headers=headers)

    async def _upload(self, request: Request) -> Response:
        file = self._workspace.files.get(request.path_params["id"])
        if file is None or file.content:
            return PlainTextResponse("No such upload", 404)
        take(self._workspace, file, await request.body())
        return PlainTextResponse(f"OK - {len(file.content)}")

    async def _hook(self, request: Request) -> Response:
        """A `response_url`."""
        hook = self._workspace.hooks.get(request.path_params["name"])
        if hook is None:
            return PlainTextResponse("expired_url", 404)
        if hook.left == 0:
            return PlainTextResponse("used_url", 404)
        try:
            given = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        hook.left -= 1
        try:
            answer(self._workspace, hook, given)
        except ApiError as refusal:
            return PlainTextResponse(refusal.error, 400)
        return JSONResponse({"ok": True})
