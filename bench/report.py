"""What was measured, as small tables in plain text."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version

from bench.outside import TOKENS, TOKENS_PER_SECOND
from bench.phase import Result, Spread
from bench.profile import Profile

Row = Sequence[str]


def conditions(seed: int) -> str:
    libraries = " ".join(
        f"{name} {version(name)}" for name in ("openai", "slack-sdk", "slack-bolt", "aiohttp", "redis")
    )
    return (
        f"{os.cpu_count()} cores, loopback, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}; {libraries}\n"
        f"answers of {TOKENS} tokens at {TOKENS_PER_SECOND:g}/s; seed {seed}; times: median / 95th percentile"
    )


def figures(results: Sequence[Result]) -> str:
    """One line for each measurement; "!" where other processes kept the machine too busy for it to count."""
    head = (
        "threads at once",
        "subject",
        "turns",
        "→ model ms",
        "→ first text ms",
        "→ complete ms",
        "CPU s/1,000",
        "peak MB",
        "Slack calls/turn",
        "",
    )
    rows = [
        (
            result.phase.name,
            result.subject,
            str(result.turns),
            _times(result.first),
            _times(result.shown),
            _times(result.last),
            f"{result.cpu_per_thousand:.1f}",
            f"{result.peak_mb:.0f}",
            f"{result.calls / result.turns:.1f}",
            "!" if result.disturbed else "",
        )
        for result in results
    ]
    return table(head, rows)


def ratios(results: Sequence[Result]) -> str:
    """The bot's medians and sums as multiples of the bare scripts' in the same phase."""
    head = ("bot ÷ …", "threads at once", "→ model", "→ complete", "CPU", "memory")
    rows = []
    for result in results:
        bot = next(one for one in results if one.subject == "bot" and one.phase == result.phase)
        if result is not bot:
            rows.append(
                (
                    result.subject,
                    result.phase.name,
                    f"{bot.first.median / result.first.median:.2f}",
                    f"{bot.last.median / result.last.median:.2f}",
                    f"{bot.cpu_per_thousand / result.cpu_per_thousand:.2f}",
                    f"{bot.peak_mb / result.peak_mb:.2f}",
                )
            )
    return table(head, rows)


def throughput(results: Sequence[Result]) -> str:
    """One process, two, and bare, when the model answers at once; the processor time is that of all processes."""
    head = ("load", "subject", "turns", "turns/s", "→ model ms", "CPU s/1,000", "")
    rows = [
        (
            r.phase.name,
            {"bot": "bot ×1", "bot-2": "bot ×2"}.get(r.subject, r.subject),
            str(r.turns),
            f"{r.turns_per_second:.0f}",
            _times(r.first),
            f"{r.cpu_per_thousand:.1f}",
            "!" if r.disturbed else "",
        )
        for r in results
        if r.phase.instant
    ]
    return table(head, rows)


def surroundings(results: Sequence[Result]) -> str:
    """What else used the processor, in hundredths of one core, and how late the bench's own loop was."""
    head = (
        "threads at once",
        "subject",
        "seconds",
        "subject %",
        "outside %",
        "Redis %",
        "others %",
        "outside's lag ms",
        "events sent again",
        "model asked again",
    )
    rows = [
        (
            r.phase.name,
            r.subject,
            f"{r.seconds:.1f}",
            *(f"{100 * spent / r.seconds:.0f}" for spent in (r.cpu, r.outside, r.redis, r.others)),
            _times(r.lag),
            str(r.redelivered),
            str(r.asked_again),
        )
        for r in results
    ]
    return table(head, rows)


def profile(taken: Profile, most: int = 14) -> str:
    parts = (("by purpose", taken.purposes), ("by library", taken.libraries), ("by function", taken.functions))
    return "\n\n".join(
        table((name, "%"), [(what, f"{100 * share:.1f}") for what, share in shares[:most]]) for name, shares in parts
    )


def _times(spread: Spread) -> str:
    return f"{spread.median:.1f} / {spread.p95:.1f}"


def table(head: Row, rows: Sequence[Row]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, rule, *rows)
    )
