"""LiteLLM's proxy: a canned answer, a model behind it, and its own shapes of errors."""

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_trouble import sentence
from tests.real.servers import CANNED, RealServer
from tests.responder import command
from tests.run.test_cli import bot as program
from tests.run.test_cli import outside, tokens
from tests.town import Town


def at(litellm: RealServer, model: str, **more: Any) -> dict[str, Any]:
    """The settings for this server."""
    there = {"openai_base_url": litellm.url, "openai_api_key": litellm.key, "openai_model": model}
    return {**there, **more}


@pytest.mark.parametrize("path", ["", "/v1", "/v1/", "/v1/chat/completions"])
async def test_a_mention_is_answered_at_the_address_as_it_is_copied(town: Town, litellm: RealServer, path: str) -> None:
    async with town.bot(**at(litellm, "canned", openai_base_url=f"{litellm.url}{path}")):
        answer = await town.ask("Ada", "#general", "@Threadbot hello")

    assert answer.text == CANNED
    assert "tokens" in (answer.footer or "")


async def test_a_thread_goes_on_and_another_persona_answers(town: Town, litellm: RealServer) -> None:
    async with town.bot(**at(litellm, "canned")):
        first = await town.ask("Ada", "#general", "@Threadbot hello")
        second = await town.ask("Ada", "#general", "@Threadbot go on", thread=first.thread)
        await command(town, "Ada", "#general", "/persona use shakespearean here")
        third = await town.ask("Ada", "#general", "@Threadbot hello")

    assert [first.text, second.text, third.text] == [CANNED] * 3
    assert "shakespearean · " in (third.footer or "")


async def test_a_real_model_behind_it_answers_and_its_tokens_are_known(town: Town, litellm: RealServer) -> None:
    async with town.bot(**at(litellm, "local", openai_max_tokens=24)):
        first = await town.ask("Ada", "#general", "@Threadbot Hello! Who are you?")
        second = await town.ask("Ada", "#general", "@Threadbot And what did I say first?", thread=first.thread)

    assert first.text.strip()
    assert second.text.strip()
    assert "≈" not in f"{first.footer}{second.footer}"


@pytest.mark.parametrize(
    ("asked", "key", "told"),
    [
        ("busy", None, "The model is busy"),
        ("full", None, "more text than the model can take"),
        ("broken", None, "not reachable"),
        ("dead", None, "not reachable"),
        ("none", None, "does not exist"),
        ("canned", "sk-wrong", "does not accept my key"),
    ],
)
async def test_what_went_wrong_is_told_truly(
    town: Town, litellm: RealServer, asked: str, key: str | None, told: str
) -> None:
    wrong = at(litellm, asked, openai_retries=0, turn_attempts=1, openai_api_key=key or litellm.key)
    async with town.bot(**wrong):
        shown = await sentence(town, await town.slack.say("Ada", "#general", "@Threadbot hello"))

    assert told in shown
    assert "(reference " in shown


async def test_another_model_stands_in_where_one_is_busy(town: Town, litellm: RealServer, tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(
        f"targets: [{{name: proxy, base_url: '{litellm.url}', key: {litellm.key}, free: true,"
        " models: [busy, canned]}]\n"
        "fallbacks: {default: [canned]}\n"
    )
    async with town.bot(models_file=path, openai_model="busy", openai_retries=0):
        answer = await town.ask("Ada", "#general", "@Threadbot hello")

    assert answer.text == CANNED
    assert "canned (instead of busy, which is busy)" in (answer.footer or "")


async def test_its_models_are_listed_and_check_is_content(town: Town, litellm: RealServer) -> None:
    async with town.bot(**at(litellm, "canned")):
        listed = await command(town, "Ada", "#general", "/threadbot model")
    settings = {name.upper(): str(value) for name, value in at(litellm, "canned").items()}
    code, out, err = await program("check", **(outside(town) | tokens(town) | settings))

    assert "`canned`" in listed
    assert "`local`" in listed
    assert (code, err) == (0, "")
    assert "Model: canned at " in out
