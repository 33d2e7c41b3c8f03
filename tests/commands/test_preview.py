"""What a draft of a persona would answer."""

import pytest

from bot.commands import preview
from bot.commands.dispatch import dispatch
from bot.commands.model import Preview
from bot.commands.reports import Previewed
from bot.conversation.marks import rule
from bot.conversation.pieces import Finished, Interrupted, Text
from bot.conversation.prompt import Said
from bot.conversation.tokens import Usage
from tests.commands import fakes
from tests.commands.test_authorize import by
from tests.people import PEOPLE

FIELDS = {"name": "Bard", "system_prompt": "Speak in verse.", "temperature": "1.5", "n": "3"}
END = Finished("stop", Usage(9, 4), "small-model-2")


async def previewed(world: fakes.Fakes) -> Previewed:
    result = await dispatch(Preview(FIELDS, "Tell me a joke"), by("owner"), world.world)
    assert isinstance(result.shows, Previewed)
    return result.shows


async def test_a_draft_answers_one_question_once_and_is_charged_to_who_asked() -> None:
    world = fakes.with_everybody()
    world.model.answers, world.model.price = [Text("O brave "), Text("joke!"), END], 0.25
    shown = await previewed(world)

    taken = shown.taken
    assert (taken.model, taken.usage, taken.cost) == ("small-model-2", Usage(9, 4), 0.25)
    assert shown.text == "O brave joke!"
    assert shown.complete
    [ask] = world.model.asked
    assert ask.messages == (Said("system", f"Speak in verse.\n\n{rule('q7w')}"), Said("user", "Tell me a joke"))
    assert ask.params == {"temperature": 1.5}
    assert ask.model == "small-model"
    [booking] = world.ledger.booked
    assert (booking.person, booking.persona, booking.cost, booking.answers) == (PEOPLE["owner"], "Bard", 0.25, 1)
    assert world.prefs == fakes.with_everybody().prefs


async def test_what_was_broken_off_is_shown_as_incomplete_and_charged_by_estimate() -> None:
    world = fakes.with_everybody()
    world.model.answers = [Text("O brave"), Interrupted("connection-lost")]
    shown = await previewed(world)

    assert (shown.text, shown.complete) == ("O brave", False)
    assert shown.taken.usage is not None
    assert shown.taken.usage.estimated
    assert [booking.usage.estimated for booking in world.ledger.booked] == [True, True], "it was asked for twice"


async def test_a_model_that_takes_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "PREVIEW_TIMEOUT", 0.01)
    world = fakes.with_everybody()
    world.model.hangs = True
    shown = await previewed(world)

    assert (shown.text, shown.complete) == ("", False)
    assert [booking.usage.estimated for booking in world.ledger.booked] == [True]


async def test_an_endless_answer_is_cut() -> None:
    world = fakes.with_everybody()
    world.model.answers = [Text("word " * 1_000)] * 100
    shown = await previewed(world)

    assert preview.MAX_ANSWER < len(shown.text) <= preview.MAX_ANSWER + 5_000


async def test_what_is_wrong_with_a_draft_is_said_and_no_model_is_asked() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Preview({**FIELDS, "temperature": "3"}, "Hello?"), by("owner"), world.world)

    assert result.code == "persona.invalid"
    assert world.model.asked == []
