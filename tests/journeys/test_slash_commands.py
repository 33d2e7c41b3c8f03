"""What applies, who manages it, what was used: asked and changed with `/threadbot`."""

import pytest
from redis.asyncio import Redis

from tests.responder import command, modal
from tests.town import Town, said


async def test_an_unknown_word_gets_a_suggestion_and_help_is_always_there(town: Town) -> None:
    async with town.bot():
        wrong = await command(town, "Ben", "#general", "/threadbot setings")
        help = await command(town, "Ben", "#general", "/persona help")
        unknown = await command(town, "Ben", "#general", "/persona show shakespeare")

    assert "Did you mean “settings”?" in wrong
    assert "`/persona restore NAME VERSION`" in help
    assert "Did you mean *shakespearean*?" in unknown


async def test_settings_say_what_applies_and_from_where(town: Town) -> None:
    async with town.bot():
        await command(town, "Ada", "#general", "/threadbot model other-model workspace")
        told = await command(town, "Ada", "#general", "/threadbot footer full here")
        settings = await command(town, "Ben", "#general", "/threadbot settings")
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "The footer is now `full` here." in told
    assert "Model: `other-model` – _chosen for the workspace_" in settings
    assert "Footer: full – _chosen for this channel_" in settings
    assert "When I speak: I answer when I am mentioned – _from the operator's settings_" in settings
    assert town.model.requests[-1]["model"] == "other-model"
    assert answer.footer is not None
    assert " tokens · " in answer.footer


async def test_a_choice_is_taken_back(town: Town) -> None:
    async with town.bot():
        await command(town, "Ada", "#general", "/threadbot model other-model here")
        told = await command(town, "Ada", "#general", "/threadbot model reset here")
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "The model chosen for this channel is reset." in told
    assert town.model.requests[-1]["model"] == "small-model"


async def test_settings_survive_a_restart(town: Town) -> None:
    async with town.bot():
        await command(town, "Ada", "#general", "/persona use concise workspace")
    async with town.bot():
        told = await command(town, "Ben", "#general", "/persona")

    assert "*concise* answers in new threads here: chosen for the workspace." in told


async def test_someone_is_made_an_admin_and_a_manager_of_one_channel(town: Town) -> None:
    async with town.bot():
        refused = await command(town, "Ben", "#general", "/threadbot model x workspace")
        await command(town, "Ada", "#general", "/threadbot admins add @Ben")
        allowed = await command(town, "Ben", "#general", "/threadbot model x workspace")
        await command(town, "Ben", "#general", "/threadbot admins add @Chloe here")
        here = await command(town, "Chloe", "#general", "/threadbot policy follow here")
        elsewhere = await command(town, "Chloe", "#secret-garden", "/threadbot policy follow here")
        whom = await command(town, "Chloe", "#general", "/threadbot model x workspace")

    assert "Only admins may do that." in refused
    assert "The model is now `x`" in allowed
    assert "I follow a thread once I am mentioned in it" in here
    assert "Only admins and managers of this channel may do that." in elsewhere
    assert "<@U0000000BEN>" in whom  # whom to ask


async def test_every_change_is_in_the_audit_log(town: Town) -> None:
    async with town.bot():
        await command(town, "Ada", "#general", "/persona copy concise Brief")
        await command(town, "Dora", "#general", "/persona use brief here")
        await command(town, "Ada", "#general", "/threadbot allow guests")
        await command(town, "Ada", "#general", "/threadbot admins add @Ben")
        log = await command(town, "Ada", "#general", "/threadbot audit")
        refused = await command(town, "Chloe", "#general", "/threadbot audit")

    assert log.count("<@U0000000ADA>") == 3
    assert log.count("<@U000000DORA>") == 1
    assert "guests" in log
    assert "Only admins may do that." in refused


async def test_usage_is_mine_and_for_admins_everyones(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.ask("Chloe", "#general", "@Threadbot tell me a joke")
        await town.idle()
        mine = await command(town, "Ben", "#general", "/threadbot usage")
        all_of_it = await command(town, "Ada", "#general", "/threadbot usage all")
        refused = await command(town, "Ben", "#general", "/threadbot usage all")

    assert "1 answer," in mine
    assert "price of 1 answer unknown" in mine
    assert "2 answers," in all_of_it
    assert "default: 2 answers" in all_of_it
    assert "Only admins may do that." in refused


async def test_a_thread_is_forgotten_by_the_one_who_began_it(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "#general", "@Threadbot my number is 77")
        await town.idle()
        link = f"https://sandbox.slack.com/archives/C000GENERAL/p{first.thread.replace('.', '')}"
        refused = await command(town, "Chloe", "#general", f"/threadbot forget {link}")
        done = await command(town, "Ben", "#general", f"/threadbot forget {link}")
        async with Redis.from_url(town.redis_url) as redis:
            left = [key async for key in redis.scan_iter("*past*")]

    assert "Only the person who started the thread, and admins, may do that." in refused
    assert "I have forgotten that thread." in done
    assert left == []


async def test_all_that_one_has_said_is_forgotten(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ben", "D0000000BEN", "my number is 77")
        await town.idle()
        asked = await command(town, "Ben", "D0000000BEN", "/threadbot forget me")
        await town.slack.click("Ben", "D0000000BEN", town.slack.notes("Ben")[-1]["ts"], "admin_forget")
        await town.slack.wait_for(lambda: "I have forgotten" in str(town.slack.notes("Ben")), description="it is done")
        town.slack.fail("conversations.replies", error="missing_scope", times=5)
        await town.ask("Ben", "D0000000BEN", "what was it?", thread=first.thread)

    assert "It cannot be undone." in asked
    assert "77" not in str(said(town.model.requests[-1])[1:])


async def test_a_guest_is_answered_once_guests_are_let_in(town: Town) -> None:
    async with town.bot():
        told = await command(town, "Ada", "#general", "/threadbot allow guests")
        answer = await town.ask("Gus", "#general", "@Threadbot tell me a joke")

    assert "Guests are answered." in told
    assert answer.text


@pytest.mark.parametrize(
    "text", ["/persona use bard in here", "/threadbot usage of Ben", "/threadbot forget everything"]
)
async def test_what_is_not_understood_changes_nothing_and_says_what_to_write(town: Town, text: str) -> None:
    async with town.bot():
        told = await command(town, "Ada", "#general", text)
        log = await command(town, "Ada", "#general", "/threadbot audit")

    assert f"`{text.split()[0]} {text.split()[1]}" in told
    assert "None yet." in log


async def test_when_slack_does_not_open_the_form_that_is_said(town: Town) -> None:
    async with town.bot():
        town.slack.fail("views.open", error="expired_trigger_id")
        told = await command(town, "Ada", "#general", "/persona new")

    assert "Slack did not let me open the form." in told


async def test_when_slack_wants_us_to_slow_down_the_form_is_filled_a_little_later(town: Town) -> None:
    async with town.bot():
        town.slack.fail("views.update", error="ratelimited", retry_after=1)
        await town.slack.command("Ada", "#general", "/persona", "edit concise")
        form = await modal(town, "Ada", "Edit concise")

    assert form["submit"]
