"""What came of a command about what is kept of people, as text."""

from collections.abc import Sequence
from typing import cast

from bot.commands.result import Result
from bot.wording.text import Markdown
from bot.wording.words import Words

FORGOTTEN = ("forgotten.me", "forgotten.words", "forgotten.here")
CODES = frozenset({*FORGOTTEN, "forget.under-way"})
"""Those that need more than their sentence."""


def said(result: Result, words: Words) -> Sequence[Markdown]:
    if result.code == "forget.under-way":
        done, of = result.values["done"], result.values["of"]
        return (words.say("forget.under-way" if of else "forget.begun", done=done, of=of),)
    threads = words.counted(cast(int, result.values["count"]), "thread")
    busy = cast(int, result.values["busy"])
    later = [words.say("forgotten.later", threads=words.counted(busy, "thread"))] if busy else []
    stays = [] if result.code == "forgotten.here" else [words.say("forgotten.stays")]
    return (words.say(result.code, threads=threads), *later, *stays)
