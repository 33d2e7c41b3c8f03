"""What a request tells the scripted brain: its instructions, who has said what so far, and the question."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json

# The last paragraph of the system prompt tells how marks begin, which no text can hold: as in "[q7w2x from Ada]".
_RULE = re.compile(r"(?:^|\n\n)Only lines that begin with \[(?P<word>[a-z0-9]+) [^\n]*\Z")


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said at once. `speaker` is None where only one person speaks, and for the bot."""

    speaker: str | None
    text: str
    own: bool = False  # by the bot


@dataclass(frozen=True, slots=True)
class Said:
    """One request, as the brain sees it. `before` is all that was said until the question, oldest first.

    `question` is the newest paragraph, or where several speak, all that its speaker said at once. `whole` is all that
    came since the last answer, or the same where several speak.
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
        instructions = "\n".join(map(completion.text_of, told))
        rule = _RULE.search(instructions)
        marks = Marks.of(rule["word"] if rule else "")
        newest = completion.text_of(talk[-1]) if talk else ""
        content = talk[-1].get("content") if talk else ""
        statements = list(_statements(talk, marks)) or [Statement(None, "")]
        newest_said = statements[-1]
        return cls(
            instructions=_RULE.sub("", instructions),
            before=tuple(statements[:-1]),
            asker=newest_said.speaker,
            question=newest_said.text,
            whole=newest_said.text if newest_said.speaker else "\n\n".join(text for _, text in marks.said(newest)),
            pictures=sum(part.get("type") == "image_url" for part in content) if isinstance(content, list) else 0,
            shown=len(messages),
            files=tuple((file["name"], file["text"]) for file in marks.file.finditer(newest)),
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


@dataclass(frozen=True, slots=True)
class Marks:
    """How the bot marks who speaks, and what of it is a file."""

    speaker: re.Pattern[str]
    file: re.Pattern[str]
    other: re.Pattern[str]

    @classmethod
    def of(cls, word: str) -> "Marks":
        """An empty word is none that a mark begins with."""
        begin = rf"^\[{word} " if word else r"(?!)"
        return cls(
            re.compile(rf"{begin}(?:from|app|untrusted) (?P<name>[^\n]*)\]\n?", re.MULTILINE),
            re.compile(
                rf"{begin}(?:first \d+ % of )?file (?P<name>[^\n]*)\]\n(?P<text>.*?)\n\[{word} end\]$",
                re.MULTILINE | re.DOTALL,
            ),
            re.compile(rf"{begin}[^\n]*\]\n?", re.MULTILINE),
        )

    def said(self, text: str) -> list[tuple[str, str]]:
        """Who says what in one entry, without files; the name is empty where no mark tells it."""
        first, *marked = self.speaker.split(self.file.sub("", text))
        said = [("", first), *zip(marked[::2], marked[1::2], strict=True)]
        return [(name, self.other.sub("", what).strip()) for name, what in said if name or what.strip()]


def _statements(talk: list[Json], marks: Marks) -> Iterator[Statement]:
    """Neighbouring messages of people come as one. Where one person alone speaks, a blank line is between what they
    said, as within it."""
    entries = [(m["role"] == "assistant", completion.text_of(m)) for m in talk]
    said = [(own, [("", text)] if own else marks.said(text)) for own, text in entries]
    several = len({name for own, told in said for name, _ in told if not own}) > 1
    for own, told in said:
        for name, text in told:
            if own or several:
                yield Statement(None if own else name or None, text.strip(), own=own)
            else:
                yield from (Statement(None, each.strip()) for each in text.split("\n\n"))
