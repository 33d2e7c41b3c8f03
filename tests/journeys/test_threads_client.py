"""A client of the hosted service, letter by letter, against the bot: over a socket, in a process of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.api import served
from tests.town import Town
from threadbot_sandbox.model import Reply

CLIENT = Path(__file__).with_name("threads_client.py")
OURS = Path(__file__).parents[2] / "examples" / "threads_client.py"


@pytest.mark.parametrize("who", ["small-model", "shakespearean"])
async def test_it_asks_for_a_joke_and_prints_one(town: Town, who: str) -> None:
    town.model.enqueue(Reply("Why did the thread stop? It was knot amused."))
    async with served(town) as program:
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, CLIENT, str(program.http._base_url).rstrip("/"), program.token, who),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await client.communicate()

    assert (client.returncode, wrong) == (0, b"")
    thread, entry, entries, joke = said.decode().splitlines()
    assert f"'ai_code': 'chatgpt', 'ai_version_code': '{who}', 'title': 'New thread with {who}'" in thread
    assert "'type': 'request', 'error': None, 'content': {'role': 'user'" in entry
    assert "'waiting_response': True, 'credits': 0" in entry
    assert "'finish_reason': 'stop', 'index': 0}], 'waiting_response': False, 'credits': None" in entries
    assert joke == "Why did the thread stop? It was knot amused."


async def test_our_own_client_prints_the_answer_while_it_grows(town: Town) -> None:
    town.model.enqueue(Reply("Grüße aus dem Thread.", tokens_per_second=50))
    async with served(town) as program:
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, OURS, str(program.http._base_url), program.token, "concise"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, wrong = await client.communicate(b"Greet me.")

    assert (client.returncode, wrong) == (0, b"")
    assert said.decode() == "Grüße aus dem Thread.\n"
