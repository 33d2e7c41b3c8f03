"""The table of docs/rights.md: who may do what. `python -m bot rights` prints it."""

from bot.policy.needs import ROLES
from bot.policy.preferences import PREFERENCES
from bot.policy.roles import ACTS
from bot.wording.words import Words

SIGNS = {"yes": "yes", "own": "own", "no": "–"}


def as_markdown(words: Words) -> str:
    said = {**_said(words), **_chosen(words)}
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for act, needs in ACTS.items():
        lines.append(f"| {said[act]} | {' | '.join(SIGNS[needs.grant(role)] for role in ROLES)} |")
    return "\n".join(lines)


def _said(words: Words) -> dict[str, str]:
    return {act: words.label(f"act.{act}") for act in ACTS if f"act.{act}" in words.sentences}


def _chosen(words: Words) -> dict[str, str]:
    """What people write to choose a preference at each level."""
    found: dict[str, str] = {}
    for name, row in PREFERENCES.items():
        about = words.preferences[name]
        for level in row.needs:
            said = about.acts.get(level) or words.label(f"act.set.{level}", name=name, example=about.example)
            found[row.act(level)] = said
    return found
