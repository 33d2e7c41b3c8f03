"""What one call comes to, by its lane and by what Slack, or whoever stands before it, answers."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession
from fastapi import FastAPI, Response
from yarl import URL

from bot.errors import Gone, LeaseLost, Unavailable
from bot.ports import Later
from bot.slack.api import rate_limits
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import FOREIGN, MAX_WAIT, Doubt, Limited, Passing, Refused, Unreachable
from bot.slack.api.rate_limits import Bucket, Pace
from tests.patience import PATIENCE
from tests.slack.api.test_rate_limits import Counted
from tests.town import free_port
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA

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


async def call(answers: list[Response], answer: Response) -> None:
    url = bytes(answers.pop().body).decode()
    answers.append(answer)
    async with ClientSession() as session:
        await SlackClient("xoxb-1", f"{url}/api/", session, Pace(None)).call("auth.test", lane=Lane.LOOKUP)


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
        (200, JSON, '["ok"]', Doubt),
        (200, JSON, '"ok"', Doubt),
        (200, PLAIN, "ok", Doubt),
        (200, JSON, '{"ok": false, "error": "internal_error"}', Doubt),
        (200, JSON, '{"ok": false, "error": "restricted_action_non_threadable_channel"}', Gone),
        (200, JSON, '{"ok": false, "error": "slack_connect_sharing_blocked"}', Gone),
        (200, JSON, '{"ok": false, "error": "update_failed"}', Doubt),
        (200, JSON, '{"ok": false, "error": "external_channel_migrating"}', Passing),
        (200, JSON, '{"ok": false, "error": "never_heard_of"}', Refused),
        (200, JSON, '{"ok": false, "error": "missing_scope"}', Refused),
    ],
)
async def test_what_slack_answers_decides_what_is_done_next(
    answers: list[Response], status: int, kind: str, body: str, means: type[Exception]
) -> None:
    with pytest.raises(means):
        await call(answers, Response(body, status, media_type=kind))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 1), ("7", 7), ("0", 0.1), ("-3", 0.1), ("soon", 1), ("nan", 0.1), ("inf", MAX_WAIT), ("1e9", 3600)],
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


POST: dict[str, Any] = {"channel": "C000GENERAL", "text": "hello"}
UPDATE: dict[str, Any] = {"channel": "C1", "ts": "1.0", "text": "x"}
FAILED: dict[str, Any] = {"error": "internal_error", "status": 500}
CALLS: dict[str, dict[str, Any]] = {
    "agents.sessions.setStatus": {"channel_id": "C1", "thread_ts": "1.0", "status": "active"},
    "apps.connections.open": {"app_token": "xapp-1"},
    "assistant.threads.setStatus": {"channel_id": "C1", "thread_ts": "1.0", "status": ""},
    "auth.teams.list": {},
    "bots.info": {"bot": "B1"},
    "chat.delete": {"channel": "C1", "ts": "1.0"},
    "chat.postEphemeral": {"channel": "C1", "user": "U1", "text": "x"},
    "chat.startStream": {"channel": "C1", "thread_ts": "1.0"},
    "chat.stopStream": {"channel": "C1", "ts": "1.0"},
    "conversations.info": {"channel": "C1"},
    "conversations.replies": {"channel": "C1", "ts": "1.0"},
    "files.completeUploadExternal": {"files": [{"id": "F1", "title": "a.csv"}]},
    "files.getUploadURLExternal": {"filename": "a.csv", "length": 1},
    "files.info": {"file": "F1"},
    "usergroups.list": {},
    "usergroups.users.list": {"usergroup": "S1"},
    "users.info": {"user": "U1"},
    "users.list": {},
    "views.open": {"trigger_id": "1", "view": {}},
    "views.publish": {"user_id": "U1", "view": {}},
    "views.push": {"trigger_id": "1", "view": {}},
    "views.update": {"view_id": "V1", "view": {}},
}


@pytest.mark.parametrize(("lane", "tries"), [(Lane.FINAL, 5), (Lane.INTERACTIVE, 3), (Lane.LOOKUP, 1)])
async def test_passing_trouble_is_waited_out_as_often_as_the_lane_allows(
    client: SlackClient, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch, lane: Any, tries: int
) -> None:
    monkeypatch.setattr("bot.slack.api.client.FIRST_PAUSE", 0.01)
    slack.fail("users.info", **FAILED, times=4)
    try:
        told = await client.call("users.info", lane=lane, user=ADA)
    except Doubt:
        told = {}

    assert len(slack.calls_of("users.info")) == tries
    assert bool(told) == (lane is Lane.FINAL)


@pytest.mark.parametrize("lane", [Lane.FINAL, Lane.INTERACTIVE, Lane.LOOKUP, Lane.PROGRESS])
async def test_what_slack_refuses_is_not_asked_again(client: SlackClient, slack: SmallSlack, lane: Any) -> None:
    slack.fail("users.info", error="never_heard_of", times=9)

    with pytest.raises(Refused, match="never_heard_of"):
        await client.call("users.info", lane=lane, user=ADA)
    assert len(slack.calls_of("users.info")) == 1


async def test_a_doubtful_post_is_looked_up_before_it_is_sent_again(client: SlackClient, slack: SmallSlack) -> None:
    looked: list[int] = []

    async def seek() -> dict[str, Any] | None:
        looked.append(len(slack.calls_of("chat.postMessage")))
        return {"ts": "found"} if len(looked) == 2 else None

    slack.fail("chat.postMessage", drop="before", times=9)

    assert await client.call("chat.postMessage", lane=Lane.FINAL, seek=seek, **POST) == {"ts": "found"}
    assert looked == [1, 2]


async def test_a_doubtful_post_that_nobody_can_look_up_is_not_sent_again(
    client: SlackClient, slack: SmallSlack
) -> None:
    slack.fail("chat.postMessage", drop="after", times=9)

    with pytest.raises(Doubt):
        await client.call("chat.postMessage", lane=Lane.INTERACTIVE, **POST)
    assert len(slack.messages("#general")) == 1


async def test_what_is_sent_is_made_just_before_each_attempt_and_can_be_called_off(
    client: SlackClient, slack: SmallSlack
) -> None:
    texts = iter(["first", "second"])

    def just_before() -> dict[str, Any]:
        if (text := next(texts, None)) is None:
            raise LeaseLost
        return {"text": text}

    async def seek() -> None:
        return None

    slack.fail("chat.postMessage", error="ratelimited", status=429, retry_after=0)
    slack.fail("chat.postMessage", **FAILED)
    with pytest.raises(LeaseLost):
        await client.call(
            "chat.postMessage", lane=Lane.FINAL, seek=seek, just_before=just_before, channel="C000GENERAL"
        )

    assert [call.args["text"] for call in slack.calls_of("chat.postMessage")] == ["first", "second"]


async def test_a_person_does_not_wait_for_a_limit_that_lasts(client: SlackClient, slack: SmallSlack) -> None:
    slack.fail("views.publish", error="ratelimited", status=429, retry_after=60)
    async with asyncio.timeout(PATIENCE):
        for _ in range(2):
            with pytest.raises(Limited):
                await client.call("views.publish", lane=Lane.INTERACTIVE, user_id=ADA, view={})

    assert len(slack.calls_of("views.publish")) == 1


async def test_progress_is_left_undone_where_there_is_no_place_to_spare(client: SlackClient, slack: SmallSlack) -> None:
    client.pace = Pace(Counted(waits=[3.0]))

    assert await client.call("chat.startStream", lane=Lane.PROGRESS) == Later(3.0)
    assert slack.calls == []


async def test_progress_that_slack_does_not_take_is_left_undone_and_what_is_in_doubt_is_said(
    client: SlackClient, slack: SmallSlack
) -> None:
    slack.fail("chat.update", error="ratelimited", status=429, retry_after=0)
    slack.fail("chat.update", **FAILED)

    assert isinstance(await client.call("chat.update", lane=Lane.PROGRESS, **UPDATE), Later)
    await asyncio.sleep(await client.pace.spare("chat.update"))
    with pytest.raises(Doubt):
        await client.call("chat.update", lane=Lane.PROGRESS, **UPDATE)


async def test_where_nobody_listens_nothing_is_in_doubt() -> None:
    async with ClientSession() as session:
        client = SlackClient("xoxb-1", f"http://127.0.0.1:{free_port()}/api/", session, Pace(None))

        with pytest.raises(Unreachable):
            await client.call("users.info", lane=Lane.LOOKUP, user=ADA)
        assert isinstance(await client.call("chat.update", lane=Lane.PROGRESS, **UPDATE), Later)


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("method", CALLS)
async def test_every_call_is_counted(client: SlackClient, slack: SmallSlack, method: str, lane: Any) -> None:
    counted = Counted()
    client.pace = Pace(counted)
    slack.fail(method, error="never_heard_of")

    with pytest.raises(Refused):
        await client.call(method, lane=lane, **CALLS[method])
    assert counted.reserved == [[(method, rate_limits.PER_MINUTE[method], rate_limits.WINDOW)]]


def test_there_is_a_call_for_every_method_that_is_counted_alike() -> None:
    assert CALLS.keys() == rate_limits.PER_MINUTE.keys() - rate_limits.SPREAD


async def test_what_a_person_waits_for_does_not_wait_for_the_count(client: SlackClient) -> None:
    class Stuck(Counted):
        async def reserve(self, buckets: Sequence[Bucket], patience: float | None = None) -> float:
            await asyncio.sleep(60)
            return 0.0

    client.pace = Pace(Stuck())
    began = time.monotonic()
    told = await client.call("users.info", lane=Lane.INTERACTIVE, user=ADA)

    assert told["user"]["id"] == ADA
    assert time.monotonic() - began < 5


@asynccontextmanager
async def host(*answers: Response) -> AsyncIterator[tuple[SlackClient, list[str]]]:
    """A Slack that gives these answers in turn, at whatever address, and what it was asked."""
    coming, asked = list(answers), list[str]()
    app = FastAPI()

    @app.post("/{path:path}")
    def answer(path: str) -> Response:
        asked.append(path)
        return coming.pop(0)

    async with serving(app) as url, ClientSession() as session:
        yield SlackClient("xoxb-1", f"{url}/api/", session, Pace(None)), asked


@pytest.mark.parametrize(
    "address",
    [
        "",
        "not an address",
        "https://[broken",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com:8443/x",
        "https://files.slack.com/x",
        "ftp://hooks.slack.com/x",
        "//hooks.slack.com/x",
        "file:///etc/passwd",
    ],
)
async def test_only_slack_is_answered(address: str) -> None:
    async with host() as (client, _):
        with pytest.raises(Refused) as refused:
            await client.respond(address, {"text": "hello"})

    assert refused.value.code == FOREIGN


async def test_another_slack_keeps_files_and_takes_answers_below_its_own_host() -> None:
    async with ClientSession() as session:
        client = SlackClient("xoxb-1", "https://slack-gov.com/api/", session, Pace(None))
        files = [f"https://{host}/a" for host in ("files.slack-gov.com", "slack-gov.com", "files.slack.com")]
        strange = [
            "https://evilslack-gov.com/a",
            "http://files.slack-gov.com/a",
            "https://slack-gov.com.evil.example/a",
        ]

        assert [client._keeps_files(URL(address)) for address in (*files, *strange)] == [True] * 3 + [False] * 3
        assert client._takes_answers(URL("https://hooks.slack-gov.com/x"))
        assert not client._takes_answers(URL("https://hooks.slack-gov.com:8443/x"))
        assert not client._takes_answers(URL("https://files.slack-gov.com/x"))


async def test_an_answer_follows_no_redirect() -> None:
    async with host(Response()) as (thief, stolen):
        elsewhere = Response(status_code=307, headers={"location": thief.base_url})
        async with host(elsewhere) as (client, asked):
            with pytest.raises(Refused) as refused:
                await client.respond(client.base_url.replace("/api/", "/hooks/1"), {"text": "hello"})

    assert (refused.value.code, asked, stolen) == ("http_307", ["hooks/1"], [])


async def test_an_answer_that_is_refused_with_status_200_is_refused() -> None:
    no = Response('{"ok": false, "error": "invalid_blocks"}', media_type=JSON)
    async with host(no) as (client, _):
        with pytest.raises(Refused) as refused:
            await client.respond(client.base_url.replace("/api/", "/hooks/1"), {"text": "hello"})

    assert refused.value.code == "invalid_blocks"


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        ([200], 1),
        ([503, 200], 2),
        ([429, 200], 2),
        ([404], 1),
        ([500, 500, 500], 3),
    ],
)
async def test_an_answer_is_tried_again_while_trouble_may_pass(answers: list[int], tries: int) -> None:
    headers = {"retry-after": "0"}
    async with host(*(Response(status_code=each, headers=headers) for each in answers)) as (client, asked):
        try:
            await client.respond(client.base_url.replace("/api/", "/hooks/1"), {"text": "hello"})
            done = True
        except (Refused, Unavailable):
            done = False

    assert len(asked) == tries
    assert done == (answers[-1] == 200)
