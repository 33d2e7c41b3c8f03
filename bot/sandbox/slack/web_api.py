"""/api/<method>: every call is checked, counted, answered and written down. Tests can order faults."""

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox.slack import chat, files, reading, streams, views
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.method import Args, Json, Method, demand, parse
from bot.sandbox.slack.seed import APP_TOKEN, BOT_TOKEN
from bot.sandbox.slack.workspace import Workspace

KEPT = 50_000
"""So many calls are remembered."""


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call of the bot. `status` 0: the connection was cut."""

    n: int
    at: float
    method: str
    args: Json
    ok: bool
    error: str | None
    status: int
    ms: float
    retry_after: int | None = None


@dataclass(slots=True)
class Fault:
    """What shall go wrong with a method ("*": with any), and how many times more."""

    method: str
    error: str | None = None
    status: int | None = None
    drop: Literal["before", "after"] | None = None
    retry_after: int | None = None
    delay: float = 0.0
    times: int = 1

    def refuse(self) -> None:
        """Raises what the caller shall see; silent for a mere delay or drop."""
        if self.error is not None or self.status is not None:
            status = self.status or (429 if self.error == "ratelimited" else 200)
            raise ApiError(self.error or f"http_{status}", status=status, retry_after=self.retry_after)


class WebApi:
    """Answers calls on the workspace."""

    def __init__(self, workspace: Workspace, limits: Limits, more: dict[str, Method]) -> None:
        self.workspace = workspace
        self.limits = limits
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.faults: list[Fault] = []
        self._methods = {
            **chat.METHODS,
            **streams.METHODS,
            **reading.METHODS,
            **files.METHODS,
            **views.METHODS,
            **more,
        }
        self._made = 0

    async def endpoint(self, request: Request) -> Response:
        began = time.perf_counter()
        name = request.path_params["method"]
        fault = self._fault(name)
        args, error = Args(), None
        answer: Json = {}
        try:
            args = parse(await request.body(), request.headers.get("content-type", ""), request.url.query)
            token = _token(request, args)
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if fault.drop == "before":
                    return await self._cut(request, name, args, began)
                fault.refuse()
            answer = self._answer(name, token, args)
        except ApiError as refused:
            error = refused
        if fault is not None and fault.drop == "after":
            return await self._cut(request, name, args, began)
        return self._reply(name, args, answer, error, began)

    def _fault(self, method: str) -> Fault | None:
        for fault in self.faults:
            if fault.method in (method, "*"):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def _answer(self, name: str, token: str, args: Args) -> Json:
        method = self._methods.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        _check_token(method, token)
        if method.scope is not None:
            demand(self.workspace, method.scope)
        wait = self.limits.refused(name, method.rate, str(args.get("channel", "")))
        if wait is not None:
            raise ApiError("ratelimited", status=429, retry_after=wait)
        return method.run(self.workspace, args)

    def _reply(self, name: str, args: Args, answer: Json, error: ApiError | None, began: float) -> Response:
        status = error.status if error else 200
        headers = {
            "x-oauth-scopes": ",".join(sorted(self.workspace.scopes)),
            "content-type": "application/json; charset=utf-8",
        }
        method = self._methods.get(name)
        if method is not None and method.scope is not None:
            headers["x-accepted-oauth-scopes"] = method.scope
        if error is not None:
            answer = {"ok": False, "error": error.error, **error.more}
            if error.retry_after is not None:
                headers["retry-after"] = str(error.retry_after)
        else:
            answer = {"ok": True, **answer}
        self._note(name, args, status, error, began)
        return Response(json.dumps(answer), status, headers)

    async def _cut(self, request: Request, name: str, args: Args, began: float) -> Response:
        self._note(name, args, 0, ApiError("connection_cut"), began)
        request.app.state.cut(request.scope["client"])
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response()

    def _note(self, name: str, args: Args, status: int, error: ApiError | None, began: float) -> None:
        self._made += 1
        call = Call(
            n=self._made,
            at=self.workspace.clock(),
            method=name,
            args={key: value for key, value in args.items() if key != "token"},
            ok=error is None,
            error=error.error if error else None,
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 2),
            retry_after=error.retry_after if error else None,
        )
        self.calls.append(call)
        self.workspace.tell("call", {"call": call})


def as_json(call: Call) -> Json:
    shown: Json = {"n": call.n, "at": call.at, "method": call.method, "args": call.args, "ok": call.ok}
    shown |= {"status": call.status, "ms": call.ms}
    shown |= {"error": call.error} if call.error else {}
    return shown | ({"retry_after": call.retry_after} if call.retry_after else {})


def _token(request: Request, args: Args) -> str:
    header = request.headers.get("authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.get("token", ""))


def _check_token(method: Method, token: str) -> None:
    if method.token == "any":
        return
    if not token:
        raise ApiError("not_authed")
    if token not in (BOT_TOKEN, APP_TOKEN):
        raise ApiError("invalid_auth")
    if token != (APP_TOKEN if method.token == "app" else BOT_TOKEN):
        raise ApiError("not_allowed_token_type")
