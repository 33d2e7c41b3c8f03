"""REDACT_PATTERNS_FILE: what the operator hides from the model, besides what is hidden anyway."""

from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.redaction.own import Patterns

MAX_BYTES = 300_000


def load(path: Path) -> Patterns:
    """Raises ValueError with the variable, and one line about what is wrong."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        return Patterns.of(YAML(typ="safe").load(raw.decode()))
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot read {path} ({type(error).__name__}); write the path of a UTF-8 text file"
    except YAMLError as error:
        why = f"{path} is no YAML ({type(error).__name__}); write NAME: 'pattern', a line for each"
    except ValueError as wrong:
        why = f"{path}: {wrong}"
    except ImportError:
        why = "google-re2 is not installed; install it, or leave the file out"
    raise ValueError(f"REDACT_PATTERNS_FILE: {why}")
