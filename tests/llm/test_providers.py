"""Each provider that the README names answers, lists and refuses in its own words, and all of it is understood.

The table in `docs/models.md` names these tests, one for each cell.
"""

from dataclasses import replace

import pytest

from bot.conversation.pieces import Finished, Text, Thought
from bot.errors import BotError, Busy, TooLong, Unanswerable
from tests.llm.asking import QUESTION, ask
from tests.llm.providers import PROVIDERS, SAID, Provider, Refused, standing
from tests.llm.test_pool import answer

every = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=list(PROVIDERS))
WITH_KEY = {name: each for name, each in PROVIDERS.items() if each.wrong_key}
WITH_LIST = {name: each for name, each in PROVIDERS.items() if each.models}


async def refusal(provider: Provider, refused: Refused, key: str | None = None) -> BotError:
    async with standing(provider, key) as (there, pool):
        there.refuses = refused
        with pytest.raises(BotError) as caught:
            await answer(pool, replace(ask(), model=provider.model))
    return caught.value


@every
async def test_it_answers(provider: Provider) -> None:
    """At the address as people copy it, with its totals and, where it says so, its price."""
    async with standing(provider) as (there, pool):
        told = await answer(pool, replace(ask(max_tokens=100), model=provider.model))

    assert told.text == SAID
    assert told.end is not None
    assert told.end.reason == "stop"
    usage = told.end.usage
    assert usage is not None
    assert (usage.input, usage.output, usage.estimated) == (20, 5, False)
    assert pool.cost(told.end.model, usage) == provider.cost
    assert there.asked == [provider.asked]
    [body] = there.bodies
    assert (body["model"], body["stream"], body["max_tokens"]) == (provider.model, True, 100)
    assert [said["content"] for said in body["messages"]] == ["Be brief.", QUESTION]


@every
async def test_it_thinks_apart(provider: Provider) -> None:
    """What it thinks is a sign of life, and no part of the answer."""
    async with standing(provider) as (_, pool):
        pieces = [piece async for piece in pool.stream(replace(ask(), model=provider.model))]

    assert any(isinstance(piece, Thought) for piece in pieces) is provider.thinks
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == SAID
    assert isinstance(pieces[-1], Finished)


@pytest.mark.parametrize("provider", WITH_LIST.values(), ids=list(WITH_LIST))
async def test_it_lists_models(provider: Provider) -> None:
    async with standing(provider) as (_, pool):
        listed = await pool.offered()
        known = [await pool.has(name) for name in (provider.model, "none")]

    assert any(name.removesuffix(":latest") == provider.model for name in listed)
    assert known == [True, False]


@pytest.mark.parametrize("provider", WITH_KEY.values(), ids=list(WITH_KEY))
async def test_it_refuses_a_key(provider: Provider) -> None:
    assert provider.wrong_key is not None
    error = await refusal(provider, provider.wrong_key, key="wrong-key")

    assert (type(error), error.sentence) == (Unanswerable, "model.key")


@every
async def test_it_has_no_such_model(provider: Provider) -> None:
    error = await refusal(provider, provider.missing)

    assert (type(error), error.sentence) == (Unanswerable, "model.missing")


@every
async def test_it_has_no_room(provider: Provider) -> None:
    assert isinstance(await refusal(provider, provider.too_long), TooLong)


@every
async def test_it_is_busy(provider: Provider) -> None:
    """For as long as it says."""
    error = await refusal(provider, provider.busy)

    assert isinstance(error, Busy)
    assert error.after == (provider.busy.after or 5.0)
