"""`python -m bot health`, as the health check of a container calls it."""

import pytest

from bot.run.app import Roles
from tests.run.test_cli import GOOD, bot
from tests.town import Town, free_port
from threadbot_sandbox.redis import EmbeddedRedis


async def test_a_bot_whose_redis_is_away_is_alive_and_not_ready(town: Town, redis_server: EmbeddedRedis) -> None:
    port = str(free_port())
    async with town.bot(port=int(port)):
        assert await bot("health", **GOOD, PORT=port) == (0, '{"status":"ok"}\n', "")
        assert await bot("health", "--ready", **GOOD, PORT=port) == (0, '{"status":"ok"}\n', "")
        redis_server.stop()
        try:
            assert await bot("health", **GOOD, PORT=port) == (0, '{"status":"ok"}\n', "")
            told = await bot("health", "--ready", **GOOD, PORT=port)
        finally:
            redis_server.start()

    assert told == (1, "", '/readyz says 503: {"status":"failing"}\n')


async def test_a_listener_beside_slacks_socket_has_a_port_too(town: Town) -> None:
    port = free_port()
    async with town.bot(Roles(work=False), port=port):
        code, _, _ = await bot("health", "--ready", **GOOD, PORT=str(port))

    assert code == 0


async def test_where_nothing_answers_is_one_line() -> None:
    port = free_port()

    assert await bot("health", **GOOD, PORT=str(port), HOST="::") == (
        1,
        "",
        f"nothing answers at port {port} of ::1 (ConnectionRefusedError)\n",
    )


@pytest.mark.parametrize("port", ["", "0"])
async def test_a_bot_without_a_port_cannot_be_asked(port: str) -> None:
    code, _, error = await bot("health", **GOOD, PORT=port)

    assert (code, error) == (2, "PORT: missing; write the port at which the bot is to answer health checks\n")
