"""What came of a command about what is kept of people, as text."""

from collections.abc import Sequence
from typing import cast

from bot.commands.result import Result
from bot.policy.preferences import RETENTION, spelled
from bot.privacy.handling import Handling
from bot.wording.text import Markdown, fill
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


def notice(what: Handling, words: Words) -> Markdown:
    """What somebody is told at their first question."""
    sent, hosts, kept = _sent(what, words), _hosts(what, words), _kept(what, words)
    return words.say("notice.first", model=what.model, hosts=hosts, what=sent, kept=kept)


def handled(what: Handling, words: Words) -> list[Markdown]:
    """All that there is to say of what becomes of somebody's words."""
    return [
        words.say("privacy.leaves", what=_sent(what, words), model=what.model, hosts=_hosts(what, words)),
        words.say("privacy.kept", kept=_kept(what, words)),
        words.say(f"privacy.hidden.{what.hidden}"),
        words.say("privacy.usage"),
        words.say("privacy.context.on" if what.read else "privacy.context.off"),
        words.say("privacy.commands"),
    ]


def _sent(what: Handling, words: Words) -> Markdown:
    sent = ["text", *(["names"] if what.names else [])]
    sent += {"all": ["files", "pictures"], "text": ["files"], "off": []}[what.files]
    return words.all_of([words.say(f"privacy.sent.{each}") for each in sent])


def _hosts(what: Handling, words: Words) -> Markdown:
    return words.all_of([fill("`{host}`", {"host": host}) for host in what.hosts])


def _kept(what: Handling, words: Words) -> Markdown:
    if what.days is None:
        return words.say("privacy.kept.hold")
    return words.say("privacy.kept.days", days=spelled(RETENTION.name, round(what.days, 3)))
