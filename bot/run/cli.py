"""The operator's command line.

What only one command needs is imported by that command: the bot's libraries take a second and more to load.
"""

import sys
from collections.abc import Callable, Coroutine
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from bot.errors import SettingsError, StartError, Unreadable
from bot.version import VERSION

if TYPE_CHECKING:
    from bot.run import config

ELSEWHERE = {
    "audit": "Print the administrative acts as JSON lines, oldest first: who, what, before, after, when (UTC).",
    "backup": "Write personas with all versions, choices, access, limits and the audit to FILE.",
    "inbox": "See what waits, runs or failed; try it again or drop it.",
    "reencrypt": (
        "Encrypt all that is stored with the first of ENCRYPTION_KEYS; killed on the way, it goes on when run again."
    ),
    "restore": "Put what is in FILE in the place of what is there.",
    "token": "Tokens with which programs use the API.",
    "usage": "Print what was used: a row for each day, dimension and id.",
    "workspaces": "The workspaces that have installed the app, and those that wait for you.",
}
"""Commands in files of their own, and what the help says of them: so it loads none of these."""
_FILES = {"restore": "backup", "workspaces": "installed"}
"""Where a command does not stand in a file of its name."""
REFUSED = 1  # exit code: Slack, Redis or the address refused us
WRONG_SETTING = 2


class Lazy(click.Group):
    """Loads the commands that are `ELSEWHERE` when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *ELSEWHERE])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in ELSEWHERE:
            return super().get_command(context, name)
        file = _FILES.get(name, name)
        found: click.Command = getattr(import_module(f"bot.run.{file}"), file if name == "workspaces" else name)
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        told = {name: click.Command(name, help=about) for name, about in ELSEWHERE.items()}
        click.Group(commands={**self.commands, **told}).format_commands(context, formatter)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="threadbot", message="%(prog)s %(version)s")
def main() -> None:
    """Threadbot: mention it in Slack, and it answers in the thread."""


@main.command()
@click.option("--listen", is_flag=True, help="Only take in what people say, for others to answer.")
@click.option("--work", is_flag=True, help="Only answer what others have taken in.")
def run(listen: bool, work: bool) -> None:
    """Be the bot: Socket Mode with SLACK_APP_TOKEN, else HTTP at /slack/events. Without an option it does both."""
    both = listen == work

    import asyncio
    import signal

    async def bot(settings: "config.Settings") -> None:
        from bot.documents import fence
        from bot.documents.process import Reader
        from bot.run import app

        fence.hide()
        roles = app.Roles(listen=listen or both, work=work or both)
        ready = asyncio.Event()

        async def tell_fences() -> None:
            await ready.wait()  # a bot that cannot begin says only why
            await Reader(most=1).tell_fences()

        telling = asyncio.ensure_future(tell_fences())
        try:
            await app.run(settings, roles=roles, ready=ready)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    signal.signal(signal.SIGTERM, _end)  # the first process of a container is not ended by one that nobody handles
    _with_settings(bot)


def _end(*_: object) -> NoReturn:
    sys.exit(143)


@main.command("check")
@click.option("--deploy", is_flag=True, help="Look also at the place: Redis, TLS, clocks, scopes, grace and ports.")
@click.option(
    "--post",
    "channel",
    metavar="CHANNEL",
    help="Try in a thread there, which is deleted, how this Slack does what nobody has written down.",
)
def check_all(deploy: bool, channel: str | None) -> None:
    """Could the bot run? Asks Slack, Redis, the model."""

    def ask(settings: "config.Settings") -> Coroutine[Any, Any, None]:
        from bot.run import check

        return check.run(settings, deploy, channel)

    _with_settings(ask)


@main.command()
@click.option("--ready", is_flag=True, help="Whether it is of use: Redis and Slack as well.")
def health(ready: bool) -> None:
    """Is the bot that runs here alive? For the health check of a container; asks it at PORT."""

    async def ask(settings: "config.Settings") -> None:
        from bot.run import health

        click.echo(health.ask(settings, "/readyz" if ready else "/livez"))

    _with_settings(ask)


def _https(context: click.Context, option: click.Parameter, url: str | None) -> str | None:
    if url is not None and not url.startswith("https://"):
        raise click.BadParameter("Slack sends events only to an address that starts with https://")
    return url


@main.command()
@click.option(
    "--http",
    "url",
    metavar="URL",
    callback=_https,
    help="For HTTP mode at this public address; without it, Socket Mode.",
)
@click.option(
    "--agent",
    is_flag=True,
    help="As a Slack agent, with Slack's own Stop button and suggested prompts; not for guests, and for good.",
)
@click.option(
    "--install",
    metavar="URL",
    callback=_https,
    help="For many workspaces: the bot's public address, at which they install the app (SLACK_CLIENT_ID).",
)
def manifest(url: str | None, agent: bool, install: str | None) -> None:
    """Print the Slack app manifest (JSON) with what the bot needs."""
    import json

    from bot.slack.manifest import manifest as slack_manifest

    about = slack_manifest(socket_mode=url is None, agent=agent, install=install, **({"url": url} if url else {}))
    click.echo(json.dumps(about, indent=2))


@main.command()
@click.option("--markdown", "style", flag_value="markdown", help="As the table of docs/settings.md.")
@click.option("--env", "style", flag_value="env", default="env", help="As .env.example (default).")
@click.option("--models", "style", flag_value="models", help="The JSON schema of MODELS_FILE.")
def settings(style: str) -> None:
    """Print every setting with its default and meaning."""
    from bot.run import models_file, settings_page

    pages = {"markdown": settings_page.as_markdown, "env": settings_page.as_env, "models": models_file.schema}
    click.echo(pages[style](), nl=False)


@main.command()
@click.option("--alerts", "what", flag_value="alerts", help="Alert rules for Prometheus.")
@click.option("--dashboard", "what", flag_value="dashboard", default="dashboard", help="For Grafana (default).")
def metrics(what: str) -> None:
    """Print what watches the metrics of METRICS_PORT or METRICS_TOKEN."""
    from bot.metrics import watch

    click.echo(watch.alerts() if what == "alerts" else watch.dashboard(), nl=False)


@main.command()
def openapi() -> None:
    """Print what the API for programs is, as OpenAPI (JSON): docs/openapi.json."""
    from bot.web.api import app

    click.echo(app.description(), nl=False)


@main.command()
@click.option("--look-ups", is_flag=True, help="What is looked up for that, and what it means when a look-up fails.")
def rights(look_ups: bool) -> None:
    """Print who may do what, as the table of docs/rights.md."""
    from bot import wording
    from bot.wording import rights as tables

    words = wording.of(wording.DEFAULT_LOCALE)
    click.echo(tables.look_ups(words) if look_ups else tables.as_markdown(words))


@main.command()
def places() -> None:
    """Print where what is kept of people stands, and what becomes of it, as the table of docs/privacy.md."""
    from bot.run import places_page

    click.echo(places_page.as_markdown())


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port of the page; else 3210, or a free one.")
@click.option("--data", type=click.Path(path_type=Path), default=Path(".sandbox"), help="Folder for what it remembers.")
@click.option("--fresh", is_flag=True, help="Forget what it remembers and start clean.")
@click.option("--http", is_flag=True, help="Connect bot and Slack by HTTP events instead of Socket Mode.")
@click.option("--install", is_flag=True, help="Several workspaces, into which you install the bot by a click.")
@click.option("--no-browser", is_flag=True, help="Do not open the page.")
@click.option(
    "--model",
    type=click.Choice(["yours", "local", "scripted"]),
    help="Who answers; without it, yours if its key is set, else a local one if installed, else a script.",
)
def sandbox(
    port: int | None,
    data: Path,
    fresh: bool,
    http: bool,
    install: bool,
    no_browser: bool,
    model: Literal["yours", "local", "scripted"] | None,
) -> None:
    """Try the bot without Slack, in the browser.

    A small Slack, a model and a Redis of its own, and the ordinary bot between them.
    """
    from bot.slack.manifest import manifest as slack_manifest
    from threadbot_sandbox import run as outside

    browser = not no_browser
    about = slack_manifest(socket_mode=not http)
    if install:  # what the other sandbox remembers stays
        data = data.with_name(f"{data.name}-install")
    options = outside.Options(port, data, fresh, http, install, open_browser=browser, model=model, manifest=about)
    sys.exit(outside.main(options))


def _with_settings(action: "Callable[[config.Settings], Coroutine[Any, Any, None]]") -> None:
    """Run it. What the operator can mend is one line on standard error and an exit code, never a traceback."""
    import asyncio
    import logging

    from bot import log
    from bot.run import config, loop

    try:
        chosen = config.load()
        log.set_up(chosen.log_level, chosen.log_format, chosen.secrets)
        loop.run(action(chosen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
    except Exception as error:
        known = _known(error)
        if known is None:
            logging.getLogger(__name__).critical("ended by a bug", exc_info=error)
            sys.exit(REFUSED)
        click.echo(log.redacted(str(known)), err=True)
        sys.exit(WRONG_SETTING if isinstance(known, SettingsError) else REFUSED)


def _known(error: BaseException) -> SettingsError | StartError | None:
    """What the operator can mend, out of whatever task groups it was raised in."""
    if isinstance(error, SettingsError | StartError):
        return error
    if isinstance(error, Unreadable):
        return StartError(f"REDIS_URL: {error.detail}")
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((known for one in inner if (known := _known(one))), None)
