"""Whether a link's label looks like another place than the one that the link leads to.

A label is read as people see it: without invisible signs, in one width, with the letters that its signs look like.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from sys import stdlib_module_names
from urllib.parse import urlsplit

from bot.markdown import lookalikes

_URL = re.compile(r"(?i)(?:\b[a-z][a-z0-9+.-]{0,30}:)?//([^\s/?#\\<>()]{1,300})")
_DOTTED = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,127}[\w-]{1,63}(?![\w-])")
_BACKSLASH = re.compile(r"(?i)\\|%5c")
_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_LOCAL = re.compile(r"(?i)(?<![\w.-])localhost(?![\w.-])")
_RESERVED = frozenset({"corp", "internal", "intranet", "lan", "local", "onion"})
"""Ends of names that are no top-level domains, and are used as such."""
_MAJOR = frozenset({"com", "net", "org", "edu", "gov", "mil", "bank"})
_FILES = frozenset({"md", "py", "rs", "sh", "so"})
"""Ends of the names of files that are top-level domains as well, and hardly anybody's bank."""
_PERHAPS_FILES = frozenset({"cc", "mk", "ml", "mm", "mov", "pl", "pm", "ps", "pub", "tf", "zip"})
_NAMES = frozenset({"ado.net", "asp.net", "ml.net", "socket.io", "system.net", "vb.net"})
_OWNERS = stdlib_module_names | {"console", "df", "document", "np", "pd", "self", "this", "torch", "window"}
"""What stands before the dot in the names of functions and attributes."""


def is_misleading(label: str, target: str) -> bool:
    """Whether the label, as people read it, names a host that the link does not lead to."""
    goal = _host(target)
    for written in _hosts(label):
        seen = lookalikes.as_ascii(written)
        if seen != goal and (written != goal or seen.isascii()):
            return True
    return False


def _host(target: str) -> str:
    """Where a link leads to; "" where readers of addresses differ about it: some take a backslash for a slash."""
    try:
        parts = urlsplit(target)
        host = parts.hostname or parts.path.rpartition("@")[2]
    except ValueError:
        return ""
    return "" if _BACKSLASH.search(parts.netloc) else _bare(host)


def _bare(host: str) -> str:
    """In lower case, in Unicode where it is written in ASCII (IDNA), without `www.` and the dot at its end."""
    labels = lookalikes.visible(host).casefold().rstrip(".").removeprefix("www.").split(".")
    return ".".join(map(_decoded, labels))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _hosts(label: str) -> Iterator[str]:
    """All that looks like a host in it."""
    seen = lookalikes.visible(label).replace("。", ".")
    for text in dict.fromkeys((seen, lookalikes.as_ascii(seen))):
        for word in text.split():
            yield from map(_bare, _named(word))


def _of_authority(written: str) -> list[str]:
    """User, host and port: who reads it may take the user for the host."""
    user, at, host = written.rpartition("@")
    host = host if host.startswith("[") else host.partition(":")[0]
    return [host.strip("[]"), *(_dotted(user) if at else ())]


def _named(word: str) -> Iterator[str]:
    """The hosts in a word. What follows the one that it begins with is its path."""
    if url := _URL.search(word):
        yield from _of_authority(url[1])
        yield from _dotted(word[: url.start()])
        return
    yield from (found.group() for found in _LOCAL.finditer(word))
    hosts = _dotted(word)
    if hosts and word.lstrip("([{\"'“‘*_`").startswith(hosts[0]) and "@" not in word:
        yield hosts[0]
        return
    yield from hosts


def _dotted(text: str) -> list[str]:
    return [host for found in _DOTTED.finditer(text) if (host := _as_host(found.group(), text, found.start()))]


def _as_host(name: str, text: str, at: int) -> str:
    """The part of a dotted name that is a host; "" where it is a file's, a module's, a version's."""
    labels = name.split(".")
    if _NUMBERS.fullmatch(name):
        return name
    if name.casefold() in _NAMES:
        return ""
    ends = [label.casefold() for label in labels]
    if not _is_top(ends[-1]):
        major = [n for n, end in enumerate(ends) if n and end in _MAJOR and ends[0] not in _OWNERS]
        return ".".join(labels[: major[-1] + 1]) if major else ""
    return "" if _is_file(labels, text, at) or _is_attribute(ends) else name


def _is_file(labels: list[str], text: str, at: int) -> bool:
    """`README.md`, `src/main.py`; a file of a rarer kind must be in a folder, or be spelt as no host is."""
    end, stem = labels[-1].casefold(), ".".join(labels[:-1])
    if labels[0].casefold() == "www" or any(label.casefold() in _MAJOR for label in labels[1:-1]):
        return False
    unlike_a_host = text[at - 1 : at] == "/" or "_" in stem or stem != stem.casefold()
    return end in _FILES or (end in _PERHAPS_FILES and unlike_a_host)


def _is_attribute(ends: list[str]) -> bool:
    """`asyncio.run`, `os.name`, `torch.cat`: a module's or object's name before it."""
    return ends[0] in _OWNERS and ends[-1] not in _MAJOR


def _is_top(label: str) -> bool:
    return _decoded(label) in _tops() or label in _RESERVED


@lru_cache(maxsize=1)
def _tops() -> frozenset[str]:
    lines = (Path(__file__).parent / "tlds.txt").read_text("utf-8").splitlines()
    return frozenset(" ".join(line for line in lines if not line.startswith("#")).split())
