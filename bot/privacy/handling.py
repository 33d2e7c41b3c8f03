"""What becomes of what people write: what leaves, to which hosts, and how long it is kept here."""

from dataclasses import dataclass
from typing import Literal

from bot.policy.preferences import MODEL, NAMES, REDACT, RETENTION, Rules

DAY = 24 * 3600  # seconds
Files = Literal["all", "text", "off"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the operator has set: the `hosts` where models are asked, and which `files` are sent there."""

    hosts: tuple[str, ...] = ()
    files: Files = "all"


@dataclass(frozen=True, slots=True)
class Handling:
    """What applies at a place. `model` answers there. What is said is kept for `days`; None: a legal hold wants that
    nothing is deleted. `read`: the person's words may be read when others ask."""

    hosts: tuple[str, ...]
    files: Files
    model: str
    names: bool
    days: float | None
    read: bool = True
    hidden: str = "secrets"
    """What is hidden from the model: a value of the preference `redact`."""


def handling(rules: Rules, reach: Reach, user: str, *, hold: bool = False) -> Handling:
    days = rules[RETENTION]
    if rules.persona.retention:
        days = min(days, rules.persona.retention / DAY)
    names = rules[NAMES] and rules.persona.sees_names
    kept, read = None if hold else days, user not in rules.unread
    return Handling(reach.hosts, reach.files, rules[MODEL], names, kept, read, rules[REDACT])
