"""What did Slack refuse, and will it pass?"""

from slack_sdk.errors import SlackApiError

from bot.errors import Unanswerable

PASSING = frozenset(["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"])
LIMITED = frozenset({"ratelimited", "rate_limited"})
GONE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "thread_not_found",
        "messages_tab_disabled",
        "cannot_reply_to_message",
        "token_revoked",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
        "user_not_found",
        "cannot_dm_bot",
        "ekm_access_denied",
    }
)
_ALSO_GONE = ("restricted_action", "slack_connect_")
"""How more of them begin."""
NOT_THERE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
"""The message was deleted, or is closed to changes."""
STREAM_OVER = "message_not_in_streaming_state"
LONGEST_WAIT = 3600.0  # seconds: a header that asks for more is taken for a mistake


def code(refusal: SlackApiError) -> str:
    data = getattr(refusal.response, "data", refusal.response)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def is_gone(code: str) -> bool:
    """Whether there is nobody to tell."""
    return code in GONE or code.startswith(_ALSO_GONE)


def is_limit(refusal: SlackApiError) -> bool:
    """Whether we shall slow down; whoever stands before Slack says so without Slack's words."""
    return code(refusal) in LIMITED or status(refusal) == 429


def is_doubtful(refusal: SlackApiError) -> bool:
    """Whether the call may have been carried out all the same. No code: it is not Slack's own answer."""
    return code(refusal) in PASSING or status(refusal) >= 500 or not code(refusal)


def status(refusal: SlackApiError) -> int:
    """The HTTP status, whether the SDK wrapped the response or handed us aiohttp's own."""
    return int(getattr(refusal.response, "status_code", 0) or getattr(refusal.response, "status", 0) or 0)


def retry_after(refusal: SlackApiError) -> float:
    """Seconds; one, where Slack does not say."""
    headers = {name.lower(): value for name, value in (getattr(refusal.response, "headers", None) or {}).items()}
    try:
        return min(max(0.1, float(headers.get("retry-after", 1))), LONGEST_WAIT)
    except ValueError:
        return 1.0


def reason(error: BaseException) -> str:
    return code(error) if isinstance(error, SlackApiError) else type(error).__name__


def final(refusal: SlackApiError) -> Unanswerable:
    """Whatever else Slack refuses, trying again would not change it; another text may do."""
    return Unanswerable("Slack did not take my answer.", f"Slack: {code(refusal) or status(refusal)}")
