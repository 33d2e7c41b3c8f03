"""Who asks the same persona the same gets the same answer, until it is forgotten."""

import asyncio

from tests.journeys.test_personas import make_bard
from tests.journeys.test_steering import click
from tests.responder import command
from tests.town import Answer, Town

QUESTION = "@Threadbot how long is a tide?"


async def ask(town: Town, who: str = "Ada") -> Answer:
    answer = await town.ask(who, "#general", QUESTION)
    await town.idle()
    return answer


async def with_bard(town: Town, **more: str) -> None:
    await make_bard(town, **{"cache": "1h", **more})
    await command(town, "Ada", "#general", "/persona use Bard workspace")


async def test_the_same_question_is_paid_for_once_and_the_footer_says_so(town: Town) -> None:
    town.model.enqueue("Six hours.", "Twelve hours.")
    async with town.bot(footer="full"), town.bot(footer="full"):
        await with_bard(town)
        first = await ask(town)
        again = await ask(town)
        shown = await command(town, "Ada", "#general", "/persona show Bard")
        usage = await command(town, "Ada", "#general", "/threadbot usage")
        other = await town.ask("Ada", "#general", "@Threadbot and in summer?", thread=again.thread)

    assert (first.text, again.text) == ("Six hours.", "Six hours.")
    assert "kept answer" not in (first.footer or "")
    assert (again.footer or "").startswith("kept answer, 0 minutes old · Bard · small-model")
    assert "0 in + 0 out = 0 tokens · $0" in (again.footer or "")
    assert "2 answers" in usage
    assert "An answer is kept for whoever asks the same again: 1h" in shown
    assert other.text == "Twelve hours.", "what was given again stands in the history of its thread"
    assert town.model.requests[-1]["messages"][2]["content"] == "Six hours."
    assert len(town.model.requests) == 2


async def test_regenerate_goes_past_it_and_its_answer_is_kept_from_then_on(town: Town) -> None:
    town.model.enqueue("Six hours.", "Twelve hours.")
    async with town.bot():
        await with_bard(town)
        await ask(town)
        again = await ask(town)
        await click(town, "Ada", again.messages[-1])
        await town.model.wait_for(lambda: len(town.model.requests) == 2)
        await town.idle()
        third = await ask(town)

    assert town.slack.thread("#general", again.thread)[1]["blocks"][0]["text"] == "Twelve hours."
    assert third.text == "Twelve hours."
    assert len(town.model.requests) == 2


async def test_another_persona_version_person_or_question_is_asked_anew(town: Town) -> None:
    async with town.bot():
        await with_bard(town)
        await ask(town)
        await ask(town, who="Ben")
        await town.ask("Ada", "#general", QUESTION.upper().replace("@THREADBOT", "@Threadbot"))
        await command(town, "Ada", "#general", "/persona use concise here")
        for _ in range(2):
            await ask(town)

    assert len(town.model.requests) == 5


async def test_who_asked_makes_no_difference_where_the_model_is_not_told(town: Town) -> None:
    async with town.bot():
        await with_bard(town, sees_names="")
        await command(town, "Ada", "#general", "/threadbot names off workspace")
        await ask(town)
        again = await ask(town, who="Ben")

    assert "kept answer" in (again.footer or "")
    assert len(town.model.requests) == 1


async def test_a_kept_answer_is_forgotten_with_its_conversation(town: Town) -> None:
    async with town.bot():
        await with_bard(town)
        first = await ask(town)
        link = f"https://sandbox.slack.com/archives/C000GENERAL/p{first.thread.replace('.', '')}"
        await command(town, "Ada", "#general", f"/threadbot forget {link}")
        again = await ask(town)

    assert "kept answer" not in (again.footer or "")
    assert len(town.model.requests) == 2


async def test_a_kept_answer_has_its_time(town: Town) -> None:
    async with town.bot():
        await with_bard(town, cache="1s")
        await ask(town)
        await asyncio.sleep(1.2)
        await ask(town)

    assert len(town.model.requests) == 2
