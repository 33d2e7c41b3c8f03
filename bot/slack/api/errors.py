"""What Slack refuses, and what happens next: one table for everything that is asked of it.

    Refused       (Unanswerable)   for good; `code` says why. A code that the table does not know is one of these
    Closed        (Gone)           there is nobody to tell; `code` says why
    Limited       (Unavailable)    not carried out: too many calls
    Unreachable   (Unavailable)    not carried out: no connection
    Passing       (Unavailable)    not carried out: Slack cannot at the moment
    Doubt         (Unavailable)    carried out, or not: Slack failed after the call was sent
    └── Unheard                    … or its answer never came

(Slack docs: the error tables of the methods; rate limits.)
"""

from collections.abc import Mapping
from enum import Enum

from bot.errors import BotError, Gone, Unanswerable, Unavailable

STREAM_OVER = "message_not_in_streaming_state"
STREAMING = "streaming_state_conflict"
NOT_THERE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
"""The message was deleted, or is closed to changes."""
TOO_MUCH = frozenset({"msg_too_long", "msg_blocks_too_long"})
"""Less of it would be taken."""
FOREIGN = "foreign_host"  # a code of our own: the address is not Slack's, so nothing was sent to it
ROUND_AND_ROUND = "too_many_redirects"  # the same
MAX_WAIT = 3600.0  # seconds: a header that asks for more is taken for a mistake


class Kind(Enum):
    LIMIT = "limit"  # too many calls; the header says for how long
    PASSING = "passing"  # not carried out, and worth trying again
    DOUBTFUL = "doubtful"  # Slack failed, and may have done it all the same
    GONE = "gone"  # there is nobody to tell
    REFUSED = "refused"  # asking again would not change it


TABLE = {
    "ratelimited": Kind.LIMIT,
    "rate_limited": Kind.LIMIT,
    "internal_error": Kind.DOUBTFUL,
    "fatal_error": Kind.DOUBTFUL,
    "service_unavailable": Kind.DOUBTFUL,
    "request_timeout": Kind.DOUBTFUL,
    "update_failed": Kind.DOUBTFUL,
    "messaging_processing_failed": Kind.DOUBTFUL,
    "token_expired": Kind.PASSING,  # the next one is being fetched
    "team_added_to_org": Kind.PASSING,
    "external_channel_migrating": Kind.PASSING,
    "channel_not_found": Kind.GONE,
    "not_in_channel": Kind.GONE,
    "is_archived": Kind.GONE,
    "thread_not_found": Kind.GONE,
    "messages_tab_disabled": Kind.GONE,
    "cannot_reply_to_message": Kind.GONE,
    "token_revoked": Kind.GONE,
    "account_inactive": Kind.GONE,
    "invalid_auth": Kind.GONE,
    "not_authed": Kind.GONE,
    "team_access_not_granted": Kind.GONE,
    "user_not_found": Kind.GONE,
    "cannot_dm_bot": Kind.GONE,
    "ekm_access_denied": Kind.GONE,
}
GONE_PREFIXES = ("restricted_action", "slack_connect_")


class Refused(Unanswerable):
    """`reasons`: what Slack says of single parts of what it was given. They may quote it, so they are not logged."""

    def __init__(self, method: str, code: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__("slack.refused", f"{method}: {code}")
        self.code, self.reasons = code, reasons


class Closed(Gone):
    def __init__(self, method: str, code: str) -> None:
        super().__init__("slack.closed", f"{method}: {code}")
        self.code = code


class Limited(Unavailable):
    """`wait`: seconds until it is worth trying again, for a call that does not stand in line for its turn."""

    def __init__(self, method: str, why: str, wait: float = 0.0) -> None:
        super().__init__("slack.limited", f"{method}: {why}", 0.0)
        self.wait = wait


class Unreachable(Unavailable):
    def __init__(self, method: str, why: str) -> None:
        super().__init__("slack.unreachable", f"{method}: {why}", 1.0)


class Passing(Unavailable):
    def __init__(self, method: str, why: str) -> None:
        super().__init__("slack.passing", f"{method}: {why}", 5.0)


class Doubt(Unavailable):
    def __init__(self, method: str, why: str) -> None:
        super().__init__("slack.doubt", f"{method}: {why}", 5.0)


class Unheard(Doubt):
    pass


def kind(code: str, status: int) -> Kind:
    """What Slack's code and the HTTP status mean. Without a code it is not Slack's own answer: a proxy may stand before
    it, and a 429 counts then too."""
    if status == 429:
        return Kind.LIMIT
    if code.startswith(GONE_PREFIXES):
        return Kind.GONE
    if status >= 500 or not code:
        return TABLE.get(code, Kind.DOUBTFUL)
    return TABLE.get(code, Kind.REFUSED)


def refusal(method: str, code: str, status: int, wait: float = 0.0, reasons: tuple[str, ...] = ()) -> BotError:
    """The exception for an answer that is not the one wanted. `wait` is for a limit; see `Limited`."""
    why = code or str(status)
    match kind(code, status):
        case Kind.LIMIT:
            return Limited(method, why, wait)
        case Kind.GONE:
            return Closed(method, code)
        case Kind.PASSING:
            return Passing(method, why)
        case Kind.DOUBTFUL:
            return Doubt(method, why)
        case Kind.REFUSED:
            return Refused(method, code, reasons)


def reasons(body: Mapping[str, object]) -> tuple[str, ...]:
    """What Slack says is wrong with single parts, each with its place (Slack docs: blocks.validate, Web API)."""
    listed, metadata = body.get("errors"), body.get("response_metadata")
    found = [
        f"{each.get('message') or each.get('code')} [{each.get('pointer')}]"
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping)
    ]
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return (*found, *map(str, messages if isinstance(messages, list) else ()))


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds; one, where Slack does not say."""
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    try:
        return min(max(0.1, float(given)), MAX_WAIT)
    except ValueError:
        return 1.0
