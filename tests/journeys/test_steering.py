"""People stop an answer, have it written anew, or try again after a failure."""

import re

import pytest

from bot.slack.manifest import manifest
from tests.town import Answer, Json, Town, is_bot, said, wait_until
from threadbot_sandbox.model import Reply

ENDLESS = Reply(" ".join(f"word{n}" for n in range(2000)), tokens_per_second=40)


async def growing(town: Town, thread: str) -> Json:
    """The bot's message in the thread once it shows a Stop button."""
    found = await town.slack.wait_for(
        lambda: [m for m in town.slack.thread("#general", thread) if button(m) == "turn_stop"],
        description="an answer with a Stop button",
    )
    return found[-1]


def button(message: Json) -> str | None:
    rows = [block for block in message.get("blocks", []) if block["type"] == "actions"]
    return rows[-1]["elements"][0]["action_id"] if rows and is_bot(message) else None


async def click(town: Town, who: str, message: Json) -> None:
    row = next(block for block in message["blocks"] if block["type"] == "actions")
    await town.slack.click(who, "#general", message["ts"], row["elements"][0]["action_id"])


async def stopped(town: Town, thread: str) -> Answer:
    answer = await town.answer("#general", thread, thread)
    assert answer.footer is not None
    assert answer.footer.startswith("stopped · ")
    return answer


async def test_the_one_who_asked_stops_an_answer_with_the_button(town: Town) -> None:
    town.model.enqueue(ENDLESS)
    async with town.bot(footer="full"):
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        await click(town, "Ben", await growing(town, thread))
        answer = await stopped(town, thread)
        await town.model.wait_for(lambda: len(town.model.cancelled) == 1)
        await town.ask("Ben", "#general", "@Threadbot tell me a joke", thread=thread)

    assert answer.text.startswith("word0 word1")
    assert answer.footer is not None
    assert "≈" in answer.footer  # the server reports no usage for what was cancelled
    assert ("assistant", answer.text) in [(role, text.rstrip()) for role, text in said(town.model.requests[-1])]


@pytest.mark.parametrize("word", ["stop", "Stop.", "@Threadbot stop"])
async def test_the_bare_word_stops_it_too_and_is_no_question(town: Town, word: str) -> None:
    town.model.enqueue(ENDLESS)
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        await growing(town, thread)
        await town.slack.say("Ben", "#general", word, thread_ts=thread)
        await stopped(town, thread)
        await town.all_delivered()
        await town.ask("Ben", "#general", "@Threadbot tell me a joke", thread=thread)

    assert len(town.model.requests) == 2
    assert "top" not in said(town.model.requests[-1])[-1][1]


async def test_the_word_means_nothing_special_when_nothing_is_being_written(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot stop")

    assert said(town.model.requests[0])[-1] == ("user", "stop")


async def test_a_stranger_may_not_stop_it_and_is_told_so_alone_but_an_admin_may(town: Town) -> None:
    town.model.enqueue(ENDLESS)
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        message = await growing(town, thread)
        await click(town, "Chloe", message)
        await wait_until(lambda: town.slack.calls_of("chat.postEphemeral"), "Chloe is told")
        refused = town.slack.calls_of("chat.postEphemeral")[-1].args
        still_running = town.model.running
        await click(town, "Ada", message)
        await stopped(town, thread)

    assert still_running == 1
    assert refused["user"] == "U00000CHLOE"
    assert "Only those who asked" in refused["text"]


async def test_an_answer_that_has_not_begun_can_be_stopped(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        thread = await town.slack.say("Ben", "#general", "@Threadbot think hard")
        await town.model.wait_for(lambda: town.model.running == 1)
        await town.slack.say("Ben", "#general", "stop", thread_ts=thread)
        answer = await stopped(town, thread)
        town.model.release()

    assert answer.text == "Stopped before there was anything to read."
    assert town.slack.workspace.statuses == {}


async def test_the_newest_answer_is_written_anew_in_its_place(town: Town) -> None:
    town.model.enqueue("Heads.", "Tails.", "Done.")
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot toss a coin")
        await town.idle()
        await click(town, "Ben", first.messages[0])
        await town.slack.wait_for(
            lambda: "Tails." in str(town.slack.thread("#general", first.thread)[-1]["blocks"]), description="tails"
        )
        await town.ask("Ben", "#general", "@Threadbot thanks", thread=first.thread)

    assert len([m for m in town.slack.thread("#general", first.thread) if is_bot(m)]) == 2
    assert said(town.model.requests[1]) == said(town.model.requests[0])
    assert said(town.model.requests[2])[1:] == [("user", "toss a coin"), ("assistant", "Tails."), ("user", "thanks")]


async def test_buttons_stand_under_the_newest_answer_alone(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.ask("Ben", "#general", "@Threadbot another", thread=first.thread)
        await town.idle()
        both = [message for message in town.slack.thread("#general", first.thread) if is_bot(message)]
        kinds = [[block["type"] for block in message["blocks"]] for message in both]

    assert kinds == [["markdown", "context"], ["markdown", "context", "actions", "context_actions"]]
    assert len(town.model.requests) == 2


async def test_after_a_failure_the_same_question_is_tried_again_with_a_button(town: Town) -> None:
    town.model.enqueue(Reply(status=400), "Forty-two.")
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot what is the answer?")
        failed = await town.slack.wait_for(
            lambda: next((m for m in town.slack.thread("#general", thread) if button(m) == "turn_again"), None),
            description="an apology with a button",
        )
        assert failed is not None
        await town.idle()
        await click(town, "Ben", failed)
        answer = await town.answer("#general", thread, thread)

    assert re.search(r"reference \w+", failed["text"])
    assert answer.text == "Forty-two."
    assert [m["ts"] for m in answer.messages] == [failed["ts"]]


async def test_slacks_own_stop_is_honoured_where_the_app_is_an_agent(town: Town) -> None:
    town.slack.install(manifest(socket_mode=True, agent=True))
    town.model.enqueue(ENDLESS)
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        await growing(town, thread)
        await town.slack.stop("Ben", "#general", thread)
        await stopped(town, thread)
