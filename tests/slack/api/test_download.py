"""Files fetched from a server that is Slack, with all that it may answer; and the token, which no other server gets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.conversation.attachments import Unread, Why
from bot.conversation.messages import File
from bot.slack.api.client import SlackClient
from bot.slack.api.download import NOT_SHOWN, NOT_SLACK, Locker
from bot.slack.api.rate_limits import Pace
from threadbot_sandbox.slack import SmallSlack

SIGN_IN = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>"
PAGE = b"<html><body>Our handbook</body></html>"
MOST = 100_000


@dataclass
class Host:
    """A server that gives the scripted answers in turn, the last for ever, and knows what it was asked."""

    answers: list[bytes]
    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        writer.write(answer)
        writer.close()
        await writer.wait_closed()


def answer(body: bytes = b"", status: str = "200 OK", kind: str = "text/plain", **more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def host(*answers: bytes) -> AsyncIterator[Host]:
    one = Host(list(answers))
    async with await asyncio.start_server(one.serve, "127.0.0.1", 0) as server:
        one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield one


@asynccontextmanager
async def locker(base: str) -> AsyncIterator[Locker]:
    async with ClientSession() as session:
        yield Locker(SlackClient("xoxb-1", f"{base}/api/", session, Pace(None)), MOST)


async def fetched(*answers: bytes, **about: Any) -> bytes | Unread:
    """What becomes of a file for which Slack answers this."""
    async with host(*answers) as slack, locker(slack.url) as ours:
        return await ours.fetch(replace(File("F1", "a", "text/plain", url=f"{slack.url}/a"), **about))


async def test_a_file_is_fetched_with_the_token() -> None:
    async with host(answer(b"hello")) as slack, locker(slack.url) as ours:
        assert await ours.fetch(File("F1", "a", url=f"{slack.url}/files-pri/a")) == b"hello"

    assert "Authorization: Bearer xoxb-1" in slack.asked[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/a",
        "https://slack.com.evil.example/a",
        "https://evilslack.com/a",
        "http://files.slack.com/a",
        "https://files.slack.com@evil.example/a",
        "https://user:pass@files.slack.com/a",
        "ftp://files.slack.com/a",
        "//files.slack.com/a",
        "not an address",
        "https://[broken",
    ],
)
async def test_no_other_host_is_asked_at_all(address: str) -> None:
    assert await fetched(answer(b"never"), url=address) == NOT_SLACK


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    async with host(answer(b"stolen")) as thief:
        assert await fetched(answer(status="302 Found", Location=f"{thief.url}/a")) == NOT_SLACK

    assert thief.asked == []


async def test_a_redirect_within_slack_is_followed_but_not_for_ever() -> None:
    assert await fetched(answer(status="302 Found", Location="/b"), answer(b"here")) == b"here"
    assert isinstance(await fetched(answer(status="302 Found", Location="/round")), Unread)


@pytest.mark.parametrize(
    ("about", "page", "content"),
    [
        ({}, SIGN_IN, NOT_SHOWN),
        ({"mimetype": "application/pdf", "size": 5}, SIGN_IN, NOT_SHOWN),
        ({"mimetype": "text/html", "size": 5}, SIGN_IN, NOT_SHOWN),
        ({"mimetype": "text/html", "size": len(PAGE)}, PAGE, PAGE),
        ({"mimetype": "text/html", "size": len(SIGN_IN)}, SIGN_IN, SIGN_IN),
        ({"mimetype": "text/plain", "size": len(PAGE)}, PAGE, PAGE),
    ],
    ids=["text", "pdf", "a page", "a real page", "a saved sign-in page", "a page as a snippet"],
)
@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
async def test_a_sign_in_page_is_not_the_file(
    about: dict[str, Any], page: bytes, content: bytes | Unread, kind: str
) -> None:
    assert await fetched(answer(page, kind=kind), **about) == content


@pytest.mark.parametrize(
    ("first", "content"),
    [
        (answer(status="429 Too Many Requests", Retry_After="0"), b"hello"),
        (answer(status="503 Service Unavailable"), b"hello"),
        (answer(b"hel", Content_Length="5"), b"hello"),
        (b"", b"hello"),
        (answer(status="404 Not Found"), Unread("deleted")),
        (answer(status="403 Forbidden"), NOT_SHOWN),
    ],
    ids=["slow down", "not now", "cut off", "no answer", "not found", "forbidden"],
)
async def test_what_passes_is_waited_out(first: bytes, content: bytes | Unread) -> None:
    assert await fetched(first, answer(b"hello")) == content


async def test_slack_is_not_asked_for_ever() -> None:
    assert await fetched(answer(status="500 Internal Server Error")) == Unread("no-answer")


@pytest.mark.parametrize("about", [{}, {"size": MOST + 1}], ids=["not told before", "told before"])
async def test_no_more_is_fetched_than_is_allowed(about: dict[str, Any]) -> None:
    assert await fetched(answer(b"x" * (MOST + 1)), **about) == Unread("too-large", MOST)


@pytest.mark.parametrize(
    ("thumb", "content"),
    [(answer(b"small", kind="image/png"), b"small"), (answer(status="404 Not Found"), b"large")],
    ids=["there", "not there"],
)
async def test_of_a_large_picture_the_smaller_one_is_fetched(thumb: bytes, content: bytes) -> None:
    async with host(thumb, answer(b"large", kind="image/png")) as slack, locker(slack.url) as ours:
        file = File("F1", "a.png", "image/png", 5, f"{slack.url}/large", f"{slack.url}/small")
        assert await ours.fetch(file) == content

    assert slack.asked[0].startswith("GET /small ")


async def test_a_file_of_another_workspace_is_asked_for(client: SlackClient, slack: SmallSlack) -> None:
    ts = await slack.upload("Otto", "#partners", "a.txt", b"hello", file_access="check_file_info")
    (stub,) = slack.thread("#partners", ts)[0]["files"]

    assert await Locker(client, MOST).fetch(File(stub["id"], "unnamed file", mode=stub["mode"])) == b"hello"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("file_not_found", "deleted"),
        ("missing_scope", "no-permission"),
        ("internal_error", "no-answer"),
    ],
)
async def test_a_file_that_slack_does_not_tell_of_is_not_read(
    client: SlackClient, slack: SmallSlack, error: str, why: Why
) -> None:
    slack.fail("files.info", error, times=3)

    assert await Locker(client, MOST).fetch(File("F1", "a")) == Unread(why)
