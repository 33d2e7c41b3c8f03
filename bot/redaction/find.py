"""All that is to be hidden in a text."""

from collections.abc import Callable, Iterable
from typing import Literal

from bot.redaction import personal, secrets
from bot.redaction.spans import Span, apart

Mode = Literal["secrets", "personal", "off"]
"""What is hidden: secrets; also personal data and what the operator's own patterns find; nothing."""
Own = Callable[[str], Iterable[Span]]
"""What the operator's own patterns find."""


def find(text: str, mode: Mode, own: Own) -> list[Span]:
    """In their order; they do not overlap."""
    if mode == "off":
        return []
    if mode == "secrets":
        return apart(secrets.find(text))
    return apart((*secrets.find(text), *own(text), *personal.find(text)))
