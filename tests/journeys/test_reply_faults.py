"""Whatever goes wrong in a call to Slack, the final text is there once, or one plain sentence, and no status is left.

One test per call of a reply; its faults are tried side by side, each in a thread of its own.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from tests.journeys.test_steering import ENDLESS
from tests.town import Answer, Town, is_bot, wait_until
from threadbot_sandbox.model import Reply

Json = dict[str, Any]

TEXT = " ".join(f"word{n}" for n in range(90))
FAULTS: dict[str, Json] = {
    "refused for a second": {"error": "ratelimited", "status": 429, "retry_after": 1},
    "failed": {"error": "internal_error", "status": 500},
    "cut off, done": {"drop": "after"},
    "cut off, not done": {"drop": "before"},
    "timed out, done": {"hang": "after"},
    "timed out, not done": {"hang": "before"},
}
STREAMED = ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update", "assistant.threads.setStatus"]
POSTED = ["chat.postMessage", "chat.update"]


@dataclass
class Story:
    """A question in a thread of its own, and what goes wrong while it is answered."""

    town: Town
    root: str = ""

    def is_here(self, args: Json) -> bool:
        """Whether a call with these arguments is about our thread."""
        if "thread_ts" in args:
            return bool(args["thread_ts"] == self.root)
        message = self.town.slack.workspace.conversation("#general").messages.get(args.get("ts", ""), {})
        return bool(message.get("thread_ts") == self.root)

    async def ask(self) -> None:
        self.root = await self.town.slack.say("Ada", "#general", "@Threadbot count")

    async def answered(self) -> Answer:
        return await self.town.answer("#general", self.root, self.root)

    @property
    def shown(self) -> list[Json]:
        return [m for m in self.town.slack.thread("#general", self.root) if is_bot(m)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that Slack does not answer times out after a second, instead of half a minute."""
    monkeypatch.setattr("bot.run.app.SLACK_TIMEOUT", 1.0)


async def tell(town: Town, method: str, streams: str = "everywhere") -> dict[str, Story]:
    """Let `method` go wrong once in each way; returns the stories when all are over."""
    town.model.think = lambda _: Reply(TEXT, tokens_per_second=45)
    stories = {name: Story(town) for name in FAULTS}
    for name, fault in FAULTS.items():
        town.slack.fail(method, **fault, when=stories[name].is_here)
    async with town.bot(slack_streams=streams):
        await asyncio.gather(*(story.ask() for story in stories.values()))
        await asyncio.gather(*(story.answered() for story in stories.values()))
        await town.idle()
    return stories


def check(town: Town, stories: dict[str, Story]) -> None:
    shown = {
        name: [block["text"] for m in story.shown for block in m["blocks"] if block["type"] == "markdown"]
        for name, story in stories.items()
    }
    assert shown == {name: [TEXT] for name in FAULTS}
    assert all(m.get("streaming_state") != "in_progress" for story in stories.values() for m in story.shown)
    assert town.slack.workspace.statuses == {}
    assert len(town.model.requests) == len(FAULTS)


@pytest.mark.parametrize("method", STREAMED)
async def test_a_streamed_answer_survives_a_fault_of(town: Town, method: str) -> None:
    stories = await tell(town, method)

    check(town, stories)
    assert bool(town.slack.calls_of("chat.appendStream")) == (method != "chat.startStream")


@pytest.mark.parametrize("method", POSTED)
async def test_an_edited_answer_survives_a_fault_of(town: Town, method: str) -> None:
    stories = await tell(town, method, streams="direct")

    check(town, stories)


async def test_a_stream_that_slack_ends_early_goes_on_by_edits(town: Town) -> None:
    town.slack.workspace.stream_seconds = 1.0
    town.model.enqueue(Reply(TEXT, tokens_per_second=30))
    story = Story(town)
    async with town.bot(slack_streams="everywhere"):
        await story.ask()
        answer = await story.answered()

    assert answer.text == TEXT
    assert len(answer.messages) == 1
    assert [call.error for call in town.slack.calls_of("chat.appendStream") if call.error] == [
        "message_not_in_streaming_state"
    ]


async def test_where_slack_takes_no_more_text_because_a_person_pressed_its_stop_the_answer_ends(town: Town) -> None:
    """Without the event that tells of it: Slack sends it to agents alone."""
    town.model.enqueue(ENDLESS)
    story = Story(town)
    async with town.bot(slack_streams="everywhere"):
        await story.ask()
        await wait_until(lambda: town.slack.calls_of("chat.appendStream"), "the answer grows")
        await town.slack.stop("Ada", "#general", story.root)
        answer = await story.answered()
        await town.idle()

    assert str(answer.footer).startswith("stopped · ")
    assert [call.error for call in town.slack.calls_of("chat.stopStream")] == [None]
    assert {session["status"] for session in town.slack.workspace.sessions.values()} == {"active"}


async def test_a_growing_answer_that_a_person_deletes_is_posted_whole_in_the_end(town: Town) -> None:
    town.model.enqueue(Reply(TEXT, tokens_per_second=40))
    story = Story(town)
    async with town.bot(slack_streams="everywhere"):
        await story.ask()
        await wait_until(lambda: story.shown, "the answer has begun")
        await town.slack.delete("Ada", "#general", story.shown[0]["ts"])
        answer = await story.answered()

    assert answer.text == TEXT
    assert len(story.shown) == 1


async def test_a_bot_that_is_removed_while_it_answers_says_nothing_more_and_the_next_is_answered(town: Town) -> None:
    town.model.enqueue(Reply(TEXT, tokens_per_second=40))
    story = Story(town)
    async with town.bot(slack_streams="everywhere"):
        await story.ask()
        await wait_until(lambda: story.shown, "the answer has begun")
        for method in ("chat.appendStream", "chat.stopStream", "chat.update", "chat.postMessage"):
            town.slack.fail(method, error="not_in_channel", times=99, when=story.is_here)
        await town.idle()
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert town.slack.workspace.statuses == {}
    assert len(town.model.requests) == 2


@pytest.mark.parametrize("code", ["cant_update_message", "streaming_state_conflict", "msg_too_long", "never_heard_of"])
async def test_an_answer_that_may_not_be_edited_is_posted_anew_and_nothing_of_the_old_stays(
    town: Town, code: str
) -> None:
    town.slack.fail("chat.update", error=code, times=99)
    town.model.enqueue(Reply(TEXT, tokens_per_second=60))
    story = Story(town)
    async with town.bot():
        await story.ask()
        answer = await story.answered()

    assert answer.text == TEXT
    assert len(story.shown) == 1


@pytest.mark.parametrize("text", ["Arrr.", TEXT])
async def test_a_persona_whose_face_slack_does_not_let_us_show_answers_all_the_same(town: Town, text: str) -> None:
    """Whoever installs an app may decline the scope for it."""
    town.slack.scopes.discard("chat:write.customize")
    town.model.think = lambda _: Reply(text, tokens_per_second=60)
    stories = Story(town), Story(town)
    async with town.bot(slack_streams="everywhere"):
        await town.slack.command("Ada", "#general", "/persona", "use code-reviewer here")
        for story in stories:
            await story.ask()
            assert (await story.answered()).text == text

    refused = [call for call in town.slack.calls if call.error == "missing_scope" and "thread_ts" in call.args]
    assert len(refused) == 1
    assert bool(town.slack.calls_of("chat.stopStream")) == (text == TEXT), "it grows as a stream"


@pytest.mark.parametrize("code", ["never_heard_of", "internal_error"])
async def test_where_slack_takes_no_buttons_in_streams_answers_are_streams_without(town: Town, code: str) -> None:
    def has_buttons(args: Json) -> bool:
        return '"blocks"' in str(args["chunks"]).replace("'", '"')

    town.slack.fail("chat.startStream", error=code, times=99, when=has_buttons)
    town.model.think = lambda _: Reply(TEXT, tokens_per_second=80)
    stories = Story(town), Story(town)
    async with town.bot(slack_streams="everywhere"):
        for story in stories:
            await story.ask()
            assert (await story.answered()).text == TEXT

    assert [has_buttons(call.args) for call in town.slack.calls_of("chat.startStream")].count(True) == 1
    assert town.slack.calls_of("chat.stopStream")
    assert [len(story.shown) for story in stories] == [1, 1]
