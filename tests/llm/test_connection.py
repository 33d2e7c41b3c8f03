"""How much a model's server may send, compressed or not, and where it may send us."""

import gzip
import json
import zlib

import pytest

from bot.errors import Unanswerable
from bot.llm import connection
from bot.llm.connection import MAX_ERROR, connect
from bot.llm.framing import MAX_LINE
from tests.llm.asking import Asker, failure, served
from tests.llm.test_chunks import DONE, END, delta
from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.serve import serving

STREAM = "text/event-stream"
ANSWER = delta("Hello") + END + DONE
COMMENTS = b": keep-alive\n" * 100_000


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_STREAM", 1_000_000)
    monkeypatch.setattr(connection, "MAX_WHOLE", 100_000)


async def test_no_compression_is_asked_for(asker: Asker, model: SmallModel) -> None:
    await asker()

    assert model.headers[-1]["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", gzip.compress(ANSWER)), ("deflate", zlib.compress(ANSWER)), ("identity", ANSWER)],
    ids=["gzip", "deflate", "identity"],
)
async def test_a_server_that_compresses_all_the_same_is_understood(encoding: str, body: bytes) -> None:
    async with served(body, STREAM, headers=f"content-encoding: {encoding}\r\n") as there:
        told = await there()

    assert (told.text, told.finished.reason) == ("Hello", "stop")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "x"])
async def test_a_compression_that_is_not_known_is_a_failure(encoding: str) -> None:
    async with served(ANSWER, STREAM, headers=f"content-encoding: {encoding}\r\n") as there:
        assert "unknown_encoding" in (await failure(there)).detail


async def test_what_cannot_be_decompressed_is_a_failure() -> None:
    async with served(b"not gzip at all", STREAM, headers="content-encoding: gzip\r\n") as there:
        assert "bad_encoding" in (await failure(there)).detail


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (COMMENTS, STREAM),
        (b"\n" * 1_100_000, STREAM),
        (b":" + b"0" * MAX_LINE + b"\n", STREAM),
        (b"data:" + b"0" * MAX_LINE, STREAM),
        (b" " * 200_000, "application/json"),
        (json.dumps({"choices": [{"message": {"content": "x" * 200_000}}]}).encode(), "application/json"),
    ],
    ids=["comments", "empty lines", "a long comment", "a line without end", "blanks", "a long answer"],
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_more_than_one_answer_can_be_is_refused(body: bytes, kind: str, encoding: str) -> None:
    sent = gzip.compress(body) if encoding == "gzip" else body
    async with served(sent, kind, headers=f"content-encoding: {encoding}\r\n") as there:
        error = await failure(there)

    assert isinstance(error, Unanswerable)
    assert error.sentence == "model.oversized"
    assert "oversized" in error.detail


@pytest.mark.usefixtures("small_limits")
async def test_what_came_before_too_much_is_kept() -> None:
    async with served(delta("Hello") + COMMENTS, STREAM) as there:
        told = await there()

    assert told.text == "Hello"
    assert told.interrupted.why == "oversized"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_of_an_error_only_the_beginning_is_read(encoding: str) -> None:
    body = b"0" * 50 * MAX_ERROR
    sent = gzip.compress(body) if encoding == "gzip" else body
    async with served(sent, "text/plain", status="400 Bad", headers=f"content-encoding: {encoding}\r\n") as there:
        error = await failure(there)

    assert isinstance(error, Unanswerable)
    assert "status 400" in error.detail


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent", "300 Choose"]
)
@pytest.mark.parametrize("where", ["http://{other}/v1/chat/completions", "//{other}/x", "http://[", "relative", ""])
async def test_a_redirect_is_not_followed(status: str, where: str) -> None:
    """It would send the conversation to another host."""
    async with served(ANSWER, STREAM) as other:
        to = where.format(other=other.server.client.base_url.netloc.decode())
        async with served(b"", "text/plain", status=status, headers=f"location: {to}\r\n") as there:
            error = await failure(there)

    assert isinstance(error, Unanswerable)
    assert error.sentence == "model.moved"


@pytest.mark.parametrize(
    "field",
    ["code", "type", "param"],
)
@pytest.mark.parametrize(
    "odd",
    ["a\n21:00:00 warning admin added by=U0ALICE", "x" * 10_000, {"a": 1}, ["a"], 10**30, True, 1.5],
    ids=lambda v: repr(v)[:20],
)
async def test_an_errors_odd_values_reach_nobody(field: str, odd: object, caplog: pytest.LogCaptureFixture) -> None:
    said = {"error": {"message": "unsupported parameter", field: odd}}
    async with served(
        json.dumps(said).encode(), "application/json", status="400 Bad", headers="x-request-id: é x\r\n"
    ) as there:
        error = await failure(there)

    assert len(error.detail) < 200
    assert error.detail.isprintable()
    assert error.detail.isascii()
    assert "admin" not in caplog.text


@pytest.mark.parametrize(("once", "requests"), [(True, 1), (False, 2)])
async def test_what_is_sent_once_is_not_repeated_after_a_refusal(once: bool, requests: int) -> None:
    model = SmallModel()
    model.enqueue(Reply(status=503), Reply(status=503))
    async with serving(model.app) as url, connect(f"{url}/v1", "sandbox", 30.0, 1, once=once) as client:
        await failure(Asker.of(client))

    assert len(model.requests) == requests
