"""Files read by a child process, with real bytes: honest ones, and such as were made to do harm."""

import asyncio
from pathlib import Path

import pytest

from bot.conversation.attachments import Unread, Why, Words
from bot.documents.process import Reader
from tests import sample_files as documents

READER = Reader(most=10_000)
SLOW = documents.pdf_of([b"BT /F1 12 Tf " + b"(a) Tj 1 0 Td " * 300_000 + b"ET"])


async def words(data: bytes, reader: Reader = READER) -> Words:
    read = await reader.read(data)
    assert isinstance(read, Words)
    return read


async def test_a_pdf_is_its_pages_words() -> None:
    read = await words(documents.pdf("Totals for May", "Café in June"))

    assert read == Words("[page 1]\nTotals for May\n\n[page 2]\nCafé in June")


async def test_of_a_long_pdf_the_first_pages_are_read() -> None:
    read = await words(documents.pdf(*[f"page {n} " + "word " * 100 for n in range(1, 101)]))

    assert "page 1 word" in read.text
    assert "page 99" not in read.text
    assert len(read.text) <= 10_000
    assert read.share == pytest.approx(0.2, abs=0.05)


async def test_a_pdf_under_an_empty_password_is_open_to_everybody() -> None:
    read = await words(documents.encrypted(documents.pdf("for all"), ""))

    assert "for all" in read.text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("grün\r\nund rot".encode(), "grün\nund rot"),
        ("\ufeffgrün".encode(), "grün"),
        ("grün".encode("utf-16"), "grün"),
        (b"beep\x07 and\tgo\x1b[0m", "beep and\tgo[0m"),
        ("Käse;3\n".encode("cp1252"), "Käse;3\n"),
        ("El niño bebió café".encode("iso-8859-1"), "El niño bebió café"),
        ("Zażółć gęślą jaźń".encode("cp1250"), "Zażółć gęślą jaźń"),
        ("Привет, это простой текст.".encode("cp1251"), "Привет, это простой текст."),
        ("これは日本語の文章です".encode("shift_jis"), "これは日本語の文章です"),
    ],
    ids=["utf-8", "byte order mark", "utf-16", "control", "short", "latin", "polish", "russian", "shift_jis"],
)
async def test_text_is_read_in_its_own_encoding(data: bytes, text: str) -> None:
    assert await words(data) == Words(text)


async def test_of_a_long_text_the_beginning_is_read() -> None:
    assert await words(b"a" * 40_000) == Words("a" * 10_000, 0.25)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (documents.encrypted(documents.pdf("secret"), "a password"), "encrypted"),
        (documents.pdf_of([b""]), "scan"),
        (documents.pdf("cut")[:200], "damaged"),
        (documents.pdf("x").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"), "damaged"),
        (b"PK\x03\x04\x00\x00binary", "no-text"),
        (b"", "empty"),
    ],
    ids=["encrypted", "scanned", "cut short", "pages in a circle", "binary", "empty"],
)
async def test_what_has_no_words_says_why(data: bytes, why: Why) -> None:
    assert await READER.read(data) == Unread(why)


@pytest.mark.parametrize(
    ("reader", "data"),
    [
        (READER, documents.bomb()),
        (Reader(10_000, seconds=1), SLOW),
        (Reader(10_000, memory=90_000_000), SLOW),
        (Reader(10_000, memory=60_000_000), b"a" * 20_000_000),
    ],
    ids=["bomb", "time", "memory for a PDF", "memory for text"],
)
async def test_a_hostile_file_is_given_up(reader: Reader, data: bytes) -> None:
    assert isinstance(await reader.read(data), Unread)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import time; time.sleep(60)", "too-slow"),
        ("import sys; sys.stdout.write('x' * 10_000_000)", "too-hard"),
        ("print('{\"text\": 1}')", "too-hard"),
        ("import os; os.abort()", "too-hard"),
    ],
    ids=["hangs", "says too much", "says something else", "crashes"],
)
async def test_a_child_that_misbehaves_is_ended(program: str, why: Why, tmp_path: Path) -> None:
    wild = tmp_path / "wild.py"
    wild.write_text(program)

    assert await Reader(1_000, seconds=1, program=wild).read(b"any") == Unread(why)


async def test_the_child_has_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import json, os, sys\n"
        "print(json.dumps({'text': f'{sorted(os.environ)} {os.getcwd()} {sys.flags.isolated}', 'share': 1}))"
    )

    told = (await words(b"any", Reader(1_000, program=spy))).text

    assert "SLACK" not in told
    assert told.endswith("/ 1")


async def test_one_persons_slow_files_do_not_hold_up_anothers(tmp_path: Path) -> None:
    program = tmp_path / "as_said.py"
    program.write_text(
        "import sys, time\n"
        "time.sleep(60 if sys.stdin.buffer.read() == b'slow' else 0)\n"
        'print(\'{"text": "quick", "share": 1}\')'
    )
    reader = Reader(1_000, program=program)
    carols = [asyncio.ensure_future(reader.read(b"slow", "UCAROL")) for _ in range(6)]
    await asyncio.sleep(0)

    assert await reader.read(b"a note", "UBOB") == Words("quick")
    assert not any(task.done() for task in carols)
    for task in carols:
        task.cancel()
    await asyncio.gather(*carols, return_exceptions=True)
