"""python -m bench.moving: the README's moving picture. A question is typed, and its answer grows in the thread.

The real bot, the sandbox's page in a real browser, and a model that says what stands here at a hosted model's pace,
under such a model's name: the line under the answer is what the bot makes of its tokens and that model's published
price.
"""

import asyncio
import io
import shutil
import time
from pathlib import Path
from typing import Any

import click
from genai_prices import Usage, calc_price
from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright

from bench.gallery.__main__ import BROWSERS, town
from bench.seen import words
from threadbot_sandbox.reply import Reply

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "answer.webp"
MODEL = "gpt-5.4-mini"
QUESTION = "when do the clocks change in Berlin and New York next spring?"
ANSWER = """They change two weeks apart in 2027:

- **New York:** Sunday, 14 March
- **Berlin:** Sunday, 28 March

Between these Sundays, Berlin is only **five hours** ahead instead of six: 9:00 in New York is 14:00 in Berlin.
"""
SIZE: ViewportSize = {"width": 1160, "height": 660}
EVERY = 0.12  # seconds between two pictures
STAYS = 4.0  # seconds that the end is shown
COLOURS = 128
WAITS = 60.0  # seconds for the answer


def think(_request: dict[str, Any]) -> Reply:
    return Reply(ANSWER, tokens_per_second=9, first_token_after=0.6)


async def film(page: Page) -> list[tuple[float, bytes]]:
    """Pictures with the second at which each was taken, from the first key until the answer is complete."""
    taken: list[tuple[float, bytes]] = []
    over = asyncio.Event()

    async def take() -> None:
        while not over.is_set():
            began = time.monotonic()
            taken.append((began, await page.screenshot()))
            await asyncio.sleep(max(0.0, EVERY - (time.monotonic() - began)))

    box = page.get_by_test_id("composer")
    await box.click()
    filming = asyncio.ensure_future(take())
    await box.press_sequentially(f"@Threadbot {QUESTION}", delay=16)
    await asyncio.sleep(0.4)
    await box.press("Enter")
    await page.get_by_test_id("thread").get_by_test_id("footer").wait_for(timeout=WAITS * 1000)
    await asyncio.sleep(0.8)
    over.set()
    await filming
    return taken


def joined(taken: list[tuple[float, bytes]]) -> tuple[list[Image.Image], list[int]]:
    """Without pictures that show nothing new; and for how many milliseconds each stays."""
    frames: list[Image.Image] = []
    starts: list[float] = []
    last = b""
    for at, png in taken:
        image = Image.open(io.BytesIO(png)).convert("RGB")
        if image.tobytes() != last:
            last = image.tobytes()
            frames.append(image.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB"))
            starts.append(at)
    ends = [*starts[1:], starts[-1] + STAYS]
    return frames, [round((end - start) * 1000) for start, end in zip(starts, ends, strict=True)]


async def shoot(browser: str) -> list[tuple[float, bytes]]:
    million = 1_000_000
    price = {
        "input": float(calc_price(Usage(input_tokens=million), MODEL).total_price),
        "output": float(calc_price(Usage(output_tokens=million), MODEL).total_price),
    }
    async with town(think, MODEL, price) as slack, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = await chromium.new_page(viewport=SIZE)
        await page.goto(slack.url)
        await page.get_by_test_id("composer").wait_for()
        badge = page.get_by_test_id("brain")  # it would say that there is no model
        await badge.evaluate("badge => badge.style.visibility = 'hidden'")
        taken = await film(page)
        PICTURE.with_suffix(".txt").write_text(await words(page.get_by_test_id("thread")), "utf-8")
        await chromium.close()
    return taken


@click.command()
@click.option("--frames", type=click.Path(path_type=Path), help="A folder for the single pictures, to look at.")
def main(frames: Path | None) -> None:
    """Film it, and write docs/pictures/answer.webp."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise click.ClickException("no Chromium on this machine")
    pictures, lasts = joined(asyncio.run(shoot(browser)))
    pictures[0].save(
        PICTURE, save_all=True, append_images=pictures[1:], duration=lasts, loop=0, lossless=True, quality=80, method=4
    )
    if frames:
        frames.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(pictures):
            picture.save(frames / f"{number:03}.png")
    click.echo(f"{len(pictures)} pictures, {sum(lasts) / 1000:.0f} s, {PICTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
