"""The one door to Slack: every call, every answer to a `response_url` and every download goes through `SlackClient`.

What is asked of Slack goes in one of four lanes, which say how long it may wait for its turn (`rate_limits`) and how
often it is tried. What Slack answers is read by one table (`errors`). A call whose fate is unknown is looked up before
it is sent again, where doing it twice would do harm: Slack knows no idempotency key.
"""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, overload

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.errors import BotError, Unavailable
from bot.happenings import Listener, SurfaceCalled
from bot.ports import Later
from bot.slack.api import errors
from bot.slack.api.errors import Closed, Doubt, Kind, Limited, Refused, Unheard, Unreachable
from bot.slack.api.proxies import proxy_for
from bot.slack.api.rate_limits import Pace

T = TypeVar("T")

Json = Mapping[str, Any]
Seek = Callable[[], Awaitable[Json | None]]
JustBefore = Callable[[], Json | Awaitable[Json] | None]

NOT_TWICE = frozenset(
    {"chat.postMessage", "chat.startStream", "chat.appendStream", "files.completeUploadExternal", "oauth.v2.access"}
)
"""A doubtful attempt at one of these is not repeated without a look."""
FIRST_PAUSE, MAX_PAUSE = 0.5, 10.0  # seconds between two tries; each pause is twice as long as the one before
LATER = 1.0  # seconds until progress is worth trying again after Slack did not take it
HOOKS = URL("https://hooks.slack.com")  # where a `response_url` leads
MAX_ANSWER = 10_000  # bytes read of what a `response_url` says
MAX_HOPS = 3  # addresses that a download is looked for at, within Slack
DOWNLOAD_TIMEOUT = ClientTimeout(total=None, sock_connect=5, sock_read=10)


@dataclass(frozen=True, slots=True)
class Patience:
    """So many tries are made, and none begins later than `seconds` after the first. A call stands in line for its turn
    for `queue` seconds at most."""

    seconds: float
    tries: int
    queue: float = math.inf


class Lane(Enum):
    FINAL = Patience(120.0, tries=100)
    """It has to succeed: its turn is awaited, and passing trouble is waited out."""
    PROGRESS = Patience(30.0, tries=1, queue=0.0)
    """The next one will show more: it is left undone where there is no place to spare."""
    INTERACTIVE = Patience(10.0, tries=3, queue=10.0)
    """A person waits for it."""
    LOOKUP = Patience(10.0, tries=1, queue=2.0)
    """The work goes on without it; whoever asks remembers for a while that it failed."""


DOWNLOAD = Patience(math.inf, tries=3)


class Answer(dict[str, Any]):
    """What Slack answered to a call, and the headers beside it."""

    def __init__(self, body: Json, headers: Mapping[str, str]) -> None:
        super().__init__(body)
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Download:
    """What was read of a file: of one that is larger than the limit, a little more than that."""

    data: bytes
    content_type: str


class SlackClient:
    """One workspace's door to Slack. Its token stays inside, and the SDK's client too."""

    def __init__(
        self, token: str, base_url: str, session: ClientSession, pace: Pace, saw: Listener = lambda _: None
    ) -> None:
        """Without the SDK's retries: it would send a post again whose fate is unknown. The session's timeouts hold."""
        self._saw = saw
        self._web = AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
        self._token, self._session = token, session
        self.base_url = self._web.base_url
        self._web.proxy = proxy_for(URL(self.base_url))
        self.pace = pace

    @overload
    async def call(
        self,
        method: str,
        *,
        lane: Literal[Lane.FINAL, Lane.INTERACTIVE, Lane.LOOKUP],
        seek: Seek | None = None,
        just_before: JustBefore | None = None,
        **args: object,
    ) -> Json: ...

    @overload
    async def call(
        self,
        method: str,
        *,
        lane: Literal[Lane.PROGRESS],
        seek: None = None,
        just_before: JustBefore | None = None,
        **args: object,
    ) -> Json | Later: ...

    async def call(
        self,
        method: str,
        *,
        lane: Lane,
        seek: Seek | None = None,
        just_before: JustBefore | None = None,
        **args: object,
    ) -> Json | Later:
        """Call a method of the Web API by Slack's name for it. `args` are Slack's; those that are None are left out.

        `just_before` is called before each attempt, when its turn has come: what it returns is sent too, and what it
        raises calls it off. `seek` looks for what a doubtful attempt has done; what it finds is the answer. Raises
        Refused, Closed and Unavailable; in the lane PROGRESS only Doubt of these, and Later says that nothing was done.
        """

        async def attempt(deadline: float) -> Json:
            began = _now()
            await self._in_line(method, str(args.get("channel", "")), lane, deadline)
            waited = _now() - began
            late = just_before() if just_before is not None else None
            late = await late if isinstance(late, Awaitable) else late
            with self._seen(method, waited):
                async with _bounded(method, None if lane is Lane.FINAL else deadline):
                    return await self._sent(method, {**args, **(late or {})})

        try:
            return await _tried(attempt, lane.value, seek, twice=method not in NOT_TWICE)
        except Unavailable as trouble:
            if lane is not Lane.PROGRESS or isinstance(trouble, Doubt):
                raise
            return Later(trouble.wait if isinstance(trouble, Limited) and trouble.wait else LATER)

    async def _in_line(self, method: str, channel: str, lane: Lane, deadline: float) -> None:
        """Return when it is this call's turn. Raises Limited where that is not soon enough."""
        if lane is Lane.FINAL:
            return await self.pace.turn(method, channel)
        if lane is Lane.PROGRESS:
            seconds = await self.pace.spare(method)
        else:
            seconds = await self.pace.soon(method, channel, min(lane.value.queue, max(deadline - _now(), 0.0)))
        if seconds:
            raise Limited(method, "no place in time", seconds)

    @contextmanager
    def _seen(self, method: str, waited: float) -> Iterator[None]:
        """Tell what becomes of the call."""
        result = "error"
        try:
            yield
            result = "ok"
        except Limited:
            result = "limited"
            raise
        except (Refused, Closed):
            result = "refused"
            raise
        finally:
            self._saw(SurfaceCalled(method, result, waited))

    async def _sent(self, method: str, args: Json) -> Json:
        try:
            if method == "chat.update" and "text" not in args:  # the SDK would warn each time that there should be one
                answer: Any = await self._web.api_call(method, json={k: v for k, v in args.items() if v is not None})
            elif method == "oauth.v2.access":  # for which the SDK uses what aiohttp is about to drop
                answer = await self._web.api_call(method, data={**args})
            else:
                answer = await getattr(self._web, method.replace(".", "_"))(**args)
        except SlackApiError as refusal:
            raise await self._read(method, str(args.get("channel", "")), refusal) from refusal
        except (AttributeError, UnicodeDecodeError) as error:  # the SDK takes every answer for a JSON object in UTF-8
            raise Doubt(method, "no JSON object") from error
        if not isinstance(answer.data, dict):
            raise Doubt(method, "no JSON object")
        return Answer(answer.data, answer.headers)

    async def _read(self, method: str, channel: str, refusal: SlackApiError) -> BotError:
        """What the refusal comes to. A limit is noted for all: the line knows how long it holds."""
        body, status, headers = _parts(refusal)
        code = str(body.get("error", ""))
        if errors.kind(code, status) is Kind.LIMIT:
            await self.pace.refused(method, channel, errors.retry_after(headers))
        return errors.refusal(method, code, status, reasons=errors.reasons(body))

    async def respond(self, address: str, content: Json) -> None:
        """Answer to a `response_url`. Raises Refused, also for an address that is not Slack's, and Unavailable."""
        target = _url("response_url", address)
        if not self._takes_answers(target):
            raise Refused("response_url", errors.FOREIGN)

        async def attempt(deadline: float) -> None:
            async with (
                _bounded("response_url", deadline),
                self._http("response_url", "POST", target, json=content) as got,
            ):
                _check("response_url", got)
                _check_answer("response_url", await _body(got, MAX_ANSWER))

        await _tried(attempt, Lane.INTERACTIVE.value)

    async def upload(self, address: str, content: bytes) -> None:
        """Bytes to the address that Slack has given for them. Raises as `respond` does."""
        target = _url("upload", address)
        if not self._keeps_files(target):
            raise Refused("upload", errors.FOREIGN)

        async def attempt(deadline: float) -> None:
            headers = {"Content-Type": "application/octet-stream"}
            async with (
                _bounded("upload", deadline),
                self._http("upload", "POST", target, data=content, headers=headers) as got,
            ):
                _check("upload", got)

        await _tried(attempt, Lane.INTERACTIVE.value)

    async def download(self, address: str, limit: int) -> Download:
        """A file's bytes: no more than a little over `limit` are read. Raises Refused, with the code `http_404` and the
        like, or for an address that is not Slack's; and Unavailable."""

        async def attempt(_: float) -> Download:
            target = _url("download", address)
            for _hop in range(MAX_HOPS):
                if not self._keeps_files(target):
                    raise Refused("download", errors.FOREIGN)
                headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
                async with self._http("download", "GET", target, headers=headers, timeout=DOWNLOAD_TIMEOUT) as got:
                    if 300 <= got.status < 400 and "Location" in got.headers:
                        target = target.join(_url("download", got.headers["Location"]))
                        continue
                    _check("download", got)
                    return Download(await _body(got, limit), got.content_type)
            raise Refused("download", errors.ROUND_AND_ROUND)

        return await _tried(attempt, DOWNLOAD)

    @property
    def _own(self) -> URL:
        return URL(self.base_url).origin()

    def _keeps_files(self, target: URL) -> bool:
        """Slack's own hosts do, those below the host of the Web API (another Slack, such as the government's, has a
        domain of its own), and the very server that is our Slack."""
        if target.user or target.password:
            return False
        slack = target.scheme == "https" and f".{target.host}".endswith((".slack.com", f".{self._own.host}"))
        return slack or _origin(target) == self._own

    def _takes_answers(self, target: URL) -> bool:
        """The same of what a `response_url` names."""
        origin = _origin(target)
        return origin in (HOOKS, self._own) or str(origin) == f"https://hooks.{self._own.host}"

    @asynccontextmanager
    async def _http(self, name: str, verb: str, target: URL, **options: Any) -> AsyncIterator[ClientResponse]:
        """A request beside the Web API, by the way that its calls go. Redirects are not followed."""
        with _network(name):
            async with self._session.request(
                verb, target, proxy=proxy_for(target), allow_redirects=False, **options
            ) as response:
                yield response

    def of(self, token: str, pace: Pace) -> "SlackClient":
        """Another workspace's door, over the same connections."""
        return SlackClient(token, self.base_url, self._session, pace, self._saw)

    def for_bolt(self) -> AsyncWebClient:
        """What Bolt wants in its context. It bears no token: nothing is called with it."""
        return AsyncWebClient(base_url=self.base_url, retry_handlers=[])


async def _tried(
    attempt: Callable[[float], Awaitable[T]],
    patience: Patience,
    seek: Callable[[], Awaitable[T | None]] | None = None,
    *,
    twice: bool = True,
) -> T:
    """Try until it is done, as often as patience allows; each attempt is told its deadline. What is not worth repeating
    escapes at once. Unless it may be done `twice`, a doubtful attempt is repeated only when `seek` found nothing."""
    deadline, tries, pause = _now() + patience.seconds, 0, FIRST_PAUSE
    while True:
        tries += 1
        try:
            return await attempt(deadline)
        except Unavailable as error:
            trouble = error
        doubtful = isinstance(trouble, Doubt)
        wait = trouble.wait if isinstance(trouble, Limited) else pause
        if tries >= patience.tries or _now() + wait > deadline or (doubtful and seek is None and not twice):
            raise trouble
        await asyncio.sleep(wait)
        pause = min(pause * 2, MAX_PAUSE)
        if doubtful and seek is not None and (done := await seek()) is not None:
            return done


def _now() -> float:
    return asyncio.get_running_loop().time()


@contextmanager
def _network(name: str) -> Iterator[None]:
    """Trouble with the connection, by what it says of the request."""
    try:
        yield
    except ClientConnectorError as error:
        raise Unreachable(name, type(error).__name__) from error
    except (ClientError, TimeoutError, OSError) as error:
        raise Unheard(name, type(error).__name__) from error


@asynccontextmanager
async def _bounded(name: str, deadline: float | None) -> AsyncIterator[None]:
    with _network(name):
        async with asyncio.timeout_at(deadline):
            yield


def _parts(refusal: SlackApiError) -> tuple[Json, int, Mapping[str, str]]:
    """Body, HTTP status and headers, whether the SDK wrapped the response or handed us aiohttp's own."""
    response = refusal.response
    data = getattr(response, "data", response)
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    return data if isinstance(data, dict) else {}, int(status or 0), getattr(response, "headers", None) or {}


def _check(name: str, response: ClientResponse) -> None:
    if response.status != 200:
        wait = min(errors.retry_after(response.headers), MAX_PAUSE)
        raise errors.refusal(name, f"http_{response.status}", response.status, wait)


def _check_answer(name: str, body: bytes) -> None:
    """A `response_url` may refuse with HTTP 200."""
    try:
        said = json.loads(body)
    except ValueError:
        return
    if isinstance(said, dict) and said.get("ok") is False:
        raise errors.refusal(name, str(said.get("error") or "unknown"), 200)


def _url(name: str, address: str) -> URL:
    try:
        return URL(address)
    except ValueError as error:
        raise Refused(name, errors.FOREIGN) from error


def _origin(target: URL) -> URL | None:
    return target.origin() if target.is_absolute() and target.scheme in ("http", "https") else None


async def _body(response: ClientResponse, limit: int) -> bytes:
    data = bytearray()
    async for piece in response.content.iter_chunked(1 << 16):
        data += piece
        if len(data) > limit:
            break
    return bytes(data)
