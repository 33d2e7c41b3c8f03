"""Who answers: a name, a system prompt, a model, and how the model is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = "default"
"""The name of the persona that the settings file describes. It cannot be edited or deleted in Slack."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt that Slack offers at the start of a conversation: what the button says, and what it sends."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Persona:
    """`name` is unique without regard to case. `params` are chat completions parameters under their API names; only
    those that somebody chose. `model` is None where it leaves the choice to others. `icon` is an `:emoji:` or the
    https URL of a picture. `version` is 0 for what is built in or comes from the settings file.
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
