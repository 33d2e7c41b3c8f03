"""What a model costs, as far as anybody knows."""

import pytest

from bot.conversation.tokens import Usage
from bot.llm import catalog

OPENAI = "https://api.openai.com/v1/"


def test_a_known_model_has_a_price() -> None:
    cost = catalog.cost(OPENAI, "gpt-6-luna", Usage(1_000_000, 1_000_000))

    assert cost is not None
    assert cost > 0


def test_cached_tokens_are_cheaper() -> None:
    cached, plain = (catalog.cost(OPENAI, "gpt-6-luna", Usage(1000, 10, cached=n)) for n in (900, 0))

    assert cached is not None
    assert plain is not None
    assert cached < plain


def test_a_dated_name_costs_what_its_family_does() -> None:
    usage = Usage(1000, 10)

    assert catalog.cost(OPENAI, "gpt-5.4-mini-2026-03-17", usage) == catalog.cost(OPENAI, "gpt-5.4-mini", usage)


@pytest.mark.parametrize(
    ("url", "model", "usage"),
    [
        (OPENAI, "no-such-model", Usage(10, 5)),
        ("http://127.0.0.1:8080/v1", "gpt-6-luna", Usage(10, 5)),
        ("https://llm.acme.example/v1", "gpt-6-luna", Usage(10, 5)),
        (OPENAI, "gpt-6-luna", Usage(10, 5, cached=20)),
    ],
    ids=["unknown model", "own server", "own proxy", "counts that contradict each other"],
)
def test_an_unknown_price_is_unknown_and_not_zero(url: str, model: str, usage: Usage) -> None:
    assert catalog.cost(url, model, usage) is None
