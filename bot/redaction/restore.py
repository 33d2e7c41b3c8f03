"""An answer with the values in place of their placeholders, wherever its pieces are cut.

Models write placeholders bold, in small letters, or with backslashes: all of these are known. One that nobody gave the
model stays as it is.
"""

import re
from collections.abc import Mapping

MAX_LENGTH = 60  # characters of a placeholder as a model may write it
_WRITTEN = re.compile(r"\\?\[ ?([A-Za-z](?:[A-Za-z0-9]|\\?_){0,45}\d) ?\\?\]")
_BEGUN = re.compile(r"\\?\[ ?(?:[A-Za-z](?:[A-Za-z0-9]|\\?_){0,45} ?)?\\?\Z|\\\Z")


def restored(text: str, values: Mapping[str, str]) -> str:
    """A whole text; `values` are by their placeholders."""

    def instead(found: re.Match[str]) -> str:
        name = found[1].replace("\\", "").upper()
        return values.get(f"[{name}]", found[0])

    return _WRITTEN.sub(instead, text) if values and "[" in text else text


class Restored:
    """The same, piece by piece: what may be the beginning of a placeholder is held back until it is known."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values, self._held = values, ""

    def feed(self, piece: str) -> str:
        """What of the answer is certain by now."""
        if not self._values:
            return piece
        text = self._held + piece
        begun = _BEGUN.search(text, max(len(text) - MAX_LENGTH, 0))
        at = begun.start() if begun else len(text)
        self._held = text[at:]
        return restored(text[:at], self._values)

    def rest(self) -> str:
        """What is left at the end."""
        text, self._held = self._held, ""
        return restored(text, self._values)
