"""One trial for each thing that nobody outside of Slack has shown: what we assume, and what Slack does.

Where the two differ, a row says what to set, if a setting is all it needs.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.api import markers
from bot.slack.outbound import content
from bot.slack.probe.bench import Bench, NotTaken
from bot.slack.probe.layouts import NAMED
from bot.turns.state import Control, Shown

Json = dict[str, Any]

LINK = "See https://example.com for more."
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
CHINESE = "漢"
EACH = 11_000  # characters of an answer's longest message


@dataclass(frozen=True, slots=True)
class Row:
    """`write` is what to set where Slack does otherwise; empty where no setting helps."""

    what: str
    assumed: str
    did: str
    write: str = ""

    @property
    def differs(self) -> bool:
        return not self.did.startswith(self.assumed)


@dataclass(frozen=True, slots=True)
class Trial:
    """`write`: what to set, by how what Slack did begins."""

    what: str
    assumed: str
    run: Callable[[Bench], Awaitable[str]]
    write: tuple[tuple[str, str], ...] = ()

    async def row(self, bench: Bench) -> Row:
        try:
            did = await self.run(bench)
        except NotTaken as why:
            did = f"refused ({why})"
        write = next((setting for begins, setting in self.write if did.startswith(begins)), "")
        return Row(self.what, self.assumed, did, "" if did.startswith(self.assumed) else write)


async def _stream(bench: Bench) -> str:
    ts = await bench.start({"type": "markdown_text", "text": "one "})
    await bench.append(ts, "two ")
    await bench.stop(ts)
    return "taken"


async def _stream_buttons(bench: Bench) -> str:
    growing = content.whole(Shown("one", None, (Control.STOP,), growing=True), NAMED)
    buttons = [block for block in growing["blocks"] if block["type"] == "actions"]
    ts = await bench.start({"type": "blocks", "blocks": buttons}, {"type": "markdown_text", "text": "one "})
    kinds = [block["type"] for block in (await bench.read(ts)).get("blocks") or ()]
    await bench.stop(ts)
    return "shown while it streams" if "actions" in kinds else "not shown while it streams"


async def _edit_after_stream(bench: Bench) -> str:
    """The edit comes at once, as after an answer. Slack's own last rendering may come after it."""
    ts = await bench.start({"type": "markdown_text", "text": "beginning "})
    await bench.append(ts, "and end ")
    await bench.stop(ts)
    await bench.edit(ts, **content.whole(Shown("beginning and end", "footer"), NAMED))
    await bench.settle()
    message = await bench.read(ts)
    times = json.dumps(message.get("blocks") or [message.get("text")]).count("beginning")
    return "stands there once" if times == 1 else f"stands there {times} times"


def _markdown(text: str) -> Callable[[Bench], Awaitable[str]]:
    async def run(bench: Bench) -> str:
        await bench.post(text="-", blocks=[{"type": "markdown", "text": text}])
        return "taken"

    return run


async def _table(bench: Bench) -> str:
    ts = await bench.post(text="-", blocks=[{"type": "markdown", "text": TABLE}])
    kinds = [block["type"] for block in (await bench.read(ts)).get("blocks") or ()]
    return "shown as a table" if {"table", "markdown"} & set(kinds) else "shown as text"


async def _long_stream(bench: Bench) -> str:
    ts = await bench.start({"type": "markdown_text", "text": CHINESE * (EACH // 2)})
    try:
        await bench.append(ts, CHINESE * (EACH // 2))
    finally:
        await bench.stop(ts)
    return "taken"


def _edit_of(size: int) -> Callable[[Bench], Awaitable[str]]:
    """An edit whose `text` has so many bytes, beside short blocks."""

    async def run(bench: Bench) -> str:
        blocks = [{"type": "markdown", "text": "short"}]
        ts = await bench.post(text="-", blocks=blocks)
        await bench.edit(ts, text="é" * (size // 2), blocks=blocks)
        return "taken"

    return run


async def _long_text(bench: Bench) -> str:
    before = {str(each["ts"]) for each in await bench.messages()}
    await bench.post(text="words " * 1_300)
    new = [each for each in await bench.messages() if str(each["ts"]) not in before]
    return "split" if len(new) > 1 else "one message"


async def _preview_in_stream(bench: Bench) -> str:
    ts = await bench.start({"type": "markdown_text", "text": f"{LINK} "})
    await bench.append(ts, "Done ")
    await bench.stop(ts)
    return await _preview(bench, ts)


async def _preview_in_edit(bench: Bench) -> str:
    ts = await bench.post(text="-", blocks=[{"type": "markdown", "text": "-"}])
    await bench.edit(ts, text=LINK, blocks=[{"type": "markdown", "text": LINK}])
    return await _preview(bench, ts)


async def _preview_in_post(bench: Bench) -> str:
    return await _preview(bench, await bench.post(text=LINK, blocks=[{"type": "markdown", "text": LINK}]))


async def _preview(bench: Bench, ts: str) -> str:
    await bench.settle()
    return "a preview" if (await bench.read(ts)).get("attachments") else "no preview"


async def _status(bench: Bench) -> str:
    await bench.status("tries this Slack…")
    await bench.status("")
    return "taken"


async def _metadata(bench: Bench) -> str:
    about = {"event_type": markers.MARKER, "event_payload": {"turn": "probe", "kind": "notice"}}
    ts = await bench.post(text="-", blocks=[{"type": "markdown", "text": "-"}], metadata=about)
    await bench.edit(ts, text="edited", blocks=[{"type": "markdown", "text": "edited"}])
    return "kept" if (await bench.read(ts)).get("metadata") else "lost"


def _edited(**more: str) -> Callable[[Bench], Awaitable[str]]:
    async def run(bench: Bench) -> str:
        ts = await bench.post(text="-", blocks=[{"type": "markdown", "text": "before"}])
        await bench.edit(ts, blocks=[{"type": "markdown", "text": "after"}], **more)
        return "marked as edited" if (await bench.read(ts)).get("edited") else "not marked"

    return run


async def _thumbs_in_edit(bench: Bench) -> str:
    ts = await bench.post(**content.whole(Shown("one", None, (Control.STOP,), growing=True), NAMED))
    await bench.edit(ts, **content.whole(Shown("one two", "footer", (Control.AGAIN, Control.RATE)), NAMED))
    kinds = [block["type"] for block in (await bench.read(ts)).get("blocks") or ()]
    return "shown" if "context_actions" in kinds else "not shown"


NO_STREAMS = (("refused", "SLACK_STREAMS=off"),)
TRIALS: Sequence[Trial] = (
    Trial("a stream", "taken", _stream, NO_STREAMS),
    Trial("a stream's button", "shown while it streams", _stream_buttons),
    Trial(
        "an edit right after a stream",
        "stands there once",
        _edit_after_stream,
        (("stands there", "SLACK_STREAMS=off"),),
    ),
    Trial("11,000 Chinese characters in a stream", "taken", _long_stream),
    Trial("11,000 Chinese characters in a message", "taken", _markdown(CHINESE * EACH)),
    Trial("a table", "shown as a table", _table, (("refused", "SLACK_TABLES=off"), ("shown as", "SLACK_TABLES=off"))),
    Trial(
        "two tables in a message", "refused", _markdown(f"{TABLE}\nand\n\n{TABLE}"), (("taken", "SLACK_TABLES=many"),)
    ),
    Trial("60 headings in a message", "refused", _markdown("\n\n".join(["# heading", "text"] * 60))),
    Trial("an edit whose text has 4,000 bytes", "taken", _edit_of(4_000)),
    Trial("an edit whose text has 4,002 bytes", "refused", _edit_of(4_002)),
    Trial("7,800 characters without blocks", "split", _long_text),
    Trial("a link in a stream", "no preview", _preview_in_stream),
    Trial("a link in an edit", "no preview", _preview_in_edit),
    Trial("a link in a message", "no preview", _preview_in_post),
    Trial("the status under a thread", "taken", _status),
    Trial("metadata, after an edit without any", "kept", _metadata),
    Trial("an edit of blocks alone", "not marked", _edited()),
    Trial("an edit of blocks and text", "marked as edited", _edited(text="after")),
    Trial("thumbs that an edit brings", "shown", _thumbs_in_edit),
)


async def rows(bench: Bench, told: Callable[[Row], None]) -> None:
    """Try it all, one after another, and tell of each."""
    for trial in TRIALS:
        told(await trial.row(bench))
