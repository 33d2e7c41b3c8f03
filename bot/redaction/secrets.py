"""Keys, tokens and passwords, by their looks.

Each pattern begins with a sign of its own, is bounded, and does not begin within a longer word; it is only looked for
where its sign stands. So a text is read in one go, whatever is in it. What has no sign of its own, such as forty
hexadecimal digits, may as well be a commit or a checksum: it is no secret unless the text calls it one.
"""

import re
from collections.abc import Iterator

from bot.redaction.spans import Span

_LONG = 400  # characters of one key
_JWT_LONG = 6000
_PEM_LONG = 20_000
_SIGNED = (
    ("API_KEY", "sk-", rf"(?=[\w-]{{0,80}}\d)[A-Za-z0-9_-]{{20,{_LONG}}}"),
    *(("API_KEY", sign, rf"(?:live|test|prod)_[A-Za-z0-9]{{16,{_LONG}}}") for sign in ("sk_", "rk_")),
    ("API_KEY", "whsec_", rf"[A-Za-z0-9+/=]{{24,{_LONG}}}"),
    *(("API_KEY", sign, r"[A-Z2-7]{16}(?![A-Za-z0-9])") for sign in ("AKIA", "ASIA", "ABIA", "ACCA")),
    ("API_KEY", "AIza", r"[A-Za-z0-9_-]{35}(?![\w-])"),
    ("API_KEY", "GOCSPX-", r"[A-Za-z0-9_-]{28}"),
    ("API_KEY", "AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    ("API_KEY", "SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    ("TOKEN", "ya29.", rf"[A-Za-z0-9_-]{{20,{_LONG}}}"),
    ("TOKEN", "gh", r"[opsur]_[A-Za-z0-9]{36,255}"),
    ("TOKEN", "github_pat_", r"[A-Za-z0-9_]{22,255}"),
    ("TOKEN", "gl", rf"(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas)-[A-Za-z0-9_.-]{{20,{_LONG}}}"),
    ("TOKEN", "xox", rf"[abceoprs](?:\.xox[abp])?-[A-Za-z0-9-]{{10,{_LONG}}}"),
    ("TOKEN", "xapp-", rf"\d-[A-Za-z0-9-]{{10,{_LONG}}}"),
    ("TOKEN", "npm_", r"[A-Za-z0-9]{36}"),
    ("TOKEN", "pypi-", rf"[A-Za-z0-9_-]{{50,{_LONG}}}"),
    ("TOKEN", "hf_", r"[A-Za-z0-9]{30,60}"),
    ("TOKEN", "dckr_", rf"(?:pat|oat)_[A-Za-z0-9_-]{{20,{_LONG}}}"),
    ("TOKEN", "do", r"[opr]_v1_[a-f0-9]{64}"),
    ("TOKEN", "shp", r"(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("TOKEN", "ATATT3", rf"[A-Za-z0-9_=.-]{{50,{_LONG}}}"),
    ("TOKEN", "lin_api_", rf"[A-Za-z0-9]{{32,{_LONG}}}"),
    ("TOKEN", "ntn_", rf"[A-Za-z0-9]{{40,{_LONG}}}"),
    ("TOKEN", "hvs.", rf"[A-Za-z0-9_-]{{24,{_LONG}}}"),
    ("TOKEN", "figd_", rf"[A-Za-z0-9_-]{{40,{_LONG}}}"),
    ("TOKEN", "eyJ", rf"[\w-]{{8,{_JWT_LONG}}}\.eyJ[\w-]{{8,{_JWT_LONG}}}\.[\w-]{{8,{_JWT_LONG}}}"),
)
_PATTERNS = tuple(
    (kind, sign, re.compile(rf"{re.escape(sign)}(?<![A-Za-z0-9_]{re.escape(sign)}){rest}", re.ASCII))
    for kind, sign, rest in _SIGNED
)
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?)-----")
_PEM_LINE = re.compile(r"(?:\r?\n|\\r|\\n|[ \t>])*+(?:[A-Za-z0-9+/=]{16,}+|[A-Z][\w-]{1,30}+: [^\n\\]{0,200}+)")
_URL = re.compile(r"://[^\s/?#@:\"'<>]{0,200}:([^\s/@\"'<>]{1,200})@")
_WEBHOOK = re.compile(
    r"://(?:hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)"
    r"|(?:\w{1,20}\.)?discord(?:app)?\.com/api/webhooks)/([A-Za-z0-9/_-]{20,200})"
)
_TELEGRAM = re.compile(r"(?<![\w:])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])")
_BEARER = re.compile(r"(?i:bearer|authorization:\s{0,5}(?:basic|token))\s{1,5}([A-Za-z0-9_.~+/=-]{16,2000})")
_NAMED = re.compile(
    r"(?i:api[_-]?key|secret[_-]?(?:access[_-]?)?key|account[_-]?key|access[_-]?token|auth[_-]?token"
    r"|refresh[_-]?token|client[_-]?secret|signing[_-]?secret|private[_-]?key|password|passwd|pwd)[\"'`]?"
    r"\s{0,5}(?:=>|:=|=|:)\s{0,5}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;<>(){}\[\]$%*]{6,200})"
)
"""What the text itself calls a secret."""
_NAMES = ("key", "token", "secret", "passw", "pwd")


def find(text: str) -> Iterator[Span]:
    """All that is one, in any order; they may overlap."""
    if "PRIVATE KEY" in text:
        yield from _private_keys(text)
    for kind, sign, pattern in _PATTERNS:
        if sign in text:
            yield from (_secret(found.span(), kind) for found in pattern.finditer(text))
    if "://" in text:
        yield from (_secret(found.span(1), "PASSWORD") for found in _URL.finditer(text))
        yield from (_secret(found.span(1), "TOKEN") for found in _WEBHOOK.finditer(text))
    if ":AA" in text:
        yield from (_secret(found.span(), "TOKEN") for found in _TELEGRAM.finditer(text))
    yield from _called_so(text)


def _called_so(text: str) -> Iterator[Span]:
    small = text.lower()
    if "bearer" in small or "authorization" in small:
        yield from (_secret(found.span(1), "TOKEN") for found in _BEARER.finditer(text))
    if any(name in small for name in _NAMES):
        for found in _NAMED.finditer(text):
            if _looks_secret(found["value"], quoted=bool(found["quote"])):
                yield _secret(found.span("value"), "PASSWORD" if "p" in found[0][:1].lower() else "API_KEY")


def _private_keys(text: str) -> Iterator[Span]:
    """With their ends; without one, as far as lines look like those of a key."""
    for begin in _PEM.finditer(text):
        end = f"-----END {begin[1]}-----"
        at = text.find(end, begin.end(), begin.end() + _PEM_LONG)
        if at >= 0:
            yield _secret((begin.start(), at + len(end)), "PRIVATE_KEY")
            continue
        last = begin.end()
        while line := _PEM_LINE.match(text, last):
            last = line.end()
        yield _secret((begin.start(), last), "PRIVATE_KEY")


def _secret(span: tuple[int, int], kind: str) -> Span:
    return Span(*span, kind, rank=_RANKS.index(kind), secret=True)


_RANKS = ("PRIVATE_KEY", "API_KEY", "TOKEN", "PASSWORD")


def _looks_secret(value: str, *, quoted: bool) -> bool:
    """Not a word, a name or a call: `password: please` and `api_key=settings.key` are none."""
    letters, digits = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    others = any(not sign.isalnum() and sign not in "._-/:" for sign in value)
    return (letters and digits) or (others and letters) or (digits and len(value) >= 8) or (quoted and len(value) >= 8)
