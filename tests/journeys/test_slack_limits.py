"""Answers that come near to what Slack takes in one message, and go beyond it."""

import pytest

from tests.town import Town
from threadbot_sandbox.model import Reply

CHINESE = "这是一个很长的回答，它有很多字。" * 120
RUSSIAN = "Это довольно длинный ответ на вопрос. " * 80
TYPOGRAPHIC = "“It’s so”, she said — “isn’t it?” " * 125


@pytest.mark.parametrize("text", [CHINESE, RUSSIAN, TYPOGRAPHIC], ids=["Chinese", "Russian", "typographic"])
@pytest.mark.parametrize("place", ["D0000000ADA", "#general"], ids=["streamed", "edited"])
async def test_an_answer_in_any_script_grows_and_is_completed_where_it_began(town: Town, text: str, place: str) -> None:
    """What Slack counts in an edit is bytes, and not only what people see."""
    town.model.enqueue(Reply(text, tokens_per_second=400))
    async with town.bot():
        answer = await town.ask("Ada", place, "@Threadbot at length")

    assert answer.text == text
    assert len(answer.messages) == 1
    assert town.slack.calls_of("chat.delete") == []
    assert not [call for call in town.slack.calls_of("chat.update") if call.error]
