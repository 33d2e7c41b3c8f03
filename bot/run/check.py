"""Could the bot run with these settings? Asks Slack, Redis and the model, and says one line each."""

from contextlib import AsyncExitStack
from dataclasses import replace

import click

from bot import log
from bot.errors import BotError, SettingsError, StartError, Unavailable, Unreadable
from bot.llm import base_url
from bot.llm.chat_completions import Server
from bot.llm.connection import connect
from bot.llm.cooling import Nowhere, Shared
from bot.llm.pool import Pool, Way
from bot.run import addresses, app, deployment, models
from bot.run.config import Settings
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.identity import clock, identify, socket_url
from bot.slack.probe import bench, layouts, trials
from bot.store import keys_used, reseal
from bot.store.client import Client

MAX_TRIED = 100  # models
NO_PRICE = "; its price is unknown (`price` or `free` in MODELS_FILE sets it: docs/models.md)"
REASONS = {
    "model.key": "it does not accept the key",
    "model.no-credit": "the account is out of credit",
    "model.missing": "it has no such model",
    "model.busy": "it is busy",
    "model.late": "nothing came in time",
    "model.unreachable": "it is not reachable",
    "model.no-api": "what answers is no model's API",
    "model.moved": "it sends us to another address",
}


async def run(settings: Settings, deploy: bool = False, channel: str | None = None) -> None:
    """Print one line for each, whatever the others say, and warnings; with `deploy` also of the place where it runs,
    with a `channel` what Slack does there. Raises StartError if anything is in the way."""
    async with AsyncExitStack() as stack:
        store = await app.open_store(settings, stack)
        slack = await app.open_slack(settings, stack)
        found: list[bool | None] = [
            await _slack(settings, slack),
            await _redis(store),
            await _encryption(store, settings.redis_prefix),
            await _models(settings, await models.open_model(settings, stack, settings.opened(), store)),
        ]
        if deploy:
            found += await _deployment(settings, store, slack)
    for warning in addresses.warnings(settings.slack_api_url, settings.model_addresses, settings.redis_url):
        click.echo(f"Warning: {warning}")
    if channel is not None:
        async with AsyncExitStack() as stack:
            found.append(await probe(settings, await app.open_slack(settings, stack), channel))
    if in_the_way := found.count(False):
        raise StartError(f"{in_the_way} of {len(found) - found.count(None)} would be in the way")


async def _slack(settings: Settings, client: SlackClient) -> bool:
    if settings.installs:
        return await _app(settings, client)
    try:
        me, missing = await identify(client)
        if settings.slack_app_token is not None:
            await socket_url(client, settings.slack_app_token.get_secret_value())
    except (SettingsError, StartError) as refused:
        return _not_connected(refused)
    where = f"the organisation {me.workspace}" if me.org_wide else f"team {me.workspace}"
    looked, untaken = await _layouts(client)
    taken = f", takes all {looked} layouts" if looked and not untaken else ""
    return _say(f"Slack: connected as {me.name} in {where}{taken}", [*missing, *untaken])


async def _app(settings: Settings, client: SlackClient) -> bool:
    """There is no workspace of our own: people install the app into theirs, and each install is tried as it is made."""
    try:
        await client.call("api.test", lane=Lane.LOOKUP)
        if settings.slack_app_token is not None:
            await socket_url(client, settings.slack_app_token.get_secret_value())
    except (SettingsError, StartError) as refused:
        return _not_connected(refused)
    except BotError as trouble:
        return _not_connected(StartError(f"SLACK_API_URL: {trouble.detail}"))
    return _say("Slack: answers; workspaces install the app (python -m bot workspaces list)", [])


def _not_connected(why: SettingsError | StartError) -> bool:
    return _say(f"Slack: {'refuses us' if isinstance(why, SettingsError) else 'does not answer'}", [str(why)])


async def _layouts(client: SlackClient) -> tuple[int, list[str]]:
    try:
        looked, refused = await layouts.problems(client)
    except BotError as trouble:
        return 0, [f"the layouts could not be validated ({trouble.detail}); try again"]
    return looked, [f"does not take {each}" for each in refused]


async def probe(settings: Settings, client: SlackClient, channel: str) -> bool:
    """Print what Slack does in a thread there beside what we assume. Whether it could be tried."""
    try:
        me, _ = await identify(client)
        reader = min(settings.admin_users, default=me.bot_user)
        async with bench.opened(client, me, channel, reader) as thread:
            click.echo(f"Slack, tried in {thread.thread.channel}:")
            await trials.rows(thread, _print_row)
        return True
    except (SettingsError, StartError) as refused:
        return _not_connected(refused)
    except bench.NotTaken as why:
        return _say(f"Slack: does not let us write in {channel}", [str(why)])


def _print_row(row: trials.Row) -> None:
    click.echo(log.redacted(f"  {row.what}: {row.did}"))
    if row.differs:
        click.echo(f"    (the bot assumes: {row.assumed}){f'; set {row.write}' if row.write else ''}")


async def _deployment(settings: Settings, store: Client, slack: SlackClient) -> list[bool | None]:
    """Of each line whether it is in the way; None for what is not."""
    facts = await store.facts()
    findings = deployment.redis(facts, settings)
    if facts:
        findings.append(deployment.clock("Redis", deployment.ahead(facts)))
    try:
        me, _ = await identify(slack)
        ahead, signed = deployment.ahead_of_us(await clock(slack)), settings.slack_app_token is None
        findings += [deployment.clock("Slack", ahead, signed=signed), *deployment.scopes(me.scopes)]
    except (SettingsError, StartError):
        pass  # `_slack` has said so
    findings += deployment.here(settings)
    for finding in findings:
        click.echo(log.redacted(str(finding)))
    return [False if finding.state == "problem" else None for finding in findings]


async def _redis(store: Client) -> bool:
    try:
        return _say(f"Redis: {store.where} answers", await store.check())
    except StartError as refused:
        return _say(f"Redis: {store.where} does not serve us", [str(refused)])
    except Unavailable as trouble:
        why = f"REDIS_URL: {store.trouble}; {store.advice} ({trouble.detail})"
        return _say(f"Redis: {store.where} does not serve us", [why])


async def _encryption(store: Client, prefix: str) -> bool | None:
    """None, and not a word, where nothing was ever encrypted, or Redis does not serve us, which is told already."""
    ring = store.seal.ring
    try:
        if not ring.first and not await keys_used.missing(store, prefix):
            return None
        found = await reseal.survey(store, prefix)
    except (Unavailable, Unreadable):
        return None
    told = [f"{count} under {id}" if id else f"{count} not encrypted" for id, count in sorted(found.under.items())]
    how = f"the key {ring.first} writes" if ring.first else "off, there is no key"
    lost = [
        f"{count} values are encrypted with {id}, which is not, or is another key, in ENCRYPTION_KEYS; put it back"
        for id, count in sorted(found.locked.items())
    ]
    return _say(f"Encryption: {how}; of what is stored {', '.join(told) or 'nothing has words'}", lost)


async def _models(settings: Settings, pool: Pool) -> bool:
    """Try each model for real. Whether one way to the model that answers where nobody has chosen works."""
    wanted = pool.to(settings.openai_model)
    works = False
    for way in [*wanted, *(way for way in pool.ways if way not in wanted)][:MAX_TRIED]:
        try:
            await pool.attempt(way)
        except BotError as refusal:
            problem = f"Model: {addresses.shown(way.target.url)} does not answer as {_name(way, pool)}: {_why(refusal)}"
            right = await _right(way) if refusal.sentence in ("model.missing", "model.no-api") else None
            click.echo(log.redacted(problem + (f"; its address is probably {addresses.shown(right)}" if right else "")))
            continue
        works = works or way in wanted
        priced = way.known_price is not None
        where = f"Model: {_name(way, pool)} at {addresses.shown(way.target.url)}"
        click.echo(log.redacted(f"{where} answers{'' if priced else NO_PRICE}"))
    return works


def _name(way: Way, pool: Pool) -> str:
    return way.name if pool.open else way.whole_name


def _why(refusal: BotError) -> str:
    return f"{REASONS.get(refusal.sentence, 'it did not accept the request')} ({refusal.detail})"


async def _right(way: Way) -> str | None:
    """The address with a version in it, if that is one that answers."""
    url = base_url.with_version(way.target.url)
    if url is None:
        return None
    async with connect(url, way.target.key, timeout=10.0, retries=0) as client:
        try:
            await Pool((), Shared(Nowhere())).attempt(replace(way, server=Server(client)))
        except BotError:
            return None
    return url


def _say(line: str, problems: list[str]) -> bool:
    """Print it with its problems; True if there are none."""
    click.echo(log.redacted(line))
    for problem in problems:
        click.echo(f"  {log.redacted(problem)}")
    return not problems
