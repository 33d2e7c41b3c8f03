"""Who may come in: the bot, tests, and the sandbox's own page in a browser of this machine.

A browser lets any page send requests to 127.0.0.1, and a foreign name can be made to lead there (DNS rebinding). So
every request and every websocket has to name this machine as its host, and what a browser says of the page that asks
(`Origin`, `Sec-Fetch-Site`) has to be our own page. Programs that are not browsers say neither.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
OWN = ("same-origin", "none")
"""`Sec-Fetch-Site` of our own page, and of what a person has typed. "same-site" is any other port of this machine."""


VISITED = ("/", "/oauth/v2/authorize")
"""Where links on other pages may lead: the sandbox's page, and the one that asks whether an app may be installed."""


def guarded(app: ASGIApp) -> ASGIApp:
    """The app behind the door; whoever may not come in gets 403, before anything is looked at."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _admitted(scope):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the handshake gets 403
        else:
            await PlainTextResponse("Only for this machine's own pages\n", 403)(scope, receive, send)

    return served


def _admitted(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or _name(hosts[0]) not in LOCAL:
        return False
    if any(origin != f"http://{hosts[0].lower()}" for origin in origins):
        return False
    site = headers.get("sec-fetch-site", "none")
    return site in OWN or _is_visit(scope, headers)


def _name(host: str) -> str | None:
    """Without the port, in small letters; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and "@" not in host and not parts.path else None


def _is_visit(scope: Scope, headers: Headers) -> bool:
    """A link on another page leads here: a page itself may open, but not inside of that one."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in VISITED:
        return False
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
