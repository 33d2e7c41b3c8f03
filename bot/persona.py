"""Who answers: a system prompt, a model, and how the model is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Persona:
    """`params` are chat completions parameters under their API names; only those that somebody chose."""

    system_prompt: str
    model: str
    params: Mapping[str, object] = field(default_factory=dict)
