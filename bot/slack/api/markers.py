"""What the bot's own messages carry in their metadata: whose they are, which part of an answer, and of what kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Kind
from bot.turns.state import Turn

MARKER = "threadbot_turn"
"""The `event_type` of the metadata; the payload holds "turn", "part" and "kind"."""
BLANK = "—"  # what stands in place of a message that we may not delete
_LANDED_NOTICES = frozenset(
    {
        BLANK,
        "Stopped before there was anything to read.",
        "Hello! Ask me something in the message that mentions me, and I answer here in the thread. "
        "Mention me again to go on: I remember what was said in this thread. In a direct message no mention is needed.",
    }
)
_LANDED_APOLOGY = re.compile(r"\(reference [0-9a-f]{8}\)")
"""What the bot said of itself when its messages did not yet tell their kind. Never changed: newer ones do tell."""


@dataclass(frozen=True, slots=True)
class Marker:
    """`part` is the message's place in the turn's answer; None: it is no longer part of it. `kind` is None where an
    older version did not tell."""

    turn: str
    part: int | None
    kind: Kind | None

    def of(self, turn: Turn) -> bool:
        return self.turn == named(turn.batch.thread, turn.newest)

    def answers(self, words: str) -> bool:
        """Whether `words`, which stand in the message, are the model's, and not what the bot says of itself."""
        if self.kind is not None:
            return self.kind == "answer"
        return words not in _LANDED_NOTICES and not _LANDED_APOLOGY.fullmatch(words[-len("(reference 01234567)") :])


def named(thread: ThreadKey, newest: str) -> str:
    """How a turn is named in the metadata of its messages: by workspace, channel, thread and the newest message that it
    answers. An older version reads it too."""
    return f"{thread.workspace}/{thread.channel}/{thread.root}/{newest}"


def written(turn: Turn, part: int | None, kind: Kind) -> dict[str, Any]:
    """The metadata of a message."""
    about = {"turn": named(turn.batch.thread, turn.newest), "kind": kind}
    return {"event_type": MARKER, "event_payload": about if part is None else {**about, "part": part}}


def read(message: Mapping[str, Any]) -> Marker | None:
    """None where there is none of ours. A kind that only newer versions know is taken for a notice."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    turn, part, kind = payload.get("turn"), payload.get("part"), payload.get("kind")
    if metadata.get("event_type") != MARKER or not isinstance(turn, str):
        return None
    if kind is not None and kind not in get_args(Kind):
        kind = "notice"
    return Marker(turn, part if isinstance(part, int) else None, kind)
