"""Who tries the bot without a model sees all the same that it reads the thread, and that personas differ."""

from tests.town import Town


async def test_what_was_said_in_the_thread_before_the_mention_is_told_by_name(town: Town) -> None:
    async with town.bot():
        root = await town.slack.say("Ada", "#general", "When do we meet?")
        await town.slack.say("Ada", "#general", "14 is better", thread_ts=root)
        await town.slack.say("Ben", "#general", "7 June please", thread_ts=root)
        mine = await town.ask("Ben", "#general", "@Threadbot what did I say?", root)
        all_ = await town.ask("Chloe", "#general", "@Threadbot sum up this thread", root)

    assert mine.text == "You said, oldest first:\n\n> 7 June please"
    assert "- **Ada**: 14 is better\n- **Ben**: 7 June please\n- **Ben**: what did I say?" in all_.text


async def test_another_persona_is_seen_in_the_next_answer(town: Town) -> None:
    async with town.bot():
        plain = await town.ask("Ada", "#general", "@Threadbot square root of 16")
        await town.slack.command("Ada", "#general", "/persona", "use concise here")
        short = await town.ask("Ada", "#general", "@Threadbot square root of 16")
        await town.slack.command("Ada", "#general", "/persona", "use editor here")
        edited = await town.ask("Ada", "#general", "@Threadbot teh meeting is at nine")

    assert (plain.text, short.text) == ("The square root of 16 is 4.", "In short: 4.")
    assert edited.text.startswith("*As a careful editor:*\n\nThe meeting is at nine.\n\n---\n**What I changed**")
