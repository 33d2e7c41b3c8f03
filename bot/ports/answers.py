"""What the core asks of the store for answers that are given again."""

from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.turns.state import Kept


class Answers(Protocol):
    """Answers of one workspace, each kept for some seconds, and forgotten with the thread in which it was given."""

    async def find(self, question: str) -> Kept | None:
        """The answer to a question, which is given as its fingerprint; None where none is kept."""
        ...

    async def keep(self, question: str, answer: Kept, thread: ThreadKey, seconds: int) -> None:
        """In place of the one that may be there."""
        ...
