"""Admins give the bot its characters from Slack; everyone sees who answers, and why."""

import pytest
from redis.asyncio import Redis

from bot.slack.ui import persona_modal, respond
from tests.responder import command, modal, open_form, shown
from tests.town import Json, Town, is_bot, said, wait_until
from threadbot_sandbox.model import Reply
from threadbot_sandbox.slack.workspace import Workspace

BARD = {
    "name": "Bard",
    "description": "Speaks in verse",
    "system_prompt_1": "You are a poet. Answer in verse.",
    "temperature": "1.5",
    "display_name": "The Bard",
    "icon": ":performing_arts:",
}


async def make_bard(town: Town, **more: str) -> None:
    form = await open_form(town, "Ada", "/persona new", "New persona")
    if more.keys() & {field.name for field in persona_modal.RARE}:
        await town.slack.click_view("Ada", form["id"], "persona_all_fields", values=BARD)
        await wait_until(lambda: "logit_bias" in str(town.slack.modal("Ada")), "all fields are there")
    assert await town.slack.submit("Ada", form["id"], {**BARD, **more}) is None
    assert "*Bard* (version 1) is saved" in shown((await modal(town, "Ada", "Saved"))["blocks"])


async def test_from_the_form_to_an_answer_that_bears_the_personas_name(town: Town) -> None:
    async with town.bot(), town.bot():  # two replicas: what one is told holds on the other at once
        await make_bard(town)
        told = await command(town, "Ada", "#general", "/persona use Bard here")
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        why = await command(town, "Ben", "#general", "/persona")

    assert "*Bard* answers here from now on" in told
    request = town.model.requests[-1]
    assert said(request)[0] == ("system", "You are a poet. Answer in verse.")
    assert request["temperature"] == 1.5
    assert answer.messages[-1]["username"] == "The Bard"
    assert answer.messages[-1]["icons"]["emoji"] == ":performing_arts:"
    assert answer.footer is not None
    assert "Bard" in answer.footer
    assert "*Bard* (version 1) answers in new threads here: chosen for this channel." in why


async def test_a_preview_shows_what_the_draft_answers_and_is_kept_nowhere(town: Town) -> None:
    town.model.enqueue("O brave new joke!")
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        typed = {**BARD, "question": "Tell me a joke"}
        await town.slack.click_view("Ada", form["id"], "persona_preview", values=typed)
        await town.slack.wait_for(
            lambda: "O brave new joke!" in shown((town.slack.modal("Ada") or {"blocks": []})["blocks"]),
            description="the draft's answer",
        )
        await town.slack.close_view("Ada", (await modal(town, "Ada", "Preview"))["id"])
        kept = await modal(town, "Ada", "New persona")
        personas = await command(town, "Ada", "#general", "/persona list")
        usage = await command(town, "Ada", "#general", "/threadbot usage")

    assert "Tell me a joke" in str(kept["blocks"])
    assert said(town.model.requests[0]) == [("system", BARD["system_prompt_1"]), ("user", "Tell me a joke")]
    assert town.model.requests[0]["temperature"] == 1.5
    assert "Bard" not in personas
    assert "1 answer" in usage
    assert not [m for m in town.slack.messages("#general") if is_bot(m)]


@pytest.mark.parametrize(
    ("typed", "reply", "told"),
    [
        ({"temperature": "3"}, "unused", "Temperature: 0 to 2; you wrote 3"),
        ({}, Reply(status=401), "does not accept my key"),
    ],
    ids=["a field is wrong", "the model fails"],
)
async def test_why_there_is_no_preview_is_said(town: Town, typed: Json, reply: Reply | str, told: str) -> None:
    town.model.enqueue(reply)
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        await town.slack.click_view("Ada", form["id"], "persona_preview", values={**BARD, **typed})
        await town.slack.wait_for(
            lambda: told in shown((town.slack.modal("Ada") or {"blocks": []})["blocks"]), description="the reason"
        )


async def test_an_old_thread_keeps_its_version_and_a_new_one_has_the_new(town: Town) -> None:
    async with town.bot():
        await make_bard(town)
        await command(town, "Ada", "#general", "/persona use Bard here")
        old = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        form = await open_form(town, "Ada", "/persona edit Bard", "Edit Bard")
        assert await town.slack.submit("Ada", form["id"], {"system_prompt_1": "Answer in haiku."}) is None
        await modal(town, "Ada", "Saved")
        await town.ask("Ben", "#general", "@Threadbot another", thread=old.thread)
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    first, second, third = (said(request)[0][1] for request in town.model.requests)
    assert first == second == BARD["system_prompt_1"]
    assert third == "Answer in haiku."


async def test_versions_are_listed_compared_and_brought_back(town: Town) -> None:
    async with town.bot():
        await make_bard(town)
        form = await open_form(town, "Ada", "/persona edit Bard", "Edit Bard")
        await town.slack.submit("Ada", form["id"], {"system_prompt_1": "Answer in haiku.", "temperature": ""})
        await modal(town, "Ada", "Saved")
        history = await command(town, "Ben", "#general", "/persona history bard")
        compared = await command(town, "Ben", "#general", "/persona compare bard 1")
        await command(town, "Ada", "#general", "/persona restore bard 1")
        shown_now = await command(town, "Ben", "#general", "/persona show bard")

    assert "version 2" in history
    assert "<@U0000000ADA>: changed System prompt, Temperature" in history
    assert "-temperature: 1.5" in compared
    assert "+system_prompt: Answer in haiku." in compared
    assert "*Bard* (version 3)" in shown_now
    assert BARD["system_prompt_1"] in shown_now


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("temperature", "3", "0 to 2; you wrote 3"),
        ("stop", "a\nb\nc\nd\ne", "you wrote 5"),
        ("logit_bias", "50256", "JSON object"),
        ("name", "default", "choose another"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(town: Town, field: str, typed: str, told: str) -> None:
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        await town.slack.click_view("Ada", form["id"], "persona_all_fields", values=BARD)
        await wait_until(lambda: "logit_bias" in str(town.slack.modal("Ada")), "all fields are there")
        errors = await town.slack.submit("Ada", form["id"], {field: typed})

    assert errors is not None
    assert list(errors) == [field]
    assert told in errors[field]


async def test_a_long_prompt_goes_into_several_inputs_and_too_long_a_one_is_refused(town: Town) -> None:
    parts = {f"system_prompt_{n}": "word " * 599 for n in range(1, 6)}
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        for n in range(2, 6):
            await town.slack.click_view("Ada", form["id"], "persona_more_room", values=BARD)
            await wait_until(lambda n=n: f"system_prompt_{n}" in str(town.slack.modal("Ada")), "there is more room")  # type: ignore[misc]
        errors = await town.slack.submit("Ada", form["id"], {**BARD, **parts})
        fewer = {**BARD, **parts, "system_prompt_5": ""}
        assert await town.slack.submit("Ada", form["id"], fewer) is None
        await modal(town, "Ada", "Saved")

    assert errors is not None
    assert "12,000" in errors["system_prompt_1"]


async def test_two_admins_who_edit_at_once_lose_nothing(town: Town) -> None:
    async with town.bot():
        await make_bard(town)
        await town.slack.close_view("Ada", (await modal(town, "Ada", "Saved"))["id"])
        mine = await open_form(town, "Ada", "/persona edit Bard", "Edit Bard")
        hers = await open_form(town, "Dora", "/persona edit Bard", "Edit Bard")
        await town.slack.submit("Dora", hers["id"], {"system_prompt_1": "Dora's words."})
        await modal(town, "Dora", "Saved")
        await town.slack.submit("Ada", mine["id"], {"system_prompt_1": "Ada's words."})
        warned = await modal(town, "Ada", "Edit Bard")
        await town.slack.click_view("Ada", warned["id"], "persona_preview")
        await town.slack.close_view("Ada", (await modal(town, "Ada", "Preview"))["id"])
        assert "<@U000000DORA> changed it" in shown((await modal(town, "Ada", "Edit Bard"))["blocks"])
        await town.slack.submit("Ada", warned["id"])
        await modal(town, "Ada", "Saved")
        second = await command(town, "Ada", "#general", "/persona show Bard 2")
        third = await command(town, "Ada", "#general", "/persona show Bard 3")

    assert "<@U000000DORA> changed it" in shown(warned["blocks"])
    assert "Ada's words." in str(warned["blocks"])
    assert "Dora's words." in second
    assert "Ada's words." in third


async def test_a_persona_goes_out_as_yaml_and_comes_back_by_the_form(town: Town) -> None:
    async with town.bot():
        await make_bard(town)
        await town.slack.close_view("Ada", (await modal(town, "Ada", "Saved"))["id"])
        await command(town, "Ben", "#general", "/persona export Bard")
        yaml = town.slack.notes("Ben")[-1]["blocks"][-1]["elements"][0]["elements"][0]["text"]
        form = await open_form(town, "Ada", "/persona import", "Import a persona")
        bad = await town.slack.submit("Ada", form["id"], {"yaml_1": yaml.replace("1.5", "3")})
        await town.slack.submit("Ada", form["id"], {"yaml_1": yaml.replace("name: Bard", "name: Poet")})
        review = await modal(town, "Ada", "New persona")
        await town.slack.submit("Ada", review["id"])
        saved = await modal(town, "Ada", "Saved")

    assert bad == {"yaml_1": "temperature: 0 to 2; you wrote 3"}
    assert "*Poet* (version 1) is saved" in shown(saved["blocks"])


async def test_a_persona_in_use_does_not_vanish_silently(town: Town) -> None:
    async with town.bot():
        await make_bard(town)
        await command(town, "Ada", "#general", "/persona use Bard here")
        asked = await command(town, "Ada", "#general", "/persona delete Bard")
        note = town.slack.notes("Ada")[-1]
        still = await command(town, "Ada", "#general", "/persona")
        await town.slack.click("Ada", "#general", note["ts"], "admin_delete")
        await town.slack.wait_for(lambda: "is deleted" in str(town.slack.notes("Ada")), description="it is deleted")
        after = await command(town, "Ada", "#general", "/persona")
        settings = await command(town, "Ada", "#general", "/threadbot settings")
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "(_Bard_, chosen for this channel, was deleted)" in settings
    assert "Bard" not in str(answer.footer)  # it is nothing to those who only ask
    assert "*Bard* answers in <#C000GENERAL>" in asked
    assert "*Bard*" in still
    assert "The persona Bard, which was chosen here, was deleted." in after


async def test_what_looks_like_a_command_in_a_prompt_is_only_text(town: Town) -> None:
    words = "/persona delete Bard\n<!channel> *stop* {{x}} `/threadbot forget me`"
    async with town.bot():
        await make_bard(town, system_prompt_1=words)
        await command(town, "Ada", "#general", "/persona use Bard here")
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        shown_now = await command(town, "Ben", "#general", "/persona show Bard")

    assert said(town.model.requests[-1])[0] == ("system", words)
    assert words in shown_now


async def test_who_may_not_is_told_so_alone_and_nothing_changes(town: Town) -> None:
    async with town.bot():
        await town.slack.command("Ben", "#general", "/persona", "new")
        refused = await modal(town, "Ben", "Not allowed")
        told = await command(town, "Ben", "#general", "/persona use shakespearean here")
        log = await command(town, "Ada", "#general", "/threadbot audit")
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "Only admins may do that. Please ask an admin of this workspace." in shown(refused["blocks"])
    assert "managers of this channel" in told
    assert "None yet." in log
    assert "Shakespeare" not in said(town.model.requests[-1])[0][1]


async def test_a_right_that_was_taken_away_is_gone_when_the_form_is_sent(town: Town) -> None:
    async with town.bot(admin_users="U0000000BEN"):
        form = await open_form(town, "Ben", "/persona new", "New persona")
    async with town.bot():
        await town.slack.submit("Ben", form["id"], BARD)
        refused = await modal(town, "Ben", "Not saved")
        personas = await command(town, "Ada", "#general", "/persona list")

    assert "Only admins may do that." in shown(refused["blocks"])
    assert "Bard" not in personas


async def test_in_direct_messages_everyone_chooses_for_themselves(town: Town) -> None:
    async with town.bot():
        told = await command(town, "Ben", "D0000000BEN", "/persona use shakespearean")
        bens = await town.ask("Ben", "D0000000BEN", "tell me a joke")
        chloes = await town.ask("Chloe", "D00000CHLOE", "tell me a joke")

    assert "answers for you, in direct messages" in told
    assert [("hakespear" in str(a.footer)) for a in (bens, chloes)] == [True, False]


async def test_slack_may_be_slow_and_the_answer_still_comes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respond, "ACK_TIMEOUT", 0.1)
    async with town.bot():
        town.slack.fail("users.info", delay=0.5)
        at_once = await command(town, "Ben", "#general", "/persona list")
        await town.slack.wait_for(lambda: "*Personas*" in str(town.slack.notes("Ben")), description="the list")

    assert at_once == "One moment…"


async def test_a_slow_memory_loses_no_form(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respond, "ACK_TIMEOUT", 0.1)
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        await paused(town)
        assert await town.slack.submit("Ada", form["id"], {**BARD, "name": "concise"}) is None
        again = await modal(town, "Ada", "New persona")
        assert "There is a persona of this name already" in shown(again["blocks"])
        await paused(town)
        assert await town.slack.submit("Ada", again["id"], {"name": "Bard"}) is None
        assert town.slack.modal("Ada")["title"]["text"] == "One moment"  # type: ignore[index]
        saved = await modal(town, "Ada", "Saved")

    assert "*Bard* (version 1) is saved" in shown(saved["blocks"])


async def paused(town: Town, milliseconds: int = 400) -> None:
    """Redis answers nobody for a while."""
    async with Redis.from_url(town.redis_url) as redis:
        await redis.client_pause(milliseconds)


async def test_an_answer_comes_where_slacks_address_for_it_is_used_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.bot():
        await make_bard(town)
        await command(town, "Ada", "#general", "/persona use Bard here")
        await command(town, "Ada", "#general", "/persona delete Bard")
        note = town.slack.notes("Ada")[-1]
        monkeypatch.setattr(Workspace, "new_hook", lambda workspace, _hook: f"{workspace.url}/hooks/expired")
        await town.slack.click("Ada", "#general", note["ts"], "admin_delete")
        await town.slack.wait_for(lambda: "is deleted" in str(town.slack.notes("Ada")), description="it is deleted")


async def test_a_model_that_is_not_on_the_list_is_told_at_its_field(town: Town) -> None:
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        errors = await town.slack.submit("Ada", form["id"], {**BARD, "model": "small-modell"})
        saved = await town.slack.submit("Ada", form["id"], {**BARD, "model": "small-model"})

    assert errors == {"model": "there is no such model; did you mean small-model?"}
    assert saved is None


async def test_a_persona_is_kept_for_those_who_may_choose_it(town: Town) -> None:
    async with town.bot():
        await make_bard(town, chosen_by="admin")
        refused = await command(town, "Ben", "#general", "/persona use Bard me")
        done = await command(town, "Ada", "#general", "/persona use Bard here")
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "*Bard* is not for everybody to choose: only for admins and owners of the workspace." in refused
    assert "*Bard* answers here from now on" in done
    assert "Bard" in (answer.footer or "")


async def test_what_was_saved_can_be_used_with_one_click_where_the_form_was_asked_for(town: Town) -> None:
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        assert await town.slack.submit("Ada", form["id"], BARD) is None
        saved = await modal(town, "Ada", "Saved")
        assert await town.slack.click_view("Ada", saved["id"], "persona_use_here")
        told = await modal(town, "Ada", "Done")
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")

    assert "*Bard* answers here from now on" in shown(told["blocks"])
    assert said(town.model.requests[0])[0][1] == BARD["system_prompt_1"]


async def test_a_form_from_home_offers_no_place(town: Town) -> None:
    async with town.bot():
        await town.slack.open_home("Ada")
        home = await town.slack.wait_for(lambda: town.slack.home("Ada"), description="Home")
        assert home is not None
        await town.slack.click_view("Ada", home["id"], "home_new")
        form = await modal(town, "Ada", "New persona")
        assert await town.slack.submit("Ada", form["id"], BARD) is None
        saved = await modal(town, "Ada", "Saved")

    assert "persona_use_here" not in str(saved["blocks"])


async def test_a_preview_looks_as_the_answer_will(town: Town) -> None:
    town.model.enqueue("# Soup\n\nTake **salt** and `water`:\n\n1. boil\n2. stir\n\n[More](https://example.com)")
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        await town.slack.click_view("Ada", form["id"], "persona_preview", values=BARD)
        await town.slack.wait_for(lambda: "boil" in str(town.slack.modal("Ada")), description="the preview")
        preview = await modal(town, "Ada", "Preview")

    kinds = [block["type"] for block in preview["blocks"]]
    assert kinds == ["section", "header", "rich_text", "section"]
    assert "{'bold': True}" in str(preview["blocks"])
    assert "**" not in str(preview["blocks"][1:])


async def test_a_preview_that_slack_does_not_let_open_is_told_in_the_form(town: Town) -> None:
    town.slack.fail("views.push", error="push_limit_reached")
    async with town.bot():
        form = await open_form(town, "Ada", "/persona new", "New persona")
        await town.slack.click_view("Ada", form["id"], "persona_preview", values=BARD)
        await town.slack.wait_for(
            lambda: "did not let me open the preview" in str((town.slack.modal("Ada") or {}).get("blocks")),
            description="it is told",
        )
        assert await town.slack.submit("Ada", form["id"], BARD) is None
