"""The pictures in the documentation, each beside a text file with the words that it shows.

A journey goes where a picture is taken and calls `shown`. That compares the words which stand there now with the text
file: a picture that says what the product no longer says is found without taking it anew. `scripts/picture` sets
PICTURES, and then the picture is taken and its words are written down.
"""

import io
import os
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator

from bench.seen import words

DOCS = Path(__file__).parents[1] / "docs"
TAKEN = bool(os.environ.get("PICTURES"))
COLOURS = 256


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
            (DOCS / "pictures" / f"{name}.txt").write_text(await words(of or place), "utf-8")
        await self.says(f"pictures/{name}", of or place)

    async def says(self, name: str, place: Locator) -> None:
        """What a picture that something else takes has to say: it writes down the words, too."""
        kept, now = (DOCS / f"{name}.txt").read_text("utf-8"), await words(place)
        self.stale += unified_diff(kept.splitlines(), now.splitlines(), name, "the page", lineterm="", n=1)

    def check(self) -> None:
        difference = "\n".join(self.stale)
        assert not self.stale, f"pictures show what is no longer said; take them anew: scripts/picture\n{difference}"
