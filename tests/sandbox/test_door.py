"""Pages of other sites can neither read nor drive the sandbox, and what it keeps is for its owner's account alone."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from threadbot_sandbox import SandboxError
from threadbot_sandbox.folder import held
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

GENERAL = "C000GENERAL"
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


async def addresses(slack: SmallSlack) -> list[tuple[str, str]]:
    """One of each kind that is served: (method, URL). Each would be answered well if our own page or bot asked."""
    await slack.say("Ada", "#general", "look", files=[{"name": "note.txt", "content": b"milk"}])
    file = slack.messages("#general")[0]["files"][0]
    return [
        ("GET", f"{slack.url}/"),
        ("GET", f"{slack.url}/page/main.js"),
        ("GET", f"{slack.url}/sandbox/state"),
        ("GET", f"{slack.url}/sandbox/live"),
        ("GET", f"{slack.url}/sandbox/calls"),
        ("GET", f"{slack.url}/sandbox/limits"),
        ("POST", f"{slack.url}/sandbox/say"),
        ("POST", f"{slack.url}/api/chat.postMessage"),
        ("GET", f"{slack.url}/api/conversations.history?channel={GENERAL}"),
        ("POST", f"{slack.url}/api/apps.connections.open"),
        ("GET", file["url_private"]),
        ("GET", file["url_private_download"]),
        ("POST", f"{slack.url}/upload/v1/F0"),
        ("POST", f"{slack.url}/hooks/any"),
        ("GET", f"{slack.url}/docs"),
        ("GET", f"{slack.url}/nothing"),
    ]


def ways_in(url: str) -> list[dict[str, str]]:
    """What a browser sends for pages that are not ours, in whatever way they ask."""
    port = url.rpartition(":")[2]
    return [
        {"host": "evil.example"},
        {"host": f"evil.example:{port}"},
        {"host": f"localhost.evil.example:{port}"},
        {"host": f"127.0.0.1.evil.example:{port}"},
        {"host": f"evil.example:{port}", "sec-fetch-site": "same-origin"},
        {"host": f"evil.example:{port}", "origin": f"http://evil.example:{port}"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": f"https://127.0.0.1:{port}"},
        {"origin": f"http://localhost:{port}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "nonsense"},
    ]


async def test_no_route_answers_a_foreign_page(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    served = await addresses(slack)

    for method, url in served:
        for headers in ways_in(slack.url):
            own = {"authorization": f"Bearer {slack.bot_token}", "content-type": "application/json"}
            async with session.request(method, url, headers=own | headers, data="{}") as answer:
                assert answer.status == 403, (method, url, headers)

    assert [message["text"] for message in slack.messages("#general")] == ["look"]
    assert slack.calls == []


async def test_a_form_of_another_site_posts_nothing(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    """Such a form needs no permission of ours: a browser just sends it."""
    form = {"token": slack.bot_token, "channel": GENERAL, "text": "sent by evil.example"}
    browser = {"origin": "https://evil.example", "sec-fetch-site": "cross-site", **NAVIGATION}

    async with session.post(f"{slack.url}/api/chat.postMessage", data=form, headers=browser) as answer:
        assert answer.status == 403

    assert slack.messages("#general") == []


async def test_a_request_needs_exactly_one_host(slack: SmallSlack) -> None:
    port = int(slack.url.rpartition(":")[2])
    for head in ("GET / HTTP/1.0\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}\r\n".encode())
        status = await reader.readline()
        writer.close()
        assert status.split()[1] in (b"400", b"403")


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}])
async def test_a_socket_of_a_foreign_page_is_not_taken(
    slack: SmallSlack, session: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    client = AsyncWebClient(base_url=f"{slack.url}/api/", session=session)
    url = (await client.apps_connections_open(app_token=slack.app_token))["url"]

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await session.ws_connect(url, headers=headers)

    assert refused.value.status == 403
    assert not slack.connected
    async with session.ws_connect(url) as ours:  # its ticket was not used up
        assert (await ours.receive_json())["type"] == "hello"


async def test_ones_own_page_is_answered_under_every_local_name(
    slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    port = slack.url.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}", f"[::1]:{port}", "localhost"):
        browser = {"host": host, "origin": f"http://{host.lower()}", "sec-fetch-site": "same-origin"}
        async with session.post(f"{slack.url}/sandbox/open_home", json={"user": "Ada"}, headers=browser) as answer:
            assert answer.status == 200


async def test_the_page_can_be_opened_by_hand_and_from_a_link_but_not_framed(
    slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    for site in ("none", "cross-site", "same-site"):
        async with session.get(f"{slack.url}/", headers={"sec-fetch-site": site, **NAVIGATION}) as answer:
            assert answer.status == 200
            assert answer.headers["x-frame-options"] == "DENY"
    async with session.get(f"{slack.url}/sandbox/state", headers={"sec-fetch-site": "cross-site", **NAVIGATION}) as got:
        assert got.status == 403


async def test_the_small_model_has_the_same_door(session: aiohttp.ClientSession) -> None:
    """What it was asked is what people said; and it says what it is told to."""
    model = SmallModel()
    async with serving(model.app) as url:
        for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"sec-fetch-site": "cross-site"}):
            async with session.get(f"{url}/sandbox/requests", headers=headers) as answer:
                assert answer.status == 403
            async with session.post(f"{url}/sandbox/script", data='{"replies": ["x"]}', headers=headers) as answer:
                assert answer.status == 403

    assert model.queued == 0


async def test_tokens_are_made_at_random_and_belong_to_the_data_folder(tmp_path: Path) -> None:
    """Nothing that opens one sandbox stands in the source or opens another."""
    first, again, other, passing = (
        SmallSlack(folder) for folder in (tmp_path / "a", tmp_path / "a", tmp_path / "b", None)
    )

    def keys(slack: SmallSlack) -> set[str]:
        return {slack.bot_token, slack.app_token, slack.signing_secret}

    assert keys(first) == keys(again)
    assert len(keys(first) | keys(other) | keys(passing)) == 9
    assert min(map(len, keys(first))) >= 32


async def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path, open_umask: None) -> None:
    with held(tmp_path / "data") as folder:
        slack = SmallSlack(folder.path / "slack")
        async with serving(slack.app):
            await slack.say("Ada", "#general", "between us")
        kept = [folder.path, *folder.path.rglob("*")]

    assert len(kept) > 4
    assert not [path for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077]


async def test_a_folder_of_an_earlier_version_is_closed_to_others(tmp_path: Path, open_umask: None) -> None:
    data = tmp_path / "data"
    (data / "slack").mkdir(parents=True)
    (data / "threadbot-sandbox").touch()
    (data / "slack" / "slack.sqlite").touch()
    (data / "elsewhere").symlink_to(tmp_path / "other")
    (tmp_path / "other").touch()
    assert stat.S_IMODE((data / "slack" / "slack.sqlite").stat().st_mode) == 0o644

    with held(data):
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (data, data / "slack", data / "slack" / "slack.sqlite")]

    assert modes == [0o700, 0o700, 0o600]
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o644


async def test_a_folder_that_cannot_be_closed_to_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "data").mkdir(mode=0o755)
    monkeypatch.setattr("os.chmod", refuse)
    with pytest.raises(SandboxError, match=r"cannot keep .* to its owner"), held(tmp_path / "data"):
        pass


@pytest.fixture
def open_umask() -> Iterator[None]:
    """As most accounts have it: what is made may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)
