"""What the operator sees on the command line: one line and an exit code, never a traceback or a secret."""

import json
import os
import sys
from asyncio import subprocess
from pathlib import Path

import click
import pytest

from bot.run import cli
from bot.version import VERSION
from tests.town import Town, free_port

ROOT = Path(__file__).parents[2]
GOOD = {"SLACK_BOT_TOKEN": "xoxb-secret-1", "SLACK_APP_TOKEN": "xapp-secret-2", "OPENAI_API_KEY": "sk-secret-3"}


async def bot(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run `python -m bot`; its exit code, output and errors."""
    return await python("-m", "bot", *arguments, **environment)


async def python(*words: str, **environment: str) -> tuple[int, str, str]:
    inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = await subprocess.create_subprocess_exec(
        sys.executable,
        *words,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: missing"),
        ({"SLACK_BOT_TOKEN": "secret-9"}, "SLACK_BOT_TOKEN: write the Bot User OAuth Token; it starts with xoxb-"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN: missing; write the app-level token"),
        ({"SLACK_API_URL": "https://slack.com/"}, "SLACK_API_URL: write the Web API's base, ending in /api/"),
        ({"OPENAI_API_KEY": ""}, "OPENAI_API_KEY: missing"),
        ({"OPENAI_TEMPERATURE": "3"}, "OPENAI_TEMPERATURE: input should be less than or equal to 2"),
        ({"OPENAI_LOGIT_BIAS": "{"}, "OPENAI_LOGIT_BIAS: write a JSON object"),
        ({"REDIS_URL": "http://secret-9@localhost"}, "REDIS_URL: write redis://"),
        ({"PORT": "http"}, "PORT: write a whole number"),
        ({"SYSTEM_PROMPT_FILE": "/nowhere/secret-9"}, "SYSTEM_PROMPT_FILE: cannot read"),
        ({"ENCRYPTION_KEYS": "secret-1"}, "ENCRYPTION_KEYS: write id:base64"),
        ({"ENCRYPTION_KEYS": "k1:secret-1"}, "ENCRYPTION_KEYS: the key k1 is not 32 bytes in base64"),
        ({"FOOTER": "tiny"}, "FOOTER: input should be 'full', 'compact' or 'off'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_wrong_setting_is_one_line_and_exit_code_2(wrong: dict[str, str], line: str) -> None:
    code, out, err = await bot("run", **(GOOD | wrong))

    assert code == 2
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1
    assert "secret-1" not in err
    assert "Traceback" not in err


async def test_a_refused_bot_token_is_one_line_and_exit_code_2(town: Town) -> None:
    code, _, err = await bot("run", **(GOOD | outside(town)))

    assert code == 2
    assert err.startswith("SLACK_BOT_TOKEN: Slack refuses it (invalid_auth); write the Bot User OAuth Token (xoxb-…)")
    assert err.count("\n") == 1


async def test_a_refused_app_token_is_one_line_and_exit_code_2(town: Town) -> None:
    code, _, err = await bot("run", **(GOOD | outside(town) | {"SLACK_BOT_TOKEN": town.slack.bot_token}))

    assert code == 2
    assert err.startswith("SLACK_APP_TOKEN: Slack refuses it (")
    assert err.count("\n") == 1


async def test_an_unreachable_slack_is_one_line_and_exit_code_1() -> None:
    code, _, err = await bot("run", **GOOD, SLACK_API_URL=f"http://127.0.0.1:{free_port()}/api/")

    assert code == 1
    assert err.startswith("SLACK_API_URL: no Slack at http://127.0.0.1:")
    assert err.count("\n") == 1


async def test_an_unreachable_redis_is_named_at_the_start(town: Town) -> None:
    address = f"redis://:secret-9@127.0.0.1:{free_port()}/0"
    hasty = "from bot.run import app, cli; app.REDIS_TIMEOUT = 0.1; cli.main()"
    code, _, err = await python("-c", hasty, "run", **(GOOD | outside(town) | tokens(town) | {"REDIS_URL": address}))

    assert code == 1
    assert "REDIS_URL: redis://127.0.0.1:" in err.splitlines()[-1]
    assert "secret-9" not in err
    assert "Traceback" not in err


async def test_missing_scopes_are_named_and_the_rest_is_checked(town: Town) -> None:
    town.slack.scopes.discard("users:read")
    code, out, err = await bot("check", **(GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox"}))

    assert code == 1
    assert "lacks scopes: users:read" in out
    assert "Redis: unix://" in out
    assert "Model: gpt-6-luna" in out or "does not list" in out
    assert err.count("\n") == 1


async def test_check_is_content_when_all_is_well(town: Town) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_MODEL": "small-model"}
    code, out, err = await bot("check", **good)

    assert (code, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == ["Slack", "Redis", "Model"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"OPENAI_API_KEY": "sk-other"}, "does not answer as gpt-6-luna: it does not accept the key"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:1"}, "does not answer as gpt-6-luna: it is not reachable"),
        ({"OPENAI_BASE_URL": "{model}/tenant"}, "does not answer as gpt-6-luna: it has no such model"),
    ],
)
async def test_check_is_red_when_no_model_answers(town: Town, wrong: dict[str, str], told: str) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox", "OPENAI_RETRIES": "0"}
    wrong = {name: value.format(model=town.model_url) for name, value in wrong.items()}
    code, out, err = await bot("check", **(good | wrong))

    assert (code, err) == (1, "1 of 3 would be in the way\n")
    assert told in out


async def test_check_tries_each_model_at_each_target_and_names_those_without_a_price(
    town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "models.yaml"
    targets = [
        {"name": "dead", "base_url": "http://127.0.0.1:1", "models": ["small-model"]},
        {"name": "live", "base_url": town.model_url, "key": "sandbox", "models": ["small-model", "other"]},
        {"name": "own", "base_url": town.model_url, "key": "sandbox", "free": True, "models": ["mine"]},
    ]
    file.write_text(json.dumps({"targets": targets}))
    good = GOOD | outside(town) | tokens(town) | {"MODELS_FILE": str(file)}
    code, out, _ = await bot("check", **good)

    assert code == 0, "another way to the model works"
    assert "Model: http://127.0.0.1:1/v1 does not answer as small-model@dead: it is not reachable" in out
    assert f"Model: small-model@live at {town.model_url}/v1 answers; its price is unknown" in out
    assert f"Model: other@live at {town.model_url}/v1 answers" in out
    assert f"Model: mine@own at {town.model_url}/v1 answers\n" in out
    assert sorted(request["model"] for request in town.model.requests) == ["mine", "other", "small-model"]
    assert all(request["max_tokens"] == 1 for request in town.model.requests)


async def test_check_names_the_address_that_was_probably_meant(town: Town) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "sandbox"}
    code, out, _ = await bot("check", **(good | {"OPENAI_BASE_URL": f"{town.model_url}/openai"}))

    assert code == 1
    assert f"its address is probably {town.model_url}/openai/v1" in out


async def test_check_prints_nothing_that_opens_an_address_and_warns_of_who_can_read_along(town: Town) -> None:
    good = GOOD | outside(town) | tokens(town) | {"OPENAI_API_KEY": "gsk_live51H"}
    address = town.model_url.replace("://", "://user:PW-1234@")
    _, out, err = await bot("check", **(good | {"OPENAI_BASE_URL": f"{address}/v1?api-key=abc-987"}))
    _, warned, _ = await bot("check", **(good | {"OPENAI_BASE_URL": "http://user:PW-1234@gpu.invalid/v1"}))

    assert f"Model: {town.model_url}/v1" in out
    assert "Warning" not in out
    assert "Warning: OPENAI_BASE_URL: http:// to gpu.invalid can be read on the way" in warned
    for secret in ("PW-1234", "abc-987", "gsk_live51H", "user"):
        assert secret not in (out + err + warned).replace("users:read", "")


async def test_the_version_is_told_without_any_setting() -> None:
    assert await bot("--version") == (0, f"threadbot {VERSION}\n", "")


async def test_the_manifest_is_json_that_slack_takes() -> None:
    _, socket_mode, _ = await bot("manifest")
    _, http, _ = await bot("manifest", "--http", "https://bot.example.com/")

    assert json.loads(socket_mode)["settings"]["socket_mode_enabled"] is True
    events = json.loads(http)["settings"]["event_subscriptions"]
    assert events["request_url"] == "https://bot.example.com/slack/events"


def outside(town: Town) -> dict[str, str]:
    return {
        "SLACK_API_URL": f"{town.slack.url}/api/",
        "OPENAI_BASE_URL": f"{town.model_url}/v1",
        "REDIS_URL": town.redis_url,
    }


def tokens(town: Town) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": town.slack.bot_token, "SLACK_APP_TOKEN": town.slack.app_token}


def test_the_help_says_of_each_command_what_the_command_says_of_itself() -> None:
    for name, about in cli.ELSEWHERE.items():
        command = cli.main.get_command(click.Context(cli.main), name)
        assert command is not None
        assert command.name == name
        assert click.Command(name, help=about).get_short_help_str(1_000) == command.get_short_help_str(1_000)
