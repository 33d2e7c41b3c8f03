"""The chart and the sentence with which docs/benchmark.md begins, made from what `python -m bench --save` wrote."""

import json
from pathlib import Path
from typing import Any

from bench.phase import TOO_BUSY

LOAD = "20 a second"
"""The phase that is drawn."""
NAMES = {
    "floor": "the least: aiohttp, jiter and uvloop",
    "bot": "Threadbot",
    "bare": "a script with slack_sdk and openai",
}
WIDTH, LEFT, BAR, GAP = 720, 270, 26, 14
COLOURS = {"floor": "#9aa5b1", "bot": "#2f6f4f", "bare": "#9aa5b1"}

Json = dict[str, Any]


def rows(results: Path) -> dict[str, Json]:
    """What was measured of each subject at that load."""
    found = json.loads(results.read_text("utf-8"))["results"]
    return {each["subject"]: each for each in found if each["name"] == LOAD and each["subject"] in NAMES}


def drawn(results: Path) -> str:
    """Processor seconds for 1,000 answers, as bars."""
    measured = rows(results)
    most = max(row["cpu_per_thousand"] for row in measured.values())
    lines = []
    for number, name in enumerate(each for each in NAMES if each in measured):
        seconds, top = measured[name]["cpu_per_thousand"], 44 + number * (BAR + GAP)
        wide = round((WIDTH - LEFT - 70) * seconds / most)
        lines += [
            f'<text x="{LEFT - 10}" y="{top + 18}" text-anchor="end">{NAMES[name]}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{wide}" height="{BAR}" rx="3" fill="{COLOURS[name]}"/>',
            f'<text x="{LEFT + wide + 8}" y="{top + 18}">{seconds:.1f} s</text>',
        ]
    height = 44 + len(measured) * (BAR + GAP)
    head = f'<text x="10" y="24" font-weight="bold">Processor time for 1,000 streamed answers, {LOAD}</text>'
    style = 'font-family="sans-serif" font-size="14" fill="#1f2933"'
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" role="img" {style}>'
    back = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([frame, back, head, *lines, "</svg>"]) + "\n"


def sentence(results: Path) -> str:
    measured = rows(results)
    bot, floor, bare = (measured[name]["cpu_per_thousand"] for name in ("bot", "floor", "bare"))
    busy = max(row["others"] / row["seconds"] for row in measured.values())
    if busy > TOO_BUSY:
        waited = f"other programs used up to {busy:.1f} cores meanwhile, so that times of waiting say nothing"
    else:
        waited = f"half of all mentions are at the model within {measured['bot']['first']['median']:.0f} ms"
    return (
        f"At {LOAD} the bot takes {bot:.1f} s of processor time for 1,000 streamed answers: {bot / floor:.1f} times "
        f"the least that Python needs, and {bot / bare:.2f} of what a script with the usual clients takes; {waited}."
    )
