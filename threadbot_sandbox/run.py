"""Starts the sandbox: a small Slack with its page, Redis, a model, and the ordinary bot pointed at them.

The bot is the one that runs in production, started the same way; only its environment is ours. All ends
in reverse order, the bot first, with Ctrl-C or SIGTERM; a second Ctrl-C does not wait.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from threadbot_sandbox import SandboxError, brain, installs, local
from threadbot_sandbox import redis as embedded
from threadbot_sandbox.children import Children, Command
from threadbot_sandbox.folder import Folder, held
from threadbot_sandbox.installs import Installs
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.errors import ApiError

PORT = 3210
WRONG_SETTING = 2  # the bot's exit code for it
LONG = 30.0  # seconds for the bot to connect, before we say that it takes long

Kind = Literal["yours", "local", "scripted"]


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `model` None is: your own when its key is there, else a local one, else the script."""

    port: int | None = None  # None: 3210, or a free one when that is taken
    data: Path = Path(".sandbox")
    fresh: bool = False
    http: bool = False
    install: bool = False  # nobody has installed the bot yet; nothing is remembered
    open_browser: bool = True
    model: Kind | None = None
    manifest: Mapping[str, Any] | None = None  # of the app; None: Slack lets it do all that there is


@dataclass(frozen=True, slots=True)
class Brain:
    """Which model talks, as the page and the terminal say it."""

    kind: Kind
    model: str
    base_url: str
    note: str


def main(options: Options) -> int:
    """Run until stopped; returns the exit code. What goes wrong is one line on standard error."""
    os.umask(0o077)  # what people say here is for the owner's account alone, whoever of us writes it down
    try:
        return asyncio.run(_until_told(_with_environment(options)))
    except SandboxError as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1


def _with_environment(options: Options) -> Options:
    """SANDBOX_MODEL chooses a model where the command line does not."""
    chosen = os.environ.get("SANDBOX_MODEL") or None
    if options.model is not None or chosen is None:
        return options
    for kind in get_args(Kind):
        if kind == chosen:
            return replace(options, model=kind)
    raise SandboxError(f"SANDBOX_MODEL: write one of {', '.join(get_args(Kind))}")


async def _until_told(options: Options) -> int:
    children = Children(_say)
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    assert main is not None

    def stop() -> None:
        if main.cancelling():
            children.kill()
        else:
            _say("stopping when answers under way are finished; Ctrl-C again stops at once")
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        return await _run(options, children)
    except asyncio.CancelledError:
        return 0


async def _run(options: Options, children: Children) -> int:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(held(options.data))
        redis_url = stack.enter_context(_redis(folder, options.fresh or options.install))
        slack = SmallSlack(None if options.install else folder.path / "slack")
        url = await _served(slack, options.port, stack)
        folder.note(url)
        talking, model = await _model(options, children, stack)
        slack.brain = asdict(talking)
        _install(slack, options.manifest)
        line, many = _line(slack, options.http), None
        if options.install:
            port = int(line.get("PORT") or _free_port())
            many = await installs.open_others(slack, url, port, options.manifest, stack)
            line = {name: value for name, value in line.items() if name != "SLACK_BOT_TOKEN"}
            line |= installs.environment(port)
        addresses = {"REDIS_URL": redis_url, "SLACK_API_URL": f"{url}/api/", **line, **model}
        workplace = folder.path / "bot"  # holds no .env, so that the environment is all the bot goes by
        workplace.mkdir(exist_ok=True)
        command = Command(
            name="bot",
            words=(sys.executable, "-m", "bot", "run"),
            env=environment(os.environ, addresses),
            cwd=workplace,
            final=(WRONG_SETTING,),
        )
        ended = await stack.enter_async_context(children.keeping(command))
        if await _connected(slack, ended):
            if many is not None:
                await installs.answers(many.port)
            _announce(url, talking, folder.path, many)
            if options.open_browser:
                _open(url)
        await ended
        raise SandboxError("the bot does not accept its settings (see the line above); mend them and start again")


def environment(inherited: Mapping[str, str], addresses: Mapping[str, str]) -> dict[str, str]:
    """The bot's: what we inherited, but for all that says where Slack, Redis and the model are."""
    ours = {"REDIS_URL", "HOST", "PORT", *addresses}
    kept = {n: v for n, v in inherited.items() if n.upper() not in ours and not n.upper().startswith("SLACK_")}
    if prompt := kept.get("SYSTEM_PROMPT_FILE"):
        kept["SYSTEM_PROMPT_FILE"] = str(Path(prompt).absolute())  # the bot runs in another folder
    here = "127.0.0.1,localhost"
    return {
        **kept,
        "HOST": "127.0.0.1",
        "NO_PROXY": f"{kept['NO_PROXY']},{here}" if kept.get("NO_PROXY") else here,
        "no_proxy": f"{kept['no_proxy']},{here}" if kept.get("no_proxy") else here,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), kept.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
        **addresses,
    }


@contextmanager
def _redis(folder: Folder, fresh: bool) -> Iterator[str]:
    """An address of a Redis; a fresh one holds nothing."""
    data = folder.path / "redis"
    if not embedded.available() and (yours := os.environ.get("REDIS_URL")):
        _say("no embedded Redis for this system; your REDIS_URL is used, and --fresh does not empty it")
        if fresh:
            folder.wipe()
        yield yours
        return
    if fresh:
        embedded.EmbeddedRedis(data).stop()  # one left by a killed sandbox would keep the old data
        folder.wipe()
    with embedded.embedded_redis(data) as url:
        yield url


def _install(slack: SmallSlack, manifest: Mapping[str, Any] | None) -> None:
    if manifest is None:
        return
    try:
        slack.install(dict(manifest))
    except ApiError as refusal:
        problems = "; ".join(refusal.more["response_metadata"]["messages"])
        raise SandboxError(f"Slack would not take the app's manifest: {problems}") from refusal


async def _served(slack: SmallSlack, port: int | None, stack: AsyncExitStack) -> str:
    try:
        return await stack.enter_async_context(serving(slack.app, port=PORT if port is None else port))
    except OSError as error:
        if port is not None:
            raise SandboxError(f"port {port} cannot be used ({error.strerror}); choose another with --port") from error
    _say(f"port {PORT} is taken, so the page gets another")
    return await stack.enter_async_context(serving(slack.app))


def _line(slack: SmallSlack, http: bool) -> dict[str, str]:
    """What lets bot and Slack hear each other: Socket Mode, or the bot's events address."""
    if not http:
        return {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    port = _free_port()
    slack.deliver_http_to = f"http://127.0.0.1:{port}/slack/events"
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "PORT": str(port),
    }


async def _model(options: Options, children: Children, stack: AsyncExitStack) -> tuple[Brain, dict[str, str]]:
    """Who talks, and how the bot reaches it."""
    key, base_url = os.environ.get("OPENAI_API_KEY"), os.environ.get("OPENAI_BASE_URL")
    if options.model == "yours" or (options.model is None and (key or base_url)):
        return _yours(key, base_url)
    if options.model == "local" or (options.model is None and local.available()):
        try:
            return await _local(children, stack)
        except SandboxError as error:
            if options.model == "local":
                raise
            _say(f"{error}; the scripted brain talks instead")
    key = secrets.token_urlsafe(24)
    model = SmallModel(brain.answer, api_key=key, name="scripted-brain", remember=1000)
    base = f"{await stack.enter_async_context(serving(model.app))}/v1"
    note = "No model, only canned answers. Start with OPENAI_API_KEY set for a real one."
    return Brain("scripted", model.name, base, note), _openai(base, model.name, key)


def _yours(key: str | None, base_url: str | None) -> tuple[Brain, dict[str, str]]:
    if not key and not base_url:
        raise SandboxError("your own model needs OPENAI_API_KEY, OPENAI_BASE_URL or both")
    parts = urlsplit(base_url or "https://api.openai.com/v1")
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    talking = Brain(
        "yours", os.environ.get("OPENAI_MODEL") or "the default model", shown, "Your own; it may cost money."
    )
    given = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": base_url}
    return talking, {name: value for name, value in given.items() if value}


async def _local(children: Children, stack: AsyncExitStack) -> tuple[Brain, dict[str, str]]:
    if not local.available():
        raise SandboxError(f"a local model needs one more package: {local.INSTALL}")
    file = await local.weights(children.once, _say)
    key = secrets.token_urlsafe(24)
    base = await stack.enter_async_context(local.serving(children, file, _free_port(), key))
    return Brain("local", local.MODEL, base, "Tiny, and often wrong."), _openai(base, local.MODEL, key)


def _openai(base_url: str, model: str, key: str) -> dict[str, str]:
    return {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": base_url, "OPENAI_MODEL": model}


async def _connected(slack: SmallSlack, bot: asyncio.Task[int]) -> bool:
    """Wait for the bot, however long it takes. False: it has given up."""
    patient_until = time.monotonic() + LONG
    while not bot.done():
        if slack.connected or (slack.deliver_http_to and await slack.verify_http()):
            return True
        if time.monotonic() > patient_until:
            _say("the bot has not connected yet; waiting on")
            patient_until += LONG
        await asyncio.sleep(0.05)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _announce(url: str, talking: Brain, data: Path, many: Installs | None) -> None:
    model = f"{talking.model} at {talking.base_url}"
    who = {"yours": f"Your model {model}", "local": f"The local model {model}", "scripted": "The scripted brain"}
    _say("")
    _say(f"Threadbot's sandbox is at {url}/")
    _say(f"  {who[talking.kind]} talks. {talking.note}")
    if many is None:
        _say(f"  it remembers in {data} (--fresh forgets); Ctrl-C stops it")
    else:
        _say(f"  install the bot at {many.install}, and take it out again at {many.apps}")
        for name, page in list(many.pages.items())[1:]:
            _say(f"  {name} is at {page}")
        _say("  Sandbox is the operator's own: install it there first, and its admins are asked about the others")
        _say("  it remembers nothing; Ctrl-C stops it")
    _say("")


def _open(url: str) -> None:
    """In a browser with a window. One for the terminal would take ours."""
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        threading.Thread(target=webbrowser.open, args=(f"{url}/",), daemon=True).start()


def _say(line: str) -> None:
    with suppress(OSError):  # the terminal may be gone; we still have to end in order
        print(line, flush=True)
