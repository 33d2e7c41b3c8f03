"""What the marks in a prompt cost, and how much of it the model's server finds in its cache.

    python -m bench.prompt_cost

Threads of twenty turns, once as the bot builds its requests now, and once as it did before there were marks: names
before messages as soon as two people speak, files in fences. Tokens are those of o200k_base where `bpe_openai` is
installed, else the bot's own estimate. Cached is what a request has in common with the one before it, from its
beginning, as part of all that is sent.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.conversation import prompt
from bot.conversation.attachments import Content, Words
from bot.conversation.marks import Marks
from bot.conversation.messages import File, Message
from bot.conversation.prompt import Said
from bot.personas.persona import Persona
from bot.run.config import DEFAULT_PROMPT

TURNS = 20
QUESTION = "How would you put number {n} to a customer who has read neither the contract nor our letter of last week?"
ANSWER = (
    "In short, number {n} says that what was ordered is delivered in parts, and that each part is paid for when it "
    "has arrived. I would leave the dates to the annex, name one person to call, and say in the first sentence what "
    "changes for them: nothing until the end of the month, and after that a bill for each delivery instead of one."
)
FILE = File("F1", "contract.txt")
READ: Mapping[str, Content] = {"F1": Words("The parties agree that the goods are delivered in parts. " * 60)}
NAMES = {"UADA": "Ada", "UBEN": "Ben"}
Request = Sequence[Said]
Build = Callable[[Sequence[Message], bool], Request]


@dataclass(frozen=True)
class Scene:
    """`joins` is the turn in which a second person begins to take part, `file` the turn in which a file comes."""

    name: str
    direct: bool = False
    joins: int | None = None
    file: int | None = None

    def asked(self) -> Iterator[list[Message]]:
        """What each request holds: all that was said, and the question."""
        said: list[Message] = []
        for n in range(1, TURNS + 1):
            author = "UBEN" if self.joins is not None and n >= self.joins and n % 2 else "UADA"
            said.append(Message(f"{n}.0", author, QUESTION.format(n=n), files=(FILE,) if n == self.file else ()))
            yield list(said)
            said.append(Message(f"{n}.0", "", ANSWER.format(n=n), kind="answer"))


SCENES = (
    Scene("direct messages", direct=True),
    Scene("direct messages, a file in turn 3", direct=True, file=3),
    Scene("channel, one person"),
    Scene("channel, a second person from turn 11 on", joins=11),
    Scene("channel, two people", joins=1),
)


def now(said: Sequence[Message], direct: bool) -> Request:
    marks = Marks("q7w", NAMES, direct=direct)
    persona = Persona("default", DEFAULT_PROMPT)
    return prompt.build(persona, "m", said[:-1], said[-1:], marks, 1_000_000, None, READ, 100_000).messages


def before(said: Sequence[Message], direct: bool) -> Request:
    several = len({message.author for message in said if message.kind is None}) > 1
    request = [Said("system", DEFAULT_PROMPT)]
    for message in said:
        text = f"{NAMES[message.author]}: {message.text}" if several and message.kind is None else message.text
        for file in message.files:
            content = READ[file.id]
            text += f"\n[attached file: {file.name}]\n```\n{content.text if isinstance(content, Words) else ''}\n```"
        request.append(Said(message.role, text))
    return request


def counted() -> tuple[str, Callable[[str], int]]:
    """A tokenizer and its name."""
    try:
        encoding = importlib.import_module("bpe_openai").get_encoding("o200k_base")
    except ImportError:
        return "estimated", lambda text: prompt.tokens(text) - prompt.PER_MESSAGE
    return "o200k_base", lambda text: len(encoding.encode(text))


def common(one: str, other: str) -> int:
    """How many characters they begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def measured(scene: Scene, build: Build, count: Callable[[str], int]) -> tuple[int, int, int]:
    """Tokens of the last request and of all requests, and what of these was cached."""
    last, total, cached, earlier = 0, 0, 0, ""
    for said in scene.asked():
        flat = "".join(f"<{each.role}>{each.text}" for each in build(said, scene.direct))
        last = count(flat)
        total += last
        cached += count(flat[: common(earlier, flat)])
        earlier = flat
    return last, total, cached


def main() -> None:
    name, count = counted()
    print(f"{TURNS} turns; tokens: {name}\n")
    print(
        "| thread | turn 20, before | turn 20, now | all turns | cached before | cached now |",
        "|---" * 6 + "|",
        sep="\n",
    )
    for scene in SCENES:
        last_before, total_before, cached_before = measured(scene, before, count)
        last, total, cached = measured(scene, now, count)
        more = f"{total / total_before - 1:+.1%}"
        shares = f"{cached_before / total_before:.1%} | {cached / total:.1%}"
        print(f"| {scene.name} | {last_before} | {last} | {more} | {shares} |")


if __name__ == "__main__":
    main()
