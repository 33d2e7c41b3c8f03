"""Another persona answers in one thread, chosen where slash commands do not exist."""

from collections.abc import Awaitable, Callable

import pytest

from tests.town import Answer, Json, Town, said, wait_until

Choose = Callable[[Town, str, Answer], Awaitable[None]]


def whispers(town: Town) -> list[tuple[str, str]]:
    """Whom the bot has told something alone, and what."""
    return [(call.args["user"], call.args["text"]) for call in town.slack.calls_of("chat.postEphemeral")]


def voice(town: Town) -> str:
    """The system prompt of the newest request."""
    return said(town.model.requests[-1])[0][1]


async def form(town: Town, who: str, callback: str) -> Json:
    """The form before somebody, once it is the wanted one."""

    def there() -> Json | None:
        view = town.slack.modal(who)
        return view if view and view["callback_id"] == callback else None

    found = await town.slack.wait_for(there, description=f"the form {callback}")
    assert found is not None
    return found


async def in_words(town: Town, who: str, answer: Answer) -> None:
    await town.slack.say(who, "#general", "@Threadbot persona Shakespearean", thread_ts=answer.thread)
    await wait_until(lambda: whispers(town), f"{who} is told")


async def by_menu(town: Town, who: str, answer: Answer) -> None:
    await town.slack.click(who, "#general", answer.messages[-1]["ts"], "thread_menu", value="persona")
    await fill_in(town, who)


async def by_shortcut(town: Town, who: str, answer: Answer) -> None:
    await town.slack.shortcut(who, "#general", answer.thread, "use_persona")
    await fill_in(town, who)


async def fill_in(town: Town, who: str) -> None:
    view = await form(town, who, "thread_persona")
    await town.slack.submit(who, view["id"], {"persona": "shakespearean"})
    told = await form(town, who, "notice")
    assert "*shakespearean* answers in this thread from now on." in str(told["blocks"])


@pytest.mark.parametrize("choose", [in_words, by_menu, by_shortcut])
async def test_whoever_began_a_thread_chooses_who_answers_in_it(town: Town, choose: Choose) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await choose(town, "Ben", first)
        here = await town.ask("Chloe", "#general", "@Threadbot another", thread=first.thread)
        changed = voice(town)
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert here.footer is not None
    assert "shakespearean" in here.footer
    assert changed != voice(town)
    assert "persona" not in str([text for role, text in said(town.model.requests[1]) if role == "user"])


async def test_others_may_not_but_admins_may(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        before = voice(town)
        await in_words(town, "Chloe", first)
        await town.slack.shortcut("Chloe", "#general", first.messages[-1]["ts"], "use_persona")
        refused = await form(town, "Chloe", "notice")
        await town.slack.wait_for(
            lambda: "Only the person who started" in str((town.slack.modal("Chloe") or refused)["blocks"]),
            description="a refusal",
        )
        await town.ask("Ben", "#general", "@Threadbot another", thread=first.thread)
        unchanged = voice(town)
        await by_menu(town, "Ada", first)
        await town.ask("Ben", "#general", "@Threadbot another", thread=first.thread)

    [(user, text)] = whispers(town)
    assert user == "U00000CHLOE"
    assert text.startswith("Only the person who started the thread, and admins, may do that.")
    assert unchanged == before
    assert voice(town) != before


async def test_a_right_that_was_lost_while_the_form_was_open_is_gone(town: Town) -> None:
    async with town.bot(admin_users="U0000000BEN"):
        first = await town.ask("Chloe", "#general", "@Threadbot tell me a joke")
        await town.slack.shortcut("Ben", "#general", first.messages[-1]["ts"], "use_persona")
        view = await form(town, "Ben", "thread_persona")
    async with town.bot():
        await town.slack.submit("Ben", view["id"], {"persona": "shakespearean"})
        told = await form(town, "Ben", "notice")

    assert "Only the person who started the thread" in str(told["blocks"])


async def test_what_comes_back_with_a_form_makes_nobody_the_one_who_began(town: Town) -> None:
    async with town.bot():
        bens = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        chloes = await town.ask("Chloe", "#general", "@Threadbot tell me a joke")
        await town.slack.shortcut("Ben", "#general", bens.messages[-1]["ts"], "use_persona")
        view = await form(town, "Ben", "thread_persona")
        claimed = view["private_metadata"].replace(bens.thread, chloes.thread)[:-1] + ', "starter": "U0000000BEN"}'
        town.slack.workspace.views[view["id"]] = view | {"private_metadata": claimed}
        await town.slack.submit("Ben", view["id"], {"persona": "shakespearean"})
        told = await form(town, "Ben", "notice")

    assert "Only the person who started the thread" in str(told["blocks"])


async def test_who_answers_and_why_is_told_alone_and_an_unknown_name_gets_a_suggestion(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Chloe", "#general", "@Threadbot persona", thread_ts=first.thread)
        await wait_until(lambda: whispers(town), "Chloe is told")
        await town.slack.say("Ben", "#general", "@Threadbot persona shakespear", thread_ts=first.thread)
        await wait_until(lambda: len(whispers(town)) == 2, "Ben is told")
        await town.ask("Ben", "D0000000BEN", "persona shakespearean is what I would like to talk about")

    (_, explained), (_, unknown) = whispers(town)
    assert explained.startswith("*default* answers in this thread until another persona is chosen.")
    assert "translator" in explained
    assert "Did you mean *shakespearean*?" in unknown
    assert len(town.model.requests) == 2


async def test_slack_is_answered_in_time_though_slack_itself_is_slow(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        town.slack.fail("users.info", delay=2.5)
        noticed = await town.slack.click("Chloe", "#general", first.messages[-1]["ts"], "thread_menu", value="follow")

        def told() -> bool:
            return "has asked me to follow" in str(town.slack.thread("#general", first.thread))

        told_by_then = told()
        await wait_until(told, "all are told, later")

    assert not told_by_then
    assert noticed


async def test_what_is_told_alone_is_told_where_it_can_be_seen(town: Town) -> None:
    """Slack shows a private line in a thread only if the thread has a reply; before that, in the channel."""
    async with town.bot():
        await town.slack.say("Ben", "#general", "@Threadbot persona")
        await wait_until(lambda: len(whispers(town)) == 1, "Ben is told in the channel")
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Ben", "#general", "@Threadbot persona", thread_ts=answer.thread)
        await wait_until(lambda: len(whispers(town)) == 2, "Ben is told in the thread")

    places = [call.args.get("thread_ts") for call in town.slack.calls_of("chat.postEphemeral")]
    assert places == [None, answer.thread]
