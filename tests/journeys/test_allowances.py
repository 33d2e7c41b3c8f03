"""Who is over a budget asks for more, an admin decides, and the question is answered; or a cheaper model answers it."""

import pytest

from tests.town import Json, Town, is_bot


def whispers(town: Town, who: str) -> list[str]:
    return town.slack.whispers(who)


async def over(town: Town, who: str = "Ben") -> tuple[str, Json]:
    """A question for which there is no room, and what its asker is told."""
    before = len(whispers(town, who))
    thread = await town.slack.say(who, "#general", "@Threadbot tell me a joke")
    await town.slack.wait_for(lambda: len(whispers(town, who)) > before, description=f"{who} is told")
    await town.idle()
    return thread, town.slack.notes(who)[-1]


def answered(town: Town, thread: str) -> bool:
    return any(is_bot(m) for m in town.slack.thread("#general", thread))


async def asks_for_more(town: Town, note: Json, who: str = "Ben") -> Json:
    """What Ada reads of it, who is an owner of the workspace."""
    assert await town.slack.click(who, "#general", note["ts"], "budget_more")
    await town.slack.wait_for(lambda: direct(town, "Ada"), description="Ada is asked")
    return direct(town, "Ada")[-1]


def direct(town: Town, who: str) -> list[Json]:
    """The bot's messages in somebody's direct messages."""
    user = town.slack.workspace.person(who).id
    return [m for m in town.slack.messages(f"D{user[1:]}") if is_bot(m)]


@pytest.mark.parametrize("verdict", ["once", "period", "no"])
async def test_more_is_asked_for_and_an_admin_decides(town: Town, verdict: str) -> None:
    async with town.bot(budget_person_day="280 tokens"):
        thread, note = await over(town)
        asked = await asks_for_more(town, note)
        assert "asks for more in" in str(asked)
        await town.slack.click("Ada", "D0000000ADA", asked["ts"], f"budget_decide_{verdict}")
        if verdict == "no":
            await town.slack.wait_for(lambda: "said no" in str(whispers(town, "Ben")[-1:]), description="Ben is told")
        else:
            await town.answer("#general", thread, thread)
        await town.idle()

    assert answered(town, thread) == (verdict != "no")


async def test_the_first_admin_decides_and_nobody_asks_twice(town: Town) -> None:
    async with town.bot(budget_person_day="280 tokens", admin_users="U000000DORA"):
        _, note = await over(town)
        asked = await asks_for_more(town, note)
        await town.slack.wait_for(lambda: direct(town, "Dora"), description="Dora is asked, too")
        again = len(whispers(town, "Ben"))
        await town.slack.click("Ben", "#general", note["ts"], "budget_more")
        await town.slack.wait_for(lambda: len(whispers(town, "Ben")) > again, description="Ben is told")
        await town.slack.click("Ada", "D0000000ADA", asked["ts"], "budget_decide_no")
        await town.slack.wait_for(lambda: "said no" in str(whispers(town, "Ben")), description="Ben is told of it")
        await town.slack.click("Dora", "D000000DORA", direct(town, "Dora")[-1]["ts"], "budget_decide_once")
        await town.slack.wait_for(
            lambda: "has decided that already" in str(direct(town, "Dora")) + str(whispers(town, "Dora")),
            description="Dora is told that it is decided",
        )

    assert "I have asked the admins already" in str(whispers(town, "Ben"))


async def test_a_cheaper_model_answers_if_it_fits(town: Town) -> None:
    async with town.bot(budget_person_day="280 tokens", cheaper_model="tiny-model"):
        thread, note = await over(town)
        assert "Answer with tiny-model" in str(note)
        asked = len(town.model.requests)
        await town.slack.click("Ben", "#general", note["ts"], "budget_cheaper")
        await town.slack.wait_for(lambda: len(whispers(town, "Ben")) > 1, description="it does not fit either")
        await town.idle()
        assert len(town.model.requests) == asked
        await town.slack.command("Ada", "#general", "/threadbot", "budget 1000 tokens per day for everyone")
        await town.slack.click("Ben", "#general", note["ts"], "budget_cheaper")
        await town.answer("#general", thread, thread)

    assert town.model.requests[-1]["model"] == "tiny-model"


async def test_what_is_set_in_slack_wins_and_is_shown_and_noted(town: Town) -> None:
    async with town.bot(budget_person_day="1 tokens"):
        told = await said(town, "Ada", "/threadbot budget 5,000 tokens per day for everyone")
        assert "From now on the budget of each person is 5,000 tokens per day." in told
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        assert "Only admins may do that" in await said(town, "Ben", "/threadbot budget off me")
        shown = await said(town, "Ben", "/threadbot budget")
        assert "of 5,000 tokens" in shown
        assert "<!date^" in shown
        audit = await said(town, "Ada", "/threadbot audit")
        await said(town, "Ada", "/threadbot budget off everyone")
        assert "No budget applies to you here" in await said(town, "Ben", "/threadbot budget")

    assert "changed the budget of" in audit
    assert "5,000 tokens per day" in audit


async def test_who_asks_too_often_waits_or_is_told_when(town: Town) -> None:
    async with town.bot(limit_person_minute=1):
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await over(town)
        assert "You may ask 1 question a minute" in whispers(town, "Ben")[-1]
        assert (await town.ask("Chloe", "#general", "@Threadbot tell me a joke")).text


async def test_of_several_at_once_the_rest_waits_in_the_inbox(town: Town) -> None:
    town.model.hold()
    async with town.bot(limit_person_at_once=1):
        threads = [await town.slack.say("Ben", "#general", "@Threadbot tell me a joke") for _ in range(2)]
        await town.model.wait_for(lambda: town.model.running == 1, description="one is asked")
        await town.all_delivered()
        assert (len(town.model.requests), whispers(town, "Ben")) == (1, [])
        town.model.release()
        for thread in threads:
            assert (await town.answer("#general", thread, thread)).text


async def test_on_home_budgets_are_seen_and_set_in_a_form(town: Town) -> None:
    async with town.bot(budget_person_day="3.00"):
        await town.slack.open_home("Ben")
        home = await town.slack.wait_for(lambda: town.slack.home("Ben"), description="Ben's Home tab")
        assert "$0.00 of $3.00" in str(home)
        assert "Budgets and limits" not in str(home)
        await town.slack.open_home("Ada")
        await town.slack.wait_for(lambda: "home_budgets" in str(town.slack.home("Ada")), description="Ada's Home tab")
        await town.slack.click_view("Ada", (town.slack.home("Ada") or {})["id"], "home_budgets")
        form = await town.slack.wait_for(lambda: town.slack.modal("Ada"), description="the form")
        assert await town.slack.submit("Ada", (form or {})["id"], {"day": "lots"})
        assert not await town.slack.submit("Ada", (form or {})["id"], {"day": "5000 tokens", "minute": "9"})
        shown = await said(town, "Ben", "/threadbot budget")
        await town.slack.click_view("Ada", (town.slack.home("Ada") or {})["id"], "home_budgets")
        form = await asked_again(town)
        for one in ({"whose": "person", "person": "U0000000BEN"}, {"whose": "channel", "channel": "C000GENERAL"}):
            assert not await town.slack.submit("Ada", (form or {})["id"], {**one, "month": "77 tokens"})
            await town.slack.click_view("Ada", (town.slack.home("Ada") or {})["id"], "home_budgets")
            form = await asked_again(town)
        both = await said(town, "Ben", "/threadbot budget")

    assert both.count("of 77 tokens") == 2
    assert "of 5,000 tokens" in shown
    assert "You may ask 9 questions a minute" in shown


async def asked_again(town: Town) -> Json:
    """The form, empty once more."""

    def seen() -> Json | None:
        view = town.slack.modal("Ada")
        return view if view and "Which person" in str(view) else None

    form = await town.slack.wait_for(seen, description="the form once more")
    assert form is not None
    return form


async def test_a_fuse_pauses_the_workspace_and_tells_its_admins(town: Town) -> None:
    async with town.bot(fuse_calls_hour=1, admin_users="U000000DORA"):
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        await over(town, "Chloe")
        await town.slack.wait_for(lambda: direct(town, "Ada"), description="Ada is told")
        await over(town, "Ben")

        refused = await said(town, "Ben", "/threadbot fuse lift")
        notice = direct(town, "Ada")[0]
        assert await town.slack.click("Ada", "D0000000ADA", notice["ts"], "fuse_lift")
        await town.slack.wait_for(
            lambda: "I go on." in str(direct(town, "Ada")), description="Ada sees that it goes on"
        )
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        await over(town, "Ben")
        lifted = await said(town, "Dora", "/threadbot fuse lift")
        again = await said(town, "Dora", "/threadbot fuse lift")
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        audit = await said(town, "Ada", "/threadbot audit fuse")

    assert "Only admins may do that" in refused
    assert "I go on." in lifted
    assert "the fuse has not blown" in again
    assert audit.count("let the bot go on after the fuse had blown") == 2
    assert any("I pause in this workspace" in each for each in whispers(town, "Chloe"))
    assert len(direct(town, "Ada")) == 2, "one for each time"
    assert "1 question within an hour" in str(direct(town, "Ada")[1])


async def said(town: Town, who: str, command: str) -> str:
    """Give a slash command, and return what it answers."""
    before = len(town.slack.notes(who))
    await town.slack.command(who, "#general", *command.split(" ", 1))
    await town.slack.wait_for(lambda: len(town.slack.notes(who)) > before, description=f"an answer to {command}")
    return str(town.slack.notes(who)[-1])
