"""Files on their way into the prompt: which are read, how long they are kept, and what is said of the others."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.conversation.attachments import MAX_PICTURE_BYTES, Picture, Unread, Words
from bot.conversation.messages import File, Message
from bot.turns import attachment_cache
from bot.turns.attachment_cache import RecentFiles
from tests import sample_files
from tests.fakes import Clock

NOTE = File("F1", "note.txt", "text/plain")
RED = File("F2", "red.txt", "text/plain")
ODD = File("F3", "old.bmp", "image/bmp")
CLIP = File("F4", "clip.mp4", "video/mp4")
LARGE = File("F5", "large.png", "image/png")
PNG = sample_files.png()
DATA: dict[str, bytes | Unread] = {
    "F1": b"milk, eggs",
    "F2": PNG,
    "F3": b"BM\0\0",
    "F4": Unread("no-text"),
    "F5": PNG + bytes(MAX_PICTURE_BYTES),
}


@dataclass
class Shelf:
    """Where files are kept, and the reader that looks into them: it takes whatever has no zero byte for text."""

    data: dict[str, bytes | Unread] = field(default_factory=lambda: dict(DATA))
    fetched: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most_under_way: int = 0

    async def fetch(self, file: File) -> bytes | Unread:
        self.fetched.append(file.id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await self.open.wait()
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        return self.data.get(file.id, Unread("deleted"))

    async def read(self, data: bytes, owner: str = "") -> Words | Unread:
        return Unread("too-hard") if b"\0" in data else Words(data.decode())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.open.set()
    return shelf


@pytest.fixture
def files(shelf: Shelf, clock: Clock) -> RecentFiles:
    return RecentFiles(shelf, shelf, now=clock)


def with_files(*files: File, ts: str = "1.0") -> Message:
    return Message(ts, "UADA", "see", files=files)


async def test_each_file_is_what_its_bytes_are(files: RecentFiles) -> None:
    assert await files.read([with_files(NOTE, RED, ODD, CLIP, LARGE)]) == {
        "F1": Words("milk, eggs"),
        "F2": Picture("image/png", PNG),
        "F3": Unread("unknown-picture"),
        "F4": Unread("no-text"),
        "F5": Unread("too-large", 5_000_000),
    }


@pytest.mark.parametrize(
    ("wanted", "texts", "pictures"),
    [
        ("all", Words("milk, eggs"), Picture("image/png", PNG)),
        ("text", Words("milk, eggs"), Unread("pictures-off")),
        ("off", Unread("off"), Unread("off")),
    ],
)
async def test_the_operator_says_what_is_read(
    files: RecentFiles, wanted: attachment_cache.Wanted, texts: object, pictures: object
) -> None:
    files.wanted = wanted

    assert await files.read([with_files(NOTE, RED)]) == {"F1": texts, "F2": pictures}


async def test_a_file_that_says_it_is_a_picture_is_not_fetched_where_pictures_are_off(
    files: RecentFiles, shelf: Shelf
) -> None:
    files.wanted = "text"

    assert await files.read([with_files(ODD)]) == {"F3": Unread("pictures-off")}
    assert shelf.fetched == []


async def test_what_was_read_lately_is_not_read_again_but_it_is_not_kept_for_long(
    files: RecentFiles, shelf: Shelf, clock: Clock
) -> None:
    message, begun = with_files(NOTE), clock.time
    await files.read([message])
    shelf.data.clear()

    clock.time = begun + attachment_cache.KEPT_FOR - 1
    assert await files.read([message]) == {"F1": Words("milk, eggs")}
    clock.time = begun + attachment_cache.KEPT_FOR
    assert await files.read([message]) == {"F1": Unread("deleted")}


async def test_a_snippet_that_was_edited_is_read_again(files: RecentFiles, shelf: Shelf) -> None:
    await files.read([with_files(File("F1", "note.txt", size=10))])
    shelf.data["F1"] = b"milk, eggs, tea"

    assert await files.read([with_files(File("F1", "note.txt", size=15))]) == {"F1": Words("milk, eggs, tea")}


async def test_little_is_kept(files: RecentFiles, shelf: Shelf) -> None:
    files.max_kept = 100  # bytes
    notes = [File(f"N{n}", "note.txt") for n in range(5)]
    shelf.data |= {note.id: b"milk, eggs" for note in notes}
    await files.read([with_files(*notes)])
    shelf.data.clear()

    read = (await files.read([with_files(*notes)])).values()

    assert sum(isinstance(content, Words) for content in read) == 2


async def test_of_many_files_the_newest_are_read(files: RecentFiles) -> None:
    messages = [with_files(*(File(f"N{m}/{n}", "a") for n in range(3)), ts=f"{m}.0") for m in range(8)]

    read = await files.read(messages)

    assert len(read) == attachment_cache.MAX_FILES
    assert all(file.id in read for message in messages[2:] for file in message.files)


async def test_few_files_are_in_memory_at_once(files: RecentFiles, shelf: Shelf) -> None:
    await files.read([Message(f"{n}.0", f"U{n}", "see", files=(File(f"N{n}", "a"),)) for n in range(20)])

    assert shelf.most_under_way == attachment_cache.MAX_UNDER_WAY


async def test_of_one_persons_files_fewer_are_in_memory(files: RecentFiles, shelf: Shelf) -> None:
    await files.read([with_files(*(File(f"N{n}", "a") for n in range(20)))])

    assert shelf.most_under_way == attachment_cache.MAX_UNDER_WAY_EACH


async def test_an_answer_does_not_wait_for_ever(files: RecentFiles, shelf: Shelf) -> None:
    shelf.open.clear()
    files.timeout = 0.01

    assert await files.read([with_files(NOTE)]) == {"F1": Unread("late")}
    assert shelf.under_way == 0


class Gated:
    """A store and a reader in one. Carol's files take until the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def fetch(self, file: File) -> bytes:
        return b"words"

    async def read(self, data: bytes, owner: str = "") -> Words:
        if owner == "UCAROL":
            await self.gate.wait()
        return Words(owner)


async def test_one_persons_files_do_not_hold_up_anothers() -> None:
    gated = Gated()
    recent = RecentFiles(gated, gated)
    carols = tuple(File(f"F{n}", "slow.pdf") for n in range(18))
    slow = asyncio.ensure_future(recent.read([Message("1.1", "UCAROL", "", files=carols)]))
    await asyncio.sleep(0)

    bobs = await recent.read([Message("2.1", "UBOB", "", files=(File("F99", "note.txt"),))])

    assert bobs == {"F99": Words("UBOB")}
    assert not slow.done()
    gated.gate.set()
    assert set((await slow).values()) == {Words("UCAROL")}
