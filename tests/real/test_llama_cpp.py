"""llama.cpp's server with a small model."""

from typing import Any

import pytest

from tests.journeys.test_trouble import sentence
from tests.real.servers import RealServer
from tests.responder import command
from tests.run.test_cli import bot as program
from tests.run.test_cli import outside, tokens
from tests.town import Town

SHORT: Any = {"openai_max_tokens": 24, "openai_temperature": 0.0, "openai_seed": 1}


def at(llama: RealServer, **more: Any) -> dict[str, Any]:
    """The settings for this server."""
    there = {"openai_base_url": llama.url, "openai_api_key": llama.key, "openai_model": llama.models[0]}
    return {**there, **SHORT, **more}


async def test_a_mention_is_answered_with_a_footer_and_the_thread_goes_on(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama)):
        first = await town.ask("Ada", "#general", "@Threadbot Hello! Who are you?")
        second = await town.ask("Ada", "#general", "@Threadbot And what did I say first?", thread=first.thread)

    assert first.text.strip()
    assert second.text.strip()
    for answer in (first, second):
        assert llama.models[0] in (answer.footer or "")
        assert "≈" not in (answer.footer or ""), "the server counts for itself"
        assert "tokens unknown" not in (answer.footer or "")
    assert "cached" in (second.footer or ""), "the beginning of the conversation stays as it was"


async def test_another_persona_answers_where_it_is_chosen(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama)):
        chosen = await command(town, "Ada", "#general", "/persona use shakespearean here")
        answer = await town.ask("Ada", "#general", "@Threadbot Hello there")

    assert "answers here" in chosen
    assert answer.text.strip()
    assert "shakespearean · " in (answer.footer or "")


async def test_a_conversation_that_is_too_long_is_cut_and_asked_again(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama, history_tokens=100_000)):
        thread = await town.slack.say("Ada", "#general", "Notes: " + "the quick brown fox jumps over it. " * 50)
        more = "More: " + "and the lazy dog sleeps on the sofa. " * 50
        await town.slack.say("Ada", "#general", more, thread_ts=thread)
        answer = await town.ask("Ada", "#general", "@Threadbot Who jumps?", thread=thread)

    assert answer.text.strip()
    assert "earlier message" in (answer.footer or "")


async def test_a_question_that_no_model_could_take_is_told_so(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama, history_tokens=100_000)):
        ts = await town.slack.say("Ada", "#general", "@Threadbot " + "the quick brown fox jumps over the dog. " * 150)
        shown = await sentence(town, ts)

    assert "more text than the model can take" in shown


async def test_a_wrong_key_is_told_as_one(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama, openai_api_key="sk-wrong")):
        shown = await sentence(town, await town.slack.say("Ada", "#general", "@Threadbot hello"))

    assert "does not accept my key" in shown


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_at_its_limit_is_called_cut(town: Town, llama: RealServer, stream: bool) -> None:
    async with town.bot(**at(llama, openai_max_tokens=4, openai_stream=stream)):
        answer = await town.ask("Ada", "#general", "@Threadbot Tell me a very long story about a ship")

    assert "cut at the length limit" in (answer.footer or "")


async def test_its_models_are_listed_and_check_is_content(town: Town, llama: RealServer) -> None:
    async with town.bot(**at(llama)):
        listed = await command(town, "Ada", "#general", "/threadbot model")
    settings = {name.upper(): str(value) for name, value in at(llama).items()}
    code, out, err = await program("check", **(outside(town) | tokens(town) | settings))

    assert f"`{llama.models[0]}`" in listed
    assert (code, err) == (0, "")
    assert f"Model: {llama.models[0]} at {llama.url} answers" in out
