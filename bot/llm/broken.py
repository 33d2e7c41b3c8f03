"""What goes wrong within an answer."""

from bot.llm.refusals import Refusal


class BrokenStream(Exception):
    """The server said in place of an answer, or in the middle of one, that it failed.

    `code` may be empty. `refusal` is what it said of why, None where it said nothing; its words are not for the log.
    """

    def __init__(self, code: str, refusal: Refusal | None = None) -> None:
        super().__init__(f"error in the answer, code {code or 'unknown'}")
        self.code = code
        self.refusal = refusal

    @classmethod
    def of(cls, error: object) -> "BrokenStream":
        """From the `error` of an event or of a whole answer: an object, or a mere text."""
        refusal = Refusal.of(0, error)
        return cls(refusal.code, refusal)


class Foreign(BrokenStream):
    """What answers is no model's API: a page to sign in, for example."""

    def __init__(self) -> None:
        super().__init__("not_an_api")


class Empty(BrokenStream):
    """An answer without a word in it, or a word of why."""

    def __init__(self) -> None:
        super().__init__("empty")


class Oversized(BrokenStream):
    """The server sent more bytes than one answer may have, or a line without end."""

    def __init__(self) -> None:
        super().__init__("oversized")
