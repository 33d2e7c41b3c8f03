"""What was used, as people read it in Slack: charts, tables, the Home tab, and the file in their direct messages."""

import csv
import io
from typing import Any

import pytest

from tests.journeys.test_feedback import rate
from tests.journeys.test_home import home
from tests.responder import command, shown
from tests.town import Json, Town, is_bot, wait_until
from threadbot_sandbox.slack import blocks as slack_blocks

PRICED: dict[str, Any] = {"openai_model": "gpt-4o-mini"}


async def asked(town: Town) -> None:
    """Ben has asked twice in a channel, and Chloe once by direct message."""
    for who, where in (("Ben", "#general"), ("Ben", "#general"), ("Chloe", "D00000CHLOE")):
        await town.ask(who, where, "@Threadbot tell me a joke")
    await town.idle()


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Slack that knows no charts and no sortable tables yet."""
    monkeypatch.setattr(slack_blocks, "KNOWN", slack_blocks.KNOWN - {"data_table", "data_visualization"})


def note(town: Town, who: str) -> Json:
    return town.slack.notes(who)[-1]


def kinds(blocks: list[Json]) -> list[str]:
    return [block["type"] for block in blocks]


def cells(blocks: list[Json]) -> list[list[Any]]:
    [table] = [block for block in blocks if block["type"] == "data_table"]
    return [[cell.get("text") or cell["elements"][0]["elements"][0] for cell in row] for row in table["rows"]]


async def test_everyones_use_is_drawn_told_and_can_be_sorted(town: Town) -> None:
    async with town.bot(report_people="names", **PRICED):
        await asked(town)
        said = await command(town, "Ada", "#general", "/threadbot usage all")
    told = note(town, "Ada")
    rows = cells(told["blocks"])

    assert "3 answers," in said
    assert "default: 3 answers" in said
    assert kinds(told["blocks"]).count("data_visualization") == 2
    assert {row[0] for row in rows[1:]} == {"person", "channel", "persona", "model", "day"}
    assert {"type": "user", "user_id": "U0000000BEN"} in [row[1] for row in rows]
    assert "direct messages" in [row[1] for row in rows]
    assert not any("D00000CHLOE" in str(row) for row in rows)
    assert "<@U0000000BEN>: 2 answers" in told["text"]  # for those who hear it


async def test_where_slack_refuses_what_is_drawn_the_same_is_said_in_words(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(monkeypatch)
    async with town.bot(report_people="names"):
        await asked(town)
        said = await command(town, "Ada", "#general", "/threadbot usage all")

    assert "█" in said
    assert "<@U0000000BEN>: 2 answers" in said
    assert set(kinds(note(town, "Ada")["blocks"])) == {"section", "rich_text", "actions"}


async def test_people_are_not_shown_unless_the_operator_wants_that(town: Town) -> None:
    async with town.bot():
        await asked(town)
        said = await command(town, "Ada", "#general", "/threadbot usage all")
        all_of_it = note(town, "Ada")
        one = await command(town, "Ada", "#general", "/threadbot usage @Ben")
        own = await command(town, "Ben", "#general", "/threadbot usage @Ben")

    assert "REPORT_PEOPLE" in said
    assert "U0000000BEN" not in str(all_of_it)
    assert "REPORT_PEOPLE=names" in one
    assert "2 answers" in own


async def test_a_channels_manager_sees_its_sum_and_nobody_elses(town: Town) -> None:
    async with town.bot():
        await asked(town)
        await command(town, "Ada", "#general", "/threadbot admins add @Ben here")
        here = await command(town, "Ben", "#general", "/threadbot usage here")
        all_of_it = await command(town, "Ben", "#general", "/threadbot usage all")
        refused = await command(town, "Chloe", "#general", "/threadbot usage here")
        direct = await command(town, "Chloe", "D00000CHLOE", "/threadbot usage here")

    assert "*<#C000GENERAL> in " in here
    assert "2 answers" in here
    assert "Only admins may do that." in all_of_it
    assert "Only admins and managers of this channel may do that." in refused
    assert "*You in " in direct


def files(town: Town, channel: str) -> list[Json]:
    return [file for message in town.slack.messages(channel) if is_bot(message) for file in message.get("files", [])]


def rows(town: Town, channel: str) -> list[dict[str, str]]:
    [file] = files(town, channel)
    content = town.slack.workspace.files[file["id"]].content
    return [*csv.DictReader(io.StringIO(content.decode()))]


async def test_the_table_comes_by_direct_message_with_a_click(town: Town) -> None:
    async with town.bot(report_people="names", **PRICED):
        await asked(town)
        await command(town, "Ada", "#general", "/threadbot usage all")
        report = note(town, "Ada")
        assert await town.slack.click("Ada", "#general", report["ts"], "usage_csv")
        await wait_until(lambda: files(town, "D0000000ADA"), "the file")
        await wait_until(lambda: "It is in your direct messages." in str(note(town, "Ada")), "a word on it")
    found = rows(town, "D0000000ADA")

    assert [*found[0]] == [
        *("day", "dimension", "id", "name", "answers"),
        *("input_tokens", "output_tokens", "cached_tokens", "cost_usd", "estimated"),
    ]
    answers = {(row["dimension"], row["id"]): (row["name"], row["answers"]) for row in found}
    assert answers["person", "U0000000BEN"] == ("Ben", "2")
    assert answers["channel", "C000GENERAL"] == ("general", "2")
    assert answers["channel", "direct"] == ("", "1")
    assert answers["persona", "default"] == ("default", "3")


async def test_ones_own_table_comes_with_a_word(town: Town) -> None:
    async with town.bot():
        await asked(town)
        said = await command(town, "Ben", "#general", "/threadbot usage csv")

    assert "It is in your direct messages." in said
    assert [(row["dimension"], row["name"], row["answers"]) for row in rows(town, "D0000000BEN")] == [
        ("person", "Ben", "2")
    ]


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_without_the_permission_it_is_said_where_the_table_can_be_had(town: Town, method: str) -> None:
    town.slack.fail(method, error="missing_scope", times=9)
    async with town.bot():
        await asked(town)
        said = await command(town, "Ben", "#general", "/threadbot usage csv")

    assert "python -m bot usage --csv" in said
    assert not [message for message in town.slack.messages("D0000000BEN") if is_bot(message)]


async def test_the_home_tab_of_an_admin_has_the_months_chart(town: Town) -> None:
    async with town.bot():
        await asked(town)
        adas, bens = await home(town, "Ada"), await home(town, "Ben")

    assert kinds(adas["blocks"]).count("data_visualization") == 1
    assert "data_visualization" not in kinds(bens["blocks"])


async def test_where_a_home_tab_takes_no_chart_it_is_drawn_in_words_and_not_tried_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(monkeypatch)
    async with town.bot():
        await asked(town)
        adas = shown((await home(town, "Ada"))["blocks"])
        await home(town, "Ada")
        await wait_until(lambda: len(town.slack.calls_of("views.publish")) == 3, "the tab once more")

    assert "█" in adas
    assert [call.answer["ok"] for call in town.slack.calls_of("views.publish")] == [False, True, True]


async def test_admins_read_why_an_answer_was_bad(town: Town) -> None:
    async with town.bot():
        answer = await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        await rate(town, "Chloe", answer, "down")
        form = town.slack.modal("Chloe")
        assert form is not None
        await town.slack.submit("Chloe", form["id"], {"reason": "Not *funny*, <@U0000000BEN>."})
        await wait_until(lambda: town.slack.modal("Chloe") is None, "the form is closed")
        read = await command(town, "Ada", "#general", "/threadbot reasons")
        refused = await command(town, "Ben", "#general", "/threadbot reasons")
        adas = shown((await home(town, "Ada"))["blocks"])

    for seen in (read, adas):
        assert "<#C000GENERAL>, default: Not " in seen
        assert "&lt;@U0000000BEN&gt;" in seen
        assert "CHLOE" not in seen
    assert "Only admins may do that." in refused
