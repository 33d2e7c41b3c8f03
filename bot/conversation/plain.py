"""Text without what nobody sees, and names on one line.

What is not seen (Unicode: Default_Ignorable_Code_Point), controls of writing direction and control characters can carry
words to a model that no reader notices. A few of them are needed to write: they stay where they are.
"""

import re
from collections.abc import Iterable, Mapping

from bot.markdown.lookalikes import IGNORED, skeleton

MAX_NAME = 60  # characters

_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb"
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_JOINING = (
    "\u0620-\u065f\u066e-\u06ff\u0700-\u08ff\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"
    "\u1820-\u18aa\u1a20-\u1bff\ua840-\ua87f\ua8e0-\ua8ff\ua980-\uaaff\ufb50-\ufdff\ufe70-\ufefc"
)
"""Scripts in which a joiner or non-joiner after a letter makes a difference: Arabic and its kin, those of India and of
South East Asia, Mongolian."""
_FLAGS = "|".join("".join(chr(0xE0000 + ord(sign)) for sign in region) for region in ("gbeng", "gbsct", "gbwls"))
_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs
_UNSEEN = re.compile(f"[{IGNORED}{_CONTROLS}]")
_RUN = re.compile(
    rf"(?=[{IGNORED}{_CONTROLS}])(?:(?P<needed>(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])"
    rf"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    r"|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    rf"|(?<=[{_JOINING}])[\u200c\u200d]"
    r"|(?<=[\u1820-\u18aa])[\u180b-\u180f]"
    rf"|(?<=\U0001f3f4)(?:{_FLAGS})\U000e007f)"
    rf"|[{IGNORED}{_CONTROLS}]+)"
)
_BRACKETS = str.maketrans("[]", "()")


def paired(text: str) -> str:
    """The text with each surrogate pair as its character, and U+FFFD for a half that stands alone: JSON can write one,
    UTF-8 cannot."""
    if not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def visible(text: str) -> str:
    """The text as people see it: without what is not seen, except inside emoji and scripts that need it."""
    return _RUN.sub(lambda found: found["needed"] or "", text) if _UNSEEN.search(text) else text


def one_line(name: str, otherwise: str) -> str:
    """A name on one line, without square brackets and not too long; `otherwise`, if nothing of it is seen."""
    line = " ".join(visible(name).translate(_BRACKETS).split()) or otherwise
    return line if len(line) <= MAX_NAME else f"{line[: MAX_NAME - 1]}…"


def distinct(names: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Names by id, of which no two look alike: a number tells those apart that did, in the order in which they come.

    Names that are added at the end change none before them.
    """
    given: dict[str, str] = {}
    taken: dict[str, int] = {}  # by what a name looks like: how many had it so far
    for id, name in names:
        if id in given:
            continue
        line = one_line(name, id)
        name, look = line, skeleton(line)
        while skeleton(name) in taken:
            taken[look] += 1
            name = f"{line} ({taken[look]})"
        taken.setdefault(look, 1)
        taken.setdefault(skeleton(name), 1)
        given[id] = name
    return given
