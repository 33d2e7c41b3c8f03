"""How the Web API says no."""

from typing import Any


class ApiError(Exception):
    """`{"ok": false, "error": …}`, with whatever else the answer tells."""

    def __init__(self, error: str, *, status: int = 200, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.more = more

    @classmethod
    def invalid(cls, error: str, *problems: str) -> "ApiError":
        """With the reasons, where Slack puts them."""
        return cls(error, response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]})
