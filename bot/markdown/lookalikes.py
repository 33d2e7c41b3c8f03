"""Signs that look like others, or like nothing: what a name or an address seems to say.

After Unicode's security mechanisms (UTS 39): two texts look alike if their skeletons are the same. The table of
look-alikes comes with confusable-homoglyphs; of it, those that look like a sign of ASCII count here.
"""

import re
import unicodedata

from confusable_homoglyphs.confusables import confusables_data

IGNORED = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What is not seen: the property Default_Ignorable_Code_Point (Unicode 16), as the inside of a class."""
_IGNORED = re.compile(f"[{IGNORED}]")
_LIKE_A_DOT = "。．｡․。·•‧∙⋅"
_ONE_LOOK = str.maketrans("I1|0", "lllo")


def _table() -> dict[int, str]:
    """Each sign that looks like one of ASCII, and that one."""
    found = {ord(sign): "." for sign in _LIKE_A_DOT}
    for sign, alike in confusables_data.items():
        meant = [each["c"] for each in alike if len(each["c"]) == 1 and each["c"].isascii()]
        if len(sign) == 1 and not sign.isascii() and meant and ord(sign) not in found:
            found[ord(sign)] = meant[0]
    confusables_data.clear()  # megabytes that nobody asks for any more
    return found


_TABLE = _table()


def visible(text: str) -> str:
    """The text without what is not seen, and with one spelling for what differs in width or style alone (NFKC)."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", _IGNORED.sub("", text)))


def skeleton(text: str) -> str:
    """The same for all texts that look alike, without regard to case."""
    seen = unicodedata.normalize("NFKD", visible(text))
    return seen.translate(_TABLE).translate(_ONE_LOOK).casefold()


def as_ascii(text: str) -> str:
    """The text with signs of ASCII in place of their look-alikes: as many as there were."""
    return text.translate(_TABLE)
