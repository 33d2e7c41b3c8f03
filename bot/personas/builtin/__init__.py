"""The personas that come with the product."""

import functools
from collections.abc import Mapping
from pathlib import Path

from bot.personas.persona import Persona, key
from bot.personas.yaml import from_yaml


@functools.cache
def built_in() -> Mapping[str, Persona]:
    """The personas that come with the product, by key."""
    found = [from_yaml(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("*.yaml"))]
    return {key(persona.name): persona for persona in found}
