"""What a reader has to know of an answer, before it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Note:
    """The code of a short phrase, and the values that it names: numbers, names, other notes, or a tuple of notes.

    A phrase with a `count` may have one form for one and another for several.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
