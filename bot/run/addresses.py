"""What the addresses of the settings say: where something is, what opens it, and who could read along."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

LOCAL_NAMES = ("localhost", "localhost.localdomain", "")
SLACKS = (".slack.com", ".slack-gov.com")
TELLING = ("key", "token", "pass", "secret", "sig", "auth", "code")
"""What stands in the name of a query's field that holds a secret."""
LONG = 16  # characters of a value that may be one whatever its name is


def shown(url: str) -> str:
    """The address without user, password and query, so that it can be printed."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("?")[0].partition("#")[0].partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def secrets(url: str) -> list[str]:
    """User, password and fields of the query that hold a secret, as they stand there and as they are meant."""
    login = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    user, _, password = login.partition(":")
    found = [password or user]  # alone, the user is a token
    for name, value in parse_qsl(urlsplit(url).query):
        if len(value) >= LONG or any(sign in name.lower() for sign in TELLING):
            found.append(value)
    return [form for value in found if value for form in dict.fromkeys((value, unquote(value)))]


def warnings(slack: str, models: Mapping[str, str], redis: str) -> list[str]:
    """Of each address that sends what people say, or a key, over a network that others can read. `models` are those of
    their servers, by the operator's names."""
    warnings = []
    for name, url, plain, safe in (
        ("SLACK_API_URL", slack, ("http",), "https://"),
        *((name, url, ("http",), "https://") for name, url in models.items()),
        ("REDIS_URL", redis, ("redis", "redis+sentinel", "redis+cluster"), "rediss://"),
    ):
        scheme = url.partition("://")[0].lower()
        if scheme in plain and (far := [host for host in _hosts(url) if not _is_local(host)]):
            warnings.append(f"{name}: {scheme}:// to {', '.join(far)} can be read on the way; use {safe} if you can")
    if foreign := [host for host in _hosts(slack) if not _is_local(host) and not f".{host}".endswith(SLACKS)]:
        warnings.append(f"SLACK_API_URL: the bot's token is sent to {', '.join(foreign)}, which is not Slack")
    return warnings


def leave_this_machine(url: str) -> bool:
    """Whether what is sent there goes over a network."""
    return not url.startswith("unix:") and not all(map(_is_local, _hosts(url)))


def _hosts(url: str) -> list[str]:
    places = shown(url).partition("://")[2].partition("/")[0]
    return [urlsplit(f"//{place}").hostname or "" for place in places.split(",")]


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES or host.endswith(".localhost")
