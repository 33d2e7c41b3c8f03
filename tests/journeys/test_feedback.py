"""People say whether an answer was good, and let one that was cut go on."""

from contextlib import AsyncExitStack

import pytest

from bot.run import app
from bot.store.ledger import RedisLedger
from bot.usage.periods import Calendar
from tests.town import KEYS, Answer, Town, said, wait_until
from threadbot_sandbox.model import Reply
from threadbot_sandbox.slack.errors import ApiError


def whispers(town: Town) -> list[tuple[str, str]]:
    """Whom the bot has told something alone, and what."""
    return [(call.args["user"], call.args["text"]) for call in town.slack.calls_of("chat.postEphemeral")]


def bears(answer: Answer, action: str) -> bool:
    return f"'action_id': '{action}'" in str(answer.messages[-1]["blocks"])


async def rate(town: Town, who: str, answer: Answer, vote: str, channel: str = "#general") -> None:
    message = answer.messages[-1]
    [thumbs] = [block for block in message["blocks"] if block["type"] == "context_actions"]
    side = thumbs["elements"][0]["positive_button" if vote == "up" else "negative_button"]
    assert await town.slack.click(who, channel, message["ts"], "turn_rate", value=side["value"])


async def votes(town: Town, *, of: str) -> tuple[int, int]:
    """Thumbs up and down that were counted this month for what somebody asked."""
    async with AsyncExitStack() as stack:
        settings = town.settings()
        store = await app.open_store(settings, stack)
        spent = (await RedisLedger(store, KEYS, 60).spent_by(Calendar().month(), "persona"))[of]
        return spent.up, spent.down


async def test_a_good_answer_is_rated_with_one_click(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        await rate(town, "Chloe", answer, "up")
        await rate(town, "Chloe", answer, "up")
        await wait_until(lambda: len(whispers(town)) == 2, "Chloe is thanked")

    assert whispers(town) == [("U00000CHLOE", "Thank you for your feedback.")] * 2
    assert await votes(town, of="default") == (1, 0)


async def test_of_a_bad_answer_one_may_say_what_was_wrong(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        await rate(town, "Chloe", answer, "down")
        form = town.slack.modal("Chloe")
        assert form is not None
        voted = await votes(town, of="default")
        assert await town.slack.submit("Chloe", form["id"], {"reason": "Not funny."}) is None

    assert voted == (0, 1)
    assert town.slack.modal("Chloe") is None
    assert whispers(town) == []
    assert await votes(town, of="default") == (0, 1)


async def test_people_of_other_workspaces_and_where_it_is_off_nobody_rates(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#partners", "@Threadbot tell me a joke")
        await town.idle()
        await rate(town, "Otto", answer, "down", "#partners")
        form = town.slack.modal("Otto")
        assert form is not None
        await town.slack.command("Ada", "#partners", "/threadbot", "feedback off here")
        await rate(town, "Ben", answer, "up", "#partners")
        await wait_until(lambda: whispers(town), "Ben is told")
        unrated = await town.ask("Ben", "#partners", "@Threadbot another one")

    assert "I do not answer people from other workspaces here." in str(form["blocks"])
    assert whispers(town) == [("U0000000BEN", "Feedback is switched off here.")]
    assert not bears(unrated, "turn_rate")
    assert bears(unrated, "turn_again")
    assert await votes(town, of="default") == (0, 0)


async def test_an_answer_without_end_is_cut_and_may_go_on(town: Town) -> None:
    """A model that repeats itself would fill the thread."""
    town.model.enqueue(Reply("On and on. " * 30_000), "the end.")
    async with town.bot(max_answer_messages=2, footer="full"):
        cut = await town.ask("Ben", "#general", "@Threadbot count to three")
        await town.idle()
        ts = cut.messages[-1]["ts"]
        await town.slack.click("Ben", "#general", ts, "turn_continue")
        rest = await town.answer("#general", ts, cut.thread)

    assert len(cut.messages) == 2
    assert 11_000 < len(cut.text) <= 22_000
    assert cut.footer is not None
    assert cut.footer.startswith("part 2 of 2 · cut after 2 messages · ")
    assert "≈" in cut.footer  # the server was not heard to its end, and told no usage
    assert rest.text == "the end."
    assert said(town.model.requests[1])[2] == ("assistant", cut.text)
    await town.model.wait_for(lambda: town.model.running == 0, description="the first request to be cancelled")


async def test_an_answer_that_was_cut_goes_on_when_asked_to_and_only_once(town: Town) -> None:
    town.model.enqueue(Reply("One, two,", finish_reason="length"), "three.")
    async with town.bot():
        cut = await town.ask("Ben", "#general", "@Threadbot count to three")
        await town.idle()
        ts = cut.messages[-1]["ts"]
        town.model.hold()
        await town.slack.click("Chloe", "#general", ts, "turn_continue")
        for _ in range(2):
            await town.slack.click("Ben", "#general", ts, "turn_continue")
        town.model.release()
        await wait_until(lambda: len(town.model.requests) == 2, "it goes on")
        await town.idle()
        [_, rest] = town.slack.thread("#general", cut.thread)
        with pytest.raises(ApiError, match="action_not_found"):
            await town.slack.click("Ben", "#general", ts, "turn_continue")

    assert [block["text"] for block in rest["blocks"] if block["type"] == "markdown"] == ["One, two, three."]
    assert rest["ts"] == ts
    assert "edited" not in rest
    assert "turn_continue" not in str(rest["blocks"])
    asked = [("user", "count to three"), ("assistant", "One, two,"), ("user", "Continue exactly where you stopped.")]
    assert said(town.model.requests[1])[1:] == asked
    assert len(town.model.requests) == 2
    assert [user for user, _ in whispers(town)] == ["U00000CHLOE"]
