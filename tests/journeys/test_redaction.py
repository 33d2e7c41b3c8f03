"""What is hidden from the model: it never reaches its server, and stands in the answer again where it may."""

from pathlib import Path
from typing import Any

import pytest

from bot.redaction import secrets
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
