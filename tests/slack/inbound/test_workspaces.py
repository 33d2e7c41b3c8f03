"""Which installation a payload is meant for, and what becomes of one that is meant for none of ours."""

import json
import logging
from typing import Any, cast

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.installations import Installation
from bot.ports import World
from bot.slack.api.client import SlackClient
from bot.slack.inbound.workspaces import WorkspaceMiddleware, responder_of, workspace_of
from bot.slack.ui.respond import Responder

Json = dict[str, Any]

ORG = {"enterprise_id": "E1", "team_id": "T2", "is_enterprise_install": True}
TEAM = {"enterprise_id": "E1", "team_id": "T1", "is_enterprise_install": False}
RESPONDER = Responder(cast(SlackClient, None), Installation("T1", "UBOT", "BBOT", app_id="A1"), cast(World, None))


@pytest.mark.parametrize(
    ("body", "workspace"),
    [
        ({"team_id": "T9", "authorizations": [TEAM]}, "T1"),
        ({"team_id": "T9", "authorizations": [ORG, TEAM]}, "E1"),
        ({"team_id": "T1", "event": {"team": "T8", "user_team": "T8"}}, "T1"),
        ({"team_id": "T1", "authorizations": []}, "T1"),
        ({"team": {"id": "T1"}, "user": {"team_id": "T8"}}, "T1"),
        ({"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True, "user": {"team_id": "T8"}}, "E1"),
        ({"team": {"id": "T8"}, "view": {"app_installed_team_id": "T1"}}, "T1"),
        ({"team_id": "T1", "is_enterprise_install": "false", "command": "/persona"}, "T1"),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": "true", "command": "/persona"}, "E1"),
        ({}, None),
        ({"team_id": 7, "team": "T1", "authorizations": "T1"}, None),
        ({"authorizations": [{"team_id": None}]}, None),
        ({"authorizations": [{"team_id": "T1", "is_enterprise_install": True}]}, None),
    ],
    ids=str,
)
def test_it_is_that_of_the_installation_and_never_the_authors(body: Json, workspace: str | None) -> None:
    assert workspace_of(body) == workspace


async def sent(middleware: WorkspaceMiddleware, body: Json) -> tuple[AsyncBoltRequest, BoltResponse, bool]:
    request, let_in = AsyncBoltRequest(body=json.dumps(body)), False
    request.body.update(body)

    async def next() -> BoltResponse:
        nonlocal let_in
        let_in = True
        return BoltResponse(status=201)

    return request, await middleware.resolve(request, next), let_in


@pytest.fixture
def middleware() -> WorkspaceMiddleware:
    return WorkspaceMiddleware(lambda workspace: RESPONDER if workspace == "T1" else None)


async def test_what_is_for_us_is_answered_by_its_workspaces_desk(middleware: WorkspaceMiddleware) -> None:
    for app in ({"api_app_id": "A1"}, {}):
        request, _, let_in = await sent(middleware, {"team_id": "T1"} | app)

        assert let_in
        assert responder_of(request.context) is RESPONDER


@pytest.mark.parametrize(
    "body", [{"team_id": "T2", "api_app_id": "A1"}, {"team_id": "T1", "api_app_id": "A2"}, {"api_app_id": "A1"}]
)
async def test_what_is_not_is_acknowledged_and_told_once_a_minute(
    middleware: WorkspaceMiddleware, body: Json, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        _, response, let_in = await sent(middleware, body)
        assert (response.status, let_in) == (200, False)
    assert len(caplog.records) == 1
    middleware._throttle.seconds = 0.0
    await sent(middleware, body)

    assert [vars(record)["kept_back"] for record in caplog.records] == [1, 3]
    assert all(record.levelno == logging.WARNING for record in caplog.records)


async def test_a_foreign_id_does_not_reach_the_log_as_it_came(
    middleware: WorkspaceMiddleware, caplog: pytest.LogCaptureFixture
) -> None:
    await sent(middleware, {"team_id": "T2\nforged line " + "x" * 500})

    assert vars(caplog.records[0])["workspace"] == "T2forgedline" + "x" * 25
