"""What the scripted brain makes of its instructions: whom it plays, and the simple wishes that it can grant.

A model would follow them in earnest. A script can at least show that they reached it, and what they ask for.
"""

import re
from collections.abc import Callable, Iterator

Change = Callable[[str], str]

_SHOWN = 70  # characters of the instructions
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n+")
_VERBATIM = re.compile(r"(```.*?```|`[^`\n]*`|https?://\S+)", re.DOTALL)
_ROLE = re.compile(
    r"\b(?:you(?: are|['’]re| act as| play)|act as|answer (?:as|like)|speak (?:as|like)|talk (?:as|like))"
    r"(?: [A-Z]\w+,)? (?P<role>(?:an?|the) [^.,;:!?()\n]{2,70})",
    re.IGNORECASE,
)
_ORDINARY = re.compile(r"an? (?:(?:helpful|friendly|kind|useful) )?(?:ai )?assistant\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|avoid|don['’]t|without)\b", re.IGNORECASE)
_BRIEF = re.compile(
    r"\b(?:shortest answer|one to three sentences|be (?:very |as )?(?:brief|short|concise|terse)(?! as)\b"
    r"|(?:answer|reply|respond)\w*\b[^.!?;\n]{0,40}\b(?:briefly|concisely|tersely)"
    r"|(?:answer|reply|respond)\w* (?:only |always )?(?:in|with) (?:just )?(?:one|a single) (?:sentence|line|word))",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"\b(?:in|use|only) (?:only |all )?(?:capitals?|capital letters|caps|upper[ -]?case)\b", re.I)
_SMALL = re.compile(r"\b(?:in|use|only) (?:only |all )?(?:lower[ -]?case|small letters)\b", re.IGNORECASE)
_LIST = re.compile(r"\b(?:in|as|use|with) (?:a )?bullet(?:s\b|ed list|ed points| points| list)", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\b(?:answer|reply|respond|speak|write)\w*(?: only| always)? in (?P<language>German|French|Spanish|Italian"
    r"|Portuguese|Dutch|Polish|Russian|Turkish|Arabic|Hebrew|Hindi|Chinese|Japanese|Korean)\b"
)
_QUOTED = r"[^\"“‘\n]{0,60}[\"“‘](?P<words>[^\"”’\n]{1,80})[\"”’]"
_BEGIN = re.compile(rf"\b(?:begin|start|open)\b{_QUOTED}", re.IGNORECASE)
_END = re.compile(rf"\b(?:end|finish|close|sign)\b{_QUOTED}", re.IGNORECASE)


def sentences(instructions: str) -> list[str]:
    return [each.strip() for each in _SENTENCES.split(instructions) if each.strip()]


def called(instructions: str) -> str | None:
    """Whom it is told to be, as "a pirate"; "" for the ordinary assistant, None when it is told nothing of that."""
    for sentence in sentences(instructions)[:3]:
        if (role := _ROLE.search(sentence)) and not _LIST.search(sentence):
            return "" if _ORDINARY.match(role["role"]) else role["role"].strip()
    return None


def first_words(instructions: str) -> str:
    """The beginning of what it is told."""
    said = (*sentences(instructions), "")[0]
    return said if len(said) <= _SHOWN else said[:_SHOWN].rpartition(" ")[0] + "…"


def brief(instructions: str) -> bool:
    return any(_wanted(_BRIEF, instructions))


def wishes(instructions: str) -> list[Change]:
    """What an answer has to go through, in this order."""
    found: list[Change] = []
    if any(_wanted(_LIST, instructions)):
        found.append(_as_list)
    for language in _wanted(_LANGUAGE, instructions):
        found.append(_noting(f"*I am told to answer in {language['language']}, which a script cannot.*"))
    for begin in _wanted(_BEGIN, instructions):
        found.append(_beginning(begin["words"]))
    for end in _wanted(_END, instructions):
        found.append(_ending(end["words"]))
    if any(_wanted(_CAPITALS, instructions)):
        found.append(_lettered(str.upper))
    if any(_wanted(_SMALL, instructions)):
        found.append(_lettered(str.lower))
    return found


def shortened(text: str) -> str:
    """What stands for the whole: a number, the code, the table, five entries of a list, three sentences."""
    if number := re.fullmatch(r"The square (?:root )?of \S+ is (\S+)\.", text):
        return f"In short: {number[1]}."
    if fence := re.search(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL):
        return f"In short:\n\n{fence[0]}"
    lines = text.splitlines()
    for mark, most in (("| ", len(lines)), ("- ", 5), ("> ", 5)):
        if listed := [line for line in lines if line.startswith(mark)]:
            return "In short:\n\n" + "\n".join(listed[:most])
    paragraphs = [each for each in text.split("\n\n") if not each.startswith("#")]
    return "In short: " + " ".join(re.split(r"(?<=[.!?]) ", paragraphs[0])[:3])


def _wanted(wish: re.Pattern[str], instructions: str) -> Iterator[re.Match[str]]:
    """Where the instructions ask for it, and do not forbid it."""
    for sentence in sentences(instructions):
        found = wish.search(sentence)
        if found and not _NOT.search(sentence, 0, found.start()):
            yield found


def _as_list(text: str) -> str:
    if "\n" in text:
        return text
    return "\n".join(f"- {each}" for each in re.split(r"(?<=[.!?]) ", text))


def _noting(note: str) -> Change:
    return lambda text: f"{text}\n\n{note}"


def _beginning(words: str) -> Change:
    return lambda text: f"{words} {text}"


def _ending(words: str) -> Change:
    return lambda text: f"{text} {words}" if "\n" not in text else f"{text}\n\n{words}"


def _lettered(letters: Change) -> Change:
    """Code and addresses stay as they are."""
    return lambda text: "".join(
        part if n % 2 else letters(part) for n, part in enumerate(_VERBATIM.split(text))
    )  # the odd parts are what the pattern holds
