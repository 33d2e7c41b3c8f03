"""A file's bytes from Slack.

A file's address comes from outside; the client asks no other host than Slack's. Without the right to a file Slack
answers 200 and shows its sign-in page (Slack docs: working with files; the page is practice, not promise).
"""

import logging
import re
from dataclasses import dataclass

from bot.conversation.attachments import Unread, hopeless, too_large
from bot.conversation.messages import File
from bot.errors import Unavailable
from bot.slack.api import errors
from bot.slack.api.client import Download, Lane, SlackClient
from bot.slack.api.errors import Closed, Refused
from bot.slack.inbound.events import SHOWN_AS_IS, as_file

log = logging.getLogger(__name__)

HTML = re.compile(rb"(?:\s|<!--(?:(?!-->).)*-->)*+<(!doctype html|html)", re.I | re.S)
SIGN_IN = re.compile(
    rb"<title>(?:(?!(?:sign|log) ?in)[^<])*+(?:sign|log) ?in|data-qa=.?(signin|login)|/(workspace-)?signin", re.I
)

NOT_SLACK = Unread("elsewhere")
NOT_SHOWN = Unread("not-shown")
NO_ANSWER = Unread("no-answer")
DELETED = Unread("deleted")
REASONS = {
    errors.FOREIGN: NOT_SLACK,
    errors.ROUND_AND_ROUND: NO_ANSWER,
    "file_not_found": DELETED,
    "file_deleted": DELETED,
    "http_404": DELETED,
    "http_410": DELETED,
    "missing_scope": Unread("no-permission"),
}
"""By the code of a refusal; Slack does not show the file for any other."""


@dataclass(frozen=True, slots=True)
class Locker:
    """The core's `FileStore`, in Slack. A file may have `most` bytes."""

    client: SlackClient
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
        try:
            known = as_file((await self.client.call("files.info", lane=Lane.INTERACTIVE, file=file.id))["file"])
        except (Refused, Closed) as refusal:
            log.info("nothing known of a file", extra={"file": file.id, "why": refusal.code})
            return REASONS.get(refusal.code, NOT_SHOWN)
        except Unavailable as trouble:
            return _not_fetched(file, trouble)
        return known if known.url or hopeless(known, self.most) else NOT_SHOWN

    async def _fetched(self, url: str, file: File) -> bytes | Unread:
        try:
            found = await self.client.download(url, self.most)
        except Refused as refusal:
            if refusal.code == errors.FOREIGN:
                log.warning("a file is kept at a host that is not Slack's", extra={"file": file.id})
            return REASONS.get(refusal.code, NOT_SHOWN)
        except Unavailable as trouble:
            return _not_fetched(file, trouble)
        if len(found.data) > self.most:
            return too_large(self.most)
        if _is_sign_in(found, file):
            log.warning("Slack showed its sign-in page instead of a file", extra={"file": file.id})
            return NOT_SHOWN
        return found.data


def _not_fetched(file: File, trouble: Unavailable) -> Unread:
    log.info("a file could not be fetched", extra={"file": file.id, "why": trouble.detail})
    return NO_ANSWER


def _is_sign_in(found: Download, file: File) -> bool:
    """Whether this is a web page that nobody uploaded. One that somebody did upload has the size that Slack told."""
    data = found.data
    if found.content_type != "text/html" and not HTML.match(data[:4096]):
        return False
    if len(data) == file.size:
        return False
    return file.mimetype != "text/html" or bool(SIGN_IN.search(data[:65_536]))
