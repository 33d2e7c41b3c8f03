"""python -m bench.gallery: what do answers look like? Writes docs/gallery.md and its pictures.

The real bot, a small Slack, and a model that says what stands in this folder; the pictures are of the sandbox's page
in a real browser.
"""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
from playwright.async_api import Page, async_playwright

from bench.seen import words
from bot.run import app, config
from bot.slack.manifest import manifest
from threadbot_sandbox.model import SmallModel, Think
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

HERE, DOCS = Path(__file__).parent, Path(__file__).parents[2] / "docs"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHANNEL = "#general"
BEGINNING, END = 900, 400  # characters of each message, as sent, that the page quotes
TITLES = {
    "tutorial": "A tutorial with code in three languages",
    "table": "A table of sixty rows",
    "lists": "Nested lists, tasks, quotes, mathematics and HTML",
    "languages": "Japanese, Arabic and emoji",
    "pings": "Every kind of attempt to ping, to mislead and to forge",
    "long": "An answer of 50 kB",
}

HEAD = """# What answers look like

Written by `python -m bench.gallery`: the bot, a small Slack, and a model that says what stands in `bench/gallery/`.
Each answer is shown as it was sent to Slack (a long message by its beginning and its end) and as the sandbox's page
shows it.
"""


def answers() -> dict[str, str]:
    texts = {path.stem: path.read_text("utf-8") for path in HERE.glob("*.md")}
    chapters = (f"# Chapter {n}\n\n{texts['tutorial']}\n{texts['table']}" for n in range(1, 99))
    long = ""
    while len(long.encode()) < 50_000:
        long += next(chapters)
    return {name: {**texts, "long": long}[name] for name in TITLES}


@asynccontextmanager
async def town(
    think: Think, name: str = "small-model", price: Mapping[str, float] | None = None
) -> AsyncIterator[SmallSlack]:
    """The bot, connected to a Slack and to a model of that name that says what it thinks, at this price."""
    slack, model = SmallSlack(), SmallModel(think=think, name=name)
    slack.install(manifest(socket_mode=True))
    with tempfile.TemporaryDirectory(prefix="gallery-") as folder:
        redis = EmbeddedRedis(Path(folder))
        redis.start()
        try:
            async with serving(slack.app), serving(model.app) as model_url:
                target = {"name": "hosted", "base_url": model_url, "key": model.api_key}
                models = Path(folder) / "models.json"
                models.write_text(json.dumps({"targets": [target | {"models": [{"name": name, "price": price}]}]}))
                settings = config.load(
                    _env_file=None,
                    models_file=models if price else None,
                    slack_bot_token=slack.bot_token,
                    slack_app_token=slack.app_token,
                    slack_api_url=f"{slack.url}/api/",
                    openai_api_key="sandbox",
                    openai_base_url=f"{model_url}/v1",
                    openai_model=model.name,
                    redis_url=redis.url,
                    host="127.0.0.1",
                    notice=False,  # docs/privacy.md shows it
                )
                stop = asyncio.Event()
                running = asyncio.ensure_future(app.run(settings, stop))
                try:
                    await slack.wait_for(lambda: slack.connected, description="the bot connects")
                    yield slack
                finally:
                    stop.set()
                    await running
        finally:
            redis.stop()


async def ask(slack: SmallSlack, name: str) -> tuple[str, list[dict[str, Any]]]:
    """Where the question stands, and the messages of the complete answer."""
    ts = await slack.say("ada", CHANNEL, f"@Threadbot please show {name}")

    def complete() -> list[dict[str, Any]] | None:
        said = [message for message in slack.thread(CHANNEL, ts) if "bot_id" in message]
        footers = [block["elements"][0]["text"] for block in said[-1]["blocks"] if is_footer(block)] if said else []
        return said if footers and not footers[-1].endswith("continued below") else None

    found = await slack.wait_for(complete, timeout=60, description=f"the answer {name}")
    assert found is not None
    return ts, found


def is_footer(block: dict[str, Any]) -> bool:
    return bool(block["type"] == "context")


def as_sent(messages: list[dict[str, Any]]) -> str:
    said: list[str] = []
    for number, message in enumerate(messages, 1):
        text = "".join(block["text"] for block in message["blocks"] if block["type"] == "markdown")
        if len(text) > BEGINNING + END:
            text = f"{text[:BEGINNING]}\n[… {len(text) - BEGINNING - END:,} characters …]\n{text[-END:]}"
        said.append(f"Message {number} of {len(messages)}:\n\n`````markdown\n{text.rstrip()}\n`````\n")
    return "\n".join(said)


async def picture(page: Page, slack: SmallSlack, name: str, thread: str, messages: list[dict[str, Any]]) -> None:
    channel = next(each.id for each in slack.workspace.channels.values() if f"#{each.name}" == CHANNEL)
    await page.goto(f"{slack.url}/#{channel}/{thread}")
    await page.reload()
    panel = page.get_by_test_id("thread")
    await panel.get_by_test_id("footer").last.wait_for()
    await page.get_by_test_id("thread-messages").evaluate("list => list.scrollTo(0, 0)")
    if len(messages) > 1:  # where one message ends and the next begins
        second = panel.get_by_test_id(f"message-{messages[1]['ts']}")
        await second.evaluate("message => message.scrollIntoView()")
        await page.get_by_test_id("thread-messages").evaluate("list => list.scrollBy(0, -600)")
    await panel.screenshot(path=DOCS / "gallery" / f"{name}.png")
    last = panel.get_by_test_id(f"message-{messages[-1]['ts']}")
    (DOCS / "gallery" / f"{name}.txt").write_text(await words(last), "utf-8")


async def write(browser: str) -> None:
    texts, said = answers(), [HEAD]

    def think(request: dict[str, Any]) -> str:
        return texts[str(request["messages"][-1]["content"]).split()[-1]]

    async with town(think) as slack, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = await chromium.new_page(viewport={"width": 1500, "height": 1300})
        for name, title in TITLES.items():
            ts, messages = await ask(slack, name)
            await picture(page, slack, name, ts, messages)
            said.append(f"## {title}\n\n![{title}](gallery/{name}.png)\n\n{as_sent(messages)}")
            click.echo(f"{name}: {len(messages)} messages, {len(texts[name].encode()):,} bytes")
        await chromium.close()
        if slack.pings:
            raise click.ClickException(f"somebody was called: {slack.pings}")
    DOCS.joinpath("gallery.md").write_text("\n".join(said), "utf-8")


@click.command()
def main() -> None:
    """Ask for each answer, and write down what was sent and how it looks."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise click.ClickException("no Chromium on this machine")
    DOCS.joinpath("gallery").mkdir(exist_ok=True)
    asyncio.run(write(browser))


if __name__ == "__main__":
    main()
