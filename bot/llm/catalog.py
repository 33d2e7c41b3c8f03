"""What a model costs, by the operator's price or by genai-prices; what neither knows has no price, not a zero one."""

from dataclasses import dataclass
from functools import lru_cache

from genai_prices import Usage as Priced
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot

from bot.conversation.tokens import Usage

PRICES = get_snapshot()
"""Read with this module: a turn opens no file, which might be one too many."""


def cost(base_url: str, model: str, usage: Usage) -> float | None:
    """US dollars; None when nothing is known about this model at this server."""
    provider = _provider(base_url)
    if provider is None:
        return None
    tokens = Priced(
        input_tokens=usage.input,
        cache_read_tokens=usage.cached,
        cache_write_tokens=usage.cache_written,
        output_tokens=usage.output,
    )
    try:
        return float(calc_price(tokens, model_ref=model, provider_id=provider).total_price)
    except (LookupError, ValueError):  # unknown model; counts that contradict each other
        return None


@dataclass(frozen=True, slots=True)
class Price:
    """The operator's, in US dollars for a million tokens. None: as `input`."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None

    def of(self, usage: Usage) -> float:
        plain = max(usage.input - usage.cached - usage.cache_written, 0)
        cached = usage.cached * (self.input if self.cached is None else self.cached)
        stored = usage.cache_written * (self.input if self.cache_write is None else self.cache_write)
        return (plain * self.input + cached + stored + usage.output * self.output) / 1_000_000


def known(base_url: str, model: str) -> Price | None:
    """What genai-prices has for a short request, input and output; None when nothing is known."""
    costs = [cost(base_url, model, usage) for usage in (Usage(1000, 0), Usage(0, 1000))]
    return None if costs[0] is None or costs[1] is None else Price(costs[0] * 1000, costs[1] * 1000)


@lru_cache(maxsize=128)
def _provider(base_url: str) -> str | None:
    """Who serves this URL; None for a server of one's own, whose price nobody but its owner knows."""
    try:
        return PRICES.find_provider(None, None, base_url).id
    except LookupError:
        return None
