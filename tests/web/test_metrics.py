"""Who may read `/metrics`."""

import aiohttp
import pytest

from bot.web.server import api, serving

LOCAL = "127.0.0.1"


async def exposition() -> bytes:
    return b"threadbot_info 1\n"


async def scrape(token: str | None, **headers: str) -> tuple[int, bytes]:
    app = api(None, exposition=exposition, token=None if token is None else lambda: token)
    async with (
        serving(app, LOCAL, 0) as port,
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"http://{LOCAL}:{port}/metrics") as answer,
    ):
        return answer.status, await answer.read()


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer t0kem", "t0ken", "Bearer t0ken x", "Bearer \xfc"])
async def test_without_the_token_nobody_reads_it(shown: str) -> None:
    assert await scrape("t0ken", Authorization=shown) == (401, b"")


async def test_with_the_token_it_is_read() -> None:
    assert await scrape("t0ken", Authorization="Bearer t0ken") == (200, await exposition())


async def test_where_none_is_set_the_network_decides() -> None:
    assert await scrape(None) == (200, await exposition())
