"""Who is answered, and what those are told who are not."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from bot.policy.preferences import Defaults
from bot.run import app
from bot.store.preferences import RedisPrefs
from tests.town import KEYS, Town, is_bot, said, wait_until

BEN, CHLOE, GARDENERS, GENERAL = "U0000000BEN", "U00000CHLOE", "S0GARDENERS", "C000GENERAL"


async def decide(town: Town, **about: Any) -> None:
    """An admin decides who may be answered; several go into a list."""
    async with AsyncExitStack() as stack:
        settings = town.settings()
        prefs = RedisPrefs(await app.open_store(settings, stack), KEYS, 60, Defaults("", {}))
        seen = await prefs.access()
        wanted: dict[str, Any] = {
            name: frozenset({one}) if isinstance(one, str) else one for name, one in about.items()
        }
        await prefs.change_access(seen, replace(seen, **wanted), "U0000000ADA")


def whispers(town: Town) -> list[tuple[str, str]]:
    """Whom the bot has told something alone, and what."""
    return [(call.args["user"], call.args["text"]) for call in town.slack.calls_of("chat.postEphemeral")]


@pytest.mark.parametrize(
    ("decided", "who", "channel", "line"),
    [
        ({}, "Gus", "#general", "I do not answer guests here."),
        ({}, "Otto", "#partners", "I do not answer people from other workspaces here."),
        ({"direct_messages": False}, "Ben", "D0000000BEN", "Direct messages are switched off."),
        ({"denied_users": BEN}, "Ben", "#general", "I cannot answer you here."),
        ({"denied_groups": GARDENERS}, "Chloe", "#general", "I cannot answer you here."),
        ({"allowed_groups": GARDENERS}, "Ben", "#general", "I do not answer everybody here yet."),
        ({"denied_channels": GENERAL}, "Ben", "#general", "I do not answer in this channel."),
    ],
    ids=str,
)
async def test_whoever_is_not_answered_is_told_so_alone_once_and_whom_to_ask(
    town: Town, decided: dict[str, Any], who: str, channel: str, line: str
) -> None:
    await decide(town, **decided)
    async with town.bot(admin_users="U000000DORA"):
        thread = await town.slack.say(who, channel, "@Threadbot tell me a joke")
        await wait_until(lambda: whispers(town), "they are told")
        await town.slack.say(who, channel, "@Threadbot please", thread_ts=thread)
        await town.all_delivered()
        await town.idle()

    [(_, text)] = whispers(town)
    assert text.startswith(line)
    assert text.endswith("ask <@U000000DORA> or an admin of this workspace.")
    assert town.model.requests == []
    assert not any(is_bot(message) for message in town.slack.thread(channel, thread))


@pytest.mark.parametrize(
    ("decided", "who", "channel"),
    [
        ({"guests": True}, "Gus", "#general"),
        ({"outsiders": True}, "Otto", "#partners"),
        ({"allowed_groups": GARDENERS}, "Chloe", "#general"),
        ({"denied_users": CHLOE, "admins": CHLOE}, "Chloe", "#general"),
    ],
    ids=str,
)
async def test_whoever_is_let_in_is_answered(town: Town, decided: dict[str, Any], who: str, channel: str) -> None:
    await decide(town, **decided)
    async with town.bot():
        await town.ask(who, channel, "@Threadbot tell me a joke")

    assert whispers(town) == []


async def test_what_the_others_ask_at_the_same_time_is_answered(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        thread = await town.slack.say("Ben", "#general", "@Threadbot tell me a joke")
        await town.model.wait_for(lambda: town.model.running == 1)
        await town.slack.say("Gus", "#general", "@Threadbot and one for the guest", thread_ts=thread)
        await town.slack.say("Ben", "#general", "@Threadbot and another", thread_ts=thread)
        await town.all_delivered()
        town.model.release()
        await wait_until(lambda: whispers(town), "Gus is told")
        await town.idle()

    asked = said(town.model.requests[1])[-1][1]
    assert "and another" in asked
    assert "guest" not in asked
    assert [user for user, _ in whispers(town)] == ["U0000000GUS"]
