"""Several servers, as `MODELS_FILE` describes them."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.run import secret_files
from tests.journeys.test_trouble import sentence
from tests.responder import command
from tests.town import Town, wait_until
from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.serve import serving

BUSY = Reply(status=429, headers={"retry-after": "300"})


@dataclass
class Two:
    """The town's model, and another one of the operator's own."""

    first: SmallModel
    second: SmallModel
    path: Path


@pytest.fixture
async def two(town: Town, tmp_path: Path) -> AsyncIterator[Two]:
    second = SmallModel(lambda _: "From the cellar.", api_key=None)
    async with serving(second.app) as url:
        price = {"input": 1, "output": 2}
        first = {"name": "cloud", "base_url": town.model_url, "key": "sandbox"}
        wanted = {"name": "small-model", "price": price}
        targets = [
            first | {"models": [wanted, {"name": "priced", "id": "small-model", "price": price}]},
            {"name": "cellar", "base_url": url, "free": True, "models": ["cellar-model"]},
        ]
        about = {"targets": targets, "fallbacks": {"personas": {"default": ["cellar-model"]}}}
        path = tmp_path / "models.yaml"
        path.write_text(json.dumps(about))  # JSON is YAML
        yield Two(town.model, second, path)


async def test_what_an_answer_cost_is_the_operators_price(town: Town, two: Two) -> None:
    two.first.enqueue("Forty-two.")
    async with town.bot(models_file=two.path, openai_model="small-model"):
        answer = await town.ask("Ada", "#general", "@Threadbot what is the answer?")

    assert answer.text == "Forty-two."
    assert "unknown" not in (answer.footer or "")
    assert "$" in (answer.footer or "")


async def test_who_stands_in_for_whom_stands_in_footer_and_log(
    town: Town, two: Two, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    two.first.enqueue(BUSY)
    async with town.bot(models_file=two.path, openai_model="small-model"):
        answer = await town.ask("Ada", "#general", "@Threadbot what is the answer?")

    assert answer.text == "From the cellar."
    assert (answer.footer or "").startswith("cellar-model (instead of small-model, which is busy) · ")
    assert "$" not in (answer.footer or "")
    assert "cost" not in (answer.footer or "")
    [told] = [vars(record) for record in caplog.records if record.message == "model answered"]
    assert (told["model"], told["target"], told["instead"]) == ("cellar-model", "cellar", "small-model")


async def test_where_all_are_down_one_sentence_has_the_time(town: Town, two: Two) -> None:
    two.first.enqueue(BUSY)
    two.second.enqueue(BUSY)
    async with town.bot(models_file=two.path, openai_model="small-model"):
        shown = await sentence(town, await town.slack.say("Ada", "#general", "@Threadbot hello there"))
        again = await sentence(town, await town.slack.say("Ada", "#general", "@Threadbot hello there"))

    for each in (shown, again):
        assert "All models that may answer are busy. The earliest next try is at " in each
        assert "(5 min)" in each
    assert (len(two.first.requests), len(two.second.requests)) == (1, 1)


async def test_which_models_there_are_is_told_and_no_other_can_be_chosen(town: Town, two: Two) -> None:
    async with town.bot(models_file=two.path, openai_model="small-model"):
        listed = await command(town, "Ada", "#general", "/threadbot model")
        other = await command(town, "Ada", "#general", "/threadbot model gpt-9 here")
        two.second.enqueue(Reply(status=503))
        dead = await command(town, "Ada", "#general", "/threadbot model cellar-model here")
        chosen = await command(town, "Ada", "#general", "/threadbot model cellar-model@cellar here")
        answer = await town.ask("Ada", "#general", "@Threadbot what is the answer?")

    assert "`small-model` answers here. These models can be chosen: `small-model` and `priced`" in listed
    assert "`gpt-9` cannot be chosen" in other
    assert "`cellar-model` was tried and did not answer, so nothing has changed." in dead
    assert "The model is now `cellar-model@cellar` here." in chosen
    assert answer.text == "From the cellar."


async def test_what_cools_is_left_alone_by_all_replicas_and_after_a_restart(town: Town, two: Two) -> None:
    two.first.enqueue(BUSY)
    async with town.bot(models_file=two.path, openai_model="small-model"):
        await town.ask("Ada", "#general", "@Threadbot what is the answer?")
    async with (
        town.bot(models_file=two.path, openai_model="small-model"),
        town.bot(models_file=two.path, openai_model="small-model"),
    ):
        answers = [await town.ask("Ada", "#general", f"@Threadbot number {number}?") for number in range(6)]

    assert len(two.first.requests) == 1
    assert {answer.text for answer in answers} == {"From the cellar."}
    assert all("instead of small-model, which is busy" in (answer.footer or "") for answer in answers)


async def test_a_refused_key_is_tried_once_also_after_a_restart_until_its_file_changes(
    town: Town, two: Two, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "bot")
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(secret_files, "STEADY", 0.01)
    about, key = json.loads(two.path.read_text()), two.path.with_name("cloud-key")
    del about["targets"][0]["key"]
    about["targets"][0]["key_file"] = key.name
    two.path.write_text(json.dumps(about))
    key.write_text("wrong")
    answers = []
    for start in range(2):
        async with town.bot(models_file=two.path, openai_model="small-model"):
            for number in range(3):
                answers.append((await town.ask("Ada", "#general", f"@Threadbot {start} {number}?")).text)
            refused = [*two.first.keys]
            if start:
                key.write_text("sandbox")
                await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")
                two.first.enqueue("From the cloud.")
                answers.append((await town.ask("Ada", "#general", "@Threadbot and now?")).text)

    assert refused == ["wrong"]
    assert answers == [*["From the cellar."] * 6, "From the cloud."]
    assert caplog.text.count("a model's server refuses the key") == 1
    assert "wrong" not in caplog.text
