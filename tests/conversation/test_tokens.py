from bot.conversation.tokens import Usage


def test_the_total_counts_cached_tokens_once() -> None:
    assert Usage(input=100, output=20, cached=80, cache_written=10).total == 120
