"""Who answers: a name, a system prompt, a model, and how the model is asked."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.errors import BotError, Problem

DEFAULT = "default"
"""The name of the persona that the operator's settings describe. It cannot be edited or deleted in Slack."""
PARAMS = (
    "temperature",
    "top_p",
    "n",
    "stop",
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "logit_bias",
    "seed",
    "reasoning_effort",
)


Chooser = Literal["owner", "admin", "named", "manager", "member", "guest", "outsider"]
"""The lowest role of people who may choose something, where not everybody may."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt that Slack offers at the start of a conversation: what the button says, and what it sends."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Persona:
    """`name` is unique without regard to case. `params` are chat completions parameters under their API names; only
    those that somebody chose. `model` is None where it leaves the choice to others. `icon` is an `:emoji:` or the
    https URL of a picture. `version` is 0 for what is built in or comes from the settings. Of one that is `private`
    the prompt is shown to those alone who manage personas. `cache` is for how many seconds an answer is kept for
    whoever asks the same again; 0: none is. `retention` is for how many seconds at most its threads are
    remembered; 0: as long as elsewhere. `chosen_by` is the lowest role that may choose it; None: who may
    choose one at all.
    """

    name: str
    system_prompt: str
    model: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    description: str = ""
    display_name: str | None = None
    icon: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    sees_names: bool = True
    version: int = 0
    private: bool = False
    cache: int = 0
    retention: int = 0
    chosen_by: Chooser | None = None


class Invalid(BotError):
    """What is wrong, by field; `""` is what concerns the whole. Nothing was saved."""

    def __init__(self, errors: Mapping[str, Problem]) -> None:
        super().__init__("", f"invalid: {', '.join(errors)}")
        self.errors = dict(errors)


def key(name: str) -> str:
    """The same for all spellings of a name."""
    return unicodedata.normalize("NFC", name).casefold()


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that was perhaps meant."""
    known = {key(each): each for each in names}
    found = difflib.get_close_matches(key(name), known, n=1)
    return known[found[0]] if found else None
