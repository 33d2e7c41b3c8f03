"""The sandbox serves another client as it serves ours: the example bot, on slack_sdk alone, in a process of its own."""

import os
import sys
from asyncio.subprocess import create_subprocess_exec
from pathlib import Path

from tests.town import Town

EXAMPLE = Path(__file__).parents[2] / "examples" / "plain_bot.py"


async def test_the_same_conversation_works_with_a_plain_client(town: Town) -> None:
    environment = os.environ | {
        "SLACK_BOT_TOKEN": town.slack.bot_token,
        "SLACK_APP_TOKEN": town.slack.app_token,
        "SLACK_API_URL": f"{town.slack.url}/api/",
        "OPENAI_API_KEY": "sandbox",
        "OPENAI_BASE_URL": f"{town.model_url}/v1",
        "OPENAI_MODEL": "small-model",
    }
    bot = await create_subprocess_exec(sys.executable, str(EXAMPLE), env=environment)
    try:
        await town.slack.wait_for(lambda: town.slack.connected, description="the plain bot connects")
        first = await town.ask("Ada", "#general", "@Threadbot Who was the first president?")
        second = await town.ask("Ada", "#general", "@Threadbot For which duration?", thread=first.thread)
        direct = await town.ask("Ben", "D0000000BEN", "square root of 16")
    finally:
        bot.kill()
        await bot.wait()

    assert "Washington" in first.text
    assert "1789" in second.text
    assert "4" in direct.text
    told = [(each["role"], each["content"]) for each in town.model.requests[1]["messages"]]
    assert told[:2] == [("user", "Who was the first president?"), ("assistant", first.text)]
    assert second.footer is not None
    assert " out" in second.footer
