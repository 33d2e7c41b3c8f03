"""The Home tab: what the bot is, who answers me, what I used, and for admins how it is set up."""

from tests.responder import command, modal, shown
from tests.town import Json, Town, is_bot, said
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.reply import Reply
from threadbot_sandbox.slack.blocks import elements


async def home(town: Town, who: str) -> Json:
    await town.slack.open_home(who)
    view = await town.slack.wait_for(lambda: town.slack.home(who), description=f"{who}'s Home tab")
    assert view is not None
    return view


async def click(town: Town, who: str, view: Json, action: str, value: str | None = None) -> None:
    """Press the button, or choose from the menu, that has this action and value."""
    block = next(
        block
        for block, element in elements(view["blocks"])
        if element["action_id"] == action and element.get("value") in (None, value)
    )
    assert await town.slack.click_view(who, view["id"], action, block["block_id"], value)


async def test_a_member_sees_personas_and_their_own_usage_an_admin_all_of_it(town: Town) -> None:
    async with town.bot():
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        await command(town, "Ada", "#general", "/threadbot policy follow here")
        bens, adas = shown((await home(town, "Ben"))["blocks"]), shown((await home(town, "Ada"))["blocks"])

    assert "*You:* 1 answer" in bens
    assert "*shakespearean*" in bens
    assert "Everyone" not in bens
    assert "Latest changes" not in bens
    assert "*Everyone:* 1 answer" in adas
    assert "<#C000GENERAL>: policy `follow`" in adas
    assert "<@U0000000ADA>" in adas.partition("*Latest changes*")[2]


async def test_my_persona_in_direct_messages_is_chosen_there_and_taken_back(town: Town) -> None:
    async with town.bot():
        view = await home(town, "Ben")
        await click(town, "Ben", view, "home_mine", "shakespearean")
        await town.slack.wait_for(
            lambda: "direct messages:* *shakespearean*" in shown((town.slack.home("Ben") or {})["blocks"]),
            description="the new choice on the Home tab",
        )
        await town.ask("Ben", "D0000000BEN", "tell me a joke")
        await click(town, "Ben", town.slack.home("Ben") or {}, "home_mine", "*")
        await town.slack.wait_for(
            lambda: "direct messages:* *default*" in shown((town.slack.home("Ben") or {})["blocks"]),
            description="the choice is taken back",
        )

    assert "hakespear" in said(town.model.requests[-1])[0][1]


async def test_a_persona_is_tried_in_a_thread_of_its_own(town: Town) -> None:
    async with town.bot():
        await click(town, "Ben", await home(town, "Ben"), "home_try", "translator")
        hello = await town.slack.wait_for(
            lambda: next(filter(is_bot, town.slack.messages("D0000000BEN")), None), description="a thread to try it in"
        )
        assert hello is not None
        notice = await modal(town, "Ben", "Done")
        await town.ask("Ben", "D0000000BEN", "Guten Tag", thread=hello["ts"])
        await town.ask("Ben", "D0000000BEN", "tell me a joke")

    tried, usual = (said(request) for request in town.model.requests)
    assert "see *Messages*" in shown(notice["blocks"])
    assert "ranslat" in tried[0][1]
    assert tried[1:] == [("user", "Guten Tag")]
    assert "ranslat" not in usual[0][1]


async def test_a_persona_whose_face_slack_does_not_take_is_tried_without_it(town: Town) -> None:
    town.slack.fail("chat.postMessage", error="missing_scope", when=lambda args: "icon_emoji" in args, times=9)
    async with town.bot():
        view = await home(town, "Ben")
        for begun in ("one thread", "two threads"):
            await click(town, "Ben", view, "home_try", "shakespearean")
            notice = await town.slack.wait_for(lambda: town.slack.modal("Ben"), description=begun)
            await town.slack.close_view("Ben", str(notice and notice["id"]))

    assert len([*filter(is_bot, town.slack.messages("D0000000BEN"))]) == 2
    assert len([call for call in town.slack.calls_of("chat.postMessage") if "icon_emoji" in call.args]) == 1


async def test_a_suggested_prompt_is_asked_with_a_click(town: Town) -> None:
    async with town.bot():
        await click(town, "Ben", await home(town, "Ben"), "home_try", "assistant")
        hello = await town.slack.wait_for(
            lambda: next(filter(is_bot, town.slack.messages("D0000000BEN")), None), description="a thread to try it in"
        )
        assert hello is not None
        button = hello["blocks"][-1]["elements"][0]
        town.slack.fail("chat.update", error="is_inactive", when=lambda args: args.get("ts") == hello["ts"])
        await town.slack.click("Ben", "D0000000BEN", hello["ts"], button["action_id"])
        await town.answer("D0000000BEN", hello["ts"], hello["ts"])

        await town.slack.click("Ben", "D0000000BEN", hello["ts"], button["action_id"])  # the button is still there
        await modal(town, "Ben", "Not now")

    assert said(town.model.requests[0])[-1] == ("user", button["value"])
    assert len(town.model.requests) == 1


async def test_why_nothing_comes_of_a_click_is_said(town: Town, redis_server: EmbeddedRedis) -> None:
    async with town.bot():
        view, hers = await home(town, "Ben"), await home(town, "Chloe")
        await command(town, "Ada", "#general", "/threadbot deny dms")
        await click(town, "Ben", view, "home_try", "translator")
        no_thread = await modal(town, "Ben", "Not now")
        redis_server.kill()
        try:
            await click(town, "Chloe", hers, "home_mine", "concise")
            not_chosen = await modal(town, "Chloe", "Not now")
        finally:
            redis_server.start()

    assert "Direct messages are switched off." in shown(no_thread["blocks"])
    assert "I can't reach my storage" in shown(not_chosen["blocks"])
    assert not [message for message in town.slack.messages("D0000000BEN") if is_bot(message)]


async def test_the_form_opens_from_the_home_tab_and_what_it_saves_is_shown_there(town: Town) -> None:
    async with town.bot():
        view = await home(town, "Ada")
        await click(town, "Ada", view, "home_edit", "concise")
        form = await modal(town, "Ada", "Edit concise")
        await town.slack.submit("Ada", form["id"], {"description": "Few words"})
        await town.slack.wait_for(
            lambda: "*concise* (version 1)\nFew words" in shown((town.slack.home("Ada") or {})["blocks"]),
            description="the new description on the Home tab",
        )


async def test_who_has_no_right_to_the_form_gets_none_even_with_the_button(town: Town) -> None:
    async with town.bot():
        view = await home(town, "Ada")
        town.slack.change_user("Ada", is_admin=False, is_owner=False)
    async with town.bot():  # a right that was taken away is noticed within minutes; after a restart at once
        await click(town, "Ada", view, "home_new")
        refused = await modal(town, "Ada", "Not allowed")

    assert "Only admins may do that." in shown(refused["blocks"])


def homes(town: Town, who: str) -> str:
    return shown((town.slack.home(who) or {"blocks": []})["blocks"])


async def seen(town: Town, who: str, words: str) -> None:
    await town.slack.wait_for(lambda: words in homes(town, who), description=f"“{words}” on the Home tab of {who}")


async def test_an_admin_changes_what_home_shows_and_everybody_reads_it(town: Town) -> None:
    changes = {
        "policy": ("follow", "When I speak: I follow a thread once I am mentioned in it – _chosen for the workspace_"),
        "model": ("small-model", "Model: `small-model` – _chosen for the workspace_"),
        "footer": ("full", "Footer: full – _chosen for the workspace_"),
    }
    async with town.bot():
        assert "Footer: compact" in shown((await home(town, "Ben"))["blocks"])
        for control, (value, said) in changes.items():
            await click(town, "Ada", await home(town, "Ada"), f"home_set_{control}", value)
            await seen(town, "Ada", said)
        await town.slack.open_home("Ben")
        for _, said in changes.values():
            await seen(town, "Ben", said)
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await click(town, "Ada", town.slack.home("Ada") or {}, "home_set_footer", "*")
        await seen(town, "Ada", "Footer: compact")
        log = await command(town, "Ada", "#general", "/threadbot audit")

    assert "tokens" in str(answer.footer)
    assert "set “Footer” in the workspace to full" in log


async def test_a_model_that_nobody_has_is_named_in_vain(town: Town) -> None:
    town.model.lists = False
    async with town.bot():
        await click(town, "Ada", await home(town, "Ada"), "home_name_model")
        form = await modal(town, "Ada", "Model")
        town.model.enqueue(Reply(status=404))
        await town.slack.submit("Ada", form["id"], {"model": "no-such-model"})
        refused = await modal(town, "Ada", "Not saved")
        await town.slack.close_view("Ada", refused["id"])
        await click(town, "Ada", await home(town, "Ada"), "home_name_model")
        await town.slack.submit("Ada", (await modal(town, "Ada", "Model"))["id"], {"model": "small-model"})
        await modal(town, "Ada", "Saved")
        await seen(town, "Ada", "Model: `small-model` – _chosen for the workspace_")

    assert "no-such-model" in shown(refused["blocks"])


async def test_who_is_answered_is_changed_in_a_form(town: Town) -> None:
    def form() -> Json | None:
        view = town.slack.modal("Ada")
        return view if view and view["callback_id"] == "access_form" else None

    async with town.bot():
        await click(town, "Ada", await home(town, "Ada"), "home_access")
        opened = await town.slack.wait_for(form, description="the form")
        await command(town, "Dora", "#general", "/threadbot allow bots")
        changed = {"switches": ["guests", "dms"], "denied_users": ["U0000000BEN", "U0000000ADA"]}
        assert await town.slack.submit("Ada", str(opened and opened["id"]), changed) is None
        saved = shown((await modal(town, "Ada", "Saved"))["blocks"])
        await seen(town, "Ada", "Guests are answered.")

    assert "Other bots are answered." in homes(town, "Ada"), "what another admin did meanwhile stays"
    assert "Not answered: <@U0000000BEN>." in homes(town, "Ada")
    assert "<@U0000000ADA>" in saved, "who manages the bot is not kept out"


async def test_the_controls_of_admins_do_nothing_for_whom_they_are_not(town: Town) -> None:
    async with town.bot():
        view = await home(town, "Ada")
        town.slack.change_user("Ada", is_admin=False, is_owner=False)
        await click(town, "Ada", view, "home_set_footer", "off")  # who may change what is others' is asked for afresh
        refused = await modal(town, "Ada", "Not now")

    assert "Only admins may do that." in shown(refused["blocks"])


async def test_who_is_answered_is_not_shown_to_whom_that_is_not(town: Town) -> None:
    async with town.bot():
        view = await home(town, "Ada")
        town.slack.change_user("Ada", is_admin=False, is_owner=False)
        await click(town, "Ada", view, "home_access")
        hidden = await town.slack.wait_for(lambda: town.slack.modal("Ada"), description="a view")
        await town.slack.wait_for(
            lambda: "Only admins" in shown((town.slack.modal("Ada") or {"blocks": []})["blocks"]), description="why"
        )

    assert "denied" not in str(hidden)
