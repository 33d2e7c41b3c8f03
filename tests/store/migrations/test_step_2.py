"""Messages of the landed version, as its dump holds them, in our own text."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.conversation.messages import Message
from bot.slack import mrkdwn
from bot.store.migrations.step_2 import Step
from tests.store.migrations.facts import as_then
from threadbot_sandbox.slack.seed import BOT_USER

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LEFT = json.loads((FIXTURES / "redis-0.json").read_text("utf-8"))
FACTS = json.loads((FIXTURES / "redis-0-facts.json").read_text("utf-8"))
STORED = [
    (key.partition(":said:")[2], member, text)
    for key, entry in LEFT.items()
    if ":said:" in key
    for member, text in entry["value"].items()
]
NAMES = {
    "U0000000ADA": "Ada",
    "U0000000BEN": "Ben",
    "U00000CHLOE": "Chloe",
    "C000GENERAL": "general",
    "C0000SECRET": "secret-garden",
    "S0GARDENERS": "gardeners",
    BOT_USER: "threadbot",
}
_MESSAGE = TypeAdapter(Message)


@pytest.fixture
def step() -> Step:
    return Step(lambda text: mrkdwn.unaddressed(mrkdwn.decode(text), BOT_USER))


def read_then(thread: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        each["ts"] + ("/answer" if each["role"] == "assistant" else ""): (each["role"], each["text"])
        for place in ("past", "waiting", "heard")
        for each in thread[place]
    }


def test_every_message_of_the_dump_is_read_as_it_was(step: Step) -> None:
    compared = 0
    for thread, member, text in STORED:
        message = _MESSAGE.validate_json(step.message(text))
        then = read_then(FACTS["threads"][thread]).get(member)
        if then is not None:  # what the running turn is about stands in no set
            assert (message.role, as_then(message, NAMES)) == then
            compared += 1

    assert compared > 40


def test_nothing_but_text_and_role_is_different(step: Step) -> None:
    for _, _, text in STORED:
        before, after = json.loads(text), json.loads(step.message(text))

        assert {k: v for k, v in before.items() if k not in ("text", "role")} == {
            k: v for k, v in after.items() if k not in ("text", "kind")
        }


def test_people_mention_by_token_and_what_the_model_wrote_mentions_nobody(step: Step) -> None:
    said = {"ts": "1.0", "author": "U1", "text": "<@U0THREADBOT> see <@U2|x> &amp; @{U3}"}
    answer = {"ts": "1.0", "author": "", "text": "<@U2> &amp; @{U3}", "role": "assistant"}

    assert json.loads(step.message(json.dumps(said)))["text"] == r"see @{U2} & @\{U3}"
    assert json.loads(step.message(json.dumps(answer))) == {
        "ts": "1.0",
        "author": "",
        "text": r"<@U2> &amp; @\{U3}",
        "kind": "answer",
    }


@pytest.mark.parametrize("broken", ["", "no JSON", "[]", "{}", '{"text": 1}', '{"text": null, "role": "assistant"}'])
def test_what_cannot_be_read_stays_as_it_is(step: Step, broken: str) -> None:
    assert step.message(broken) == broken
