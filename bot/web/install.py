"""The pages by which people install the app: the button, and where Slack sends them back to. They hold no scripts.

The state that Slack hands back is good for one answer, and for the browser that it was given to: a cookie tells.
"""

import html
import secrets
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Literal, Protocol

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.errors import BotError

START, BACK = "/slack/install", "/slack/oauth_redirect"
COOKIE, COOKIE_FOR = "threadbot_install", 600  # seconds
MAX_LENGTH = 2_000  # characters of what comes in the address
STATUS = {"served": 200, "waits": 200, "not-admitted": 403, "later": 503}
"""Of the pages; 400 for all that went wrong."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = Template(Path(__file__).with_suffix(".html").read_text("utf-8"))

Words = Callable[[str], str]
Outcome = Literal["served", "waits", "not-admitted", "failed"]


class Installs(Protocol):
    """All may raise a BotError when Redis is away."""

    async def page_of_slack(self, browser: str, back: str) -> str: ...

    async def began_here(self, state: str, browser: str) -> bool: ...

    async def install(self, code: str, back: str) -> Outcome: ...


def add(app: FastAPI, installs: Installs, words: Words, public_url: str | None) -> None:
    """Answer at `/slack/install` and `/slack/oauth_redirect`."""

    def address(request: Request, path: str) -> str:
        return f"{public_url or str(request.base_url).rstrip('/')}{path}"

    def page(code: str) -> Response:
        action = "" if code in STATUS else _button(START, words("install.again"))
        return _page(words("install.title"), words(f"install.{code}"), action, STATUS.get(code, 400))

    async def start(request: Request) -> Response:
        browser = secrets.token_urlsafe(32)
        try:
            target = await installs.page_of_slack(browser, address(request, BACK))
        except BotError:
            return page("later")
        response = _page(words("install.title"), words("install.about"), _button(target, words("install.button")), 200)
        secure = address(request, "").startswith("https://")
        response.set_cookie(COOKIE, browser, COOKIE_FOR, path=BACK, secure=secure, httponly=True, samesite="lax")
        return response

    async def back(request: Request) -> Response:
        given, browser = request.query_params, request.cookies.get(COOKIE, "")
        state, code = given.get("state", "")[:MAX_LENGTH], given.get("code", "")[:MAX_LENGTH]
        try:
            if not await installs.began_here(state, browser):
                response = page("foreign")
            elif "error" in given or not code:
                response = page("cancelled" if given.get("error") == "access_denied" else "failed")
            else:
                response = page(await installs.install(code, address(request, BACK)))
        except BotError:
            response = page("later")
        response.delete_cookie(COOKIE, path=BACK)
        return response

    app.add_api_route(START, start, methods=["GET"], response_model=None)
    app.add_api_route(BACK, back, methods=["GET"], response_model=None)


def _button(target: str, label: str) -> str:
    return f'<p><a class="button" href="{html.escape(target)}">{html.escape(label)}</a></p>'


def _page(title: str, said: str, action: str, status: int) -> Response:
    shown = PAGE.substitute(title=html.escape(title), said=html.escape(said), action=action)
    return HTMLResponse(shown, status, HEADERS)
