"""What goes wrong, as programs read it: problem details (RFC 9457), with a `message` that older clients look for."""

import http
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import BotError, Unavailable
from bot.wording.words import Words

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
OPENAI = "/v1/"
"""What begins so is told of errors in OpenAI's way."""
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
QUOTA = "insufficient_quota"
"""What OpenAI calls a budget that is used up."""
RETRY_AFTER = 2  # seconds, where nobody knows better


class Problem(Exception):
    """An answer that is none: a status, and the code of what is said with it."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.values = status, code, values
        self.headers, self.extra = dict(headers or {}), dict(extra or {})


def again(seconds: float) -> dict[str, str]:
    """The header that says when to try again."""
    return {"Retry-After": str(max(int(-(-seconds // 1)), 1))}


def details(status: int, message: str, **extra: object) -> dict[str, object]:
    title = http.HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": message, "message": message, **extra}


def openai_error(status: int, message: str, extra: Mapping[str, object]) -> dict[str, object]:
    """The same in OpenAI's shape."""
    kind = "server_error" if status >= 500 else TYPES.get(status, "invalid_request_error")
    code = extra.get("code") or CODES.get(status)
    kind = QUOTA if code == QUOTA else kind
    return {"error": {"message": message, "type": kind, "param": extra.get("param"), "code": code}}


def add(app: FastAPI, words: Words) -> None:
    """Answer each error of the app in this way."""

    def answer(request: Request, problem: Problem) -> JSONResponse:
        headers = {**getattr(request.state, "headers", {}), **problem.headers}
        message = words.label(problem.code, **problem.values)
        if request.url.path.startswith(OPENAI):
            status = 400 if problem.status == 422 else problem.status
            return JSONResponse(openai_error(status, message, problem.extra), status, headers)
        return JSONResponse(details(problem.status, message, **problem.extra), problem.status, headers, MEDIA_TYPE)

    async def told(request: Request, error: Exception) -> JSONResponse:
        return answer(request, _problem(error))

    for kind in (Problem, RequestValidationError, HTTPException, BotError):
        app.add_exception_handler(kind, told)

    app.add_middleware(_Bugs, answer=answer)


@dataclass(frozen=True, slots=True)
class _Bugs:
    """What nobody expected is logged, and told with a reference; an answer that has begun breaks off."""

    app: ASGIApp
    answer: Callable[[Request, Problem], JSONResponse]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("a bug ended a request", extra={"reference": reference})
            if begun:
                raise
            problem = Problem(500, "api.broken", reference=reference, extra={"reference": reference})
            await self.answer(Request(scope), problem)(scope, receive, send)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            names = [".".join(map(str, each["loc"][1:])) for each in error.errors()]
            return Problem(422, "api.parameter", name=", ".join(names))
        case HTTPException(status_code=405):
            return Problem(405, "api.method", headers=error.headers)
        case HTTPException():
            return Problem(404, "api.not-there")
        case Unavailable():
            return Problem(503, "api.unavailable", headers=again(error.after))
    return Problem(503, "api.unavailable", headers=again(RETRY_AFTER))
