"""When the bot speaks without being mentioned, and when it keeps silent."""

import pytest

from bot.policy.triggers import MAX_BOTS
from tests.town import Answer, Town, is_bot, said, wait_until
from threadbot_sandbox.slack.seed import BEN


async def choose(town: Town, command: str, channel: str = "#general") -> None:
    """An admin gives a slash command."""
    assert await town.slack.command("Ada", channel, "/threadbot", command)


async def mutter(town: Town, who: str, text: str, thread: str, channel: str = "#general") -> None:
    """Say something that is perhaps not for the bot, and wait until it has heard it."""
    await town.slack.say(who, channel, text, thread_ts=thread)
    await town.all_delivered()
    await town.idle()


def whispers(town: Town) -> list[tuple[str, str]]:
    """Whom the bot has told something alone, and what."""
    return [(call.args["user"], call.args["text"]) for call in town.slack.calls_of("chat.postEphemeral")]


def answers(town: Town, thread: str) -> int:
    return len([message for message in town.slack.thread("#general", thread) if is_bot(message)])


async def test_where_it_follows_a_thread_needs_one_mention(town: Town) -> None:
    async with town.bot():
        await choose(town, "policy follow here")
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        second = await town.ask("Chloe", "#general", "explain it, please", thread=first.thread)
        elsewhere = await town.slack.say("Ben", "#general", "lunch?")
        await mutter(town, "Chloe", "at noon", elsewhere)

    assert isinstance(second, Answer)
    assert "explain it, please" in said(town.model.requests[-1])[-1][1]
    assert len(town.model.requests) == 2


async def test_where_people_turn_to_one_another_it_keeps_silent_until_it_is_mentioned_again(town: Town) -> None:
    async with town.bot():
        await choose(town, "policy follow-until-other here")
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.ask("Ben", "#general", "another", thread=first.thread)
        await mutter(town, "Ben", "@chloe did you get it?", first.thread)
        await mutter(town, "Chloe", "not at all", first.thread)
        silent = len(town.model.requests)
        await town.ask("Chloe", "#general", "@Threadbot please explain", thread=first.thread)
        await town.ask("Chloe", "#general", "and now shorter", thread=first.thread)

    assert silent == 2
    assert any("not at all" in text for _, text in said(town.model.requests[2]))
    assert len(town.model.requests) == 4


@pytest.mark.parametrize("how", ["words", "menu"])
async def test_a_thread_is_followed_and_left_alone_as_people_there_wish(town: Town, how: str) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")

        def told() -> list[str]:
            """In the thread, to all, and to Ben alone."""
            lines = [m for m in town.slack.thread("#general", first.thread) if "has asked me to follow" in m["text"]]
            return [*(m["text"] for m in lines), *(text for user, text in whispers(town) if user == BEN)]

        async def wish(words: str, option: str) -> None:
            before = len(told())
            if how == "words":
                await town.slack.say("Ben", "#general", words, thread_ts=first.thread)
            else:
                newest = [m for m in town.slack.thread("#general", first.thread) if "thread_menu" in str(m)][-1]
                await town.slack.click("Ben", "#general", newest["ts"], "thread_menu", value=option)
            await wait_until(lambda: len(told()) > before, "it is told")

        await wish("@Threadbot follow this thread", "follow")
        await town.ask("Chloe", "#general", "another one", thread=first.thread)
        await wish("stop following", "unfollow")
        await mutter(town, "Chloe", "that was the last one", first.thread)
        await wish("@Threadbot stop following", "unfollow")

    follows, leaves, alone = told()
    assert follows.startswith(
        f"<@{BEN}> has asked me to follow this thread: from now on I read all that is written here"
    )
    assert leaves.startswith(f"<@{BEN}> has asked me to follow this thread no longer.")
    assert alone == "I do not follow this thread."
    assert len(town.model.requests) == 2
    assert "follow" not in str(said(town.model.requests[-1]))


async def test_the_words_are_only_words_where_it_is_not_meant(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        for words in ("stop following", "follow this thread", "persona", "persona bard"):
            await mutter(town, "Chloe", words, first.thread)

    assert whispers(town) == []
    assert len(town.model.requests) == 1


async def test_a_muted_channel_gets_no_answer_and_whoever_mentions_it_one_private_line(town: Town) -> None:
    async with town.bot():
        await choose(town, "policy mute here")
        thread = await town.slack.say("Ben", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: whispers(town), "Ben is told")
        await mutter(town, "Ben", "@Threadbot hello?", thread)
        await mutter(town, "Ben", "@Threadbot follow this thread", thread)
        await wait_until(lambda: len(whispers(town)) == 2, "Ben is told again")
        await town.ask("Ben", "D0000000BEN", "tell me a joke")

    assert [user for user, _ in whispers(town)] == ["U0000000BEN"] * 2
    assert all("I am muted in this channel" in text for _, text in whispers(town))
    assert answers(town, thread) == 0
    assert len(town.model.requests) == 1


async def test_two_bots_do_not_talk_to_each_other_for_ever(town: Town) -> None:
    async with town.bot():
        await choose(town, "allow bots")
        town.model.hold()
        thread = await town.slack.say("Deploybot", "#general", "@Threadbot all is green")
        await town.model.wait_for(lambda: town.model.running == 1)
        for n in range(MAX_BOTS + 1):
            await town.slack.say("Deploybot", "#general", f"@Threadbot thanks {n}", thread_ts=thread)
            await town.all_delivered()
        town.model.release()
        await town.idle()
        await town.ask("Ben", "#general", "@Threadbot what did they say?", thread=thread)
        await town.ask("Deploybot", "#general", "@Threadbot and again", thread=thread)

    alone, with_ben = (str(said(request)) for request in town.model.requests[1:3])
    assert f"thanks {MAX_BOTS - 2}" in alone
    assert f"thanks {MAX_BOTS - 1}" not in alone
    assert f"thanks {MAX_BOTS}" in with_ben
    assert len(town.model.requests) == 4
