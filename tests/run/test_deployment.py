"""`check --deploy`: each part of the place where the bot runs is looked at, and what is wrong comes with what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.run import deployment
from bot.run.config import Settings, load
from bot.slack.manifest import SCOPES
from bot.web import server
from tests.run.test_cli import GOOD, bot, outside, tokens
from tests.servers import Node
from tests.town import Town, free_port

SOUND = {
    "maxmemory-policy": "noeviction",
    "aof_enabled": 1,
    "used_memory": 10_000_000,
    "maxmemory": "100000000",
    "role": "master",
}


def settings(**chosen: Any) -> Settings:
    basics = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "openai_api_key": "sk-1"}
    return load(_env_file=None, **(basics | chosen))


def states(facts: dict[str, Any], **chosen: Any) -> dict[str, str]:
    return {each.about.removeprefix("Redis "): each.state for each in deployment.redis(facts, settings(**chosen))}


def test_a_sound_redis_is_all_right() -> None:
    assert set(states(SOUND).values()) == {"ok"}


@pytest.mark.parametrize(
    ("wrong", "part", "state", "advice"),
    [
        ({"maxmemory-policy": "allkeys-lru"}, "policy", "problem", "set maxmemory-policy noeviction"),
        ({"maxmemory-policy": None}, "policy", "warning", "see that maxmemory-policy is noeviction"),
        ({"aof_enabled": 0, "save": ""}, "persistence", "warning", "set appendonly yes"),
        ({"aof_enabled": 0, "save": "3600 1"}, "persistence", "warning", "set appendonly yes"),
        ({"aof_last_write_status": "err"}, "persistence", "problem", "look at its log"),
        ({"maxmemory": "0"}, "memory", "warning", "set maxmemory"),
        ({"used_memory": 85_000_000}, "memory", "warning", "give it more"),
        ({"used_memory": 100_000_000}, "memory", "problem", "give it more"),
        ({"role": "slave"}, "role", "problem", "write the master's address"),
    ],
)
def test_what_is_wrong_with_redis_is_told(wrong: dict[str, Any], part: str, state: str, advice: str) -> None:
    found = {each.about: each for each in deployment.redis(SOUND | wrong, settings())}[f"Redis {part}"]

    assert (found.state, advice in found.said) == (state, True)


@pytest.mark.parametrize(
    ("url", "verify", "state"),
    [
        ("redis://localhost:6379/0", True, "ok"),
        ("unix:///run/redis.sock", True, "ok"),
        ("redis://redis.example.com", True, "warning"),
        ("rediss://redis.example.com", True, "ok"),
        ("rediss://redis.example.com", False, "warning"),
    ],
)
def test_who_could_read_along_is_told(url: str, verify: bool, state: str) -> None:
    assert states(SOUND, redis_url=url, redis_tls_verify=verify)["TLS"] == state


@pytest.mark.parametrize(
    ("ahead", "signed", "state"),
    [(0.5, True, "ok"), (-4.9, True, "ok"), (60, True, "warning"), (400, False, "warning"), (-400, True, "problem")],
)
def test_a_clock_that_is_wrong_is_told(ahead: float, signed: bool, state: str) -> None:
    assert deployment.clock("Slack", ahead, signed=signed).state == state


@pytest.mark.parametrize(
    ("environment", "grace", "state", "name"),
    [
        ({}, 25, "ok", "30 s from SIGTERM"),
        ({"DYNO": "web.1"}, 25, "ok", "Heroku gives 30 s"),
        ({"DYNO": "web.1"}, 29, "warning", "a lower SHUTDOWN_GRACE"),
        ({"FLY_APP_NAME": "bot"}, 25, "warning", "kill_timeout"),
        ({"RAILWAY_ENVIRONMENT_ID": "x"}, 25, "warning", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS"),
        ({"RAILWAY_ENVIRONMENT_ID": "x", "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "35"}, 25, "ok", "35 s"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, 60, "warning", "terminationGracePeriodSeconds"),
    ],
)
def test_the_grace_is_held_against_the_platforms(
    environment: dict[str, str], grace: float, state: str, name: str
) -> None:
    found = deployment.grace(settings(shutdown_grace=grace), environment, docker=Path("/nowhere"))

    assert (found.state, name in found.said) == (state, True)


def test_a_container_is_told_how_soon_it_would_be_killed(tmp_path: Path) -> None:
    assert deployment.grace(settings(), {}, docker=tmp_path).state == "warning"


def test_missing_scopes_are_told_one_by_one_with_what_they_are_for() -> None:
    granted = tuple(SCOPES.keys() - {"files:write", "users:read"})
    found = {each.said.split()[0]: each.state for each in deployment.scopes(granted)}

    assert found == {"files:write": "warning", "users:read": "problem"}
    assert [each.state for each in deployment.scopes(tuple(SCOPES))] == ["ok"]
    assert [each.state for each in deployment.scopes(())] == ["warning"]


async def test_a_port_that_is_free_taken_or_ours_already() -> None:
    async with server.serving(server.api(None), "127.0.0.1", 0) as taken:
        here = {"host": "127.0.0.1"}
        free, none = deployment.ports(settings(**here, port=free_port())), deployment.ports(settings())
        both = deployment.ports(settings(**here, port=3999, metrics_port=3999))
        other = deployment.ports(settings(**here, port=1 if os.getuid() else taken, metrics_port=taken))

    assert [each.state for each in free] == ["ok"]
    assert [each.state for each in none] == ["warning"]
    assert both[-1].state == "problem"
    assert other[-1].state == "problem"


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Node]:
    """A Redis that evicts and keeps nothing."""
    node = Node(tmp_path / "redis", "--save", "", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    yield node
    node.kill()


async def test_each_part_is_one_line_and_the_exit_code_is_red_for_what_loses_messages(
    town: Town, careless: Node
) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_MODEL": "small-model"}
    good |= {"HOST": "127.0.0.1", "PORT": str(free_port()), "REDIS_URL": f"redis://127.0.0.1:{careless.port}"}
    red, out, err = await bot("check", "--deploy", **good)
    with Redis(port=careless.port) as redis:
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("appendonly", "yes")
    green, then, _ = await bot("check", "--deploy", **good)

    lines = {
        line[9:].partition(":")[0]: line[:9].strip() for line in out.splitlines() if line[:2] in ("ok", "wa", "pr")
    }
    assert red == 1
    assert "would be in the way" in err
    assert lines["Redis policy"] == "problem"
    assert lines["Redis persistence"] == "warning"
    assert {"Redis memory", "Redis TLS", "Clock and Redis", "Clock and Slack", "Scopes", "Grace", "Port"} <= set(lines)
    assert {lines[each] for each in ("Redis memory", "Redis TLS", "Clock and Redis", "Clock and Slack", "Port")} == {
        "ok"
    }
    assert green == 0
    assert "ok       Redis policy: noeviction" in then
    assert "ok       Redis persistence: append-only file" in then


async def test_a_redis_that_is_away_is_one_problem(town: Town) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_MODEL": "small-model"}
    code, out, _ = await bot("check", "--deploy", **(good | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}"}))

    assert code == 1
    assert "problem  Redis: it tells nothing of itself" in out
    assert "Clock and Redis" not in out


async def test_a_slack_that_is_away_does_not_answer_and_refuses_nobody(town: Town) -> None:
    away = {"SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api/"}
    good = GOOD | outside(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_MODEL": "small-model"}
    code, out, _ = await bot("check", "--deploy", **(good | away))

    assert code == 1
    assert out.startswith("Slack: does not answer\n  SLACK_API_URL: no Slack at")
    assert "Clock and Slack" not in out
