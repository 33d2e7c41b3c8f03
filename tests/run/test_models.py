"""The models' servers, as `MODELS_FILE` describes them."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.llm.pool import Pool
from bot.run import app, config, models, secret_files
from bot.run.secret_files import Secrets
from tests.llm.asking import ask
from tests.llm.test_pool import answer
from tests.run.test_config import ENOUGH
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    for name, value in {**ENOUGH, "REDIS_URL": redis_url, "MODELS_FILE": "folder/models.yaml"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secret_files, "STEADY", 0.01)
    Path("folder").mkdir()


def write(name: str, text: str) -> None:
    Path("folder", name).write_text(text)


@asynccontextmanager
async def opened(**target: Any) -> AsyncIterator[tuple[Pool, Secrets]]:
    """The pool of a file with one target."""
    write("models.yaml", json.dumps({"targets": [{"name": "main", "models": ["small-model"], **target}]}))
    settings = config.load()
    held = settings.opened()
    async with AsyncExitStack() as stack:
        store = await app.open_store(settings, stack)
        yield await models.open_model(settings, stack, held, store), held


async def test_a_request_has_the_headers_and_fields_that_the_operator_names() -> None:
    model = SmallModel(api_key="k")
    about = {"headers": {"X-Title": "Ours"}, "body": {"provider": {"sort": "price"}}}
    async with serving(model.app) as url, opened(base_url=url, key="k", **about) as (pool, _):
        await answer(pool)

    assert model.headers[0]["x-title"] == "Ours"
    assert model.requests[0]["provider"] == {"sort": "price"}
    assert model.paths == ["/v1/chat/completions"]


async def test_a_model_has_a_name_for_people_and_one_for_its_server_and_may_not_stream() -> None:
    model = SmallModel(api_key=None)
    entry = {"name": "luna", "id": "small-model", "streaming": False, "chosen_by": "admin"}
    async with serving(model.app) as url, opened(base_url=url, models=[entry, "other"]) as (pool, _):
        whole = await answer(pool, replace(ask(), model="luna"))
        streamed = await answer(pool, replace(ask(), model="other"))

    assert [request["model"] for request in model.requests] == ["small-model", "other"]
    assert [request.get("stream") for request in model.requests] == [None, True]
    assert whole.text
    assert streamed.text
    assert whole.routes[0].model == "luna"
    assert (pool.chosen_by("luna"), pool.chosen_by("other")) == ("admin", None)


async def test_a_dated_version_of_azure_makes_the_path() -> None:
    model = SmallModel(api_key="k")
    about = {"key": "k", "api_version": "2024-10-21"}
    async with serving(model.app) as url, opened(base_url=f"{url}/openai", **about) as (pool, _):
        await answer(pool)

    assert model.paths == ["/openai/deployments/small-model/chat/completions?api-version=2024-10-21"]
    assert model.headers[0]["api-key"] == "k"


async def test_a_key_file_lies_beside_the_file_and_may_change() -> None:
    model = SmallModel(api_key="first")
    write("key", "first")
    async with serving(model.app) as url, opened(base_url=url, key_file="key") as (pool, held):
        await answer(pool)
        write("key", "second")
        model.api_key = "second"
        await answer(pool)

    assert model.keys == ["first", "first", "second"], "the refused one is looked up at once"
    assert held.known["MODELS_FILE: main"]() == "second"


async def test_a_key_file_that_is_not_there_is_named() -> None:
    with pytest.raises(SettingsError, match="MODELS_FILE: main: cannot read"):
        async with opened(base_url="http://localhost:1", key_file="key"):
            pass
