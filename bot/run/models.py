"""The models' servers, as the operator's settings describe them."""

from contextlib import AsyncExitStack

from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect
from bot.llm.cooling import Shared
from bot.llm.learned import Learned
from bot.llm.pool import Pool, Target
from bot.run.config import Settings
from bot.run.secret_files import Secrets
from bot.store.client import Client
from bot.store.cooling import RedisCooling
from bot.store.learned import RedisLearned


async def open_model(settings: Settings, stack: AsyncExitStack, held: Secrets, store: Client) -> Pool:
    """The doors to the models. What is learned of them goes into the store."""
    timing = Timing(settings.openai_first_token_timeout, settings.openai_silence_timeout)
    key = held.of("openai_api_key")
    client = connect(
        settings.openai_base_url, key, settings.turn_timeout, settings.openai_retries, settings.openai_connect_timeout
    )
    await stack.enter_async_context(client)
    learned = Learned(settings.openai_base_url, RedisLearned(store, settings.redis_prefix))
    server = Server(client, timing, settings.openai_stream, settings.limit_name, learned=learned)
    return Pool((Target("openai", server, key),), Shared(RedisCooling(store, settings.redis_prefix)))
