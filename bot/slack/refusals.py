"""What did Slack refuse, and will it pass?"""

from slack_sdk.errors import SlackApiError

from bot.errors import Gone

PASSING = frozenset(["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"])
LIMITED = frozenset({"ratelimited", "rate_limited"})
GONE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "thread_not_found",
        "restricted_action",
        "messages_tab_disabled",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_thread_locked",
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
UNFIT = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_blocks_too_many",
        "msg_too_long",
        "block_mismatch",
    }
)
"""Slack does not like the blocks; plain text may do."""
NOT_THERE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})
"""The message was deleted, or is closed to changes."""
STREAM_OVER = frozenset({"message_not_in_streaming_state", "stopped_by_user"})


def code(refusal: SlackApiError) -> str:
    data = getattr(refusal.response, "data", refusal.response)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def status(refusal: SlackApiError) -> int:
    """The HTTP status, whether the SDK wrapped the response or handed us aiohttp's own."""
    return int(getattr(refusal.response, "status_code", 0) or getattr(refusal.response, "status", 0) or 0)


def retry_after(refusal: SlackApiError) -> float:
    headers = {name.lower(): value for name, value in (getattr(refusal.response, "headers", None) or {}).items()}
    try:
        return max(float(headers.get("retry-after", 1)), 0.1)
    except ValueError:
        return 1.0


def reason(error: BaseException) -> str:
    return code(error) if isinstance(error, SlackApiError) else type(error).__name__


def gone(refusal: SlackApiError) -> Gone:
    """Whatever else Slack refuses us for, trying again would not change it."""
    return Gone("I cannot write there.", f"Slack: {code(refusal) or status(refusal)}")
