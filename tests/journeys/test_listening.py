"""Who is answered, when, and what is remembered of what others said."""

from tests.town import Town, is_bot, said, wait_until


async def test_a_mention_arrives_twice_and_is_answered_once(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        kinds = [d.type for d in town.slack.deliveries if d.acked][:2]
        await town.ask("Ada", "#general", "@Threadbot again", thread=answer.thread)

    assert sorted(kinds) == ["app_mention", "message"]
    assert len(town.model.requests) == 2


async def test_an_event_that_is_sent_again_is_not_answered_again(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        mention = next(d for d in town.slack.deliveries if d.type == "app_mention")
        again = await town.slack.redeliver(mention.event_id)
        await town.ask("Ada", "#general", "@Threadbot once more", thread=first.thread)

    assert again.acked
    assert len(town.model.requests) == 2


async def test_what_is_not_addressed_to_the_bot_is_context_and_gets_no_answer(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Ben", "#general", "I did not get it", thread_ts=first.thread)
        await town.all_delivered()
        await town.ask("Ada", "#general", "@Threadbot explain it to Ben", thread=first.thread)

    told = said(town.model.requests[-1])
    assert len(town.model.requests) == 2
    assert told[-1] == ("user", "Ben: I did not get it\n\nAda: explain it to Ben")
    assert told[1] == ("user", "Ada: tell me a joke")


async def test_chatter_outside_of_its_threads_is_neither_answered_nor_kept(town: Town) -> None:
    async with town.bot():
        root = await town.slack.say("Ada", "#general", "nobody asked the bot")
        await town.slack.say("Ben", "#general", "indeed", thread_ts=root)
        await town.all_delivered()
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(town.model.requests) == 1
    assert not any(is_bot(m) for m in town.slack.thread("#general", root))


async def test_private_channels_and_group_messages_are_served_too(town: Town) -> None:
    async with town.bot():
        await town.ask("Ada", "#secret-garden", "@Threadbot tell me a joke")
        await town.ask("Ben", "mpdm-ada--ben--threadbot-1", "@Threadbot tell me a joke")

    assert len(town.model.requests) == 2


async def test_other_bots_are_never_answered(town: Town) -> None:
    async with town.bot():
        await town.slack.say("Deploybot", "#general", "@Threadbot deploy finished")
        await town.all_delivered()
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(town.model.requests) == 1


async def test_an_empty_mention_gets_a_hello_without_asking_the_model(town: Town) -> None:
    async with town.bot():
        ts = await town.slack.say("Ada", "#general", "@Threadbot")
        await town.slack.wait_for(lambda: len(town.slack.thread("#general", ts)) == 2, description="a hello")

    assert town.slack.thread("#general", ts)[1]["text"].startswith("Hello!")
    assert town.model.requests == []


async def test_a_reply_that_is_also_sent_to_the_channel_is_answered_in_its_thread(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        ts = await town.slack.say("Ada", "#general", "@Threadbot another", thread_ts=first.thread, broadcast=True)
        await town.answer("#general", ts, first.thread)

    assert len(town.model.requests) == 2


async def test_messages_that_come_during_an_answer_are_answered_together_in_the_next(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        root = await town.slack.say("Ada", "#general", "@Threadbot first")
        await town.model.wait_for(lambda: town.model.running == 1)
        await town.slack.say("Ada", "#general", "@Threadbot second", thread_ts=root)
        last = await town.slack.say("Ben", "#general", "@Threadbot third", thread_ts=root)
        await town.all_delivered()
        town.model.release()
        await town.answer("#general", last, root)
        await town.model.wait_for(lambda: town.model.finished == 2)

    assert said(town.model.requests[1])[-1] == ("user", "Ada: second\n\nBen: third")


async def test_an_edited_question_is_asked_as_edited_and_a_deleted_one_not_at_all(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        root = await town.slack.say("Ada", "#general", "@Threadbot first")
        await town.model.wait_for(lambda: town.model.running == 1)
        second = await town.slack.say("Ada", "#general", "@Threadbot secnod", thread_ts=root)
        third = await town.slack.say("Ada", "#general", "@Threadbot never mind", thread_ts=root)
        await town.slack.edit("Ada", "#general", second, "@Threadbot second")
        await town.slack.delete("Ada", "#general", third)
        await town.all_delivered()
        town.model.release()
        await town.model.wait_for(lambda: town.model.finished == 2)

    assert said(town.model.requests[1])[-1] == ("user", "second")


async def test_a_question_that_comes_with_a_file_says_that_the_file_was_not_read(town: Town) -> None:
    async with town.bot():
        report = {"name": "report.pdf", "mimetype": "application/pdf", "content_base64": "JVBERi0="}
        ts = await town.slack.say("Ada", "#general", "@Threadbot sum it up", files=[report])
        answer = await town.answer("#general", ts, ts)

    assert "report.pdf" in said(town.model.requests[0])[-1][1]
    assert answer.footer is not None
    assert "not read: report.pdf" in answer.footer


async def test_a_bot_that_is_asked_into_a_thread_knows_what_was_said_there(town: Town) -> None:
    async with town.bot():
        root = await town.slack.say("Ada", "#general", "lunch at noon or at one?")
        await town.slack.say("Ben", "#general", "one is better", thread_ts=root)
        first = await town.slack.say("Chloe", "#general", "@Threadbot when is lunch?", thread_ts=root)
        await town.answer("#general", first, root)
        second = await town.slack.say("Chloe", "#general", "@Threadbot thanks", thread_ts=root)
        await town.answer("#general", second, root)

    before = "Ada: lunch at noon or at one?\n\nBen: one is better\n\nChloe: when is lunch?"
    assert said(town.model.requests[0])[1:] == [("user", before)]
    assert said(town.model.requests[1])[1] == ("user", before)
    assert len(town.slack.calls_of("conversations.replies")) == 1


async def test_where_slack_does_not_tell_what_was_said_before_the_bot_answers_without(town: Town) -> None:
    town.slack.fail("conversations.replies", error="ratelimited", status=429, retry_after=60)
    async with town.bot():
        root = await town.slack.say("Ada", "#general", "lunch at noon or at one?")
        ts = await town.slack.say("Chloe", "#general", "@Threadbot tell me a joke", thread_ts=root)
        answer = await town.answer("#general", ts, root)

    assert answer.text
    assert said(town.model.requests[0])[1:] == [("user", "tell me a joke")]


async def test_a_mention_that_slack_delivers_late_is_answered_once_and_asked_once(town: Town) -> None:
    town.slack.retry_delays = (3.0, *(1.0,) * 60)
    root = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
    async with town.bot():
        second = await town.slack.say("Ada", "#general", "@Threadbot square root of 16", thread_ts=root)
        await town.answer("#general", second, root)
        await wait_until(lambda: len(town.model.requests) == 2, "the late one is asked")
        await town.all_delivered()
        await town.idle()

    assert said(town.model.requests[0])[1:] == [("user", "square root of 16")]
    assert [text for role, text in said(town.model.requests[1]) if role == "user"] == [
        "square root of 16",
        "tell me a joke",
    ]
    assert len([m for m in town.slack.thread("#general", root) if is_bot(m)]) == 2
