"""How do we get a file's bytes from Slack, and the token to nobody else?

A file's address comes from outside, so it is checked before each request. Without the right to a file Slack answers
200 and shows its sign-in page (Slack docs: working with files; the page is practice, not promise).
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import ClientError, ClientResponse, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.conversation.attachments import Unread, hopeless, too_large
from bot.conversation.messages import File
from bot.slack.api import errors as refusals
from bot.slack.inbound.events import SHOWN_AS_IS, as_file

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMES = 3  # that a download is tried
MOST_HOPS = 3  # redirects that are followed, within Slack
LONGEST_PAUSE = 10.0  # seconds that Slack may tell us to wait
TIMEOUT = ClientTimeout(total=None, sock_connect=5, sock_read=10)
HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype html|html)", re.I | re.S)
SIGN_IN = re.compile(rb"<title>[^<]*(sign|log) ?in[^<]*</title>|data-qa=.?(signin|login)|/(workspace-)?signin", re.I)

NOT_SLACK = Unread("it is not kept in Slack")
NOT_SHOWN = Unread("Slack does not show it to me")
NO_ANSWER = Unread("Slack did not hand it over")
REASONS = {
    "file_not_found": Unread("it has been deleted"),
    "file_deleted": Unread("it has been deleted"),
    "missing_scope": Unread("the app lacks the right files:read"),
}


class _Passing(Exception):
    """Trying again, after so many seconds, may help."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.after = after


@dataclass(frozen=True, slots=True)
class Locker:
    """The core's `FileStore`, in Slack. A file may have `most` bytes."""

    client: AsyncWebClient
    most: int

    async def fetch(self, file: File) -> bytes | Unread:
        if not file.url:  # of another workspace: Slack tells only who asks (docs: file_access check_file_info)
            known = await self._look_up(file)
            if isinstance(known, Unread):
                return known
            file = known
        if why := hopeless(file, self.most):
            return why
        if file.thumb:
            data = await self._fetched(file.thumb, File(file.id, file.name))
            if isinstance(data, bytes) or file.mimetype not in SHOWN_AS_IS:
                return data
        return await self._fetched(file.url, file)

    async def _look_up(self, file: File) -> File | Unread:
        if why := hopeless(file, self.most):
            return why
        known = await self._persist(file, lambda: self._ask(file))
        if isinstance(known, Unread) or known.url or hopeless(known, self.most):
            return known
        return NOT_SHOWN

    async def _ask(self, file: File) -> File | Unread:
        try:
            return as_file((await self.client.files_info(file=file.id))["file"])
        except SlackApiError as refusal:
            code = refusals.code(refusal)
            if refusals.is_limit(refusal):
                raise _Passing(min(refusals.retry_after(refusal), LONGEST_PAUSE)) from refusal
            if code in refusals.PASSING or refusals.status(refusal) >= 500:
                raise _Passing(0.0) from refusal
            log.info("nothing known of a file", extra={"file": file.id, "why": code})
            return REASONS.get(code, NOT_SHOWN)

    async def _fetched(self, url: str, file: File) -> bytes | Unread:
        return await self._persist(file, lambda: self._download(url, file))

    async def _persist(self, file: File, work: Callable[[], Awaitable[T]]) -> T | Unread:
        """Reading does no harm when it is done again, so passing trouble is waited out, a few times."""
        for attempt in range(1, TIMES + 1):
            try:
                return await work()
            except _Passing as trouble:
                pause = trouble.after
            except (ClientError, TimeoutError, OSError) as error:
                log.info("a file could not be fetched", extra={"file": file.id, "why": type(error).__name__})
                pause = 0.0
            if attempt < TIMES:
                await asyncio.sleep(max(pause, 0.2 * attempt))
        return NO_ANSWER

    async def _download(self, url: str, file: File) -> bytes | Unread:
        """Follow `url` to the bytes, within Slack."""
        session = self.client.session
        assert session is not None
        headers = {"Authorization": f"Bearer {self.client.token}", "Accept-Encoding": "identity"}
        try:
            target = URL(url)
            for _ in range(MOST_HOPS):
                if not self._trusts(target):
                    log.warning("a file is kept at a host that is not Slack's", extra={"file": file.id})
                    return NOT_SLACK
                async with session.get(target, headers=headers, allow_redirects=False, timeout=TIMEOUT) as response:
                    if 300 <= response.status < 400 and "Location" in response.headers:
                        target = target.join(URL(response.headers["Location"]))
                        continue
                    return await self._taken(response, file)
        except ValueError:  # not a URL
            return NOT_SLACK
        return NO_ANSWER

    def _trusts(self, target: URL) -> bool:
        """Slack's own hosts, or the very server that is our Slack."""
        if target.user or target.password:
            return False
        own = target.origin() == URL(self.client.base_url).origin()
        return own or (target.scheme == "https" and f".{target.host}".endswith(".slack.com"))

    async def _taken(self, response: ClientResponse, file: File) -> bytes | Unread:
        if response.status == 429 or response.status >= 500:
            raise _Passing(_pause(response))
        if response.status != 200:
            return REASONS["file_not_found"] if response.status in (404, 410) else NOT_SHOWN
        data = bytearray()
        async for piece in response.content.iter_chunked(1 << 16):
            data += piece
            if len(data) > self.most:
                return too_large(self.most)
        if _is_sign_in(bytes(data), response.content_type, file):
            log.warning("Slack showed its sign-in page instead of a file", extra={"file": file.id})
            return NOT_SHOWN
        return bytes(data)


def _pause(response: ClientResponse) -> float:
    try:
        return min(float(response.headers.get("Retry-After", "")), LONGEST_PAUSE)
    except ValueError:
        return 0.0


def _is_sign_in(data: bytes, content_type: str, file: File) -> bool:
    """Whether this is a web page that nobody uploaded. One that somebody did upload has the size that Slack told."""
    if content_type != "text/html" and not HTML.match(data[:4096]):
        return False
    if len(data) == file.size:
        return False
    return file.mimetype != "text/html" or bool(SIGN_IN.search(data[:65_536]))
