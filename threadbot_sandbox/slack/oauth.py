"""Installing the app into a workspace by a click, and out again (Slack docs: installing with OAuth, token rotation).

One Slack has it for itself and those beside it: the page that asks, codes that are good for one token, tokens that end.
"""

import base64
import binascii
import html
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.limits import UNPUBLISHED
from threadbot_sandbox.slack.method import Args, Json, Method
from threadbot_sandbox.slack.seed import ADA, APP, BOT_USER, Home
from threadbot_sandbox.slack.workspace import Workspace

if TYPE_CHECKING:
    from threadbot_sandbox.slack.web_api import WebApi

CLIENT_ID, CLIENT_SECRET = "1000000000000.2000000000000", "0123456789abcdef0123456789abcdef"
LIVES = 43_200  # seconds of a token that is rotated
APPS = "/oauth/v2/apps"
"""Where the app is taken out again; Slack has that in each workspace's settings."""


@dataclass(slots=True)
class OAuth:
    """`rotating`: tokens end, and each comes with what brings the next, which works once; where it is `lenient`, once
    more until what it brought has been used, as people have seen it (node-slack-sdk issue 2504)."""

    api: "WebApi"
    rotating: bool = False
    lenient: bool = False
    lives: int = LIVES
    client: tuple[str, str] = (CLIENT_ID, CLIENT_SECRET)
    refreshes: list[str] = field(default_factory=list)  # teams whose token was renewed
    _codes: dict[str, tuple[str, str]] = field(default_factory=dict)  # code → team, redirect address
    _refresh: dict[str, str] = field(default_factory=dict)  # what brings the next token → team

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/oauth/v2/authorize", self._page, methods=["GET", "POST"]),
            Route(APPS, self._manage, methods=["GET", "POST"]),
        ]

    @property
    def _apis(self) -> "dict[str, WebApi]":
        return {api.workspace.home.team: api for api in (self.api, *self.api.beside.values())}

    async def _page(self, request: Request) -> Response:
        """Which workspace, and whether; as one of its admins."""
        asked = request.query_params
        if asked.get("client_id") != self.client[0] or not asked.get("redirect_uri") or not asked.get("scope"):
            return HTMLResponse("invalid_client_id, or no redirect_uri or scope", 400)
        if request.method == "GET":
            return HTMLResponse(_form([api.workspace.home for api in self._apis.values()]))
        chosen = dict(parse_qsl((await request.body()).decode())).get("team")
        back = {"state": asked.get("state", "")}
        if chosen in self._apis:
            back["code"] = self.code(chosen, asked["redirect_uri"])
        else:
            back["error"] = "access_denied"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _manage(self, request: Request) -> Response:
        """Where the app is installed, and a button by which it is no longer."""
        if request.method == "POST":
            chosen = dict(parse_qsl((await request.body()).decode())).get("team", "")
            if chosen in self._apis:
                self._apis[chosen].workspace.uninstall()
            return RedirectResponse(APPS, 303)
        return HTMLResponse(_managed([api.workspace for api in self._apis.values()]))

    def code(self, team: str, redirect_uri: str) -> str:
        """What Slack sends back with somebody who has agreed."""
        code = secrets.token_hex(16)
        self._codes[code] = team, redirect_uri
        return code

    def access(self, authorization: str, args: Args) -> Json:
        """`oauth.v2.access`. Raises ApiError."""
        given = _basic(authorization) or (args.text("client_id"), args.text("client_secret"))
        if given != self.client:
            raise ApiError("invalid_client_id")
        if args.text("grant_type") == "refresh_token":
            refresh = args.need("refresh_token")
            team = self._refresh.pop(refresh, None)
            if team is None:
                raise ApiError("invalid_refresh_token")
            self._forget(refresh, team)
            self.refreshes.append(team)
            return self._granted(self._apis[team])
        team, redirect_uri = self._codes.pop(args.need("code"), ("", ""))
        if not team:
            raise ApiError("invalid_code")
        if args.text("redirect_uri") != redirect_uri:
            raise ApiError("bad_redirect_uri")
        return self._granted(self._apis[team])

    def _forget(self, given: str, team: str) -> None:
        """All others of that workspace: one works at a time, and for a `lenient` Slack the last one beside it."""
        for other in [each for each, of in self._refresh.items() if of == team]:
            del self._refresh[other]
        if self.lenient:
            self._refresh[given] = team

    def _granted(self, api: "WebApi") -> Json:
        workspace, home = api.workspace, api.workspace.home
        if self.rotating or not workspace.installed:
            token = f"xoxb-{secrets.token_hex(16)}"
            if workspace.installed:
                workspace.former_tokens.add(workspace.keys.bot_token)
            workspace.keys = replace(workspace.keys, bot_token=token)
            if api is not self.api:
                self.api.beside[token] = api
        workspace.installed = True
        answer: Json = {
            "access_token": workspace.keys.bot_token,
            "token_type": "bot",
            "scope": ",".join(sorted(workspace.scopes)),
            "bot_user_id": BOT_USER,
            "app_id": APP,
            "team": None if home.org_wide else {"id": home.team, "name": home.name},
            "enterprise": {"id": home.enterprise, "name": home.name} if home.enterprise else None,
            "is_enterprise_install": home.org_wide,
            "authed_user": {"id": ADA},
        }
        if self.rotating:
            refresh = f"xoxe-1-{secrets.token_hex(16)}"
            self._refresh[refresh] = home.team
            answer |= {"refresh_token": refresh, "expires_in": self.lives}
        return answer


def revoke(workspace: Workspace, args: Args) -> Json:
    workspace.uninstall()
    return {"revoked": True}


METHODS = {"auth.revoke": Method(revoke, None, UNPUBLISHED)}


def _basic(header: str) -> tuple[str, str] | None:
    if not header.startswith("Basic "):
        return None
    try:
        id, _, secret = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return id, secret


def _form(homes: list[Home]) -> str:
    buttons = "".join(
        f'<p><button name="team" value="{html.escape(home.team)}">Allow in {html.escape(home.name)}</button></p>'
        for home in homes
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Install an app</title>'
        f'<form method="post"><h1>Threadbot wants to be installed</h1>{buttons}'
        '<p><button name="cancel" value="1">Cancel</button></p></form></html>'
    )


def _managed(workspaces: list[Workspace]) -> str:
    rows = "".join(
        f"<p>{html.escape(each.home.name)}: "
        f'<button name="team" value="{html.escape(each.home.team)}">Remove</button></p>'
        if each.installed
        else f"<p>{html.escape(each.home.name)}: not installed</p>"
        for each in workspaces
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Installed apps</title>'
        f'<form method="post"><h1>Where Threadbot is installed</h1>{rows}</form></html>'
    )
