"""What a small Slack tells of a thread's past."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Quote
from bot.installations import Installation
from bot.slack.api import markers
from bot.slack.api.client import SlackClient
from bot.slack.api.markers import MARKER
from bot.slack.api.rate_limits import Pace
from bot.slack.api.transcript import ThreadReader
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.rate_limits import Places
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA, BEN, BOT, BOT_USER, TEAM

GENERAL = "C000GENERAL"
ROOT = "1000.000000"
THREAD = ThreadKey("slack", TEAM, GENERAL, ROOT)
ME = Installation(TEAM, BOT_USER, BOT, "Threadbot")
FOOTER = {"type": "context", "elements": [{"type": "plain_text", "text": "gpt · 3 tokens"}]}


@pytest.fixture
async def reader(client: SlackClient) -> ThreadReader:
    return ThreadReader(client, ME)


def stands(slack: SmallSlack, second: int, text: str, user: str = ADA, **more: Any) -> str:
    """A message that stands in the thread, whoever was told of it when it was written."""
    ts = f"{second}.000000"
    message = {"type": "message", "channel": GENERAL, "user": user, "ts": ts, "text": text, "thread_ts": ROOT} | more
    slack.workspace.conversation(GENERAL).add(message)
    return ts


def answered(slack: SmallSlack, second: int, text: str, newest: str, part: int = 0, **more: Any) -> None:
    """One of the bot's own posts, as Slack keeps it; of a `kind`, or as they were when they did not tell."""
    kind = {"kind": more.pop("kind")} if "kind" in more else {}
    payload = {"turn": markers.named(THREAD, newest), "part": part, **kind}
    metadata = {"event_type": MARKER, "event_payload": payload}
    blocks = [{"type": "markdown", "text": text}, FOOTER]
    stands(slack, second, text, BOT_USER, **({"bot_id": BOT, "metadata": metadata, "blocks": blocks} | more))


async def told(reader: ThreadReader, after: str = "0", most: int = 400, before: str = "9000.000000") -> Earlier:
    return await reader.earlier(THREAD, before=before, after=after, most=most)


def told_texts(earlier: Earlier) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in earlier.messages]


async def test_the_bots_own_answers_come_back_as_its_own_between_the_questions(
    reader: ThreadReader, slack: SmallSlack
) -> None:
    first = stands(slack, 1000, f"<@{BOT_USER}> one?", thread_ts=None)
    second = stands(slack, 1003, f"<@{BOT_USER}> two?")
    answered(slack, 1006, "second part", first, part=1)
    answered(slack, 1004, "first part", first)
    translated = [
        {
            "type": "rich_text",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "Two", "style": {"bold": True}}]}
            ],
        },
        FOOTER,
    ]
    answered(slack, 1008, "Two", second, blocks=translated)

    assert told_texts(await told(reader)) == [
        ("user", "one?"),
        ("assistant", "first part\n\nsecond part"),
        ("user", "two?"),
        ("assistant", "**Two**"),
    ]


@pytest.mark.parametrize("kind", ["notice", "apology", "something newer", 1])
async def test_what_the_bot_says_of_itself_is_left_out_whatever_its_words(
    reader: ThreadReader, slack: SmallSlack, kind: Any
) -> None:
    first = stands(slack, 1000, "lunch?", thread_ts=None)
    answered(slack, 1001, "Hier ist nichts zu lesen.", first, kind=kind)
    answered(slack, 1002, "At noon.", first, part=1, kind="answer")

    assert told_texts(await told(reader)) == [("user", "lunch?"), ("assistant", "At noon.")]


async def test_an_answer_that_says_what_the_bot_once_said_is_an_answer(reader: ThreadReader, slack: SmallSlack) -> None:
    first = stands(slack, 1000, "what do you say?", thread_ts=None)
    answered(slack, 1001, "Something went wrong. (reference 0a1b2c3d)", first, kind="answer")

    assert ("assistant", "Something went wrong. (reference 0a1b2c3d)") in told_texts(await told(reader))


@pytest.mark.parametrize(
    "ours",
    [
        "Hello! Ask me something in the message that mentions me, and I answer here in the thread. "
        "Mention me again to go on: I remember what was said in this thread. In a direct message no mention is needed.",
        "Stopped before there was anything to read.",
        "—",
        "Something went wrong on my side. (reference 0a1b2c3d)",
        "The model took too long (reference abcdef12)",
    ],
)
async def test_what_an_older_bot_said_of_itself_is_known_by_its_words(
    reader: ThreadReader, slack: SmallSlack, ours: str
) -> None:
    first = stands(slack, 1000, "lunch?", thread_ts=None)
    answered(slack, 1001, ours, first)
    stands(slack, 1002, "half of an answer that is", BOT_USER, bot_id=BOT, streaming_state="errored")

    assert told_texts(await told(reader)) == [("user", "lunch?")]


async def test_of_a_long_thread_the_newest_are_told_and_the_rest_is_counted(
    reader: ThreadReader, slack: SmallSlack
) -> None:
    for n in range(500):
        stands(slack, 1000 + n, f"message {n}", thread_ts=ROOT if n else None)
    earlier = await told(reader, most=20)

    assert told_texts(earlier) == [("user", f"message {n}") for n in range(480, 500)]
    assert (earlier.left_out, earlier.read_to) == (480, None)
    assert len(slack.calls_of("conversations.replies")) <= 3


def long_thread(slack: SmallSlack, places: list[int]) -> None:
    """A thread with a message at each of these seconds."""
    for n, second in enumerate(places):
        stands(slack, second, f"message {n}", thread_ts=ROOT if n else None)


EVEN = list(range(1000, 9000))
LATE = [*range(1000, 1010), *range(8000, 9000)]
EARLY = [*range(1000, 3000), *range(8000, 9000, 10)]
BURSTS = [start + n for start in range(1000, 8900, 1000) for n in range(300)]


@pytest.mark.parametrize("places", [EVEN, LATE, BURSTS], ids=["even", "late", "bursts"])
@pytest.mark.parametrize("most", [20, 400])
async def test_a_long_thread_is_read_from_its_newest_end_in_few_calls(
    reader: ThreadReader, slack: SmallSlack, places: list[int], most: int
) -> None:
    long_thread(slack, places)
    earlier = await told(reader, most=most)

    assert told_texts(earlier) == [("user", f"message {n}") for n in range(len(places) - most, len(places))]
    assert (earlier.left_out, earlier.read_to, earlier.gap) == (len(places) - most, None, False)
    assert len(slack.calls_of("conversations.replies")) <= 10


async def test_a_thread_that_fell_silent_long_ago_is_read_from_its_end_as_far_as_the_calls_reach(
    reader: ThreadReader, slack: SmallSlack
) -> None:
    long_thread(slack, EARLY)
    earlier = await told(reader)
    last = len(EARLY)

    assert len(earlier.messages) >= 100
    assert told_texts(earlier) == [("user", f"message {n}") for n in range(last - len(earlier.messages), last)]
    assert (earlier.read_to, earlier.left_out) in [("0", 0), (None, last - 400)]


async def test_of_ten_thousand_messages_the_newest_are_read_in_two_seconds(
    reader: ThreadReader, slack: SmallSlack
) -> None:
    """Each page takes 300 ms."""
    for n in range(10_000):
        ts = {"ts": f"{1000 + n // 2}.{n % 2 * 500_000:06}"}
        stands(slack, 0, f"message {n}", thread_ts=ROOT if n else None, **ts)
    slack.fail("conversations.replies", delay=0.3, times=100)
    began = asyncio.get_running_loop().time()
    earlier = await told(reader, before="9000.000000")

    assert asyncio.get_running_loop().time() - began < 2.5
    assert told_texts(earlier)[-1] == ("user", "message 9999")
    assert (len(earlier.messages), earlier.left_out, earlier.read_to) == (400, 9_600, None)


async def test_what_two_seconds_are_not_enough_for_is_told(client: SlackClient, slack: SmallSlack) -> None:
    """The newest stand there; the older ones are read another time."""
    long_thread(slack, [*range(1000, 8900), *(8900 + n for n in range(0, 100))])
    slack.fail("conversations.replies", delay=0.3, times=100)
    earlier = await ThreadReader(client, ME, seconds=1.1).earlier(THREAD, "9000.000000", "0", 3_000)

    assert told_texts(earlier)[-1] == ("user", "message 7999")
    assert told_texts(earlier) == [("user", f"message {n}") for n in range(8_000 - len(earlier.messages), 8_000)]
    assert earlier.read_to == "0"


async def test_where_nothing_of_the_newest_could_be_read_that_is_known(reader: ThreadReader, slack: SmallSlack) -> None:
    long_thread(slack, EVEN)
    slack.fail("conversations.replies", delay=0.0)
    slack.fail("conversations.replies", error="internal_error", times=100)
    earlier = await told(reader)

    assert told_texts(earlier)[-1] == ("user", "message 199")
    assert earlier.read_to == "1199.000000"


async def test_how_many_lie_before_what_was_read_is_not_guessed(reader: ThreadReader, slack: SmallSlack) -> None:
    long_thread(slack, EVEN)
    earlier = await told(reader, after="1100.000000", most=50)

    assert told_texts(earlier)[-1] == ("user", "message 7999")
    assert (len(earlier.messages), earlier.read_to, earlier.gap) == (50, None, True)


async def test_only_what_is_new_is_told(reader: ThreadReader, slack: SmallSlack) -> None:
    for n in range(5):
        stands(slack, 1000 + n, f"message {n}", thread_ts=ROOT if n else None)

    earlier = await told(reader, after="1002.000000", before="1004.000000")
    assert told_texts(earlier) == [("user", "message 3")]


@pytest.mark.parametrize(("second", "told_too"), [(8_500, False), (8_300, True)])
async def test_a_question_whose_event_may_still_come_is_left_to_it(
    reader: ThreadReader, slack: SmallSlack, second: int, told_too: bool
) -> None:
    stands(slack, 1000, "lunch?", thread_ts=None)
    stands(slack, second, f"<@{BOT_USER}> when?")

    texts = [text for _, text in told_texts(await told(reader))]
    assert ("when?" in texts) == told_too


async def test_other_bots_speak_under_their_names_and_with_what_they_show(
    reader: ThreadReader, slack: SmallSlack
) -> None:
    stands(slack, 1000, "lunch?", thread_ts=None)
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "Build <https://ci.example|7> failed"}}]
    stands(slack, 1001, "Build", "", subtype="bot_message", bot_id="B1", username="CI", blocks=blocks)
    stands(
        slack, 1002, "", attachments=[{"text": "a link's preview"}, {"text": "a forwarded message", "is_share": True}]
    )
    stands(slack, 1003, "joined", subtype="channel_join")

    _, ci, forwarded = (await told(reader)).messages
    assert (ci.author, ci.name, ci.text) == ("B1", "CI", "Build [7](https://ci.example) failed")
    assert (forwarded.text, forwarded.quotes) == ("", (Quote("a forwarded message"),))


async def test_texts_are_decoded_and_nobody_is_looked_up(reader: ThreadReader, slack: SmallSlack) -> None:
    first = stands(slack, 1000, f"<@{ADA}> and <@{BEN}|b>, see <#C000GENERAL|general>", thread_ts=None)
    answered(slack, 1001, "Yes: a <b> &amp; @{U1}.", first, kind="answer")

    texts = [text for _, text in told_texts(await told(reader))]
    assert texts == [f"@{{{ADA}}} and @{{{BEN}}}, see #{{C000GENERAL}}", r"Yes: a <b> &amp; @\{U1}."]
    assert len(slack.calls) == 1


@pytest.mark.parametrize(
    "how",
    [
        {"error": "missing_scope"},
        {"error": "not_in_channel"},
        {"status": 500},
        {"drop": "after", "times": 3},
    ],
)
async def test_where_slack_does_not_tell_that_is_known(
    reader: ThreadReader, slack: SmallSlack, how: dict[str, Any]
) -> None:
    stands(slack, 1000, "lunch?", thread_ts=None)
    slack.fail("conversations.replies", **how)

    assert await told(reader) == Earlier(read_to="0")


async def test_where_slack_stops_midway_what_was_read_counts_and_the_rest_is_read_the_next_time(
    reader: ThreadReader, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.api.replies.PAGE", 3)
    for n in range(5):
        stands(slack, 1000 + n, f"message {n}", thread_ts=ROOT if n else None)
    pages = slack.web_api.calls
    slack.fail("conversations.replies", delay=0.0)
    slack.fail("conversations.replies", error="internal_error")
    begun = await told(reader)
    assert begun.read_to is not None
    rest = await told(reader, after=begun.read_to)

    assert begun.read_to == "1002.000000"
    assert told_texts(begun) + told_texts(rest) == [("user", f"message {n}") for n in range(5)]
    assert len(pages) == 3


async def test_while_slack_wants_no_calls_none_is_made_and_nobody_waits(slack: SmallSlack, redis_url: str) -> None:
    store = Client(redis_url)
    stands(slack, 1000, "lunch?", thread_ts=None)
    slack.fail("conversations.replies", error="ratelimited", status=429, retry_after=60)
    async with ClientSession() as session, asyncio.timeout(1):
        client = SlackClient(slack.bot_token, f"{slack.url}/api/", session, Pace(Places(store, Keys("test", TEAM))))
        reader = ThreadReader(client, ME)
        refused = [await told(reader), await told(reader)]
    await store.close()

    assert refused == [Earlier(read_to="0")] * 2
    assert len(slack.calls_of("conversations.replies")) == 1
