"""The table of docs/privacy.md: every place, and what becomes of it. `python -m bot places` prints it."""

import re

from bot.privacy.places import PLACES, Fate, Place, Whose
from bot.store import keys

_ROW = re.compile(r"^    (?P<name>\S+) +(?:string|hash|zset|list) +(?P<content>.*?)  +(?P<life>\S.*)$", re.MULTILINE)
_CODE = re.compile(r"<\w[^<>]{0,80}>(?:[/:]<\w[^<>]{0,80}>)*(?:[/:]\w+)?")
_WHOSE: dict[Whose, str] = {
    "speakers": "those who speak there",
    "person": "one person's",
    "doers": "those who did or used it",
    "nobody": "–",
}
_FATES: dict[Fate, str] = {
    "gone": "removed",
    "mine": "own part removed",
    "pseudonym": "id replaced",
    "shortened": "what is older removed",
    "stays": "stays",
    "nothing": "–",
}
HEAD = (
    "key", "what is in it", "whose", "how long",
    "`forget me`", "`forget LINK`, `forget here`", "`export`", "`retention` lowered", "app uninstalled",
)  # fmt: skip


def as_markdown() -> str:
    pages = {row["name"].partition(":<")[0]: row for row in _ROW.finditer(keys.__doc__ or "")}
    rows = [_line(HEAD), f"|{'---|' * len(HEAD)}", *(_line(_cells(place, pages[place.key])) for place in PLACES)]
    return "\n".join(rows)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(place: Place, page: re.Match[str]) -> tuple[str, ...]:
    """Content and life are said where the keys are."""
    return (
        f"`{page['name']}`",
        _CODE.sub(r"`\g<0>`", page["content"]),
        _WHOSE[place.whose] + (": **words**" if place.words else ""),
        page["life"],
        _FATES[place.me],
        _FATES[place.thread],
        "own part" if place.exported else "–",
        _FATES[place.retention],
        _FATES[place.uninstall],
    )
