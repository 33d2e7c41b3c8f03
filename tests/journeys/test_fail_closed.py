"""Slack does not say who somebody is, or says that they are somebody else now: nobody gains a right by that."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.slack.api import cache
from bot.turns import guards
from tests.journeys.test_access import GARDENERS, decide, whispers
from tests.responder import command
from tests.town import Town, is_bot, wait_until
from threadbot_sandbox.slack.seed import DORA

UNCHECKED = "I could not check with Slack who you are"
HIDDEN = "Slack does not show me who you are"
DOWN: dict[str, Any] = {"error": "internal_error", "status": 500, "times": 1000}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cached between two questions, and what failed is asked again at once."""
    monkeypatch.setattr(cache, "FRESH_FOR", 0.0)
    monkeypatch.setattr(cache, "RETRY_AFTER", 0.0)
    monkeypatch.setattr(guards, "CHECK_AGAIN_AFTER", 0.05, raising=False)


async def told(town: Town, who: str, channel: str, text: str = "@Threadbot tell me a joke") -> str:
    """What somebody is told alone who asks and is not answered."""
    before = len(whispers(town))
    thread = await town.slack.say(who, channel, text)
    await wait_until(lambda: len(whispers(town)) > before or town.model.requests, f"{who} is told")
    await town.idle()
    assert town.model.requests == []
    assert not any(is_bot(message) for message in town.slack.thread(channel, thread))
    return whispers(town)[-1][1]


@pytest.mark.parametrize(
    ("how", "who", "channel", "line"),
    [
        (DOWN, "Ben", "#general", UNCHECKED),
        (DOWN, "Gus", "#general", UNCHECKED),
        (DOWN, "Dora", "#general", UNCHECKED),
        (DOWN, "Ben", "D0000000BEN", UNCHECKED),
        (DOWN, "Otto", "#partners", "I do not answer people from other workspaces here."),
        ({"error": "missing_scope", "times": 1000}, "Gus", "#general", UNCHECKED),
        ({"error": "user_not_visible", "times": 1000}, "Gus", "#general", HIDDEN),
        ({"error": "user_not_found", "times": 1000}, "Ben", "#general", HIDDEN),
    ],
    ids=str,
)
async def test_whom_slack_does_not_describe_is_told_so_and_not_let_in(
    town: Town, how: dict[str, Any], who: str, channel: str, line: str
) -> None:
    town.slack.fail("users.info", **how)
    async with town.bot():
        assert (await told(town, who, channel)).startswith(line)


async def test_a_question_waits_while_slack_does_not_say_who_asks(town: Town) -> None:
    town.slack.fail("users.info", error="internal_error", status=500, times=2)
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert whispers(town) == []


async def test_while_slack_does_not_answer_people_are_who_they_were(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Gus", "#general", "@Threadbot me too")
        await wait_until(lambda: whispers(town), "Gus is told")
        town.slack.fail("users.info", **DOWN)
    async with town.bot():  # another process, which has nothing in memory
        await town.ask("Ben", "#general", "@Threadbot tell me another")
        await town.slack.say("Gus", "#general", "@Threadbot me too, please")
        await wait_until(lambda: len(whispers(town)) > 1, "Gus is told again")

    assert [text[:27] for _, text in whispers(town)] == ["I do not answer guests here"] * 2
    assert len(town.model.requests) == 2


@pytest.mark.parametrize("listing", ["denied_groups", "allowed_groups"])
async def test_while_nobody_knows_who_is_in_a_group_none_are_let_in_but_admins(town: Town, listing: str) -> None:
    await decide(town, **{listing: GARDENERS})
    town.slack.fail("usergroups.users.list", **DOWN)
    async with town.bot():
        assert (await told(town, "Chloe", "#general")).startswith(UNCHECKED)
        assert (await told(town, "Ben", "#general")).startswith(UNCHECKED)
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")


async def test_an_admin_who_is_one_no_longer_changes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FRESH_FOR", 300.0)
    async with town.bot():
        assert "Whom I answer" in await command(town, "Dora", "#general", "/threadbot allow")
        town.slack.workspace.users[DORA] = replace(town.slack.workspace.users[DORA], is_admin=False, deleted=True)
        refused = await command(town, "Dora", "#general", "/persona use concise workspace")
        here = await command(town, "Ada", "#general", "/persona")

    assert refused.startswith("Only admins may do that.")
    assert "concise" not in here


async def test_while_slack_does_not_answer_nothing_is_administered(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FRESH_FOR", 300.0)
    async with town.bot():
        await command(town, "Dora", "#general", "/threadbot settings")
        town.slack.fail("users.info", **DOWN)
        left = await command(town, "Dora", "#general", "/persona use concise workspace")
        here = await command(town, "Dora", "#general", "/persona")

    assert left.startswith("I could not check with Slack whether you may do that, so nothing was done.")
    assert "concise" not in here


async def test_a_guest_who_is_not_answered_makes_the_bot_follow_no_thread(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Gus", "#general", "@Threadbot follow this thread", thread_ts=answer.thread)
        await wait_until(lambda: whispers(town), "Gus is told")
        for n in range(3):
            await town.slack.say("Chloe", "#general", f"remark {n}", thread_ts=answer.thread)
        await town.all_delivered()
        await town.idle()

    assert whispers(town)[0][1].startswith("I do not answer guests here.")
    assert len(town.model.requests) == 1


async def test_a_guest_who_is_answered_lets_the_bot_follow_only_threads_of_their_own(town: Town) -> None:
    await decide(town, guests=True)
    async with town.bot():
        of_ben = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Gus", "#general", "@Threadbot follow this thread", thread_ts=of_ben.thread)
        await wait_until(lambda: len(whispers(town)) == 1, "Gus is told")
        of_gus = await town.ask("Gus", "#general", "@Threadbot tell me a joke")
        await town.slack.say("Gus", "#general", "@Threadbot follow this thread", thread_ts=of_gus.thread)
        in_thread = partial(town.slack.thread, "#general", of_gus.thread)
        await wait_until(lambda: "has asked me to follow" in str(in_thread()), "all are told")

    assert [text[:12] for _, text in whispers(town)] == ["Only members"]


async def test_who_is_denied_is_obeyed_in_nothing_but_to_forget_and_help(town: Town) -> None:
    await decide(town, denied_users="U0000000BEN")
    async with town.bot():
        asked = [
            await command(town, "Ben", "#general", text)
            for text in ("/persona", "/persona list", "/persona show concise", "/persona use concise me")
        ]
        asked += [await command(town, "Ben", "#general", text) for text in ("/threadbot settings", "/threadbot usage")]
        forgets = await command(town, "Ben", "#general", "/threadbot forget me")
        helps = await command(town, "Ben", "#general", "/persona help")
        await town.slack.open_home("Ben")
        home = await town.slack.wait_for(lambda: town.slack.workspace.homes.get("U0000000BEN"), description="a Home")

    assert {text[:27] for text in asked} == {"I cannot answer you here. I"}
    assert forgets.startswith("This makes me forget what you said")
    assert "/persona list" in helps
    assert "I cannot answer you here." in str(home)
    assert "concise" not in str(home)
