"""Hiding from the model what it must not be told, in all that it is given: texts, names, and the words of files.

What cannot be looked through is not sent: then the turn ends with a sentence about that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.conversation.attachments import Content, Words
from bot.conversation.messages import File, Message, Quote
from bot.conversation.plain import visible
from bot.errors import Unanswerable
from bot.personas.persona import Persona
from bot.redaction.find import Mode, Own, find
from bot.redaction.mask import Mask

RULE = "Names in brackets such as [EMAIL_1] stand for values that you are not told: write them exactly as they are."


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the model may be told. `values` are by their placeholders, for the answer; `count` values were hidden."""

    past: tuple[Message, ...]
    new: tuple[Message, ...]
    names: Mapping[str, str]
    files: Mapping[str, Content] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    count: int = 0


def redact(
    past: Sequence[Message],
    new: Sequence[Message],
    names: Mapping[str, str],
    files: Mapping[str, Content],
    mode: Mode,
    own: Own,
) -> Hidden:
    """Raises Unanswerable where that goes wrong."""
    if mode == "off":
        return Hidden(tuple(past), tuple(new), names, files)
    mask = Mask(lambda text: find(text, mode, own))
    try:
        contents: dict[str, Content] = {}
        masked = [_message(message, names, files, contents, mask) for message in (*past, *new)]
        called = {id: mask(name) for id, name in names.items()}
    except Exception as bug:
        raise Unanswerable("redaction.failed", f"redaction: {type(bug).__name__}") from bug
    before, after = tuple(masked[: len(past)]), tuple(masked[len(past) :])
    return Hidden(before, after, called, {**files, **contents}, mask.values, mask.count)


def with_placeholders(persona: Persona) -> Persona:
    """The same, told what placeholders are."""
    return replace(persona, system_prompt="\n\n".join(filter(None, (persona.system_prompt, RULE))))


def _message(
    message: Message, names: Mapping[str, str], files: Mapping[str, Content], contents: dict[str, Content], mask: Mask
) -> Message:
    """With its files, in the order in which people read it: so placeholders keep their numbers as the thread grows."""
    mask(names.get(message.author, ""))
    text = mask(visible(message.text))
    quotes = tuple(Quote(mask(visible(quote.text)), quote.author, quote.files) for quote in message.quotes)
    for file in message.files:
        content = files.get(file.id)
        if isinstance(content, Words) and file.id not in contents:
            contents[file.id] = replace(content, text=mask(visible(content.text)))
    return replace(message, text=text, quotes=quotes, files=tuple(_named(file, mask) for file in message.files))


def _named(file: File, mask: Mask) -> File:
    name = mask(visible(file.name))
    return file if name == file.name else replace(file, name=name)
