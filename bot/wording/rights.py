"""The tables of docs/rights.md: who may do what, and what it means when a look-up fails. `python -m bot rights` prints
them."""

from bot.policy.needs import ROLES
from bot.policy.preferences import PREFERENCES
from bot.policy.roles import ACTS, LOOK_UPS
from bot.wording.words import Words

SIGNS = {"yes": "yes", "own": "own", "no": "–"}


def as_markdown(words: Words) -> str:
    said = {**_said(words), **_chosen(words)}
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    for act, needs in ACTS.items():
        lines.append(f"| {said[act]} | {' | '.join(SIGNS[needs.grant(role)] for role in ROLES)} |")
    return "\n".join(lines)


def look_ups(words: Words) -> str:
    """What is asked so that somebody may do something, of whom, and what it means when there is no answer."""
    lines = ["| what is asked | of whom | when there is no answer |", "|---|---|---|"]
    for name in LOOK_UPS:
        what, whom, silent = (words.label(f"look-up.{name}.{part}") for part in ("asked", "of", "silent"))
        lines.append(f"| {what} | {whom} | {silent} |")
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
