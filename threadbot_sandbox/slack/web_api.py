"""/api/<method>: every call is checked, counted, answered and written down. Tests can order faults."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from threadbot_sandbox.slack import chat, files, oauth, reading, streams, validate, views
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import Limits
from threadbot_sandbox.slack.method import Args, Json, Method, demand, parse
from threadbot_sandbox.slack.oauth import OAuth
from threadbot_sandbox.slack.workspace import Workspace

When = Literal["before", "after"]

KEPT = 50_000
"""So many calls are remembered."""


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call of the bot. `status` 0: the bot never got the answer."""

    n: int
    at: float
    method: str
    args: Json
    ok: bool
    error: str | None
    status: int
    ms: float
    answer: Json
    retry_after: int | None = None


@dataclass(slots=True)
class Fault:
    """What shall go wrong with a method ("*": with any), and how many times more.

    `drop` cuts the connection, `hang` never answers: "before" the call is done, or "after". `delay` is for calls
    that are done late. `skip` lets so many calls pass first; `when` picks calls by their arguments.
    """

    method: str
    error: str | None = None
    status: int | None = None
    drop: When | None = None
    hang: When | None = None
    retry_after: int | None = None
    delay: float = 0.0
    times: int = 1
    skip: int = 0
    when: Callable[[Json], bool] | None = None

    def meets(self, method: str, args: Json) -> bool:
        """Whether this call goes wrong by it. One that is skipped is counted."""
        if self.method not in (method, "*") or (self.when is not None and not self.when(args)):
            return False
        self.skip -= 1
        return self.skip < 0

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
        self.beside: dict[str, WebApi] = {}
        """Those of other workspaces, by the token that calls them."""
        self.oauth = OAuth(self)
        self._methods = {
            **chat.METHODS,
            **streams.METHODS,
            **reading.METHODS,
            **files.METHODS,
            **views.METHODS,
            **validate.METHODS,
            **oauth.METHODS,
            **more,
        }
        self._made = 0

    async def endpoint(self, request: Request) -> Response:
        began = time.perf_counter()
        name = request.path_params["method"]
        args, error, fault = Args(), None, None
        answer: Json = {}
        try:
            args = parse(await request.body(), request.headers.get("content-type", ""), request.url.query)
            if name == "oauth.v2.access":
                fault = self._fault(name, args)
                if fault is not None:
                    fault.refuse()
                answer = self.oauth.access(request.headers.get("authorization", ""), args)
                return self._reply(name, args, answer, None, began)
            token = _token(request, args)
            if (other := self.beside.get(token)) is not None:
                return await other.endpoint(request)
            fault = self._fault(name, args)
            if fault is not None:
                await asyncio.sleep(fault.delay)
                if "before" in (fault.drop, fault.hang):
                    return await self._unanswered(request, fault, name, args, began)
                fault.refuse()
            answer = self._answer(name, token, args)
        except ApiError as refused:
            error = refused
        if fault is not None and "after" in (fault.drop, fault.hang):
            return await self._unanswered(request, fault, name, args, began)
        return self._reply(name, args, answer, error, began)

    def _fault(self, method: str, args: Json) -> Fault | None:
        for fault in self.faults:
            if fault.meets(method, args):
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
                return fault
        return None

    def _answer(self, name: str, token: str, args: Args) -> Json:
        method = self._methods.get(name)
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        _check_token(method, token, self.workspace)
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
        self._note(name, args, status, error, began, answer)
        return Response(json.dumps(answer), status, headers)

    async def _unanswered(self, request: Request, fault: Fault, name: str, args: Args, began: float) -> Response:
        """The bot never learns what became of its call: we cut the line, or wait until the bot does."""
        lost = ApiError("connection_cut" if fault.drop else "no_answer")
        self._note(name, args, 0, lost, began, {})
        if fault.drop:
            request.app.state.cut(request.scope["client"])
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response()

    def _note(self, name: str, args: Args, status: int, error: ApiError | None, began: float, answer: Json) -> None:
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
            answer=answer,
            retry_after=error.retry_after if error else None,
        )
        self.calls.append(call)
        self.workspace.tell("call", {"call": call})


def as_json(call: Call) -> Json:
    shown: Json = {"n": call.n, "at": call.at, "method": call.method, "args": call.args, "ok": call.ok}
    shown |= {"status": call.status, "ms": call.ms, "answer": call.answer}
    shown |= {"error": call.error} if call.error else {}
    return shown | ({"retry_after": call.retry_after} if call.retry_after else {})


def _token(request: Request, args: Args) -> str:
    header = request.headers.get("authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.get("token", ""))


def _check_token(method: Method, token: str, workspace: Workspace) -> None:
    if method.token == "any":
        return
    if not token:
        raise ApiError("not_authed")
    keys, bots = workspace.keys, {workspace.keys.bot_token, *workspace.former_tokens}
    if token not in bots and token != keys.app_token:
        raise ApiError("invalid_auth")
    if token in bots and not workspace.installed:
        raise ApiError("account_inactive")
    if token not in ({keys.app_token} if method.token == "app" else bots):
        raise ApiError("not_allowed_token_type")
