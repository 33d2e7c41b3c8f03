"""python -m bench.pace: many answers at once under Slack's rate limits. Who is refused, and who waits how long?

The bot runs against a small Slack that counts calls as strictly as it may (never more than the tier's number in any
minute; posts one a second per channel, four at once after a quiet moment). Beside it, in the same run, the same bot
without the pace, and what the limits would allow at best.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from bench import report
from bench.outside import Turn
from bench.subject import BOT, Subject, running
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.slack.channel import Channel
from threadbot_sandbox.slack.seed import BOT_USER

ANSWERS = 40
CHANNELS = 10
WITHIN = 300.0  # seconds for one round: without the pace, answers wait long for what Slack refuses
QUIET = 61.0  # seconds after which Slack has forgotten a round
STREAMS_A_MINUTE, POSTS_AT_ONCE = 20, 4
EDITS = ("chat.update", "chat.appendStream")


@dataclass(frozen=True, slots=True)
class Round:
    """What so many answers at once, spread over the channels, showed. Times in seconds."""

    who: str
    answers: int
    channels: int
    refused: Counter[str]
    first: Sequence[float]
    """From the model's first token to the first text in Slack."""
    last: Sequence[float]
    """From the model's last token to the complete text."""
    edits: float
    best: Sequence[float] = ()
    """The least that `last` could have been under the limits."""


async def play(subject: Subject, answers: int, channels: Sequence[str]) -> Round:
    slack = subject.outside.slack
    slack.limits.enabled = True  # counts anew
    before = slack.calls[-1].n if slack.calls else 0
    asked = (subject.outside.ask(channel=channels[n % len(channels)], within=WITHIN) for n in range(answers))
    turns = await asyncio.gather(*asked)
    made = [call for call in slack.calls if call.n > before]
    return Round(
        subject.name,
        answers,
        len(channels),
        Counter(call.method for call in made if call.status == 429),
        [turn.shown - turn.first_token for turn in turns],
        [turn.last for turn in turns],
        sum(call.method in EDITS and call.ok for call in made) / answers,
        _best(turns, len(channels)),
    )


def _best(turns: Sequence[Turn], channels: int) -> list[float]:
    """How long each answer would wait at best: its first message goes as soon as a stream or a post may, the earliest
    to end first; completing what stands there is within the limits for so many."""
    began = min(turn.first_token for turn in turns)
    posts = [max(0, n - POSTS_AT_ONCE + 1) for n in range(-(-len(turns) // channels))]
    places = sorted([*[0] * STREAMS_A_MINUTE, *(second for second in posts for _ in range(channels))])
    ends = sorted(turn.last_token - began for turn in turns)
    return [max(0.0, place - end) for place, end in zip(places, ends, strict=False)]


@asynccontextmanager
async def bot(name: str, folder: Path, redis_url: str, seed: int, *, paced: bool) -> AsyncIterator[Subject]:
    async with running(
        name, BOT, folder, redis_url, seed, SLACK_RATE_LIMITS=str(paced).lower(), SLACK_STREAMS="everywhere"
    ) as subject:
        workspace = subject.outside.slack.workspace
        for n in range(CHANNELS):
            place = Channel(f"C0BENCH{n:04}", f"bench-{n}", "channel", ("U0000000ADA", BOT_USER))
            workspace.channels[place.id] = place
        yield subject


async def measure(seed: int, quick: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        server = EmbeddedRedis(folder / "redis")
        server.start()
        try:
            async with (
                bot("bot", folder, server.url, seed, paced=True) as paced,
                bot("without-the-pace", folder, server.url, seed, paced=False) as free,
            ):
                await _measure(paced, free, quick)
        finally:
            server.stop()


async def _measure(paced: Subject, free: Subject, quick: bool) -> None:
    every = [f"#bench-{n}" for n in range(CHANNELS)]
    click.echo(HEAD)
    for channels in (every[:1], every):
        for line in map(_line, await asyncio.gather(*(play(who, ANSWERS, channels) for who in (paced, free)))):
            click.echo(line)
        await asyncio.sleep(QUIET)
    if quick:
        return
    click.echo(FIRST_HEAD)
    for answers in (1, 20, 100):
        round = await play(paced, answers, every)
        click.echo(f"| {answers} | {_spread(round.first)} | {_spread(round.last)} | {sum(round.refused.values())} |")
        await asyncio.sleep(QUIET)


HEAD = """\
| 40 answers at once | | refused by Slack | last token → complete, s: median, worst | at best | edits per answer |
|---|---|---|---|---|---|"""
FIRST_HEAD = """
| answers at once, over ten channels | first token → first text, s: median, worst | last token → complete | refused |
|---|---|---|---|"""


def _line(round: Round) -> str:
    place = "one channel" if round.channels == 1 else f"{round.channels} channels"
    refused = ", ".join(f"{method} {count}" for method, count in round.refused.most_common()) or "none"
    return f"| {place} | {round.who} | {refused} | {_spread(round.last)} | {_spread(round.best)} | {round.edits:.1f} |"


def _spread(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.2f}, {max(seconds):.2f}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Only the forty answers, not the first texts.")
@click.option("--seed", default=1, show_default=True, help="For the words.")
def main(quick: bool, seed: int) -> None:
    """Measure forty answers at once under Slack's rate limits, and how soon the first text of many stands in Slack."""
    click.echo(report.conditions(seed) + "\n")
    asyncio.run(measure(seed, quick))


if __name__ == "__main__":
    main()
