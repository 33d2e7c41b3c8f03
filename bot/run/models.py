"""The models' servers, as the operator's settings or `MODELS_FILE` describe them."""

from contextlib import AsyncExitStack

from yarl import URL

from bot import log as logs
from bot.happenings import Listener
from bot.llm import base_url
from bot.llm.catalog import Price
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import connect
from bot.llm.cooling import Shared
from bot.llm.learned import Learned
from bot.llm.pool import Pool, Target, Way
from bot.run import models_file, secret_files
from bot.run.config import Settings, limit_name
from bot.run.secret_files import Fixed, Secret, SecretFile, Secrets
from bot.slack.api.proxies import proxy_for
from bot.store.client import Client
from bot.store.cooling import RedisCooling
from bot.store.learned import RedisLearned

ONLY = "openai"
"""The name of the target that the settings describe, where there is no `MODELS_FILE`."""


async def open_model(
    settings: Settings, stack: AsyncExitStack, held: Secrets, store: Client, saw: Listener = logs.saw
) -> Pool:
    """The doors to the models. What is learned of them goes into the store; `saw` is told of each request.

    Raises SettingsError for a proxy that cannot be used, and for a key file that cannot be read; its secret is among
    those `held` from then on.
    """
    shared = Shared(RedisCooling(store, settings.redis_prefix))
    if settings.models is None:
        return Pool((await _only(settings, stack, held, store),), shared, saw=saw)
    targets, ways = list[Target](), list[Way]()
    for about in settings.models.targets:
        target = await _target(about, settings, stack, held, store)
        targets.append(target)
        ways += [_way(model, target) for model in about.models]
    dearer = settings.models.fallbacks.allow_dearer
    return Pool(tuple(targets), shared, tuple(ways), open=False, allow_dearer=dearer, saw=saw)


async def _only(settings: Settings, stack: AsyncExitStack, held: Secrets, store: Client) -> Target:
    timing = Timing(settings.openai_first_token_timeout, settings.openai_silence_timeout)
    url, key = settings.openai_base_url, held.of("openai_api_key")
    proxy_for(URL(url))
    client = connect(url, key, settings.turn_timeout, settings.openai_retries, settings.openai_connect_timeout)
    await stack.enter_async_context(client)
    learned = Learned(url, RedisLearned(store, settings.redis_prefix))
    server = Server(client, timing, settings.openai_stream, settings.limit_name, learned=learned)
    return Target(ONLY, server, key, base_url.understood(url).url)


async def _target(
    about: models_file.Target, settings: Settings, stack: AsyncExitStack, held: Secrets, store: Client
) -> Target:
    """Where there is another way, a request that was refused is not repeated before that is tried. One whose connection
    broke is, once: a server may have closed a kept one."""
    url, key, times = about.base_url, _key(about, settings, held), about.timeouts
    only = settings.models is not None and len(settings.models.targets) == 1
    proxy_for(URL(url))
    client = connect(
        url,
        key,
        settings.turn_timeout,
        settings.openai_retries if only else min(settings.openai_retries, 1),
        times.connect or settings.openai_connect_timeout,
        api_version=about.api_version,
        headers=about.headers,
        once=not only,
    )
    await stack.enter_async_context(client)
    timing = Timing(
        times.first_token or settings.openai_first_token_timeout, times.silence or settings.openai_silence_timeout
    )
    learned = Learned(url, RedisLearned(store, settings.redis_prefix))
    server = Server(client, timing, about.streaming, limit_name(url), learned=learned, extra=about.body or None)
    where = base_url.understood(url, about.api_version).url
    return Target(about.name, server, key, where, about.limit_group or "", about.free)


def _key(about: models_file.Target, settings: Settings, held: Secrets) -> Secret:
    if about.key_file is None or settings.models_file is None:
        return Fixed(about.key.get_secret_value() if about.key else "")
    path = settings.models_file.parent / about.key_file
    name = f"MODELS_FILE: {about.name}"
    secret = SecretFile(name, path, secret_files.key_in(path, name), secret_files.check_key)
    held.known[name] = secret
    return secret


def _way(model: models_file.Model, target: Target) -> Way:
    server = target.server
    if model.streaming is not None and model.streaming != server.streaming:
        server = Server(
            server.client, server.timing, model.streaming, server.limit, learned=server.learned, extra=server.extra
        )
    price = Price(**model.price.model_dump()) if model.price else None
    return Way(
        model.name, model.id or model.name, target, server, price, model.context, model.pictures, model.chosen_by
    )
