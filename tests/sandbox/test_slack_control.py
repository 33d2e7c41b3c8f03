"""The small Slack's control routes, its page's live events, and what is kept between two starts."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.town import wait_until
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

GENERAL = "C000GENERAL"


async def event(stream: aiohttp.StreamReader) -> tuple[str, Any]:
    """The next server-sent event."""
    name = (await stream.readline()).decode().removeprefix("event: ").strip()
    data = json.loads((await stream.readline()).decode().removeprefix("data: "))
    await stream.readline()
    return name, data


async def test_the_state_names_all(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    ts = await slack.say("Ada", "#general", "hello")

    async with session.get(f"{slack.url}/sandbox/state") as answer:
        state = await answer.json()

    assert {user["name"] for user in state["users"]} >= {"ada", "ben", "chloe", "gus", "threadbot"}
    assert {channel["kind"] for channel in state["channels"]} == {"channel", "private", "im", "mpim"}
    assert state["messages"][GENERAL][0]["ts"] == ts
    assert state["bot"]["connected"] is False
    assert state["limits"] == {"enabled": False, "buckets": []}


async def test_a_page_sees_what_happens(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    client = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
    async with session.get(f"{slack.url}/sandbox/live", headers={"accept": "text/event-stream"}) as live:
        first, _ = await event(live.content)
        root = await slack.say("Ada", "#general", "hello")
        said = await event(live.content)
        await client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=root, status="is thinking…")
        status = await event(live.content)
        while status[0] != "status":
            status = await event(live.content)
        session_, call = await event(live.content), await event(live.content)

    assert first == "state"
    assert (said[0], said[1]["ts"]) == ("message", root)
    assert status == ("status", {"channel": GENERAL, "thread_ts": root, "status": "is thinking…"})
    assert (session_[0], session_[1]["status"]) == ("session", "processing")
    assert (call[0], call[1]["method"], call[1]["ok"]) == ("call", "assistant.threads.setStatus", True)


async def test_a_form_lasts_as_long_as_a_page_of_its_person_shows_it(
    slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    """Another person's page keeps nothing open, and where no page is there at all, nothing ends."""
    web = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": []}

    async def page(user: str) -> aiohttp.ClientResponse:
        live = await session.get(f"{slack.url}/sandbox/live")
        _, state = await event(live.content)
        async with session.post(f"{slack.url}/sandbox/look", json={"page": state["page"], "user": user}) as answer:
            assert (await answer.json())["ok"]
        return live

    async def opened() -> str:
        trigger = slack.workspace.new_trigger("U0000000ADA")
        return str((await web.views_open(trigger_id=trigger, view=view))["view"]["id"])

    early = await opened()
    pages = [await page(user) for user in ("Ada", "Ada", "Ben")]
    late = await opened()
    pages[0].close()
    await wait_until(lambda: len(slack.control.pages) == 2, "the page has left")
    assert list(slack.workspace.views) == [early, late]
    pages[1].close()
    await slack.wait_for(lambda: list(slack.workspace.views) == [early], description="the form ends with the page")
    pages[2].close()


async def test_a_listening_page_does_not_hold_up_the_end() -> None:
    slack = SmallSlack()
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(60), serving(slack.app) as url:  # without help it would never end
            live = await session.get(f"{url}/sandbox/live")
            await event(live.content)
        live.close()


async def test_people_can_be_driven_from_outside(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    async def act(name: str, **given: Any) -> Any:
        async with session.post(f"{slack.url}/sandbox/{name}", json=given) as answer:
            return await answer.json()

    said = await act("say", user="Ada", channel=GENERAL, text="helo @Ben")
    edited = await act("edit", user="Ada", channel=GENERAL, ts=said["ts"], text="hello")
    refused = await act("delete", user="Ben", channel=GENERAL, ts=said["ts"])
    unclear = await act("say", user="Ada")
    limits = await act("limits", enabled=True)

    assert (said["ok"], edited["ok"], slack.messages("#general")[0]["text"]) == (True, True, "hello")
    assert refused == {"ok": False, "error": "cant_delete_message"}
    assert unclear["error"] == "invalid_arguments"
    assert (limits["enabled"], slack.limits.enabled) == (True, True)


async def test_faults_and_calls_over_http(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    fault = {"method": "auth.test", "error": "token_revoked", "times": 1}
    async with session.post(f"{slack.url}/sandbox/faults", json=fault) as answer:
        assert (await answer.json())["ok"]
    async with session.post(f"{slack.url}/api/auth.test") as answer:
        refused = await answer.json()
    async with session.get(f"{slack.url}/sandbox/calls?since=0") as answer:
        (call,) = (await answer.json())["calls"]

    assert refused["error"] == call["error"] == "token_revoked"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json", "host": "evil.example"}, 403),
    ],
)
async def test_other_sites_cannot_speak_for_people(
    slack: SmallSlack, session: aiohttp.ClientSession, headers: dict[str, str], status: int
) -> None:
    """A browser sends such requests for any page; the model behind the bot may cost money."""
    body = json.dumps({"user": "Ada", "channel": GENERAL, "text": "hello"})

    async with session.post(f"{slack.url}/sandbox/say", data=body, headers=headers) as answer:
        assert answer.status == status

    assert not slack.messages("#general")


async def test_the_page_may_show_files_that_others_may_not(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    file = {"name": "note.html", "mimetype": "text/html", "content_base64": "PGI+"}
    await slack.say("Ada", "#general", "look", files=[file])
    url = slack.messages("#general")[0]["files"][0]["url_private"]

    async with session.get(url, headers={"sec-fetch-site": "same-origin"}) as ours:
        assert await ours.read() == b"<b>"
        assert ours.headers["content-disposition"].startswith("attachment")
    async with session.get(url, headers={"sec-fetch-site": "cross-site"}) as theirs:
        assert await theirs.read() != b"<b>"


async def test_the_brain_is_what_was_said(slack: SmallSlack, session: aiohttp.ClientSession) -> None:
    brain = {"kind": "local", "model": "SmolLM2-135M", "note": "tiny"}

    async with session.post(f"{slack.url}/sandbox/brain", json=brain) as answer:
        assert answer.status == 200

    assert slack.brain == brain


async def test_what_was_said_is_still_there_after_a_restart(tmp_path: Path) -> None:
    before = SmallSlack(data=tmp_path)
    async with serving(before.app):
        root = await before.say("Ada", "#random", "@Threadbot hello")
        gone = await before.say("Ada", "#random", "oops", thread_ts=root)
        file = {"name": "a.txt", "content_base64": "aGk="}
        await before.say("Ben", "#random", "look", thread_ts=root, files=[file])
        await before.delete("Ada", "#random", gone)

    after = SmallSlack(data=tmp_path)
    async with serving(after.app) as url:
        thread = after.thread("#random", root)
        shared = thread[1]["files"][0]
        later = await after.say("Ada", "#random", "again")

    assert [message["text"] for message in thread] == ["<@U0THREADBOT> hello", "look"]
    assert thread[0]["reply_count"] == 1
    assert "U0THREADBOT" in after.workspace.channels["C0000RANDOM"].members
    assert after.workspace.files[shared["id"]].content == b"hi"
    assert after.workspace.files[shared["id"]].info["url_private"].startswith(url)
    assert later > thread[1]["ts"]


async def test_a_killed_sandbox_loses_half_a_second_at_most(tmp_path: Path) -> None:
    """What changed is written in the background while it runs, not only at the end."""
    slack = SmallSlack(data=tmp_path)
    async with serving(slack.app):
        await slack.say("Ada", "#general", "hello")
        for _ in range(100):
            with closing(sqlite3.connect(tmp_path / "slack.sqlite")) as kept:
                if kept.execute("select value from kept where kind = 'message'").fetchone():
                    return
            await asyncio.sleep(0.05)

    pytest.fail("nothing was written within five seconds")


async def test_waiting_tells_what_for(slack: SmallSlack) -> None:
    with pytest.raises(TimeoutError, match="a miracle"):
        await slack.wait_for(lambda: False, timeout=0.01, description="a miracle")
