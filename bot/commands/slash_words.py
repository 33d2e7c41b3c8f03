"""The words of a slash command, taken one by one, and what is wrong with them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Direct, Place
from bot.errors import Problem
from bot.policy.preferences import MAX_DAYS, Level

USER = re.compile(r"@\{([A-Z0-9]+)\}")
MAX_SHOWN = 40  # characters of a word that is quoted back


class Misread(Exception):
    """What is wrong with a command's words."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.problem = Problem(f"misread.{code}", values)


@dataclass(slots=True)
class Words:
    """The words after a verb, taken one by one, and the place where they were written. `thread_of` as in
    `parse.read`."""

    left: list[str]
    place: Place
    thread_of: Callable[[str, str], ThreadKey]

    def __bool__(self) -> bool:
        return bool(self.left)

    def next(self, missing: str) -> str:
        """The next word; `missing` names what is missing if there is none."""
        if not self.left:
            raise Misread(f"missing.{missing}")
        return self.left.pop(0)

    def name(self) -> str:
        return self.next("persona")

    def take(self, word: str) -> bool:
        """Whether the next word is this one, which is then taken."""
        if self.left and self.left[0].casefold() == word:
            self.left.pop(0)
            return True
        return False

    def one_of(self, known: Sequence[str], what: str) -> str:
        word = self.next(what)
        if word.casefold() in known:
            return word.casefold()
        near = get_close_matches(word.casefold(), known, n=1)
        raise Misread(f"no-{what}", word=word[:MAX_SHOWN], near=near[0] if near else None, known=tuple(known))

    def number(self, what: str, least: int, most: int) -> int:
        word = self.next(what)
        digits = word.removeprefix("v")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and least <= int(digits) <= most):
            raise Misread(f"no-{what}", word=word[:MAX_SHOWN], least=least, most=most)
        return int(digits)

    def days(self) -> int:
        """Such as "7 days"; the unit may be missing."""
        days = self.number("days", 1, MAX_DAYS)
        if self.left and self.left[0].casefold() in ("day", "days"):
            self.left.pop(0)
        return days

    def version(self) -> int:
        """0 is what comes with the product."""
        return self.number("version", 0, 999_999)

    def level(self, *allowed: str) -> Level:
        """Where a choice holds. What does not say so holds here, which in direct messages means oneself if it can."""
        word = self.one_of(allowed, "place") if self.left else "here"
        if word == "here":
            return "person" if isinstance(self.place, Direct) and "me" in allowed else "channel"
        return "person" if word == "me" else "workspace"

    def id(self, pattern: re.Pattern[str], missing: str) -> str:
        word = self.next(missing)
        found = pattern.fullmatch(word)
        if found is None:
            not_offered(word)
            raise Misread("no-person", word=word[:MAX_SHOWN])
        return found[1]


def not_offered(word: str) -> None:
    """Slack writes an id for what it knows; what stands there as it was typed is nobody."""
    if word[:1] in ("@", "#"):
        raise Misread("not-offered.person" if word[0] == "@" else "not-offered.channel", word=word[:MAX_SHOWN])
