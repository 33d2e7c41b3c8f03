"""How the values of settings are written, and what is said where they are not."""

import json
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, SecretStr

from bot.llm import base_url
from bot.store import keyring
from bot.usage.amounts import amount


def strings(value: object) -> object:
    """A JSON list of strings, or one string as it is."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except ValueError:
        return [value]
    return parsed if isinstance(parsed, list) else [value]


def time_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a time zone of the IANA list that this machine knows, such as Europe/Berlin") from None


def budget(value: object) -> object:
    """`2.00` dollars, or `50000 tokens`."""
    if not isinstance(value, str):
        return value
    parts = value.split()
    found = amount(parts)
    if found is None or parts:
        raise ValueError("write US dollars, such as 2.00, or tokens, such as 50000 tokens")
    return None if found.off else found


def words(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def one_word(value: SecretStr | None) -> SecretStr | None:
    """Secrets travel in HTTP headers. What is pasted often brings a blank, a line's end or a typographic quote."""
    if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("write it without spaces, line ends or characters that are not ASCII")
    return value


def encryption_keys(value: SecretStr) -> SecretStr:
    keyring.parse(value.get_secret_value())
    return value


def starts_with(prefix: str, what: str) -> AfterValidator:
    def check(value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(prefix):
            raise ValueError(f"write {what}; it starts with {prefix}")
        return value

    return AfterValidator(check)


def url(*schemes: str) -> AfterValidator:
    return AfterValidator(lambda value: check_url(value, *schemes))


def check_url(value: str, *schemes: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("write a URL with a host and, if needed, a port number") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
        raise ValueError(f"write a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
    return value


def api_base(value: str) -> str:
    if not value.endswith("/api/"):
        raise ValueError("write the Web API's base, ending in /api/")
    return value


def model_address(value: str) -> str:
    """As it is written, if it is understood; the connection reads it in the same way."""
    base_url.understood(check_url(value.strip(), "https", "http"))
    return value.strip()


def redis_url(value: str) -> str:
    """Sentinels and Clusters are named by several hosts, which is no URL; the store reads those."""
    scheme = value.partition("://")[0]
    if scheme in ("redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"):
        return value
    if scheme not in ("redis", "rediss", "unix"):
        one = "redis://host:6379, rediss://host:6379 (TLS) or unix:///path/to/socket"
        raise ValueError(f"write {one}; for Sentinels redis+sentinel://…, for a Cluster redis+cluster://…")
    return check_url(value, "redis", "rediss", "unix")


def public_base(value: str) -> str:
    return value.rstrip("/")


def workspace_id(value: str) -> str:
    if value != "*" and not re.fullmatch(r"[TE][A-Z0-9]+", value):
        raise ValueError("write ids of teams or organisations such as T0123ABCD or E0123ABCD, by commas, or *")
    return value


def team_id(value: str) -> str:
    if not re.fullmatch(r"[TE][A-Z0-9]+", value):
        raise ValueError("write the id of a team or organisation such as T0123ABCD or E0123ABCD")
    return value


def channel_id(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]+", value):
        raise ValueError("write an id such as C0123ABCD (at the end of “View channel details” in Slack)")
    return value


def user_id(value: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]+", value):
        raise ValueError("write ids such as U0123ABCD, separated by commas (a profile in Slack has “Copy member ID”)")
    return value


def key(value: str) -> str:
    if not re.fullmatch(r"[\w.-]+", value):
        raise ValueError("write letters, digits, “_”, “.” and “-” only")
    return value
