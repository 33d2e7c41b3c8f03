"""What the tests of the model's edge share: ask, and see everything that came back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from openai import AsyncOpenAI

from bot.conversation.marks import Marks
from bot.conversation.pieces import Finished, Interrupted, Retracted, Routed, Text, Thought
from bot.conversation.prompt import Ask, Said
from bot.errors import BotError
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect

QUESTION = "What is the secret of the Rosetta stone?"


MARKS = Marks("q7w")


def ask(**params: object) -> Ask:
    return Ask("small-model", (Said("system", "Be brief."), Said("user", QUESTION)), params, marks=MARKS)


@dataclass
class Told:
    """One answer as it came through the edge."""

    text: str = ""
    others: dict[int, str] = field(default_factory=dict)
    thought: int = 0
    end: Finished | Interrupted | None = None

    @property
    def finished(self) -> Finished:
        assert isinstance(self.end, Finished)
        return self.end

    @property
    def interrupted(self) -> Interrupted:
        assert isinstance(self.end, Interrupted)
        return self.end


@dataclass
class Asker:
    server: Server

    @classmethod
    def of(cls, client: AsyncOpenAI) -> "Asker":
        return cls(Server(client, Timing(first_token=5.0, silence=5.0)))

    def impatient(self) -> "Asker":
        self.server.timing = Timing(first_token=1.0, silence=0.5)
        return self

    def whole(self) -> "Asker":
        """Answers are asked for in one piece."""
        self.server.streaming = False
        return self

    async def __call__(self, asked: Ask | None = None) -> Told:
        told = Told()
        async for event in self.server.stream(asked or ask()):
            assert told.end is None, "nothing comes after the end"
            match event:
                case Text(text, 0):
                    told.text += text
                case Text(text, choice):
                    told.others[choice] = told.others.get(choice, "") + text
                case Thought(characters):
                    told.thought += characters
                case Retracted(choice):
                    told.text = "" if choice == 0 else told.text
                    told.others.pop(choice, None)
                case Routed():
                    pass
                case end:
                    told.end = end
        return told


async def failure(asker: Asker, asked: Ask | None = None) -> BotError:
    """What asking raises."""
    with pytest.raises(BotError) as caught:
        await asker(asked)
    return caught.value


@asynccontextmanager
async def answering(
    body: bytes, kind: str | None, *, missing: int = 0, status: str = "200 OK", headers: str = "", chunked: bool = False
) -> AsyncIterator[str]:
    """The base URL of a server that answers with these bytes, and closes the connection `missing` bytes before it said
    it would. Without a `kind` it sends no Content-Type. `headers` are further lines, each with its CR LF. What is
    `chunked` says its lengths itself."""
    told = f"content-type: {kind}\r\n" if kind is not None else ""
    told += "" if chunked else f"content-length: {len(body) + missing}\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        about = f"HTTP/1.1 {status}\r\n{told}{headers}\r\n"
        with suppress(ConnectionError):  # a reader that has had enough closes it
            writer.write(about.encode() + body)
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@asynccontextmanager
async def served(
    body: bytes,
    kind: str | None = "text/event-stream",
    *,
    missing: int = 0,
    status: str = "200 OK",
    headers: str = "",
    chunked: bool = False,
) -> AsyncIterator[Asker]:
    """The bot's edge to such a server; see `answering`."""
    async with (
        answering(body, kind, missing=missing, status=status, headers=headers, chunked=chunked) as url,
        connect(url, "any", timeout=30.0, retries=0) as client,
    ):
        yield Asker.of(client)


@asynccontextmanager
async def dripping(pieces: Sequence[bytes], every: float) -> AsyncIterator[Asker]:
    """The bot's edge to a server that sends so many pieces of a stream, each so many seconds after the one before."""

    under_way: set[asyncio.Task[None] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
        with suppress(ConnectionError):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            for piece in pieces:
                if reader.at_eof():  # who asked has left
                    break
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(every)
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        async with connect(url, "any", timeout=30.0, retries=0) as client:
            yield Asker.of(client)
        await asyncio.gather(*filter(None, under_way))
