"""What the scripted brain says. There is no model: it knows a few answers and owns up to the rest.

It sees what a model would see, the messages of one request, and keeps nothing in between. So an answer
that needs the past ("its square") shows that the bot really sent the past.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from threadbot_sandbox import completion, roles
from threadbot_sandbox.completion import Json
from threadbot_sandbox.reply import Reply
from threadbot_sandbox.talk import Said, Statement
from threadbot_sandbox.trades import trade_of

PACE = 40.0  # tokens a second, about what a hosted model does
_PACE_OF_LONG_ANSWERS = 300.0
_GO_ON = re.compile(r"\bcontinue exactly where you stopped\b", re.IGNORECASE)
_QUOTED = 10  # statements that are repeated at most
_LINE = 160  # characters of one in a list


def answer(request: Json) -> Reply:
    """The answer to one chat completions request, at a natural pace."""
    text = _whole(request)
    pace = PACE if len(text) < 4_000 else _PACE_OF_LONG_ANSWERS
    return Reply(text, tokens_per_second=pace, first_token_after=0.4)


def _whole(request: Json) -> str:
    said = Said.of(request)
    if _GO_ON.search(said.question):
        return _rest(request)
    text = _played(said, _known(said) or _known(replace(said, question=said.whole)))
    for wish in roles.wishes(said.instructions):
        text = wish(text)
    return _files_read(said) + text


def _played(said: Said, known: str | None) -> str:
    """The answer as its instructions would have it: by a trade, briefly, and under the role's name."""
    if _shakespearean(said):
        return _in_old_style(known or _introduction(said))
    trade, role = trade_of(said.instructions), _role(said)
    if worked := trade and trade.work(said, known):
        text = worked
    elif roles.brief(said.instructions):
        text = roles.shortened(known or _own_words(said))
    else:
        text = known or _introduction(said)
    return f"*As {role}:*\n\n{text}" if role else text


def _role(said: Said) -> str:
    """Whom it plays, to come after "as"; empty for nobody in particular."""
    told, trade = said.instructions, trade_of(said.instructions)
    role = roles.called(told)
    if role is None and trade:
        return trade.name
    plain = role is not None or not told.strip() or roles.brief(told) or roles.wishes(told)
    return role or "" if plain else f"I am told (“{roles.first_words(told)}”)"


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
    rest = whole[len(told) :].lstrip("\n")
    return _open_fence(told) + rest if rest else "That was all of it."


def _open_fence(text: str) -> str:
    """The line that begins the code block in which the text ends; empty when it ends in none."""
    fences = re.findall(r"^```.*\n", text, re.MULTILINE)
    return str(fences[-1]) if len(fences) % 2 else ""


def _files_read(said: Said) -> str:
    counted = [(name, len(text.split())) for name, text in said.files]
    named = ", ".join(f"{name} ({words:,} word{'' if words == 1 else 's'})" for name, words in counted)
    return f"I have read {named}.\n\n" if named else ""


def _known(said: Said) -> str | None:
    """The first answer that fits and has something to say."""
    fitting = (reply(said) for words, reply in _ANSWERS if words.search(said.question))
    return next((text for text in fitting if text), None)


def _shakespearean(said: Said) -> bool:
    return "shakespear" in said.instructions.lower()


def _in_old_style(text: str) -> str:
    if text in _JOKES_OF_OLD:
        return text
    return f"Hark, gentle friend, and lend thine ear!\n\n{text}\n\nThus speaketh thy humble player."


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
    jokes = _JOKES_OF_OLD if _shakespearean(said) else _JOKES
    return jokes[len(said.answers) % len(jokes)]


def _another(said: Said) -> str | None:
    told = any(joke in text for text in said.answers for joke in _JOKES + _JOKES_OF_OLD)
    return _joke(said) if told else None


def _president(said: Said) -> str:
    return "George Washington was the first President of the United States."


def _duration(said: Said) -> str:
    if any("George Washington" in text for text in said.answers):
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
    """Of the number in the question, else of the last one in the bot's answers, else in what people said."""
    if number := re.search(r"square of (?P<of>\d[\d,.]*\d|\d)", said.question, re.IGNORECASE):
        value = float(number["of"].replace(",", ""))
        return f"The square of {_plain(value)} is {_plain(value * value)}."
    for text in [*reversed(said.answers), *reversed([each.text for each in said.people])]:
        if root := re.search(r"square root of ([\d.]+) is ([\d.]*\d)", text):
            return f"The square of {root[2]} is {root[1]}."
        if numbers := re.findall(r"\d+(?:\.\d+)?", text):
            value = float(numbers[-1])
            return f"The square of {_plain(value)} is {_plain(value * value)}."
    return "The square of what? There is no number in the messages I was shown."


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _echo(said: Said) -> str | None:
    """What somebody said before: who asks, the bot, all, or one by name."""
    asked = _WHO_SAID.search(said.question)
    who = asked["who"].strip("@ ").lower() if asked else "i"
    if who in ("we", "they", "everybody", "everyone", "people"):
        return _summary(said)
    if who == "you":
        return _quotes("I", said.answers) if said.answers else "Nothing yet."
    if who == "i":
        others = f" What others said:\n\n{_listed(said.people)}" if said.people else ""
        nothing = f"Nothing before this: I was shown no earlier message of yours.{others}"
        return _quotes("You", mine) if (mine := said.by(said.asker)) else nothing
    name = next((each.speaker for each in said.people if each.speaker and each.speaker.lower().startswith(who)), None)
    return _quotes(name, said.by(name)) if name else None


def _quotes(who: str, texts: list[str]) -> str:
    quotes = ["> " + text.replace("\n", "\n> ") for text in texts[-_QUOTED:] if text]
    return f"{who} said, oldest first:\n\n" + "\n".join(quotes)


def _summary(said: Said) -> str:
    if not said.people:
        return "There is nothing to sum up: I was shown no message before this one."
    speakers = len({each.speaker for each in said.people})
    things = "1 thing was" if len(said.people) == 1 else f"{len(said.people)} things were"
    counted = f"{speakers} people said {len(said.people)} things" if speakers > 1 else f"{things} said"
    answers = f", and I answered {_times(said.answers)}" if said.answers else ""
    listed = _listed(said.people)
    return f"Until your question {counted}{answers}:\n\n{listed}\n\nTo sum that up in its own words takes a model."


def _times(things: Sequence[object]) -> str:
    return "once" if len(things) == 1 else f"{len(things)} times"


def _listed(statements: Sequence[Statement]) -> str:
    """The newest of them, a line each."""
    left_out = f"- … {len(statements) - _QUOTED} more before\n" if len(statements) > _QUOTED else ""
    lines = []
    for each in statements[-_QUOTED:]:
        text = " ".join(each.text.split())
        lines.append(f"- {f'**{each.speaker}**: ' if each.speaker else ''}{text[:_LINE]}{'…' * (len(text) > _LINE)}")
    return left_out + "\n".join(lines)


def _who_said(said: Said) -> str | None:
    """Who spoke of something, by its words."""
    asked = _WHO.search(said.question)
    wanted = {word for word in re.findall(r"\w{3,}|\d+", asked["what"].lower())} - _SMALL_WORDS if asked else set()
    found = [each for each in said.people if wanted & set(re.findall(r"\w+", each.text.lower()))]
    return f"I find it here:\n\n{_listed(found)}" if found else None


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


def _myself(said: Said) -> str:
    role = "a player of Shakespeare's day" if _shakespearean(said) else _role(said)
    told = f" Here I answer as {role}." if role else ""
    return f"I am the scripted brain: there is no model behind me, only a few canned answers.{told}"


def _own_words(said: Said) -> str:
    return (
        "I have no answer to that. I am the scripted brain, with no model behind me, and was shown "
        f"{said.shown} message{'' if said.shown == 1 else 's'}."
    )


def _introduction(said: Said) -> str:
    pictures = f" There was a picture among them ({said.pictures}), but I cannot see." if said.pictures else ""
    before = (
        f"Before your question I was shown what was said here:\n\n{_listed(said.people)}\n\n" if said.people else ""
    )
    return (
        "Hello! I am the *scripted brain*: there is no model behind me, only a few canned answers. "
        f"Everything else here is the real bot.\n\n{before}"
        "Things I can do:\n\n"
        "- **tell me a joke**\n"
        "- **who was the first president?**, then **for which duration?**\n"
        "- **square root of 16**, then **its square**\n"
        "- **what did I say?**, **sum up this thread**, **who said …?**\n"
        "- **show me some code**, **a table**, or **a long answer**\n\n"
        f"With your question I was shown {said.shown} message{'' if said.shown == 1 else 's'}."
        f"{pictures} For answers with a mind of their own, start the sandbox with `OPENAI_API_KEY` set."
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_WHO_SAID = _words(
    r"\bwhat (?:did|have|has) (?:the |you |we )?(?P<who>I|you|we|they|everybody|everyone|people|@?\w[\w .-]{0,40}?)"
    r" (?:just |all )?(?:say|said|ask|asked|write|written|wrote)\b"
)
_WHO = _words(r"\bwho (?:said|says|mentioned|wrote|wants|asked|asks|suggested|proposed|spoke)\b(?P<what>.*)")
_SMALL_WORDS = frozenset(("about", "that", "the", "for", "and", "what", "this", "something", "anything", "said"))
_ROOT = _words(r"(square )?root of (?P<of>\d[\d,.]*\d|\d)")
_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Said], str | None]], ...] = (
    (_words(r"\bjokes?\b"), _joke),
    (_words(r"\b(another|one more|again)\b"), _another),
    (_words(r"\bfirst president\b"), _president),
    (_words(r"\b(duration|how long|which years|what years|until when|since when)\b"), _duration),
    (_words(r"\broot of\b"), _root),
    (_words(r"\b(square of|its square|squared)\b"), _square),
    (_WHO_SAID, _echo),
    (
        _words(
            r"\b(sum(med)? (it |this |that |all |the thread )?up|summar\w+|recap|tl;?dr|catch me up|who said what"
            r"|what (is|was) (this|the) (thread|talk|discussion)|what was (said|decided|agreed)|what happened here"
            r"|what (did|have) (we|they) (decided?|agreed?)( on)?)\b"
        ),
        _summary,
    ),
    (_WHO, _who_said),
    (_words(r"\b(introduce yourself|who are you|what are you|your role)\b"), _myself),
    (_words(r"\b(code|function|script|snippet)\b"), _code),
    (_words(r"\btable\b"), _table),
    (_words(r"\blong\b"), _long),
    (_words(r"\b(thanks|thank you|cheers)\b"), _thanks),
)
