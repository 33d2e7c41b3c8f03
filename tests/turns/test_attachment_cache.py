"""Files on their way from Slack to the prompt, with a Slack that answers and a reader that reads."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation.attachments import Picture, Unread, Words
from bot.conversation.messages import File, Message
from bot.documents.process import Reader
from bot.slack.api.download import Locker
from bot.slack.inbound.events import as_file
from bot.turns import attachment_cache as reading
from bot.turns.attachment_cache import RecentFiles
from tests import sample_files as documents
from threadbot_sandbox.slack import SmallSlack


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(slack: SmallSlack, clock: Clock) -> AsyncIterator[RecentFiles]:
    async with ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=f"{slack.url}/api/", session=session)
        yield RecentFiles(Locker(client, 1_000_000), Reader(10_000), now=clock)


async def shared(slack: SmallSlack, *given: dict[str, Any]) -> Message:
    ts = await slack.say("Ada", "#general", "see", files=list(given))
    files = slack.thread("#general", ts)[0]["files"]
    return Message(ts, "UADA", "see", files=tuple(map(as_file, files)))


NOTE = {"name": "note.txt", "content": b"milk, eggs"}
RED = {"name": "red.txt", "mimetype": "text/plain", "content": documents.png()}
REPORT = {"name": "report.pdf", "content": documents.pdf("Totals")}
ODD = {"name": "old.bmp", "mimetype": "image/bmp", "content": b"BM\0\0"}
CLIP = {"name": "clip.mp4", "mimetype": "video/mp4", "content": b"\0\0ftyp"}


async def test_each_file_is_what_its_bytes_are(slack: SmallSlack, desk: RecentFiles) -> None:
    message = await shared(slack, NOTE, RED, REPORT, ODD, CLIP)

    read = await desk.read([message])

    assert [read[file.id] for file in message.files] == [
        Words("milk, eggs"),
        Picture("image/png", documents.png()),
        Words("[page 1]\nTotals"),
        Unread("not a PNG, JPEG, GIF or WebP"),
        Unread("no text in it"),
    ]


@pytest.mark.parametrize(
    ("wanted", "texts", "pictures"),
    [
        ("all", Words("milk, eggs"), Picture("image/png", documents.png())),
        ("text", Words("milk, eggs"), Unread("looking at pictures is switched off")),
        ("off", Unread("reading files is switched off"), Unread("reading files is switched off")),
    ],
)
async def test_the_operator_says_what_is_read(
    slack: SmallSlack, desk: RecentFiles, wanted: reading.Wanted, texts: object, pictures: object
) -> None:
    desk.wanted = wanted
    message = await shared(slack, NOTE, RED)

    read = await desk.read([message])

    assert [read[file.id] for file in message.files] == [texts, pictures]


async def test_what_was_read_lately_is_not_read_again_but_it_is_not_kept_for_long(
    slack: SmallSlack, desk: RecentFiles, clock: Clock
) -> None:
    message = await shared(slack, NOTE)
    (file,) = message.files
    await desk.read([message])
    slack.workspace.files.clear()

    clock.time = reading.KEPT_FOR - 1
    assert await desk.read([message]) == {file.id: Words("milk, eggs")}
    clock.time = reading.KEPT_FOR
    assert await desk.read([message]) == {file.id: Unread("it has been deleted")}


async def test_little_is_kept(slack: SmallSlack, desk: RecentFiles) -> None:
    desk.most_kept = 100  # bytes
    messages = [await shared(slack, NOTE) for _ in range(5)]
    await desk.read(messages)
    slack.workspace.files.clear()

    read = (await desk.read(messages)).values()

    assert sum(isinstance(content, Words) for content in read) == 2


async def test_of_many_files_the_newest_are_read(slack: SmallSlack, desk: RecentFiles) -> None:
    messages = [await shared(slack, ODD, ODD, ODD) for _ in range(8)]

    read = await desk.read(messages)

    assert len(read) == reading.MOST_FILES
    assert all(file.id in read for message in messages[2:] for file in message.files)


async def test_an_answer_does_not_wait_for_ever() -> None:
    """Slack takes the request and never answers."""
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server, ClientSession() as session:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = AsyncWebClient(token="xoxb-1", base_url=f"{url}/api/", session=session)
        file = File("F1", "a", url=f"{url}/a")
        read = await RecentFiles(Locker(client, 1_000), Reader(1_000), within=0.2).read(
            [Message("1.1", "U1", "", files=(file,))]
        )

    assert asked.is_set()
    assert read == {"F1": Unread("it took too long to read")}
