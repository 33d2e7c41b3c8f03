"""What people see when they drop files, and what the model is told of them."""

from typing import Any

import pytest

from tests import sample_files as documents
from tests.town import Town
from threadbot_sandbox import completion

REPORT = documents.pdf("Revenue in May was 417 ducats", "Ada signed it")
ZIP = b"PK\x03\x04\x00\x00binary"


def told(request: dict[str, Any]) -> str:
    return "\n".join(completion.text_of(message) for message in request["messages"])


async def test_a_dropped_pdf_is_read_and_still_known_to_a_follow_up_and_a_zip_is_named_as_not_read(town: Town) -> None:
    async with town.bot():
        files = [{"name": "may.pdf", "content": REPORT}, {"name": "x.zip", "content": ZIP}]
        ts = await town.slack.say("Ada", "#general", "@Threadbot what was the revenue?", files=files)
        first = await town.answer("#general", ts, ts)
        second = await town.ask("Ada", "#general", "@Threadbot and who signed?", thread=ts)

    assert first.footer is not None
    assert "not read: x.zip (no text in it)" in first.footer
    assert "not read" not in (second.footer or "")
    for request in town.model.requests:
        assert " file may.pdf]\n[page 1]\nRevenue in May was 417 ducats\n\n[page 2]\nAda signed it\n[" in told(request)


async def test_what_a_restarted_bot_is_asked_about_a_file_it_reads_again(town: Town) -> None:
    async with town.bot():
        ts = await town.slack.upload("Ada", "#general", "list.csv", "Käse;3\n".encode("cp1252"), "@Threadbot how much?")
        await town.answer("#general", ts, ts)
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot sure?", thread=ts)

    assert "Käse;3" in told(town.model.requests[-1])


@pytest.mark.parametrize("sees", [True, False])
async def test_a_picture_goes_to_a_model_that_sees_and_is_named_where_it_does_not(town: Town, sees: bool) -> None:
    town.model.sees = sees
    async with town.bot():
        ts = await town.slack.upload("Ada", "#general", "cat.png", documents.png(), "@Threadbot what is it?")
        answer = await town.answer("#general", ts, ts)
        await town.ask("Ada", "#general", "@Threadbot really?", thread=ts)

    shown = [sum(map(len, map(completion.pictures_of, request["messages"]))) for request in town.model.requests]
    assert shown == ([1, 1] if sees else [1, 0, 0])  # refused once, and known from then on
    assert ("not read: cat.png (the model does not accept it)" in (answer.footer or "")) is not sees


async def test_a_large_picture_is_shown_smaller(town: Town) -> None:
    async with town.bot():
        small = documents.png(3)
        ts = await town.slack.upload(
            "Ada", "#general", "big.png", documents.png(1200), "@Threadbot see?", thumbs={1024: small}
        )
        await town.answer("#general", ts, ts)

    (picture,) = completion.pictures_of(town.model.requests[0]["messages"][-1])
    assert len(picture) < 300


async def test_a_long_file_is_cut_and_people_are_told(town: Town) -> None:
    async with town.bot(file_tokens=1000):
        ts = await town.slack.upload("Ada", "#general", "log.txt", b"0123456789\n" * 1000, "@Threadbot why?")
        answer = await town.answer("#general", ts, ts)

    assert "read in part: log.txt (the first 27 %)" in (answer.footer or "")
    assert " first 27 % of file log.txt]\n0123456789" in told(town.model.requests[0])


async def test_without_the_right_to_files_the_question_is_answered_and_the_file_named(town: Town) -> None:
    town.slack.scopes.discard("files:read")
    async with town.bot():
        ts = await town.slack.upload("Ada", "#general", "secret.txt", b"hello", "@Threadbot what is in it?")
        answer = await town.answer("#general", ts, ts)

    assert "not read: secret.txt (Slack does not show it to me)" in (answer.footer or "")
    assert "Sign in" not in told(town.model.requests[0])
