"""How long showing a growing answer holds the event loop: `python -m bench.painting`. No network, no Redis.

Each text grows to 10,900 characters, 60 at a time, and is shown every 300, as the bot does with a post and edits. A
figure is processor time of the loop's thread, the longest stretch without a break, in the best of three tries. "final"
is the whole answer with its footer; "cut" are 40,000 characters that come at once, and are cut into messages.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeVar

import click

from bench import report
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, Message
from bot.slack.outbound import content, render
from bot.turns.draft import Draft, Post, Remove
from bot.turns.state import Lease, Turn
from bot.wording.en import WORDS

T = TypeVar("T")

LONG, PIECE, EVERY, TRIES = 10_900, 60, 5, 3
THREAD = ThreadKey("slack", "T1", "C1", "1.000000")
TURN = Turn("1.000000", Lease(THREAD, "token", 1e9), Batch(THREAD, (Message("1.000000", "U1", "?"),)))

SAID = "Water runs downhill, and where it meets a stone it goes around and on, as it did before. "
LINKED = "- [The guide to rivers](https://example.com/rivers), **chapter 3**: how `flow()` is _measured_ in $m^3$.\n"
TEXTS = {
    "prose": f"{SAID * 4}\n\n",
    "prose, one paragraph": SAID,
    "links in a list": LINKED,
    "numbered, with lists": f"1. **Look** at it\n   - one `a`\n   - two [b](https://c.de)\n\n     {SAID}\n",
    "nested items": "- a [b](https://c.de)\n  - c **d**\n    - e `f`\n",
    "items in one item": "  - c **d** [b](https://c.de)\n",
    "quote": "> It is *said* that [this](https://c.de) is so.\n>\n",
    "table": "| Name | `code` | 12.50 | a longer cell with words |\n",
    "table of links": "| [b](https://c.de) | **bold** | $x_1$ |\n",
    "code": "    return [each for each in found if each < 3 and each['a'] > 2]  # so it is\n",
    "CJK, one line": "水は低きに流れ、石に当たれば、それを避けて行く。",
    "formulas": "Where $x_1^2 + y_1^2 = z$ and \\(a_1\\), it is **so**.\n",
    "links below": "See [the guide][1] and [more][2].\n\n[1]: https://c.de\n[2]: https://d.ef\n\n",
    "*": "*",
    "* in words": "*a",
    "** in words": "**a ",
    "_": "_a ",
    "`": "`a ``",
    "[": "[",
    "[a]": "[a](",
    "<": "<a ",
    "<a:": "<a:",
    "|": "|",
    "$": "$a ",
    "lines of *": "*a\n",
    "quotes in quotes": "> > > *a\n",
}  # fmt: skip
BEGINS = {
    "items in one item": "- a\n",
    "table": "| a | b | c | d |\n|---|---|---|---|\n",
    "table of links": "| a | b | c |\n|---|---|---|\n",
    "code": "```python\n",
}


@dataclass(slots=True)
class Held:
    """Milliseconds for which the loop was held, by what was done."""

    fed: list[float] = field(default_factory=list)
    chosen: list[float] = field(default_factory=list)
    rendered: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)


class Stretches:
    """Awaits something, and notes how long each stretch of it holds the loop."""

    def __init__(self, work: Coroutine[Any, Any, None], into: list[float]) -> None:
        self._work, self._into = work, into

    def __await__(self) -> Generator[Any, Any, None]:
        value = None
        while True:
            began = time.thread_time()
            try:
                waits_for = self._work.send(value)
            except StopIteration:
                return
            finally:
                self._into.append((time.thread_time() - began) * 1000)
            value = yield waits_for


def timed(into: list[float], work: Callable[..., T], *args: Any) -> T:
    began = time.thread_time()
    done = work(*args)
    into.append((time.thread_time() - began) * 1000)
    return done


async def shown(draft: Draft, chosen: list[float], rendered: list[float]) -> bool:
    """Show the next step, as the bot does. False when there is none."""
    step = timed(chosen, draft.next)
    if step is None or isinstance(step, Remove):
        return False
    stretches: list[float] = []
    await Stretches(content.ready(step.shown, told=isinstance(step, Post)), stretches)
    timed(stretches, content.whole if isinstance(step, Post) else content.edited, step.shown, TURN)
    rendered.append(max(stretches))
    draft.confirm(step, "1")
    return True


async def grown(text: str) -> Held:
    held, draft = Held(), Draft(WORDS)
    render._known.clear()
    render._known.characters = 0
    for number, start in enumerate(range(0, len(text), PIECE), start=1):
        timed(held.fed, draft.feed, text[start : start + PIECE])
        if number % EVERY == 0:
            await shown(draft, held.chosen, held.rendered)
    timed(held.final, draft.close, "footer")
    while await shown(draft, held.final, held.final):
        pass
    return held


def cut(text: str) -> float:
    held: list[float] = []
    timed(held, Draft(WORDS).feed, text)
    return held[0]


def least(tries: Sequence[list[float]]) -> list[float]:
    return [min(each) for each in zip(*tries, strict=True)]


async def painted() -> list[tuple[str, ...]]:
    rows = []
    for name, piece in TEXTS.items():
        text = BEGINS.get(name, "") + piece * (40_000 // len(piece) + 1)
        tries = [await grown(text[:LONG]) for _ in range(TRIES)]
        steps = [least([getattr(each, what) for each in tries]) for what in ("fed", "chosen", "rendered")]
        final, whole = least([each.final for each in tries]), min(cut(text[:40_000]) for _ in range(TRIES))
        figures = [f"{median(each):.2f} / {max(each):.2f}" for each in steps]
        rows.append((name, *figures, f"{max(final):.2f}", f"{whole:.1f}"))
    return rows


HEAD = ("a text of …; ms p50 / max", "taken in", "chosen", "rendered", "final", "40,000 cut")


@click.command()
def main() -> None:
    """How long showing a growing answer holds the event loop."""
    click.echo(report.table(HEAD, asyncio.run(painted())))


if __name__ == "__main__":
    main()
