"""What the scripted brain says. There is no model: it knows a few answers and owns up to the rest.

It sees what a model would see, the messages of one request, and keeps nothing in between. So an answer
that needs the past ("its square") shows that the bot really sent the past.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json
from threadbot_sandbox.reply import Reply

PACE = 40.0  # tokens a second, about what a hosted model does
_PACE_OF_LONG_ANSWERS = 300.0
_GO_ON = re.compile(r"\bcontinue exactly where you stopped\b", re.IGNORECASE)
# How the bot quotes a file: its name, how much of it there is, and a fence longer than any in its text.
_FILE = re.compile(
    r"^\[attached file: (?P<name>[^\]\n]+?)(?:, the first \d+ %)?\]\n"
    r"(?P<fence>`{3,})\n(?P<text>.*?)\n(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One request, as the brain sees it."""

    instructions: str
    past: tuple[tuple[str, str], ...]  # (role, text), oldest first
    question: str
    pictures: int
    shown: int
    files: tuple[tuple[str, int], ...] = ()  # (name, how many words), of those that came with the question

    @classmethod
    def of(cls, request: Json) -> "Said":
        messages = request["messages"]
        told = [m for m in messages if m["role"] in ("system", "developer")]
        talk = [m for m in messages if m["role"] in ("user", "assistant")]
        asked = talk[-1] if talk else {"content": ""}
        parts = asked["content"] if isinstance(asked["content"], list) else []
        text = completion.text_of(asked)
        return cls(
            instructions="\n".join(map(completion.text_of, told)),
            past=tuple((m["role"], completion.text_of(m)) for m in talk[:-1]),
            question=_FILE.sub("", text).strip(),
            pictures=sum(part.get("type") == "image_url" for part in parts),
            shown=len(messages),
            files=tuple((file["name"], len(file["text"].split())) for file in _FILE.finditer(text)),
        )

    def by(self, role: str) -> list[str]:
        return [text for who, text in self.past if who == role]

    @property
    def shakespearean(self) -> bool:
        return "shakespear" in self.instructions.lower()


def answer(request: Json) -> Reply:
    """The answer to one chat completions request, at a natural pace."""
    text = _whole(request)
    pace = PACE if len(text) < 4_000 else _PACE_OF_LONG_ANSWERS
    return Reply(text, tokens_per_second=pace, first_token_after=0.4)


def _whole(request: Json) -> str:
    said = Said.of(request)
    # What others said in the thread may stand before the question, in the same message.
    newest = replace(said, question=said.question.rpartition("\n\n")[2])
    if _GO_ON.search(newest.question):
        return _rest(request)
    text = _known(newest) or _known(said) or _introduction(said)
    return _files_read(said) + _in_style(text, said)


def _rest(request: Json) -> str:
    """What was still to come of an answer that broke off, however often it did."""
    asked, parts = list(request["messages"]), list[str]()
    while len(asked) > 2 and asked[-2]["role"] == "assistant" and _GO_ON.search(completion.text_of(asked[-1])):
        parts.insert(0, completion.text_of(asked[-2]).strip())
        asked = asked[:-2]
    whole = _whole({**request, "messages": asked}) if parts else ""
    told = ""
    for part in parts:
        new = part.removeprefix(_open_fence(told))
        at = len(whole) - len(whole[len(told) :].lstrip())
        if not whole.startswith(new, at):
            return "I do not know any more where I stopped."
        told = whole[: at + len(new)]
    rest = whole[len(told) :].removeprefix(" ").lstrip("\n")
    return _open_fence(told) + rest if rest else "That was all of it."


def _open_fence(text: str) -> str:
    """The line that begins the code block in which the text ends; empty when it ends in none."""
    fences = re.findall(r"^```.*\n", text, re.MULTILINE)
    return str(fences[-1]) if len(fences) % 2 else ""


def _files_read(said: Said) -> str:
    if not said.files:
        return ""
    named = ", ".join(f"{name} ({words:,} word{'' if words == 1 else 's'})" for name, words in said.files)
    return f"I have read {named}.\n\n"


def _known(said: Said) -> str | None:
    """The first answer that fits and has something to say."""
    fitting = (reply(said) for words, reply in _ANSWERS if words.search(said.question))
    return next((text for text in fitting if text), None)


def _in_style(text: str, said: Said) -> str:
    if said.shakespearean and text not in _JOKES_OF_OLD:
        return f"Hark, gentle friend, and lend thine ear!\n\n{text}\n\nThus speaketh thy humble player."
    return text


_JOKES = (
    "Why do programmers mix up Halloween and Christmas? Because Oct 31 is Dec 25.",
    "A thread walks into a channel. Everybody says: “You should have stayed where you were.”",
    "I would tell you a joke about UDP, but you might not get it.",
)
_JOKES_OF_OLD = (
    "Prithee, why did the jester bring a ladder unto the tavern? He had heard, forsooth, that the drinks "
    "were on the house!",
    "What said the skull to poor Yorick's gravedigger? “Thou diggest me, good sir, and I do dig thee!”",
    "Wherefore did Romeo fail at hide-and-seek? Because, alas, his Juliet ever cried out “Wherefore art "
    "thou?”, and he, sweet fool, did answer.",
)


def _joke(said: Said) -> str:
    jokes = _JOKES_OF_OLD if said.shakespearean else _JOKES
    return jokes[len(said.by("assistant")) % len(jokes)]


def _another(said: Said) -> str | None:
    told = any(joke in text for text in said.by("assistant") for joke in _JOKES + _JOKES_OF_OLD)
    return _joke(said) if told else None


def _president(said: Said) -> str:
    return "George Washington was the first President of the United States."


def _duration(said: Said) -> str:
    if any("George Washington" in text for text in said.by("assistant")):
        return (
            "He was President in 1789\N{EN DASH}1797: from April 30, 1789 to March 4, 1797. That is "
            "two terms, a little under eight years."
        )
    return "The duration of what? Nothing in the messages I was shown says. Ask me about the first president."


def _root(said: Said) -> str | None:
    number = _ROOT.search(said.question)
    if number is None:
        return None
    value = float(number["of"].replace(",", ""))
    return f"The square root of {_plain(value)} is {_plain(math.sqrt(value))}."


def _square(said: Said) -> str | None:
    """Of the number in the question, else of the last one in the bot's answers."""
    if number := re.search(r"square of (?P<of>\d[\d,.]*\d|\d)", said.question, re.IGNORECASE):
        value = float(number["of"].replace(",", ""))
        return f"The square of {_plain(value)} is {_plain(value * value)}."
    for text in reversed(said.by("assistant")):
        if root := re.search(r"square root of ([\d.]+) is ([\d.]*\d)", text):
            return f"The square of {root[2]} is {root[1]}."
        if numbers := re.findall(r"\d+(?:\.\d+)?", text):
            value = float(numbers[-1])
            return f"The square of {_plain(value)} is {_plain(value * value)}."
    return "The square of what? There is no number in the messages I was shown."


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _echo(said: Said) -> str:
    if not (before := said.by("user")):
        return "Nothing before this: I was shown no earlier message of yours."
    quotes = "\n".join("> " + text.replace("\n", "\n> ") for text in before[-5:])
    return f"You said, oldest first:\n\n{quotes}"


def _code(said: Said) -> str:
    return (
        "Here is a function that finds the longest word of a text:\n\n"
        "```python\n"
        "def longest_word(text: str) -> str:\n"
        '    """The first of the longest words; empty for an empty text."""\n'
        '    return max(text.split(), key=len, default="")\n'
        "\n\n"
        'print(longest_word("mention it in a thread"))  # mention\n'
        "```\n\n"
        "`max` keeps the first of several equal ones, and `default` answers for a text without words."
    )


def _table(said: Said) -> str:
    return (
        "The four inner planets:\n\n"
        "| Planet | Diameter (km) | Day (hours) | Moons |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| Mercury | 4,879 | 4,222.6 | 0 |\n"
        "| Venus | 12,104 | 2,802 | 0 |\n"
        "| Earth | 12,756 | 24 | 1 |\n"
        "| Mars | 6,792 | 24.7 | 2 |\n\n"
        "A day is counted here from noon to noon."
    )


def _long(said: Said) -> str:
    """Longer than one Slack message can be, and numbered, so that a missing part would be seen."""
    parts = [
        f"{n}. **Part {n} of 90.** This paragraph is here to be long. A message in Slack holds 12,000 "
        "characters of Markdown; what is more has to go on in a further message, with nothing lost and "
        "nothing said twice."
        for n in range(1, 91)
    ]
    return "\n\n".join(["# A long answer", *parts, "That was all of it: 90 parts."])


def _thanks(said: Said) -> str:
    return "You are welcome!"


def _introduction(said: Said) -> str:
    pictures = f" There was a picture among them ({said.pictures}), but I cannot see." if said.pictures else ""
    return (
        "Hello! I am the *scripted brain*: there is no model behind me, only a few canned answers. "
        "Everything else here is the real bot.\n\n"
        "Things I can do:\n\n"
        "- **tell me a joke**\n"
        "- **who was the first president?**, then **for which duration?**\n"
        "- **square root of 16**, then **its square**\n"
        "- **what did I say?**\n"
        "- **show me some code**, **a table**, or **a long answer**\n\n"
        f"With your question I was shown {said.shown} message{'' if said.shown == 1 else 's'}."
        f"{pictures} For answers with a mind of their own, start the sandbox with `OPENAI_API_KEY` set."
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ROOT = _words(r"(square )?root of (?P<of>\d[\d,.]*\d|\d)")
_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Said], str | None]], ...] = (
    (_words(r"\bjokes?\b"), _joke),
    (_words(r"\b(another|one more|again)\b"), _another),
    (_words(r"\bfirst president\b"), _president),
    (_words(r"\b(duration|how long|which years|what years|until when|since when)\b"), _duration),
    (_words(r"\broot of\b"), _root),
    (_words(r"\b(square of|its square|squared)\b"), _square),
    (_words(r"\bwhat (did|have) I (just )?(say|said|ask|asked|write|written)"), _echo),
    (_words(r"\b(code|function|script|snippet)\b"), _code),
    (_words(r"\btable\b"), _table),
    (_words(r"\blong\b"), _long),
    (_words(r"\b(thanks|thank you|cheers)\b"), _thanks),
)
