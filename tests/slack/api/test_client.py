"""What one call comes to, by what Slack, or whoever stands before it, answers."""

import math
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from fastapi import FastAPI, Response
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Gone, Unavailable
from bot.slack.api.client import Calls, Doubt
from bot.slack.api.errors import LONGEST_WAIT
from bot.slack.api.rate_limits import Pace
from threadbot_sandbox.serve import serving

JSON, HTML, PLAIN = "application/json", "text/html", "text/plain"


@pytest.fixture
async def answers() -> AsyncIterator[list[Response]]:
    """What /api/auth.test answers next."""
    coming: list[Response] = []
    app = FastAPI()
    app.post("/api/auth.test")(lambda: coming.pop(0))
    async with serving(app) as url:
        coming.append(Response(url))
        yield coming


async def call(answers: list[Response], answer: Response) -> Pace:
    url, pace = bytes(answers.pop().body).decode(), Pace(None)
    answers.append(answer)
    async with ClientSession() as session:
        client = AsyncWebClient("xoxb-1", base_url=f"{url}/api/", session=session, retry_handlers=[])
        await Calls(pace).attempt("auth.test", client.auth_test)
    return pace


@pytest.mark.parametrize(
    ("status", "kind", "body", "means"),
    [
        (429, JSON, '{"ok": false, "error": "ratelimited"}', Unavailable),
        (429, PLAIN, "Too Many Requests", Unavailable),
        (429, HTML, "<html>slow down</html>", Unavailable),
        (200, JSON, '{"ok": false, "error": "rate_limited"}', Unavailable),
        (502, HTML, "<html>bad gateway</html>", Doubt),
        (500, JSON, '{"ok": false', Doubt),
        (200, HTML, "<html>maintenance</html>", Doubt),
        (200, JSON, '{"ok": false, "error": "internal_error"}', Doubt),
        (200, JSON, '{"ok": false, "error": "restricted_action_non_threadable_channel"}', Gone),
        (200, JSON, '{"ok": false, "error": "slack_connect_sharing_blocked"}', Gone),
    ],
)
async def test_what_slack_answers_decides_what_is_done_next(
    answers: list[Response], status: int, kind: str, body: str, means: type[Exception]
) -> None:
    with pytest.raises(means):
        await call(answers, Response(body, status, media_type=kind))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 1), ("7", 7), ("0", 0.1), ("-3", 0.1), ("soon", 1), ("nan", 0.1), ("inf", LONGEST_WAIT), ("1e9", 3600)],
)
async def test_however_slack_says_how_long_to_wait_all_wait_for_a_while(
    answers: list[Response], header: str | None, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def refused(_pace: Pace, _method: str, _channel: str, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(Pace, "refused", refused)
    with pytest.raises(Unavailable):
        await call(answers, Response(status_code=429, headers={"retry-after": header} if header else {}))

    assert math.isclose(waits[0], seconds)
