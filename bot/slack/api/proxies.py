"""The proxy that the environment names for an address: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.

aiohttp knows no ALL_PROXY, and the SDK no NO_PROXY; all that goes to Slack is to go by the same way as what goes to the
model.
"""

from typing import Any
from urllib import request
from urllib.request import getproxies_environment

from yarl import URL

from bot.errors import SettingsError

AS_HTTP = {"wss": "https", "ws": "http"}
KNOWN = ("http", "https")


def proxy_for(target: URL) -> str | None:
    """None where it is reached directly. Raises SettingsError for a proxy of a kind that is not known."""
    named = getproxies_environment()
    scheme = AS_HTTP.get(target.scheme, target.scheme)
    variable = scheme if named.get(scheme) else "all"
    address = named.get(variable)
    if not address or not target.host or _exempt(target, named):
        return None
    address = address if "://" in address else f"http://{address}"
    if address.partition("://")[0] not in KNOWN:
        raise SettingsError(f"{variable.upper()}_PROXY: write the address of an HTTP proxy: http://host:port")
    return address


def _exempt(target: URL, named: dict[str, str]) -> bool:
    """Whether NO_PROXY has its host, with or without the port, or a domain above it."""
    bypass: Any = getattr(request, "proxy_bypass_environment")  # noqa: B009 - typeshed does not know it
    return bool(bypass(f"{target.host}:{target.port}", named))
