"""Answers look calm: what stands under them, what goes on where it broke off, and what is marked as edited."""

from functools import partial
from typing import Any

from tests.journeys.test_steering import button, growing
from tests.town import Json, Town, is_bot, wait_until
from threadbot_sandbox.model import Reply

DM = "D0000000ADA"
CODE = "Here:\n\n```python\nprint(longest_word('mention it in"


def text(message: Json) -> str:
    return "".join(block["text"] for block in message["blocks"] if block["type"] == "markdown")


def answers(town: Town, thread: str, channel: str = "#general") -> list[Json]:
    return [message for message in town.slack.thread(channel, thread) if is_bot(message)]


async def test_of_a_hundred_answers_none_is_marked_as_edited(town: Town) -> None:
    """In a channel they grow by edits, in direct messages as streams."""
    reply = Reply(" ".join(f"word{n}" for n in range(60)), tokens_per_second=40)
    town.model.enqueue(*[reply] * 100)
    async with town.bot():
        for place, who in (("#general", "Ada"), (DM, "Ada")):
            threads = [await town.slack.say(who, place, f"@Threadbot count {n}") for n in range(50)]
            for thread in threads:
                await town.answer(place, thread, thread)
        await town.idle()

    everything = [m for channel in town.slack.workspace.channels.values() for m in channel.messages.values()]
    whole = [message for message in everything if is_bot(message)]
    assert len(whole) == 100
    assert len(town.slack.calls_of("chat.update")) >= 100
    assert [message["ts"] for message in whole if "edited" in message] == []


async def test_the_line_under_an_answer_is_short(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert answer.footer == "small-model · cost unknown"


async def test_buttons_leave_the_older_answer_also_when_another_process_wrote_it(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot another", thread=first.thread)
        await wait_until(lambda: button(answers(town, first.thread)[0]) is None, "the older one has no buttons")
        await town.idle()

    older, newest = answers(town, first.thread)
    assert text(older) == first.text
    assert [block["type"] for block in older["blocks"]] == ["markdown", "context"]
    assert "edited" not in older
    assert button(newest) == "turn_again"


async def test_an_older_answer_that_cannot_be_edited_keeps_its_buttons_and_hinders_nothing(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        ts = first.messages[-1]["ts"]
        town.slack.fail("chat.update", error="edit_window_closed", times=5, when=lambda args: args["ts"] == ts)
        second = await town.ask("Ben", "#general", "@Threadbot another", thread=first.thread)
        await town.idle()

    assert second.text
    assert button(answers(town, first.thread)[0]) == "turn_again"


async def test_stop_stays_below_the_text_that_grows(town: Town) -> None:
    """A stream's own button stands above it; a long answer goes on by edits."""
    town.model.enqueue(Reply("words and words " * 300, tokens_per_second=150))
    async with town.bot():
        thread = await town.slack.say("Ada", DM, "count for ever")
        await town.slack.wait_for(lambda: len(text((answers(town, thread, DM) or [{"blocks": []}])[-1])) > 2_500)
        shown = [block["type"] for block in answers(town, thread, DM)[-1]["blocks"]]
        await town.answer(DM, thread, thread)

    assert town.slack.calls_of("chat.startStream")
    assert shown[-1] == "actions"


async def continued(town: Town, thread: str, ts: str, requests: int = 2) -> list[Json]:
    await town.idle()
    await town.slack.click("Ben", "#general", ts, "turn_continue")
    await wait_until(lambda: len(town.model.requests) == requests, "it goes on")
    await town.idle()
    return answers(town, thread)


async def test_after_stop_an_answer_may_go_on_in_its_place(town: Town) -> None:
    town.model.enqueue(Reply(" ".join(f"word{n}" for n in range(2000)), tokens_per_second=40), "and the end.")
    async with town.bot():
        thread = await town.slack.say("Ben", "#general", "@Threadbot count for ever")
        message = await growing(town, thread)
        await town.slack.click("Ben", "#general", message["ts"], "turn_stop")
        answer = await town.answer("#general", thread, thread)
        [whole] = await continued(town, thread, message["ts"])

    assert text(whole).startswith("word0 word1")
    assert text(whole) == f"{answer.text}and the end."
    assert whole["ts"] == message["ts"]


async def test_code_that_was_cut_goes_on_in_its_block(town: Town) -> None:
    town.model.enqueue(Reply(CODE, finish_reason="length"), "```python\n a thread'))\n```\n\nDone.")
    async with town.bot():
        cut = await town.ask("Ben", "#general", "@Threadbot write code")
        [whole] = await continued(town, cut.thread, cut.messages[-1]["ts"])

    assert text(whole) == f"{CODE} a thread'))\n```\n\nDone."


async def test_what_does_not_fit_goes_on_in_a_further_message(town: Town) -> None:
    town.model.enqueue(Reply("one two " * 1_300, finish_reason="length"), "three " * 200)
    async with town.bot():
        cut = await town.ask("Ben", "#general", "@Threadbot count")
        first, second = await continued(town, cut.thread, cut.messages[-1]["ts"])

    assert first["ts"] == cut.messages[-1]["ts"]
    assert (text(first) + text(second)).replace(" ", "") == "onetwo" * 1_300 + "three" * 200
    assert button(first) is None
    assert button(second) == "turn_again"


async def test_what_went_on_can_go_on_again_and_be_written_anew(town: Town) -> None:
    town.model.enqueue(*(Reply(word, finish_reason="length") for word in ("One, ", "two, ", "three, ")), "zwei.")
    async with town.bot():
        cut = await town.ask("Ben", "#general", "@Threadbot count")
        ts = cut.messages[-1]["ts"]
        await continued(town, cut.thread, ts)
        [twice] = await continued(town, cut.thread, ts, requests=3)
        await town.slack.click("Ben", "#general", ts, "turn_again")
        await wait_until(lambda: len(town.model.requests) == 4, "it is written anew")
        await town.idle()
        [anew] = answers(town, cut.thread)

    assert text(twice) == "One, two, three, "
    assert text(anew) == "One, two, zwei."


async def test_a_failure_to_go_on_leaves_what_stood_there(town: Town) -> None:
    town.model.enqueue(Reply("One, two,", finish_reason="length"))
    async with town.bot(openai_retries=0, turn_attempts=1):
        cut = await town.ask("Ben", "#general", "@Threadbot count")
        town.model.enqueue(*[Reply(status=500)] * 10)
        await town.idle()
        await town.slack.click("Ben", "#general", cut.messages[-1]["ts"], "turn_continue")
        await town.slack.wait_for(lambda: len(answers(town, cut.thread)) == 2, description="an apology")
        await town.idle()
        before, apology = answers(town, cut.thread)

    assert text(before) == "One, two,"
    assert "reference" in text(apology)
    assert button(apology) == "turn_again"


def introductions(town: Town, channel: str) -> list[str]:
    top = town.slack.workspace.conversation(channel).messages.values()
    return [m["text"] for m in top if is_bot(m) and "thread_ts" not in m]


async def added(town: Town, name: str) -> Any:
    channel = town.slack.workspace.conversation(name)
    channel.members.remove("U0THREADBOT")
    town.slack.workspace.join(channel, "U0THREADBOT", "U0000000ADA")
    await town.all_delivered()


async def test_a_bot_that_is_added_introduces_itself_once(town: Town) -> None:
    async with town.bot(policy="follow", read_from="all"):
        await added(town, "#general")
        await wait_until(partial(introductions, town, "#general"), "it says hello")
        await added(town, "#general")
        await town.idle()
        [message] = [m for m in town.slack.workspace.conversation("#general").messages.values() if is_bot(m)]

    said = str(message["blocks"])
    assert message["text"].startswith("Hello! I am <@U0THREADBOT>.")
    assert "I follow a thread once I am mentioned in it" in said
    assert "what anybody writes, and mark it where I do not answer them" in said
    assert "goes to the model" in said


async def test_a_preference_turns_introductions_off(town: Town) -> None:
    async with town.bot():
        assert await town.slack.command("Ada", "#general", "/threadbot", "introduction off workspace")
        await added(town, "#general")
        await town.ask("Ada", "#random", "@Threadbot tell me a joke")
        await town.idle()

    assert introductions(town, "#general") == []


async def test_a_thread_that_is_followed_by_policy_is_told_so_with_the_first_answer(town: Town) -> None:
    async with town.bot(policy="follow"):
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        second = await town.ask("Chloe", "#general", "another one", thread=first.thread)

    assert "I read and answer what is written in this thread" in (first.footer or "")
    assert "I read and answer" not in (second.footer or "")
