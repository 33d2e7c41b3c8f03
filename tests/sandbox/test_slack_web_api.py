"""The small Slack's Web API, through the official client over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.limits import POSTING, TIER_4, Limits

GENERAL, RANDOM, SECRET = "C000GENERAL", "C0000RANDOM", "C0000SECRET"
ADA, BEN, GUS = "U0000000ADA", "U0000000BEN", "U0000000GUS"
EVERYBODY = ("Ada", "Dora", "Ben", "Chloe", "Gus", "Otto")
TABLE = "| a |\n|---|\n| 1 |\n"


def markdown(text: str) -> list[dict[str, Any]]:
    return [{"type": "markdown", "text": text}]


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.fixture
async def client(slack: SmallSlack) -> AsyncIterator[AsyncWebClient]:
    """Without retries: a test that loses a connection wants to see it."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


async def refused(call: Awaitable[Any]) -> Any:
    """The answer of a call that is refused."""
    with pytest.raises(SlackApiError) as error:
        await call
    return error.value.response


async def test_who_the_bot_is(client: AsyncWebClient) -> None:
    """The granted scopes stand in a header, as a bot that checks them at start expects."""
    answer = await client.auth_test()

    assert answer["user_id"] == "U0THREADBOT"
    assert answer["bot_id"] == "B0THREADBOT"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "error"),
    [("xoxb-wrong", "invalid_auth"), ("", "not_authed"), (None, "not_allowed_token_type")],
    ids=["wrong", "none", "the app's"],
)
async def test_other_tokens_are_refused(
    slack: SmallSlack, client: AsyncWebClient, token: str | None, error: str
) -> None:
    client.token = slack.app_token if token is None else token

    assert (await refused(client.auth_test()))["error"] == error


async def test_sockets_are_opened_with_the_app_token_only(slack: SmallSlack, client: AsyncWebClient) -> None:
    refusal = await refused(client.apps_connections_open(app_token=slack.bot_token))
    answer = await client.apps_connections_open(app_token=slack.app_token)

    assert refusal["error"] == "not_allowed_token_type"
    assert answer["url"].startswith("ws://127.0.0.1")


async def test_a_missing_scope_is_named(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.scopes.discard("chat:write")

    answer = await refused(client.chat_postMessage(channel=GENERAL, text="hello"))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")


async def test_a_reply_stands_in_its_thread(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "#general", "hello")

    posted = await client.chat_postMessage(channel=GENERAL, thread_ts=root, text="Good day.")

    first, reply = slack.thread("#general", root)
    assert (first["reply_count"], first["latest_reply"]) == (1, posted["ts"])
    assert (reply["text"], reply["bot_id"], reply["parent_user_id"]) == ("Good day.", "B0THREADBOT", ADA)


async def test_a_reply_whose_root_is_gone_lands_in_the_channel(slack: SmallSlack, client: AsyncWebClient) -> None:
    """Slack does not refuse it; only the missing `thread_ts` tells (slack-go/slack#1571)."""
    root = await slack.say("Ada", "#general", "hello")
    await slack.delete("Ada", "#general", root)

    posted = await client.chat_postMessage(channel=GENERAL, thread_ts=root, text="Good day.")

    assert "thread_ts" not in posted["message"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"channel": "C0NOWHERE00", "text": "x"}, "channel_not_found"),
        ({"channel": RANDOM, "text": "x"}, "not_in_channel"),
        ({"channel": GENERAL}, "no_text"),
        ({"channel": GENERAL, "text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        ({"channel": GENERAL, "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": GENERAL, "blocks": [{"type": "markdown", "text": "x" * 6_001}] * 2}, "msg_too_long"),
        ({"channel": GENERAL, "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": [{"type": "table", "rows": [[]]}] * 2}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown("## a\n\nb\n\n" * 26)}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown("---\n\n" * 51)}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown(f"{TABLE}\n\nand\n\n{TABLE}")}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": [*markdown(TABLE), *markdown(TABLE)]}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown(TABLE + "| 1 |\n" * 99)}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown("| a " * 21 + "|\n" + "|-" * 21 + "|\n")}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": markdown(TABLE + f"| {'x' * 10_000} |\n")}, "invalid_blocks"),
        ({"channel": GENERAL, "blocks": [*markdown("x" * 12_000), section("x" * 1_300)]}, "msg_blocks_too_long"),
        ({"channel": GENERAL, "blocks": "no JSON"}, "invalid_blocks_format"),
    ],
)
async def test_what_cannot_be_posted(client: AsyncWebClient, given: dict[str, Any], error: str) -> None:
    assert (await refused(client.api_call("chat.postMessage", json=given)))["error"] == error


async def test_what_slack_translates_into_fifty_blocks_is_posted(client: AsyncWebClient) -> None:
    """A heading, a rule and a table are one each, and so is each run of other text."""
    text = "## a\n\nb\n\n- c\n\n```\n# d\n```\n\n" * 24 + "---\n\n" + TABLE

    assert (await client.chat_postMessage(channel=GENERAL, text="x", blocks=markdown(text)))["ok"]


async def test_refused_blocks_are_explained(client: AsyncWebClient) -> None:
    answer = await refused(client.chat_postMessage(channel=GENERAL, text="x", blocks=[section("x" * 3001)]))

    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_an_archived_channel_takes_nothing(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.workspace.channels[GENERAL].archived = True

    assert (await refused(client.chat_postMessage(channel=GENERAL, text="x")))["error"] == "is_archived"


async def test_very_long_text_is_cut_when_posted_and_refused_when_edited(
    slack: SmallSlack, client: AsyncWebClient
) -> None:
    """Without blocks it becomes several messages; the answer tells of the first."""
    posted = await client.chat_postMessage(channel=GENERAL, text="x" * 40_001)
    answer = await refused(client.chat_update(channel=GENERAL, ts=posted["ts"], text="x" * 4_001))

    assert [len(message["text"]) for message in slack.messages("#general") if "bot_id" in message] == [4_000] * 10
    assert posted["ts"] == slack.messages("#general")[0]["ts"]
    assert answer["error"] == "msg_too_long"


async def test_the_text_of_an_edit_is_counted_in_bytes_also_beside_blocks(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=GENERAL, text="x"))["ts"]
    shown: Any = {"channel": GENERAL, "ts": ts, "blocks": [{"type": "markdown", "text": "short"}]}

    await client.chat_update(**shown, text="é" * 2_000)
    answer = await refused(client.chat_update(**shown, text="é" * 2_001))

    assert answer["error"] == "msg_too_long"


async def test_editing_with_text_takes_the_blocks_away(slack: SmallSlack, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=GENERAL, text="a", blocks=[{"type": "divider"}])

    await client.chat_update(channel=GENERAL, ts=posted["ts"], text="b")

    shown = slack.messages("#general")[-1]
    assert (shown["text"], "blocks" in shown, "edited" in shown) == ("b", False, True)


async def test_editing_with_blocks_alone_leaves_no_mark(slack: SmallSlack, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=GENERAL, text="a")

    given = {"channel": GENERAL, "ts": posted["ts"], "blocks": [{"type": "divider"}]}
    await client.api_call("chat.update", json=given)

    shown = slack.messages("#general")[-1]
    assert (shown["text"], len(shown["blocks"]), "edited" in shown) == ("a", 1, False)


async def test_only_own_messages_can_be_edited_and_deleted(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await slack.say("Ada", "#general", "mine")

    edited = await refused(client.chat_update(channel=GENERAL, ts=ts, text="x"))
    deleted = await refused(client.chat_delete(channel=GENERAL, ts=ts))
    unknown = await refused(client.chat_update(channel=GENERAL, ts="1.000001", text="x"))

    assert edited["error"] == "cant_update_message"
    assert deleted["error"] == "cant_delete_message"
    assert unknown["error"] == "message_not_found"


async def test_only_who_is_there_sees_an_ephemeral_message(client: AsyncWebClient) -> None:
    answer = await refused(client.chat_postEphemeral(channel=SECRET, user=BEN, text="psst"))

    assert answer["error"] == "user_not_in_channel"
    assert (await client.chat_postEphemeral(channel=SECRET, user=ADA, text="psst"))["message_ts"]


async def test_a_thread_is_read_in_pages(slack: SmallSlack, client: AsyncWebClient) -> None:
    """A cursor keeps its place, even when replies come in between two pages."""
    root = await slack.say("Ada", "#general", "0")
    for n in range(1, 5):
        await slack.say("Ben", "#general", str(n), thread_ts=root)

    read = []
    async for page in await client.conversations_replies(channel=GENERAL, ts=root, limit=2):
        read.append([message["text"] for message in page["messages"]])
        if len(read) == 1:
            await slack.say("Ben", "#general", "5", thread_ts=root)

    assert read == [["0", "1"], ["2", "3"], ["4", "5"]]


async def test_history_is_newest_first_and_without_replies(slack: SmallSlack, client: AsyncWebClient) -> None:
    first = await slack.say("Ada", "#general", "first")
    await slack.say("Ada", "#general", "reply", thread_ts=first)
    await slack.say("Ada", "#general", "shout", thread_ts=first, broadcast=True)
    second = await slack.say("Ada", "#general", "second")

    answer = await client.conversations_history(channel=GENERAL)
    since = await client.conversations_history(channel=GENERAL, oldest=second, inclusive=True)

    assert [message["text"] for message in answer["messages"]] == ["second", "shout", "first"]
    assert [message["text"] for message in since["messages"]] == ["second"]


async def test_metadata_is_shown_on_demand(client: AsyncWebClient) -> None:
    kept = {"event_type": "turn", "event_payload": {"id": "1"}}
    posted = await client.chat_postMessage(channel=GENERAL, text="x", metadata=kept)

    plain = await client.conversations_replies(channel=GENERAL, ts=posted["ts"])
    full = await client.conversations_replies(channel=GENERAL, ts=posted["ts"], include_all_metadata=True)

    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == kept


async def test_what_the_bot_may_read(slack: SmallSlack, client: AsyncWebClient) -> None:
    unknown = await refused(client.conversations_replies(channel=GENERAL, ts="1.000001"))
    outside = await refused(client.conversations_history(channel=RANDOM))
    guest = await client.users_info(user=GUS)
    listed = await client.conversations_list(types="public_channel,private_channel")
    dm = await client.conversations_open(users=ADA)

    assert (unknown["error"], outside["error"]) == ("thread_not_found", "not_in_channel")
    assert guest["user"]["is_restricted"] is True
    assert {channel["name"] for channel in listed["channels"]} == {"general", "random", "partners", "secret-garden"}
    assert dm["channel"]["id"] == "D0000000ADA"


async def test_who_is_who(slack: SmallSlack, client: AsyncWebClient) -> None:
    """Of people from elsewhere it is not said what they may do."""
    slack.change_user("Ben", is_admin=True)

    people = {name: (await client.users_info(user=slack.workspace.person(name).id))["user"] for name in EVERYBODY}

    assert [name for name in EVERYBODY if people[name].get("is_owner")] == ["Ada"]
    assert [name for name in EVERYBODY if people[name].get("is_admin")] == ["Ada", "Dora", "Ben"]
    assert [name for name in EVERYBODY if people[name].get("is_restricted")] == ["Gus"]
    assert [name for name in EVERYBODY if "is_admin" not in people[name]] == ["Otto"]
    assert people["Otto"]["team_id"] != people["Ada"]["team_id"]


async def test_what_is_said_in_a_shared_channel_names_its_team(slack: SmallSlack, client: AsyncWebClient) -> None:
    await slack.say("Otto", "#partners", "hello")

    told = slack.courier.last
    assert (told["is_ext_shared_channel"], told["event"]["user_team"]) == (True, "T000OUTSIDE")
    assert (await client.conversations_info(channel="C00PARTNERS"))["channel"]["is_ext_shared"] is True


async def test_a_group_is_read(slack: SmallSlack, client: AsyncWebClient) -> None:
    (group,) = (await client.usergroups_list())["usergroups"]

    assert group["handle"] == "gardeners"
    assert ADA in (await client.usergroups_users_list(usergroup=group["id"]))["users"]
    assert (await refused(client.usergroups_users_list(usergroup="S0NOBODY")))["error"] == "no_such_subteam"


async def test_methods_that_do_not_exist(client: AsyncWebClient) -> None:
    assert (await refused(client.api_call("chat.postPoem")))["error"] == "unknown_method"


async def test_limits_are_off_until_switched_on(slack: SmallSlack, client: AsyncWebClient) -> None:
    """One message a second and channel, and a few at once; edits have a limit of their own."""
    for _ in range(10):
        await client.chat_postMessage(channel=GENERAL, text="x")
    slack.limits.enabled = True
    for _ in range(4):
        await client.chat_postMessage(channel=GENERAL, text="x")

    answer = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    elsewhere = await client.chat_postMessage(channel=SECRET, text="x")

    assert (answer.status_code, answer["error"], answer.headers["retry-after"]) == (429, "ratelimited", "1")
    assert elsewhere["ok"]
    assert slack.calls_of("chat.postMessage")[-2].retry_after == 1


@pytest.mark.parametrize(("sliding", "after_half_a_minute"), [(True, 0), (False, 50)])
def test_a_minute_slides_or_fills_evenly(sliding: bool, after_half_a_minute: int) -> None:
    """Spent at once, a minute's calls are back after a minute, or bit by bit."""
    now = 1_000_000.0
    limits = Limits(lambda: now)
    limits.sliding = sliding
    limits.enabled = True

    def allowed() -> int:
        return sum(limits.refused("users.info", TIER_4, "") is None for _ in range(101))

    first, now = allowed(), now + 30
    half, now = allowed(), now + 61
    assert (first, half, allowed()) == (100, after_half_a_minute, 100)


def test_messages_go_one_a_second_in_a_channel_and_five_a_second_in_all() -> None:
    now = 1_000_000.0
    limits = Limits(lambda: now)
    limits.posting_burst = 1
    limits.enabled = True

    same = [limits.refused("chat.postMessage", POSTING, "C1") for _ in range(2)]
    others = [limits.refused("chat.postMessage", POSTING, f"D{n}") for n in range(300)]

    assert same == [None, 1]
    assert (others.count(None), others[-1]) == (299, 60)
    assert limits.refusals == {"chat.postMessage": 2}


async def test_throttled_reading_gives_small_pages(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.throttle_reading()
    slack.limits.enabled = True
    for n in range(16):
        await slack.say("Ada", "#general", str(n))

    page = await client.conversations_history(channel=GENERAL)
    answer = await refused(client.conversations_history(channel=GENERAL))

    assert (len(page["messages"]), page["has_more"]) == (15, True)
    assert (answer["error"], answer.headers["retry-after"]) == ("ratelimited", "60")


async def test_faults_happen_as_often_as_ordered(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", error="ratelimited", retry_after=2)
    slack.fail("chat.postMessage", status=503)

    first = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    second = await refused(client.chat_postMessage(channel=GENERAL, text="x"))
    third = await client.chat_postMessage(channel=GENERAL, text="x")

    assert (first.status_code, first.headers["retry-after"], second.status_code) == (429, "2", 503)
    assert third["ok"]


@pytest.mark.parametrize(("drop", "messages"), [("before", 0), ("after", 1)])
async def test_a_lost_answer_may_hide_a_done_call(
    slack: SmallSlack, client: AsyncWebClient, drop: Any, messages: int
) -> None:
    slack.fail("chat.postMessage", drop=drop)

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel=GENERAL, text="x")

    assert len(slack.messages("#general")) == messages


@pytest.mark.parametrize(("hang", "messages"), [("before", 0), ("after", 1)])
async def test_an_answer_that_never_comes_may_hide_a_done_call(
    slack: SmallSlack, client: AsyncWebClient, hang: Any, messages: int
) -> None:
    slack.fail("chat.postMessage", hang=hang)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.chat_postMessage(channel=GENERAL, text="x")

    assert len(slack.messages("#general")) == messages


async def test_a_fault_picks_its_call(slack: SmallSlack, client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", error="fatal_error", skip=1, when=lambda args: args["text"].startswith("b"))

    for text in ("a", "b1"):
        await client.chat_postMessage(channel=GENERAL, text=text)
    answer = await refused(client.chat_postMessage(channel=GENERAL, text="b2"))

    assert answer["error"] == "fatal_error"
    assert (await client.chat_postMessage(channel=GENERAL, text="b3"))["ok"]


async def test_calls_are_written_down_without_tokens(slack: SmallSlack, client: AsyncWebClient) -> None:
    await client.api_call("chat.postMessage", data={"channel": GENERAL, "text": "x", "token": "xoxb-wrong"})

    call = slack.calls_of("chat.postMessage")[0]
    assert (call.ok, call.args) == (True, {"channel": GENERAL, "text": "x"})
    assert call.answer["ts"] == slack.messages(GENERAL)[-1]["ts"]


async def test_a_file_goes_up_and_comes_down(slack: SmallSlack, client: AsyncWebClient) -> None:
    """A wrong token gets a login page with status 200, as from Slack."""
    root = await slack.say("Ada", "#general", "send me a file")
    await client.files_upload_v2(channel=GENERAL, thread_ts=root, filename="a.txt", content="hello")
    shared = slack.thread("#general", root)[-1]
    url = shared["files"][0]["url_private"]

    assert client.session is not None
    async with client.session.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}) as got:
        content = await got.read()
    async with client.session.get(url) as page:
        assert (page.status, page.content_type) == (200, "text/html")
    info = await client.files_info(file=shared["files"][0]["id"])
    assert (shared["subtype"], content, info["file"]["size"]) == ("file_share", b"hello", 5)


PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + (800).to_bytes(4, "big") + (400).to_bytes(4, "big")


async def fetch(slack: SmallSlack, client: AsyncWebClient, url: str) -> bytes:
    assert client.session is not None
    async with client.session.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"}) as got:
        return bytes(await got.read())


async def test_a_picture_has_thumbs_up_to_its_size(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await slack.upload("Ada", "#general", "a.png", PICTURE, "@Threadbot look", thumbs={720: b"small"})

    (shown,) = slack.thread(GENERAL, ts)[0]["files"]
    assert (shown["original_w"], shown["thumb_720_w"], shown["thumb_720_h"]) == (800, 720, 360)
    assert "thumb_960" not in shown
    assert await fetch(slack, client, shown["thumb_720"]) == b"small"
    assert await fetch(slack, client, shown["thumb_360"]) == PICTURE


async def test_of_a_partners_file_only_files_info_tells(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await slack.upload("Otto", "#partners", "a.txt", b"hello", file_access="check_file_info")

    (stub,) = slack.thread("#partners", ts)[0]["files"]
    full = (await client.files_info(file=stub["id"]))["file"]

    assert (stub["file_access"], "url_private" in stub) == ("check_file_info", False)
    assert await fetch(slack, client, full["url_private"]) == b"hello"


async def test_a_file_elsewhere_is_not_slacks(slack: SmallSlack) -> None:
    facts: Any = {"is_external": True, "mode": "external", "url_private": "https://drive.example.com/1"}

    ts = await slack.upload("Ada", "#general", "plan", b"", **facts)

    assert slack.thread(GENERAL, ts)[0]["files"][0]["url_private"] == "https://drive.example.com/1"


async def test_a_file_may_send_elsewhere(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await slack.upload("Ada", "#general", "a.txt", b"hello", redirect=f"{slack.url}/api/api.test")
    (shown,) = slack.thread(GENERAL, ts)[0]["files"]

    assert b'"ok": true' in await fetch(slack, client, shown["url_private"])


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ({"text": "<@U0000000ADA> &lt;!here&gt; @here"}, {"U0000000ADA"}),
        ({"text": "@here", "link_names": True}, {"here"}),
        ({"markdown_text": "**<!channel>** <!subteam^S0GARDENERS|@g> <@ U1>"}, {"channel", "S0GARDENERS"}),
        ({"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "@everyone"}]}]}, {"everyone"}),
        (
            {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "@here", "verbatim": True}]}]},
            set(),
        ),
    ],
)
async def test_whom_a_message_calls(slack: SmallSlack, client: AsyncWebClient, said: Any, called: set[str]) -> None:
    await client.api_call("chat.postMessage", json={"channel": GENERAL} | said)

    assert {name for _, _, name in slack.pings} == called


async def test_an_edit_reads_names_unless_told_not_to(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=GENERAL, text="x"))["ts"]

    await client.chat_update(channel=GENERAL, ts=ts, text="@here", parse="none")
    before = slack.pings
    await client.chat_update(channel=GENERAL, ts=ts, text="@here")

    assert (before, slack.pings) == ([], [(GENERAL, ts, "here")])


async def test_reactions(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await slack.say("Ada", "#general", "hello")

    await client.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
    again = await refused(client.reactions_add(channel=GENERAL, timestamp=ts, name="eyes"))
    shown = slack.messages("#general")[-1]["reactions"]
    await client.reactions_remove(channel=GENERAL, timestamp=ts, name="eyes")

    assert (again["error"], shown) == (
        "already_reacted",
        [{"name": "eyes", "users": ["U0THREADBOT"], "count": 1}],
    )
    assert "reactions" not in slack.messages("#general")[-1]
