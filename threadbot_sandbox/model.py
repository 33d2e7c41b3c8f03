"""A small model: an OpenAI-compatible chat completions server that answers, and fails, as it is told.

What it says comes from `think` (in the sandbox, the scripted brain) or, first, from replies that a test
has put in its queue. A `Reply` also says how it arrives: at what pace, and with which fault.
"""

import asyncio
import hashlib
import json
import secrets
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json
from threadbot_sandbox.reply import Reply, Step, steps

__all__ = ["Reply", "SmallModel", "Think"]

_PREFIXES_KEPT = 50_000  # of former prompts, 16 bytes each, for cached_tokens

_BASES = ("/v1", "/openai/v1", "/openai/deployments/{deployment}")  # the last two are Azure's

Think = Callable[[Json], str | Reply]


class SmallModel:
    """`app` is served by the caller. The rest is for whoever wants to know, or to steer, what it does."""

    def __init__(
        self,
        think: Think | None = None,
        *,
        api_key: str | None = "sandbox",
        name: str = "small-model",
        remember: int | None = None,
    ):
        self.think: Think = think or _echo
        self.api_key = api_key  # None: any will do
        self.name = name
        self.remember = remember  # how many requests; None: all
        self.sees = True  # takes pictures
        self.lists = True  # says which models it has
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []  # with their query
        self.keys: list[str] = []  # with which it was asked, refused ones too
        self.cancelled: list[Json] = []  # requests whose client left before the end
        self.running = 0
        self.stalled = 0  # of those, how many wait for `release()` in mid-answer
        self.finished = 0
        self.app = FastAPI(
            openapi_url=None,
            routes=[
                *(Route(f"{base}/chat/completions", self._complete, methods=["POST"]) for base in _BASES),
                Route("/v1/models", self._models),
                Route("/health", self._health),
                Route("/sandbox/script", self._script, methods=["POST"]),
                Route("/sandbox/requests", self._told),
            ],
            exception_handlers={HTTPException: _not_served},
        )
        self._queue: deque[Reply] = deque()
        self._open = asyncio.Event()
        self._open.set()
        self._resumed = asyncio.Event()
        self._news = asyncio.Event()
        self._prefixes: OrderedDict[bytes, None] = OrderedDict()

    def enqueue(self, *replies: Reply | Json | str) -> None:
        """What to answer next, in order of the requests' arrival, before `think` is asked again."""
        self._queue.extend(map(Reply.of, replies))

    @property
    def queued(self) -> int:
        return len(self._queue)

    def hold(self) -> None:
        """From now on requests are taken and not answered, until `release()`."""
        self._open.clear()

    def release(self) -> None:
        """Answer what was held, and go on with what stalled."""
        self._open.set()
        self._resumed.set()
        self._resumed = asyncio.Event()

    async def wait_for(
        self,
        predicate: Callable[[], bool],
        timeout: float = 150,
        description: str = "",
    ) -> None:
        """Return once it is true. Looked at again whenever a request arrives, ends or is given up."""
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    await self._news.wait()
        except TimeoutError:
            seen = f"{len(self.requests)} requests, {self.finished} finished, {len(self.cancelled)} given up"
            raise TimeoutError(f"the model waited {timeout:g} s for {description or predicate}: {seen}") from None

    # -- routes --

    async def _complete(self, http: Request) -> Response:
        if refusal := self._unauthorized(http):
            return refusal
        try:
            request = json.loads(await http.body())
            messages = request["messages"]
            prompt = [(message, completion.tokens_in(message)) for message in messages]
            pictures = sum(len(completion.pictures_of(message)) for message in messages)
        except completion.BadPart as bad:
            return _error(400, str(bad), param="messages", code="invalid_value")
        except (ValueError, KeyError, TypeError, AttributeError):
            return _error(400, "We could not parse the JSON body of your request, or it has no messages.")
        if not messages:
            return _error(400, "Invalid 'messages': empty array.", param="messages", code="empty_array")
        self.requests.append(request)
        self.headers.append(dict(http.headers))
        self.paths.append(http.url.path + (f"?{http.url.query}" if http.url.query else ""))
        if self.remember is not None:
            for kept in (self.requests, self.headers, self.paths, self.keys):
                del kept[: -self.remember]
        self._tell()
        if pictures and not self.sees:
            said = "Invalid content type. image_url is only supported by certain models."
            return _error(400, said, param="messages")
        reply = self._queue.popleft() if self._queue else Reply.of(self.think(request))
        if rejected := sorted(reply.reject & request.keys()):
            self._queue.appendleft(reply)
            return _unsupported(rejected[0])
        return _Answer(self, request, reply, *self._counted(request, prompt))

    async def _models(self, http: Request) -> Response:
        if refusal := self._unauthorized(http):
            return refusal
        if not self.lists:
            raise HTTPException(404)
        model = {"id": self.name, "object": "model", "created": 1_700_000_000, "owned_by": "sandbox"}
        return JSONResponse({"object": "list", "data": [model]})

    async def _health(self, http: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _script(self, http: Request) -> Response:
        try:
            self.enqueue(*(await http.json())["replies"])
        except (ValueError, KeyError, TypeError) as wrong:
            return _error(400, f"`replies` must be a list of texts or replies: {wrong}")
        return JSONResponse({"ok": True, "queued": self.queued})

    async def _told(self, http: Request) -> Response:
        counts = {"queued": self.queued, "running": self.running, "finished": self.finished}
        return JSONResponse({"requests": self.requests, "cancelled": len(self.cancelled), **counts})

    def _unauthorized(self, http: Request) -> Response | None:
        given = http.headers.get("api-key") or http.headers.get("authorization", "").removeprefix("Bearer ")
        self.keys.append(given)
        if self.api_key is None or given == self.api_key:
            return None
        return _error(401, f"Incorrect API key provided: {given[:4]}***.")

    # -- what it keeps count of --

    def _counted(self, request: Json, prompt: list[tuple[Json, int]]) -> tuple[int, int]:
        """Tokens of the prompt, and how many of them a former request began with."""
        total, cached, known = 3, 0, True
        chain = hashlib.blake2b(str(request.get("model")).encode(), digest_size=16)
        for message, tokens in prompt:
            total += tokens
            chain.update(json.dumps(message, sort_keys=True).encode())
            prefix = chain.digest()
            known = known and prefix in self._prefixes
            cached += tokens if known else 0
            self._prefixes[prefix] = None
        while len(self._prefixes) > _PREFIXES_KEPT:
            self._prefixes.popitem(last=False)
        return total, cached

    @asynccontextmanager
    async def under_way(self) -> AsyncIterator[None]:
        """Round one answer: begins when nothing is held."""
        self.running += 1
        try:
            await self._open.wait()
            yield
            self.finished += 1
        finally:
            self.running -= 1
            self._tell()

    async def resumed(self) -> None:
        """Wait for the next `release()`."""
        self.stalled += 1
        self._tell()
        try:
            await self._resumed.wait()
        finally:
            self.stalled -= 1

    def given_up(self, request: Json) -> None:
        self.cancelled.append(request)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class _ClientLeft(Exception):
    pass


class _Answer(Response):
    """Sends a reply as it says, and stops as soon as the client is gone."""

    def __init__(self, model: SmallModel, request: Json, reply: Reply, prompt: int, cached: int) -> None:
        super().__init__()
        self._model = model
        self._request = request
        self._reply = reply
        self._prompt = prompt
        self._cached = cached
        self._complete = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._until_client_leaves(receive))
                async with self._model.under_way():
                    await self._answer(scope, receive, send)
                watch.cancel()
        except* _ClientLeft:
            self._model.given_up(self._request)

    async def _until_client_leaves(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not self._complete:
            raise _ClientLeft

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = self._reply
        await asyncio.sleep(reply.first_token_after)
        if reply.status or reply.html_error:
            self._complete = True
            await _failure(reply)(scope, receive, send)
            return
        kind = "text/event-stream" if self._request.get("stream") else "application/json"
        given = {
            "content-type": kind,
            "x-request-id": f"req_{secrets.token_hex(16)}",
            **(reply.headers or {}),
        }
        headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send(steps(reply, self._request, self._prompt, self._cached), send)

    async def _send(self, body: list[Step], send: Send) -> None:
        clock = asyncio.get_running_loop().time
        begin = clock()
        for step in body:
            if (wait := begin + step.due - clock()) > 0:
                await asyncio.sleep(wait)
            await send({"type": "http.response.body", "body": step.data, "more_body": True})
            if step.then == "cut":
                self._complete = True
                return  # with the body unfinished, so the server closes the connection
            if step.then == "wait":
                stalled = clock()
                await self._model.resumed()
                begin += clock() - stalled
        self._complete = True
        await send({"type": "http.response.body", "body": b""})


def _failure(reply: Reply) -> Response:
    status = reply.status or 502
    if reply.html_error:
        page = f"<html><head><title>{status}</title></head><body><h1>Bad gateway</h1></body></html>"
        return HTMLResponse(page, status, reply.headers)
    said = reply.error or completion.error(status, f"The sandbox's model was told to answer {status}.")
    return JSONResponse(said, status, reply.headers)


def _error(status: int, message: str, *, param: str | None = None, code: str | None = None) -> Response:
    return JSONResponse(completion.error(status, message, param=param, code=code), status)


def _unsupported(parameter: str) -> Response:
    message = f"Unsupported parameter: '{parameter}' is not supported with this model."
    return _error(400, message, param=parameter, code="unsupported_parameter")


async def _not_served(http: Request, wrong: Exception) -> Response:
    status = wrong.status_code if isinstance(wrong, HTTPException) else 500
    return _error(status, f"Invalid URL ({http.method} {http.url.path})", code="unknown_url")


def _echo(request: Json) -> str:
    return f"You said: {completion.text_of(request['messages'][-1])}"
