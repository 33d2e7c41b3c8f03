"""The pictures in the documentation, each beside a text file with the words that it shows.

A journey goes where a picture is taken and calls `shown`. That compares the words which stand there now with the text
file: a picture that says what the product no longer says is found without taking it anew. `scripts/picture` sets
PICTURES, and then the picture is taken and its words are written down.
"""

import io
import os
import re
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator

DOCS = Path(__file__).parents[1] / "docs"
TAKEN = bool(os.environ.get("PICTURES"))
COLOURS = 256
VARYING = (
    (re.compile(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b"), "2026-11-24 10:00"),
    (re.compile(r"\b\d+\.\d s\b"), "0.1 s"),
    (re.compile(r"\breference [0-9a-f]{8}\b"), "reference 7ccff9e7"),
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?( ?[AP]M)?\b"), "10:00"),
    (re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [A-Z]\w+ \d{1,2}\b"), "Today"),
    (re.compile(r"\b[A-Z][a-z]+ \d{1,2}(st|nd|rd|th)?, 20\d\d\b"), "November 24, 2026"),
    (re.compile(r"\btb_[A-Z0-9]+_\w+"), "tb_…"),
    (re.compile(r"\bThreadbot \d+\.\d[\w.]*"), "Threadbot 1.0.0"),
)
"""What differs from day to day, and what stands in its place."""

WORDS = """root => {
  const seen = each => each.checkVisibility({ visibilityProperty: true });
  const fields = [...root.querySelectorAll("input:not([type=checkbox], [type=radio], [type=file]), textarea")];
  const written = fields.filter(seen).map(each => each.value || each.placeholder);
  const menus = [...root.querySelectorAll("select")].filter(seen);
  const chosen = menus.map(each => each.selectedOptions[0]?.textContent ?? "");
  return [root.innerText, ...written, ...chosen].join("\\n");
}"""


async def words(place: Locator) -> str:
    """All that can be read there, a line for each: also what is scrolled away, and what stands in fields."""
    text = str(await place.evaluate(WORDS))
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return "".join(f"{line}\n" for line in (" ".join(each.split()) for each in text.splitlines()) if line)


@dataclass
class Pictures:
    """Those of one journey; what is wrong with them is told at its end."""

    stale: list[str] = field(default_factory=list)

    async def shown(self, name: str, place: Locator, *, of: Locator | None = None) -> None:
        """`place` is what `docs/pictures/NAME.png` shows; its words are those of the part `of` it, if there is one."""
        if TAKEN:
            await place.page.mouse.move(0, 0)
            image = Image.open(io.BytesIO(await place.screenshot(animations="disabled"))).convert("RGB")
            image.quantize(COLOURS, dither=Image.Dither.NONE).save(DOCS / "pictures" / f"{name}.png", optimize=True)
        await self.says(f"pictures/{name}", of or place)

    async def says(self, name: str, place: Locator) -> None:
        """The words of a picture that something else takes."""
        said, kept = await words(place), DOCS / f"{name}.txt"
        if TAKEN:
            kept.write_text(said, "utf-8")
        before = kept.read_text("utf-8") if kept.exists() else ""
        self.stale += unified_diff(before.splitlines(), said.splitlines(), name, "the page", lineterm="", n=1)

    def check(self) -> None:
        difference = "\n".join(self.stale)
        assert not self.stale, f"pictures show what is no longer said; take them anew: scripts/picture\n{difference}"
