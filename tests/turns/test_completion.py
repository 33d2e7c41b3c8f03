"""One answer to a conversation that a program keeps."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from bot.conversation.pieces import Finished, Text
from bot.conversation.tokens import Usage
from bot.errors import Unanswerable
from bot.personas.persona import Persona
from bot.ports import Ledger
from bot.turns.completion import Conversation, complete, params
from bot.usage.ledger import Booking
from tests.fakes import Fakes, fake_world, rules
from tests.town import wait_until

BARD = Persona("bard", "Speak in verse.", params={"temperature": 1.0, "max_tokens": 50, "n": 3})
ASKED = Conversation(
    "One word.", ((True, "Hello @{U1}"), (False, "Hail."), (True, "And"), (True, "now?")), {"seed": 1}, "U1", "Atok1"
)


@dataclass
class Sheet:
    text: str = ""
    full: bool = False

    def feed(self, text: str) -> None:
        self.text += text

    def restart(self) -> None:
        self.text = ""

    def wait(self, until: float | None) -> None:
        pass


@dataclass
class Book:
    charged: list[Booking] = field(default_factory=list)

    async def charge(self, name: str, bookings: list[Booking]) -> None:
        self.charged += bookings


async def answered(fakes: Fakes, book: Book) -> str:
    world = replace(fakes.world, ledger=cast(Ledger, book))
    sheet = Sheet()
    await complete(ASKED, BARD, "small-model", rules(), world, page=sheet, stop=asyncio.Event())
    return sheet.text


async def test_the_persona_speaks_first_and_the_program_after_it() -> None:
    fakes, book = fake_world(), Book()

    assert await answered(fakes, book) == "Hello, Ada."
    [ask] = fakes.model.asks
    system, *said = [(each.role, each.text) for each in ask.messages]
    assert system[1].startswith("Speak in verse.\n\nOne word.\n\n")
    assert said == [("user", "Hello @{U1}"), ("assistant", "Hail."), ("user", "And\n\nnow?")]
    assert ask.model == "small-model"
    assert [(each.person, each.channel, each.persona, each.answers) for each in book.charged] == [
        ("U1", "Atok1", "bard", 1)
    ]


async def test_what_nobody_could_read_is_booked_all_the_same() -> None:
    fakes, book = fake_world((Finished("length", Usage(10, 3), "small-model"),)), Book()

    with pytest.raises(Unanswerable):
        await answered(fakes, book)

    assert [(each.usage.output, each.answers) for each in book.charged] == [(3, 0)]


async def test_a_model_that_refuses_takes_nothing() -> None:
    fakes, book = fake_world((Unanswerable("model.key"),)), Book()

    with pytest.raises(Unanswerable, match=r"model\.key"):
        await answered(fakes, book)

    assert book.charged == []


async def test_who_stops_it_keeps_what_is_written() -> None:
    go_on, stop, sheet = asyncio.Event(), asyncio.Event(), Sheet()
    fakes, book = fake_world((Text("Hail"), go_on)), Book()
    world = replace(fakes.world, ledger=cast(Ledger, book))
    running = asyncio.ensure_future(complete(ASKED, BARD, "m", rules(), world, page=sheet, stop=stop))
    await wait_until(lambda: sheet.text, "the first words")
    stop.set()

    assert (await running).text == "Hail"
    assert fakes.model.running == 0
    assert len(book.charged) == 1


def test_what_the_persona_has_chosen_stays() -> None:
    assert params(BARD, {"temperature": 0.0, "seed": 7, "max_tokens": 9}) == {
        "temperature": 1.0,
        "seed": 7,
        "max_tokens": 9,
    }
    assert params(BARD, {"max_tokens": 900})["max_tokens"] == 50
    assert params(Persona("a", "b"), {"max_tokens": 900, "stop": ["x"]}) == {"max_tokens": 900, "stop": ["x"]}


async def test_secrets_are_hidden_in_all_that_a_program_sends() -> None:
    fakes, secret = fake_world(), "sk-proj-" + "Ab3dEf9hJ2kLm5nPq8rStUvWxYz012345678901234"
    asked = replace(ASKED, instructions=f"The key is {secret}", said=((True, f"Use {secret}, please."),))
    world = replace(fakes.world, ledger=cast(Ledger, Book()))

    await complete(asked, BARD, "m", rules(), world, page=Sheet(), stop=asyncio.Event())

    [ask] = fakes.model.asks
    assert secret not in str([each.text for each in ask.messages])
    assert ask.hidden_count == 1
