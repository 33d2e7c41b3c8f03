"""`/metrics`, for whoever has the token, if there is one."""

import hmac
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Exposition = Callable[[], Awaitable[bytes]]


def add(app: FastAPI, exposition: Exposition, token: Callable[[], str] | None) -> None:
    """Answer it, with 401 to a wrong token (`Authorization: Bearer …`)."""

    async def metrics(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode("latin-1")
        if token is not None and not hmac.compare_digest(shown, f"Bearer {token()}".encode()):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(await exposition(), media_type=CONTENT_TYPE)

    app.add_api_route("/metrics", metrics, methods=["GET", "HEAD"], response_model=None)
