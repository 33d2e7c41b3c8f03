"""What a model costs. Prices come with genai-prices; a model that it does not know has no price, not a zero one."""

from functools import lru_cache

from genai_prices import Usage as Priced
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot

from bot.conversation.tokens import Usage


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


@lru_cache(maxsize=8)
def _provider(base_url: str) -> str | None:
    """Who serves this URL; None for a server of one's own, whose price nobody but its owner knows."""
    try:
        return get_snapshot().find_provider(None, None, base_url).id
    except LookupError:
        return None
