"""The address of a model's server, as people copy it."""

import pytest

from bot.llm import base_url
from bot.llm.connection import connect
from tests.llm.asking import Asker, ask
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/ \n", "https://api.openai.com/v1"),
        ("http://localhost:8080", "http://localhost:8080/v1"),
        ("http://localhost:8080//v1//chat/completions/", "http://localhost:8080/v1"),
        ("http://localhost:1234/v1/models", "http://localhost:1234/v1"),
        ("http://localhost:11434/api/chat", "http://localhost:11434/v1"),
        ("http://localhost:11434/api", "http://localhost:11434/v1"),
        ("http://ollama.example/api/generate", "http://ollama.example/v1"),
        ("http://webui.example/api", "http://webui.example/api"),
        ("http://webui.example/api/chat/completions", "http://webui.example/api"),
        ("https://gateway.example/team/llm", "https://gateway.example/team/llm"),
        ("https://gateway.example/chat/completions", "https://gateway.example"),
        ("https://openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/v1", "https://openrouter.ai/api/v1"),
        ("https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api/v1"),
        ("https://api.groq.com/v1", "https://api.groq.com/openai/v1"),
        ("https://api.perplexity.ai", "https://api.perplexity.ai"),
        ("http://user:word@gpu.example/v1?tenant=a%20b", "http://user:word@gpu.example/v1?tenant=a+b"),
        ("http://gpu.example?tenant=a", "http://gpu.example/v1?tenant=a"),
        ("http://gpu.example/v1/chat/completions?tenant=a", "http://gpu.example/v1?tenant=a"),
        ("https://res.openai.azure.com", "https://res.openai.azure.com/openai/v1"),
        ("https://res.openai.azure.com/openai/v1/", "https://res.openai.azure.com/openai/v1"),
        (
            "https://res.openai.azure.com/openai/v1/chat/completions?api-version=preview",
            "https://res.openai.azure.com/openai/v1?api-version=preview",
        ),
        (
            "https://res.openai.azure.com/openai/v1?api-version=2024-10-21",
            "https://res.openai.azure.com/openai/v1",
        ),
        (
            "https://res.openai.azure.com/openai/deployments/mine/chat/completions?api-version=2024-10-21",
            "https://res.openai.azure.com/openai/deployments/mine?api-version=2024-10-21",
        ),
        (
            "https://res.openai.azure.com/?api-version=2024-10-21",
            "https://res.openai.azure.com/openai?api-version=2024-10-21",
        ),
        (
            "https://gateway.example/openai/deployments/?api-version=2025-01-01-preview",
            "https://gateway.example/openai?api-version=2025-01-01-preview",
        ),
    ],
)
def test_an_address_is_understood_as_it_is_copied(written: str, meant: str) -> None:
    assert str(base_url.understood(written)) == meant


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("https://platform.openai.com/v1", "https://api.openai.com/v1"),
        ("https://chatgpt.com", "https://api.openai.com/v1"),
        (
            "https://res.openai.azure.com/openai/deployments/mine",
            "https://res.openai.azure.com/openai/deployments/mine?api-version=2024-10-21",
        ),
        ("https://u:pw@gate.example/openai/deployments/mine", "https://gate.example/openai/v1"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_right_one(written: str, right: str) -> None:
    with pytest.raises(ValueError, match="write ") as refused:
        base_url.understood(written)

    assert right in str(refused.value)
    assert "pw" not in str(refused.value)


def test_a_version_given_beside_the_address_counts_as_one_in_it() -> None:
    beside = base_url.understood("https://res.openai.azure.com/openai/deployments/mine", "2024-10-21")

    assert beside.api_version == "2024-10-21"


def test_an_address_without_a_version_has_one_that_most_servers_want() -> None:
    assert base_url.with_version("http://gpu.example/llm?a=b") == "http://gpu.example/llm/v1?a=b"
    assert base_url.with_version("http://gpu.example/llm/v1") is None


@pytest.mark.parametrize(
    ("path", "asked", "header"),
    [
        ("", "/v1/chat/completions", "authorization"),
        ("/v1/chat/completions", "/v1/chat/completions", "authorization"),
        ("/v1/?tenant=a", "/v1/chat/completions?tenant=a", "authorization"),
        (
            "/openai/deployments/mine?api-version=2024-10-21",
            "/openai/deployments/mine/chat/completions?api-version=2024-10-21",
            "api-key",
        ),
        (
            "/openai?api-version=2024-10-21&tenant=a",
            "/openai/deployments/small-model/chat/completions?tenant=a&api-version=2024-10-21",
            "api-key",
        ),
        ("/openai/v1?api-version=preview", "/openai/v1/chat/completions?api-version=preview", "authorization"),
    ],
)
async def test_the_request_goes_where_the_address_says(path: str, asked: str, header: str) -> None:
    model = SmallModel(api_key=None)
    async with serving(model.app) as url, connect(f"{url}{path}", "the-key", 30.0, 0) as client:
        told = await Asker.of(client)(ask())

    assert told.text
    assert model.paths == [asked]
    assert model.headers[0][header].removeprefix("Bearer ") == "the-key"
    assert {"authorization", "api-key"} & model.headers[0].keys() == {header}
