"""A server that goes away in the middle of its answer, at whichever byte: what came is told as what it is."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bot.conversation.pieces import Finished
from bot.errors import BotError
from bot.llm.connection import connect
from tests.llm.asking import Asker
from tests.llm.test_chunks import DONE, END, delta

TEXT = "Good evening"
STREAM = delta("Good ") + delta("evening") + END + DONE
WHOLE = (
    b'{"model": "m", "choices": [{"index": 0, "finish_reason": "stop", '
    b'"message": {"role": "assistant", "content": "Good evening"}}]}'
)


def response(body: bytes, kind: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n" % (kind, len(body))
    return head + body


@asynccontextmanager
async def breaking_off(answer: bytes, reset: bool) -> AsyncIterator[str]:
    """The base URL of a server that sends one byte more of its answer each time, and then goes away.

    In order, or with a reset, as one that is killed.
    """
    sent = -1

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        sent += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        with suppress(ConnectionError):
            writer.write(answer[:sent])
            await writer.drain()
            if reset:
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize(
    ("answer", "stream"),
    [(response(STREAM, b"text/event-stream"), True), (response(WHOLE, b"application/json"), False)],
    ids=["stream", "whole"],
)
async def test_an_answer_may_break_off_at_any_byte(answer: bytes, stream: bool, reset: bool) -> None:
    whole = 0
    async with breaking_off(answer, reset) as url, connect(url, "any", timeout=30.0, retries=0) as client:
        asker = Asker.of(client)
        asker.server.streaming = stream
        for _ in range(len(answer) + 1):
            try:
                told = await asker()
            except BotError:
                continue
            assert TEXT.startswith(told.text)
            if isinstance(told.end, Finished):
                assert told.text == TEXT
                whole += 1

    assert whole or reset, "what came to its end is whole"
