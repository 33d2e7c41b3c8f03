"""The proxy that the environment names for an address: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.

aiohttp knows no ALL_PROXY, and the SDK no NO_PROXY; all that goes to Slack is to go by the same way as what goes to the
model.
"""

import os
from typing import Any
from urllib import request
from urllib.request import getproxies_environment

from yarl import URL

from bot.errors import SettingsError

AS_HTTP = {"wss": "https", "ws": "http"}
KNOWN = ("http", "https")


def proxy_for(target: URL) -> str | None:
    """None where it is reached directly. Raises SettingsError for an address that is none, and for a proxy of a kind
    that is not known."""
    named = getproxies_environment()
    kinds = {variable: _kind(variable, named[variable]) for variable in (*KNOWN, "all") if named.get(variable)}
    scheme = AS_HTTP.get(target.scheme, target.scheme)
    variable = scheme if scheme in kinds else "all"
    if variable not in kinds or not target.host or _exempt(target, named):
        return None
    if (kind := kinds[variable]) not in KNOWN:
        raise SettingsError(
            f"{_written(variable)}: {kind} proxies cannot be used; write the address of an HTTP proxy "
            f"(http://host:port), or name {target.host} in NO_PROXY"
        )
    return _address(named[variable])


def _kind(variable: str, written: str) -> str:
    """Its scheme, such as http or socks5."""
    try:
        address = URL(_address(written))
        known = bool(address.host and address.port)
    except ValueError:
        known = False
    if not known and _address(written).partition("://")[0] in KNOWN:
        raise SettingsError(f"{_written(variable)}: not the address of a proxy; write http://host:port")
    return _address(written).partition("://")[0]


def _address(written: str) -> str:
    return written if "://" in written else f"http://{written}"


def _written(variable: str) -> str:
    """As it stands in the environment: mostly in capitals."""
    name = f"{variable}_proxy"
    return name if name in os.environ else name.upper()


def _exempt(target: URL, named: dict[str, str]) -> bool:
    """Whether NO_PROXY has its host, with or without the port, or a domain above it."""
    bypass: Any = getattr(request, "proxy_bypass_environment")  # noqa: B009 - typeshed does not know it
    return bool(bypass(f"{target.host}:{target.port}", named))
