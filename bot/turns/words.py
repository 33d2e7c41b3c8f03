"""What a turn says beside the model's words: its words for that, and the line under an answer before it has any."""

from dataclasses import dataclass
from typing import Protocol

from bot.conversation.notes import Note
from bot.turns.state import Taken


@dataclass(frozen=True, slots=True)
class Footer:
    """The small line under an answer. `persona` is who answered, if that is worth telling."""

    style: str
    taken: Taken
    persona: str | None = None
    notes: tuple[Note, ...] = ()


class Wording(Protocol):
    """The words of one language; see `wording/words.py`."""

    def label(self, code: str, /, **values: object) -> str:
        """A sentence, by its code, with its fields filled in."""
        ...

    def footer(self, footer: Footer) -> str | None:
        """The line as it is shown; None for style "off" unless there is a note that the reader needs."""
        ...
