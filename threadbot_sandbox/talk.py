"""What a request tells the scripted brain: its instructions, who has said what so far, and the question."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json

# How the bot quotes a file: its name, how much of it there is, and a fence longer than any in its text.
_FILE = re.compile(
    r"(?:^|(?<=: ))\[attached file: (?P<name>[^\]\n]+?)(?:, the first \d+ %)?\]\n"
    r"(?P<fence>`{3,})\n(?P<text>.*?)\n(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
# As soon as several people speak in a thread, the bot puts a name before what each of them says.
_NAMED = re.compile(r"(?P<name>[^\s:*>`#-][^\n:]{0,79}):(?: (?P<text>.*))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said at once. `speaker` is None where only one person speaks, and for the bot."""

    speaker: str | None
    text: str
    own: bool = False  # by the bot


@dataclass(frozen=True, slots=True)
class Said:
    """One request, as the brain sees it. `before` is all that was said until the question, oldest first.

    `question` is the newest paragraph, or where names tell who speaks, all that its speaker said at once. `whole` is
    all that came since the last answer, or the same where there are names.
    """

    instructions: str
    before: tuple[Statement, ...]
    asker: str | None
    question: str
    whole: str
    pictures: int
    shown: int
    files: tuple[tuple[str, str], ...] = ()  # (name, text), of those that came with the question

    @classmethod
    def of(cls, request: Json) -> "Said":
        messages = request["messages"]
        told = [m for m in messages if m["role"] in ("system", "developer")]
        talk = [m for m in messages if m["role"] in ("user", "assistant")]
        newest = completion.text_of(talk[-1]) if talk else ""
        content = talk[-1].get("content") if talk else ""
        statements = list(_statements(talk)) or [Statement(None, "")]
        newest_said = statements[-1]
        return cls(
            instructions="\n".join(map(completion.text_of, told)),
            before=tuple(statements[:-1]),
            asker=newest_said.speaker,
            question=newest_said.text,
            whole=newest_said.text if newest_said.speaker else _FILE.sub("", newest).strip(),
            pictures=sum(part.get("type") == "image_url" for part in content) if isinstance(content, list) else 0,
            shown=len(messages),
            files=tuple((file["name"], file["text"]) for file in _FILE.finditer(newest)),
        )

    @property
    def answers(self) -> list[str]:
        """What the bot has said."""
        return [each.text for each in self.before if each.own]

    @property
    def people(self) -> list[Statement]:
        """What people have said."""
        return [each for each in self.before if each.text and not each.own]

    def by(self, speaker: str | None) -> list[str]:
        return [each.text for each in self.people if each.speaker == speaker]


def _statements(talk: list[Json]) -> Iterator[Statement]:
    """Neighbouring messages of people come as one; a blank line is between them, as within them."""
    texts = [(m["role"] == "assistant", _FILE.sub("", completion.text_of(m)).strip()) for m in talk]
    named = _names([text for own, text in texts if not own])
    for own, text in texts:
        if own:
            yield Statement(None, text, own=True)
        elif named:
            yield from _by_name(text.split("\n\n"), named)
        else:
            yield from (Statement(None, each.strip()) for each in text.split("\n\n"))


def _names(texts: list[str]) -> frozenset[str]:
    """Who speaks, where several do; empty where no names stand before what is said."""
    if not all(map(_NAMED.match, texts)):
        return frozenset()
    begins = [_NAMED.match(each) for text in texts for each in text.split("\n\n")]
    found = frozenset(begin["name"] for begin in begins if begin)
    return found if len(found) > 1 else frozenset()


def _by_name(paragraphs: list[str], names: frozenset[str]) -> Iterator[Statement]:
    speaker, said = "", list[str]()
    for paragraph in paragraphs:
        begin = _NAMED.match(paragraph)
        if begin and begin["name"] in names:
            if said:
                yield Statement(speaker, "\n\n".join(said))
            speaker, said = begin["name"], [(begin["text"] or "").strip()]
        elif paragraph.strip():
            said.append(paragraph.strip())
    if said:
        yield Statement(speaker, "\n\n".join(said))
