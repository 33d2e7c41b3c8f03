"""Slack refuses something, or people take things back at a bad moment: no thread is blocked, no answer is lost."""

from tests.journeys.test_steering import ENDLESS, click, growing
from tests.town import Town, is_bot, wait_until
from threadbot_sandbox.model import Reply

LONG = "\n\n".join(f"Paragraph {n}: " + "lorem ipsum " * 20 for n in range(70))


async def test_refusals_that_we_do_not_know_end_the_turn_and_not_the_thread(town: Town) -> None:
    """Neither as it should look, nor as plain text, nor a sentence of ours: each is tried once."""
    town.slack.fail("chat.postMessage", error="posting_to_general_channel_denied", times=4)
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: len(town.slack.calls_of("chat.postMessage")) == 4, "refused posts")
        await town.idle()
        answer = await town.ask("Ben", "#general", "@Threadbot again", thread=thread)

    assert answer.text
    assert len(town.slack.calls_of("chat.postMessage")) == 5


async def test_an_answer_that_slack_does_not_take_in_any_form_is_one_plain_sentence(town: Town) -> None:
    town.slack.fail("chat.postMessage", error="strange", times=9, when=lambda args: "odd" in str(args))
    town.model.enqueue("odd")
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot say it")
        await town.slack.wait_for(lambda: len(town.slack.thread("#general", thread)) == 2, description="a sentence")

    said = town.slack.thread("#general", thread)[1]["text"]
    assert said.startswith("Slack did not accept my answer. (reference ")


async def test_a_refused_edit_while_the_answer_grows_costs_nothing(town: Town) -> None:
    town.slack.fail("chat.update", error="invalid_blocks", times=1)
    text = " ".join(f"word{n}" for n in range(100))
    town.model.enqueue(Reply(text, tokens_per_second=30))
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot count")

    assert answer.text == text


async def test_blocks_that_slack_refuses_are_posted_as_plain_text(town: Town) -> None:
    town.slack.fail("chat.postMessage", error="invalid_blocks", times=1)
    town.model.enqueue("Plain & simple.")
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot say it")
        await town.slack.wait_for(lambda: len(town.slack.thread("#general", thread)) == 2, description="an answer")
        await town.idle()

    posted = town.slack.thread("#general", thread)[1]
    assert posted["text"].startswith("Plain &amp; simple.\n\nsmall-model · ")
    assert "blocks" not in posted


async def test_a_message_that_cannot_be_deleted_does_not_cost_the_new_answer(town: Town) -> None:
    town.model.enqueue(LONG, "Short.")
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot the long one")
        await town.idle()
        town.slack.fail("chat.delete", error="cant_delete_message", times=5)
        await click(town, "Ben", first.messages[-1])
        await town.slack.wait_for(lambda: town.slack.calls_of("chat.delete"), description="a refused deletion")
        await town.idle()

    kept, dash = [m for m in town.slack.thread("#general", first.thread) if is_bot(m)]
    assert kept["blocks"][0]["text"] == "Short."
    assert dash["text"] == "—"


async def test_a_question_that_is_deleted_while_the_model_thinks_is_not_answered(town: Town) -> None:
    """A reply to a deleted root would stand in the channel, for all to see."""
    async with town.bot():
        town.model.hold()
        thread = await town.slack.say("Ben", "#general", "@Threadbot something private")
        await town.model.wait_for(lambda: town.model.running == 1)
        await town.slack.delete("Ben", "#general", thread)
        await town.idle()
        town.model.release()
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert len([m for m in town.slack.messages("#general") if is_bot(m)]) == 1


async def test_a_question_that_is_deleted_in_mid_answer_takes_the_answer_with_it(town: Town) -> None:
    town.model.enqueue(ENDLESS)
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        await growing(town, thread)
        await town.slack.delete("Ben", "#general", thread)
        await town.idle()

    assert not [m for m in town.slack.messages("#general") if is_bot(m)]


async def test_the_stop_button_of_an_answer_that_is_over_stops_no_other(town: Town) -> None:
    town.model.enqueue(Reply("one two three four", tokens_per_second=4), Reply("five six", tokens_per_second=1))
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot first")
        old = dict(await growing(town, thread))
        await town.answer("#general", thread, thread)
        await town.idle()
        second = await town.slack.say("Ben", "#general", "@Threadbot second", thread_ts=thread)
        await town.model.wait_for(lambda: town.model.running == 1)
        town.slack.workspace.conversation("#general").messages[old["ts"]] = old  # what his screen still shows
        await click(town, "Ben", old)
        answer = await town.answer("#general", second, thread)

    assert answer.text == "five six"
    assert town.model.cancelled == []


async def test_a_status_that_slack_shows_late_does_not_stay(town: Town) -> None:
    town.slack.fail("assistant.threads.setStatus", delay=2.0)
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()

    assert town.slack.workspace.statuses == {}


async def test_asked_into_a_long_thread_the_bot_reads_its_end(town: Town) -> None:
    async with town.bot(history_tokens=100_000):
        root = await town.slack.say("Ada", "#general", "note 0")
        for n in range(1, 450):
            await town.slack.say("Ada", "#general", f"note {n}", thread_ts=root)
        ts = await town.slack.say("Ben", "#general", "@Threadbot what was the last note?", thread_ts=root)
        await town.answer("#general", ts, root)

    asked = town.model.requests[-1]["messages"][-1]["content"]
    assert "note 449" in asked
    assert "note 3\n" not in asked
