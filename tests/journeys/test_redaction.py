"""What is hidden from the model: it never reaches its server, and stands in the answer again where it may."""

from pathlib import Path
from typing import Any

import pytest

from bot.redaction import secrets
from tests.api import served
from tests.journeys.test_personas import make_bard
from tests.journeys.test_privacy import BEN
from tests.journeys.test_steering import click
from tests.responder import open_form
from tests.town import Town, is_bot
from threadbot_sandbox.model import Reply

KEY = "sk-" + "a1b2c3d4" * 6
MAIL, PHONE = "carla.doe@example.org", "+49 170 1234567"


def sent(town: Town) -> str:
    """All that the model's server has been told."""
    return repr(town.model.requests)


async def test_secrets_are_hidden_unless_told_otherwise_and_never_come_back(town: Town) -> None:
    town.model.enqueue("Your [API_KEY] is revoked.")
    async with town.bot():
        answer = await town.ask("Ada", "#general", f"@Threadbot what is {KEY} good for? Ask {MAIL}.")

    assert KEY not in sent(town)
    assert MAIL in sent(town)
    assert answer.text == "Your [API_KEY] is revoked."
    assert "1 value hidden from the model" in str(answer.footer)


async def test_personal_data_comes_back_as_the_answer_grows_and_keeps_its_placeholder(town: Town) -> None:
    notes = [{"name": f"{MAIL} notes.txt", "content": f"call {PHONE} before noon".encode()}]
    town.model.enqueue(Reply("Write to **[EMAIL_1]**, or call [PHONE_1]."), Reply("To [email_1]; not [EMAIL_7]."))
    async with town.bot(redact="personal"):
        ts = await town.slack.say("Ada", "#general", f"@Threadbot how do I reach {MAIL}?", files=notes)
        first = await town.answer("#general", ts, ts)
        second = await town.ask("Ada", "#general", f"@Threadbot and {MAIL} again?", thread=ts)

    assert MAIL not in sent(town)
    assert "1234567" not in sent(town)
    assert sent(town).count("[EMAIL_1]") > 3
    assert "stand for values that you are not told" in sent(town)
    assert MAIL in first.text
    assert PHONE in first.text
    assert second.text.startswith(f"To {MAIL}") or MAIL in second.text
    assert "[EMAIL_7]" in second.text
    assert "2 values hidden from the model" in str(first.footer)


async def test_off_hides_nothing(town: Town) -> None:
    town.model.enqueue("Fine.")
    async with town.bot(redact="off"):
        answer = await town.ask("Ada", "#general", f"@Threadbot {KEY} {MAIL}")

    assert KEY in sent(town)
    assert "hidden" not in str(answer.footer)


async def test_admins_choose_it_for_a_channel(town: Town) -> None:
    town.model.enqueue("Fine.")
    async with town.bot():
        told = await town.slack.command("Ada", "#general", "/threadbot", "redact personal here")
        await town.ask("Ada", "#general", f"@Threadbot it is {MAIL}")

    assert told
    assert MAIL not in sent(town)


async def test_own_patterns_are_hidden_too(town: Town) -> None:
    Path("patterns.yaml").write_text("STAFF: 'E-\\d{6}'\n")  # noqa: ASYNC240
    town.model.enqueue("[STAFF_1] is Carla.")
    async with town.bot(redact="personal", redact_patterns_file="patterns.yaml"):
        answer = await town.ask("Ada", "#general", "@Threadbot who is E-123456?")

    assert "E-123456" not in sent(town)
    assert answer.text == "E-123456 is Carla."


async def test_what_fails_is_not_sent(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(secrets, "find", broken)
    async with town.bot():
        ts = await town.slack.say("Ada", "#general", "@Threadbot what about orchids?")
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", ts))), description="an apology")

    [apology] = [message["text"] for message in town.slack.thread("#general", ts) if is_bot(message)]
    assert apology.startswith("I could not look through this for what the model must not be told")
    assert town.model.requests == []


async def test_a_files_name_comes_back_where_the_model_says_it(town: Town) -> None:
    files = [{"name": f"notes of {MAIL}", "content": b"call before noon"}]
    town.model.think = lambda request: "It is in " + str(request["messages"][-1]["content"]).split(" file ")[1][:24]
    async with town.bot(redact="personal"):
        ts = await town.slack.say("Ada", "#general", "@Threadbot where is it?", files=files)
        answer = await town.answer("#general", ts, ts)

    assert MAIL not in sent(town)
    assert f"notes of {MAIL}" in answer.text


WAYS = (
    f"*{MAIL}*",
    f"`{MAIL}`",
    f"mailto:{MAIL}",
    f"({MAIL})",
    f"{MAIL}, {MAIL.upper()}",
    MAIL.replace("@", "\u200b@"),
    MAIL.replace("carla", "car\u00adla"),
    f"https://example.com/?to={MAIL}&x=1",
    f"https://bob:{KEY}@example.com/",
)


async def test_nothing_of_it_leaves_by_any_way_that_leads_to_the_model(town: Town) -> None:
    """Overheard, in names, files and their names, forwarded, from apps and programs, in previews, again and again."""
    secret = f"{MAIL} {KEY}"
    async with served(town, BEN, redact="personal") as program:
        town.slack.change_user("Ben", name=f"Ben {MAIL}")
        root = await town.slack.say("Chloe", "#general", f"overheard {secret}")
        await town.slack.say(BEN, "#general", f"{secret}", thread_ts=root)
        files = [
            {"name": f"{MAIL}.txt", "content": f"{secret}\n{PHONE}".encode()},
            {"name": f"unread {MAIL}.zip", "content": b"PK\x03\x04" + bytes(60)},
        ]
        ts = await town.slack.say("Ada", "#general", f"@Threadbot what is {secret}?", thread_ts=root, files=files)
        first = await town.answer("#general", ts, root)
        for way in WAYS:
            answer = await town.ask("Ada", "#general", f"@Threadbot and {way}?", thread=root)
        await town.idle()
        await click(town, "Ada", answer.messages[-1])
        await town.idle()
        await make_bard(town, cache="1h", question=f"who is {secret}?")
        form = await open_form(town, "Ada", "/persona edit Bard", "Edit Bard")
        await town.slack.click_view("Ada", form["id"], "persona_preview", values={"question": f"who is {secret}?"})
        await town.slack.wait_for(lambda: "Preview" in str(town.slack.modal("Ada")), description="the preview")
        thread = await program.thread(ai_version_code="Bard")
        await program.ask("PATCH", f"/threads/{thread}", data={"title": secret})
        for _ in range(2):
            await program.say(thread, f"{secret}?")
            await program.answered(thread)
        said = [{"role": role, "content": f"{role}: {secret}"} for role in ("system", "user", "assistant", "user")]
        body = {"model": "Bard", "messages": said, "stop": [MAIL], "user": MAIL}
        headers = {"Authorization": f"Bearer {program.token}"}
        async with program.http.post("/v1/chat/completions", json=body, headers=headers) as reply:
            assert reply.status == 200, await reply.text()

    told = sent(town).lower()
    assert f"unread {MAIL}.zip" in str(first.footer), "people are told its real name"
    assert "unread file (no text) unread [email_" in told
    assert "(email_" not in told, "what is no placeholder any more is never restored"
    assert len(town.model.requests) > len(WAYS) + 5
    for word in ("carla", "doe@", "example.org", "a1b2c3d4", "1234567"):
        assert word not in told, told[max(told.find(word) - 300, 0) : told.find(word) + 60]
