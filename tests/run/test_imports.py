"""What is loaded for what: the bot's libraries take seconds and megabytes, so each waits until it is needed."""

import json

import pytest

from tests.run.test_cli import GOOD, python

HEAVY = {
    *("aiohttp", "fastapi", "genai_prices", "markdown_it", "openai", "prometheus_client", "pydantic", "pypdf", "redis"),
    *("slack_bolt", "slack_sdk", "starlette", "uvicorn", "uvloop", "asyncio", "cryptography"),
}
LIGHT = {"asyncio", "cryptography"}
"""Of little weight where there is more to load."""
LOADED = """
import json, runpy, sys
sys.argv = ["bot", *sys.argv[1:]]
try:
    runpy.run_module("bot", run_name="__main__")
except SystemExit:
    pass
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


async def loaded(*arguments: str, **environment: str) -> set[str]:
    """The libraries that the command line loads for this."""
    _, out, _ = await python("-c", LOADED, *arguments, **environment)
    return set(json.loads(out.splitlines()[-1])) & HEAVY


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["run", "--help"], set()),
        (["manifest"], {"pydantic"}),
        (["settings"], {"pydantic"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_a_command_loads_only_what_it_needs(arguments: list[str], needed: set[str]) -> None:
    assert await loaded(*arguments) - (LIGHT if needed else set()) == needed


async def test_the_bot_loads_what_was_not_switched_on_only_then() -> None:
    nowhere = GOOD | {"SLACK_API_URL": "http://127.0.0.1:9/api/", "REDIS_URL": "redis://127.0.0.1:9"}

    plain = await loaded("run", **nowhere)

    assert {"openai", "slack_bolt", "redis"} <= plain, "it had come far enough"
    assert not plain & {"fastapi", "prometheus_client", "pypdf", "starlette", "uvicorn"}
