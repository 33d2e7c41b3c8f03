"""Settings: what is hidden from the model."""

from pathlib import Path
from typing import Literal

from pydantic import PrivateAttr

from bot.redaction.find import Own
from bot.redaction.own import Patterns, none
from bot.run.config.kept import Kept


class RedactionSettings(Kept):
    _patterns: Patterns | None = PrivateAttr(None)

    redact: Literal["secrets", "personal", "off"] = "secrets"
    """What is hidden from the model: `secrets` (keys, tokens, passwords), also `personal` data (mail, phone, IBAN,
    card, IP, own patterns), or nothing (`off`). `/threadbot redact` changes it; docs/redaction.md."""
    redact_patterns_file: Path | None = None
    """YAML file with patterns of your own, `NAME: pattern`, which are hidden with personal data."""

    @property
    def own_patterns(self) -> Own:
        return none if self._patterns is None else self._patterns
