"""A program that finds the words in a file: bytes come on stdin, one JSON object goes to stdout.

It is started by its path, with no environment; the last argument says where libraries are besides. Before it reads
anything it imports all that reading takes, and then gives up memory, processor time, and as far as the system knows
how: files, network, other processes (`fence`).
"""

import encodings
import importlib
import io
import json
import os
import pkgutil
import resource
import signal
import sys
import time
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path += [path for path in "".join(sys.argv[5:6]).split(os.pathsep) if path and path not in sys.path]

from charset_normalizer import from_bytes

ENCRYPTED = "encrypted"
NO_TEXT = "no-text"
SCANNED = "scan"
BROKEN = "damaged"
SAMPLE = 200_000  # bytes that the character encoding is guessed from
KEPT = frozenset("\n\t")
WESTERN = frozenset("äöüßáéíóúàèìòùâêîôûãõñçåøæœÿëïÄÖÜÁÉÍÓÚÀÈÌÒÙÂÊÎÔÛÃÕÑÇÅØÆŒËÏ¡¿€£§°«»„“”‘’‚–—…•·ªº©®µ\xa0")
BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Unread(Exception):
    """Its text is a code that says why; see `conversation/attachments.Why`."""


def shut_in(kind: str, memory: int, seconds: int) -> list[str]:
    """Import all that is needed, and give up the rest; returns the names of the fences that this system has."""
    sys.path.append(str(Path(__file__).parents[2]))
    from bot.documents import fence

    _import_all(encodings)  # which one a text takes shows only later
    if kind == "pdf":
        import pypdf

        _import_all(pypdf)
    restrict(memory, seconds)
    return fence.close()


def _import_all(package: Any) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        with suppress(ImportError):  # for another system, or for an extra that is not installed
            importlib.import_module(module.name)


def restrict(memory: int, seconds: int) -> None:
    """Limits that the system keeps: bytes of memory, seconds of processor time, no files written, no core dump."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # where memory runs out, Linux ends us and not the bot
    os.nice(10)  # answers come first
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):  # macOS does not let RLIMIT_AS be lowered
            continue
    signal.alarm(2 * seconds)  # ends us even when nobody is left to do so


def words_of_text(data: bytes, most: int) -> tuple[str, float]:
    """Text in whatever encoding, and its share of the whole; at most so many characters."""
    text = _decoded(data)
    if not text.strip():
        raise Unread("empty" if not data.strip() else NO_TEXT)
    return text[:most], min(1.0, most / len(text))


def _decoded(data: bytes) -> str:
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), None)
    if encoding is None and b"\0" in data:
        raise Unread(NO_TEXT)
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        sample = data[:SAMPLE]
    if _looks_western(sample):
        return data.decode("cp1252", errors="replace")
    guess = from_bytes(sample).best()
    if guess is None:
        raise Unread(NO_TEXT)
    return data.decode(guess.encoding, errors="replace")


def _looks_western(sample: bytes) -> bool:
    """Whether it is mostly ASCII with Western Europe's letters: the usual case, and too little for a good guess."""
    strange = "".join(c for c in sample.decode("cp1252", errors="replace") if not c.isascii())
    return len(strange) <= len(sample) / 4 and WESTERN.issuperset(strange)


def words_of_pdf(data: bytes, most: int, seconds: float) -> tuple[str, float]:
    """The text of its pages, and their share of the whole; stops at so many characters or after some seconds."""
    from pypdf import PdfReader  # slow to import, and of no use for text: `shut_in` has done it where it is

    give_up = time.monotonic() + seconds
    try:
        pdf = PdfReader(io.BytesIO(data))
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise Unread(ENCRYPTED)
        return _pages(pdf.pages, most, give_up)
    except (Unread, MemoryError):
        raise
    except Exception as broken:  # a hostile file can raise anything
        raise Unread(BROKEN) from broken


def _pages(pages: Sequence[Any], most: int, give_up: float) -> tuple[str, float]:
    """A page that cannot be read is left out; the share tells."""
    texts: list[str] = []
    failed = False
    for number, page in enumerate(pages, start=1):
        if sum(map(len, texts)) > most or time.monotonic() > give_up:
            break
        try:
            texts.append(f"[page {number}]\n{page.extract_text().strip()}")
        except MemoryError:
            raise
        except Exception:
            failed = True
    if not any(text.partition("\n")[2] for text in texts):
        raise Unread(BROKEN if failed else SCANNED)
    whole = "\n\n".join(texts)
    return whole[:most], len(texts) / len(pages) * min(1.0, most / len(whole))


def clean(text: str) -> str:
    """Without control characters and halves of UTF-16 pairs; line ends as on Unix."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in KEPT or unicodedata.category(c) not in ("Cc", "Cs"))


def main(kind: str, most: int, memory: int, seconds: int) -> None:
    fences = shut_in(kind, memory, seconds)
    data = sys.stdin.buffer.read()
    try:
        text, share = words_of_pdf(data, most, seconds / 2) if kind == "pdf" else words_of_text(data, most)
        answer: dict[str, object] = {"text": clean(text), "share": share}
    except Unread as why:
        answer = {"unread": str(why)}
    except MemoryError:
        answer = {"unread": "too-much-memory"}
    sys.stdout.buffer.write(json.dumps(answer | {"fences": fences}).encode())


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]))
