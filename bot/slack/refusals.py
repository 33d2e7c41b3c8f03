"""What did Slack refuse, and will it pass?"""

from slack_sdk.errors import SlackApiError

PASSING = frozenset(["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"])
LIMITED = frozenset({"ratelimited", "rate_limited"})


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
