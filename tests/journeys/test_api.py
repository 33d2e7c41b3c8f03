"""A program talks to the bot over the API, and finds what people find in Slack."""

import asyncio
import json
import logging
from typing import Any

import aiohttp
import pytest

from tests.api import Program, listening, make_token, served, text
from tests.responder import command
from tests.town import Town, free_port
from threadbot_sandbox.model import Reply

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def program(town: Town) -> Any:
    async with served(town) as found:
        yield found


async def test_a_thread_and_its_first_answer(program: Program) -> None:
    made = await program.post("/threads", data={"ai_version_code": "small-model"})
    thread = made.data["guid"]
    asked = await program.post(f"/threads/{thread}/entry", data={"type": "request", "message": "tell me a joke"})
    request, response = await program.answered(thread)

    assert made.status == asked.status == 201
    assert list(made.data)[:4] == ["guid", "ai_code", "ai_version_code", "title"]
    assert made.data["ai_code"] == "chatgpt"
    assert made.data["title"] == "New thread with small-model"
    assert asked.data["waiting_response"] is True
    assert request == asked.data | {"waiting_response": False}
    assert {name: request[name] for name in ("thread_guid", "type", "error", "content", "credits")} == {
        "thread_guid": thread,
        "type": "request",
        "error": None,
        "content": {"role": "user", "content": "tell me a joke"},
        "credits": 0,
    }
    assert {name: response[name] for name in ("thread_guid", "type", "error", "waiting_response", "credits")} == {
        "thread_guid": thread,
        "type": "response",
        "error": None,
        "waiting_response": False,
        "credits": None,
    }
    [choice] = response["content"]
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"]
    assert (choice["finish_reason"], choice["index"]) == ("stop", 0)
    assert (response["persona"], response["model"], response["cost"]) == ("default", "small-model", None)
    assert response["usage"]["total_tokens"] == sum(
        response["usage"][each] for each in ("prompt_tokens", "completion_tokens")
    )
    assert response["created_at"] > request["created_at"]


async def test_a_form_and_json_say_the_same(program: Program, town: Town) -> None:
    odd = "Ünïcode & symbols = @{U1} <@U1>\n\\@{U1} 🙂"
    thread = (await program.post("/threads", json={"ai_version_code": "concise"})).data["guid"]
    for how in ({"json": {"type": "request", "message": odd}}, {"data": {"message": odd}}):
        assert (await program.post(f"/threads/{thread}/entry", **how)).data["content"]["content"] == odd
        entries = await program.answered(thread)
        assert [entry["content"]["content"] for entry in entries if entry["type"] == "request"][-1] == odd
    assert town.model.requests[-1]["messages"][-1]["content"] == odd


async def test_the_model_is_told_what_was_said_before_and_nothing_else(program: Program, town: Town) -> None:
    thread = await program.thread(ai_version_code="shakespearean")
    await program.say(thread, "Who was the first president?")
    [_, first] = await program.answered(thread)
    await program.say(thread, "For which duration?")
    await program.answered(thread)

    system, *said = town.model.requests[-1]["messages"]
    assert "Shakespeare" in system["content"]
    assert said == [
        {"role": "user", "content": "Who was the first president?"},
        {"role": "assistant", "content": text(first)},
        {"role": "user", "content": "For which duration?"},
    ]


async def test_who_answers_is_a_persona_or_a_model_and_else_the_default(program: Program, town: Town) -> None:
    default = (await program.post("/threads")).data
    persona = (await program.post("/threads", json={"ai_version_code": "Concise"})).data
    unknown = await program.post("/threads", data={"ai_version_code": "gpt-4"})

    assert default["ai_version_code"] == "default"
    assert persona["ai_version_code"] == "concise"
    assert unknown.status == 422
    assert {"default", "concise", "small-model"} <= set(unknown.body["ai_version_codes"])
    assert "small-model" in unknown.body["message"]


async def test_questions_that_come_while_it_answers_are_answered_next(program: Program, town: Town) -> None:
    town.model.hold()
    thread = await program.thread()
    await program.say(thread, "first")
    await town.model.wait_for(lambda: town.model.running == 1)
    for late in ("second", "third"):
        await program.say(thread, late)
    town.model.release()
    entries = await program.answered(thread)

    assert [entry["type"] for entry in entries].count("request") == 3
    assert [entry["type"] for entry in entries].count("response") == 2
    assert len(town.model.requests) == 2
    assert "third" in town.model.requests[1]["messages"][-1]["content"]


async def test_a_failed_turn_is_an_entry_with_an_error_and_can_be_asked_again(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("", status=400, error={"message": "nonsense sentinel", "code": "odd"}))
    thread = await program.thread()
    await program.say(thread, "hello")
    request, failed = await program.answered(thread)
    again = await program.post(f"/threads/{thread}/entries/{failed['guid']}/regenerate")
    _, response = await program.answered(thread)

    assert (request["error"], request["waiting_response"]) == (None, False)
    assert failed["type"] == "response"
    assert "Please tell my operator." in failed["error"]
    assert "sentinel" not in json.dumps(failed)
    assert failed["content"] == []
    assert again.data == request | {"waiting_response": True}
    assert response["error"] is None
    assert response["guid"] == failed["guid"]


async def test_an_answer_is_written_anew_in_its_place(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("one"), Reply("two"))
    thread = await program.thread()
    entry = await program.say(thread, "count")
    before = await program.answered(thread)
    assert (await program.post(f"/threads/{thread}/entries/{entry}/regenerate")).status == 200
    after = await program.answered(thread)

    assert [text(each[1]) for each in (before, after)] == ["one", "two"]
    assert [each["guid"] for each in before] == [each["guid"] for each in after]


async def test_only_the_newest_answer_is_written_anew(program: Program) -> None:
    thread = await program.thread()
    first = await program.say(thread, "first")
    await program.answered(thread)
    await program.say(thread, "second")
    await program.answered(thread)

    assert (await program.post(f"/threads/{thread}/entries/{first}/regenerate")).status == 409


async def test_an_answer_that_grows_can_be_stopped(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("One two three four five six", stall_after=3))
    thread = await program.thread()
    entry = await program.say(thread, "count")
    stalled = asyncio.ensure_future(anext(aiter(program.stream(thread, entry))))
    assert (await stalled).data["content"]

    assert (await program.post(f"/threads/{thread}/entries/{entry}/regenerate")).status == 409
    assert (await program.post(f"/threads/{thread}/entries/{entry}/stop")).status == 200
    request, response = await program.answered(thread)

    assert "One two three four five six".startswith(text(response).strip())
    assert response["content"][0]["finish_reason"] == "stopped"
    assert (await program.post(f"/threads/{thread}/entries/{request['guid']}/stop")).data == request


async def test_threads_are_listed_renamed_and_forgotten(program: Program, town: Town) -> None:
    made = [await program.thread() for _ in range(5)]
    page = await program.get("/threads", params={"limit": "3"})
    rest = await program.get("/threads", params={"cursor": page.body["next_cursor"]})
    assert [each["guid"] for each in page.data + rest.data] == made[::-1]
    assert rest.body["next_cursor"] is None

    path = f"/threads/{made[0]}"
    assert (await program.ask("PATCH", path, data={"title": "Jökes"})).data["title"] == "Jökes"
    assert (await program.get(path)).data["title"] == "Jökes"

    await program.say(made[0], "remember the sentinel")
    await program.answered(made[0])
    assert (await program.ask("DELETE", path)).data == {"guid": made[0], "deleted": True}
    for method, where in (("GET", path), ("DELETE", path), ("GET", f"{path}/entries")):
        assert (await program.ask(method, where)).status == 404
    assert (await program.post(f"{path}/entry", data={"message": "again"})).status == 404
    assert "had a thread forgotten" in await command(town, "Ada", "#general", "/threadbot audit")


async def test_a_thread_that_is_being_answered_is_forgotten_all_the_same(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("One two three", stall_after=2))
    thread = await program.thread()
    entry = await program.say(thread, "count")
    await anext(aiter(program.stream(thread, entry)))

    assert (await program.ask("DELETE", f"/threads/{thread}")).status == 200
    assert (await program.get(f"/threads/{thread}")).status == 404
    await town.idle()


async def test_who_waits_is_told_as_soon_as_there_is_something(program: Program, town: Town) -> None:
    thread = await program.thread()
    assert await program.entries(thread, wait="25") == []
    town.model.hold()
    entry = await program.say(thread, "hello")
    assert await program.entries(thread, wait="0.2", after=entry) == []

    waiting = asyncio.ensure_future(program.entries(thread, wait="25", after=entry))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    town.model.release()

    [response] = await waiting
    assert response["type"] == "response"
    assert [each["guid"] for each in await program.entries(thread, limit="1")] == [entry]
    assert (await program.get(f"/threads/{thread}/entries/{response['guid']}")).data == response
    assert await program.entries(thread, after=response["guid"], wait="25") == []


async def test_an_answer_is_streamed_while_it_grows(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("Grüße, Welt! " * 40, tokens_per_second=200))
    thread = await program.thread()
    entry = await program.say(thread, "greet")
    events = [event async for event in program.stream(thread, entry)]
    *deltas, done = events
    _, response = await program.answered(thread)

    assert {event.name for event in deltas} == {"delta"}
    assert len(deltas) > 2
    shown = ""
    for delta in deltas:
        shown += delta.data["content"]
        assert delta.id == len(shown)
    assert (done.name, done.data) == ("done", response)
    assert shown == text(response)
    assert done.id == len(shown)


async def test_who_comes_back_is_sent_what_is_missing(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("One two three four five", stall_after=4))
    thread = await program.thread()
    entry = await program.say(thread, "count")
    first = await anext(aiter(program.stream(thread, entry)))
    town.model.release()
    events = [event async for event in program.stream(thread, entry, **{"Last-Event-ID": str(first.id)})]
    late = [event async for event in program.stream(thread, entry)]
    nothing = [event async for event in program.stream(thread, entry, **{"Last-Event-ID": str(events[-1].id)})]

    whole = first.data["content"] + "".join(event.data["content"] for event in events if event.name == "delta")
    assert whole == "One two three four five"
    assert [event.name for event in late] == ["delta", "done"]
    assert [event.name for event in nothing] == ["done"]


async def test_a_failed_turn_ends_its_stream_with_an_error(program: Program, town: Town) -> None:
    town.model.enqueue(Reply("", status=400, error={"message": "no", "code": "odd"}))
    thread = await program.thread()
    entry = await program.say(thread, "hello")
    [event] = [event async for event in program.stream(thread, entry)]

    assert event.name == "error"
    assert event.data["message"] == event.data["error"]


async def test_a_request_that_is_sent_twice_is_done_once(program: Program, town: Town) -> None:
    thread = await program.thread()
    key = {"Idempotency-Key": "k1"}
    path = f"/threads/{thread}/entry"
    both = await asyncio.gather(*(program.post(path, data={"message": "hello"}, headers=key) for _ in range(5)))
    later = await program.post(path, json={"message": "hello"}, headers=key)
    other = await program.post(path, data={"message": "another"}, headers=key)
    entries = await program.answered(thread)

    assert {reply.status for reply in both} <= {201, 409}
    assert {json.dumps(reply.data) for reply in (*both, later) if reply.status == 201} == {json.dumps(later.data)}
    assert other.status == 422
    assert [entry["type"] for entry in entries] == ["request", "response"]
    made = [await program.post("/threads", headers={"Idempotency-Key": "k2"}) for _ in range(2)]
    assert made[0].body == made[1].body


async def test_two_programs_do_not_see_each_other(program: Program, town: Town) -> None:
    thread = await program.thread()
    entry = await program.say(thread, "secret")
    other = Program(program.http, await make_token(town.redis_url))
    base, body = f"/threads/{thread}", {"title": "x", "message": "x"}

    assert (await other.get("/threads")).data == []
    for path in (base, f"{base}/entries", f"{base}/entries/{entry}", f"{base}/entries/{entry}/stream"):
        assert (await other.get(path)).status == 404
    for path in (f"{base}/entry", f"{base}/entries/{entry}/stop", f"{base}/entries/{entry}/regenerate"):
        assert (await other.post(path, data=body)).status == 404
    for method in ("PATCH", "DELETE"):
        assert (await other.ask(method, base, data=body)).status == 404


@pytest.mark.parametrize(
    ("shown", "status"),
    [(None, 401), ("Bearer", 401), ("Bearer nonsense", 401), ("Basic dTpw", 401), ("Bearer tb_T1_aaaaaaaa_b", 401)],
)
async def test_nobody_without_a_token(program: Program, shown: str | None, status: int) -> None:
    headers = {} if shown is None else {"Authorization": shown}
    async with program.http.get("/api/v1/threads", headers=headers) as answer:
        assert answer.status == status
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.content_type == "application/problem+json"
        assert (await answer.json())["message"]


async def test_a_token_does_what_it_was_made_for(program: Program, town: Town) -> None:
    reads = Program(program.http, await make_token(town.redis_url, rights=("threads:read",)))
    ended = Program(program.http, await make_token(town.redis_url, expires=1.0))

    assert (await reads.get("/threads")).status == 200
    refused = await reads.post("/threads")
    assert (refused.status, "threads:write" in refused.body["message"]) == (403, True)
    assert (await ended.get("/threads")).status == 401


async def test_the_owners_rights_are_those_of_today(program: Program, town: Town) -> None:
    ben, gus = (town.slack.workspace.person(name).id for name in ("Ben", "Gus"))
    member = Program(program.http, await make_token(town.redis_url, ben))
    guest = Program(program.http, await make_token(town.redis_url, gus))
    thread = await member.thread()
    await member.say(thread, "hello")

    assert (await member.answered(thread))[1]["error"] is None
    refused = await guest.post("/threads")
    assert (refused.status, "guests" in refused.body["message"]) == (403, True)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 422),
        ({"data": b"[1]", "headers": {"Content-Type": "application/json"}}, 422),
        ({"data": b"message=%FF", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 422),
        ({"data": b"<x/>", "headers": {"Content-Type": "text/xml"}}, 422),
        ({"json": {"message": 7}}, 422),
        ({"json": {"message": ""}}, 422),
        ({"json": {"message": " \u200b\n"}}, 422),
        ({"json": {"type": "response", "message": "x"}}, 422),
        ({}, 422),
        (
            {"data": b"message=" + b"x" * 1_000_001, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            413,
        ),
    ],
)
async def test_what_cannot_be_understood_changes_nothing(program: Program, how: dict[str, Any], status: int) -> None:
    thread = await program.thread()
    refused = await program.post(f"/threads/{thread}/entry", **how)

    assert refused.status == status
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.body["message"] == refused.body["detail"]
    assert await program.entries(thread) == []


@pytest.mark.parametrize(
    "path",
    [
        f"/threads/{NOBODY}",
        "/threads/nothing",
        "/threads/%0A",
        f"/threads/{NOBODY}%0A",
        "/%0A",
        "/nothing",
        "/threads/",
    ],
)
async def test_what_is_not_there_is_said_in_the_same_way(program: Program, path: str) -> None:
    refused = await program.get(path)

    assert refused.status == 404
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.body["message"]


async def test_odd_parameters_are_refused(program: Program) -> None:
    thread = await program.thread()
    for path in (
        "/threads?limit=0", "/threads?limit=x", "/threads?cursor=x", f"/threads/{thread}/entries?after=x",
        f"/threads/{thread}/entries?wait=nan", f"/threads/{thread}/entries?wait=-1",
    ):  # fmt: skip
        assert (await program.get(path)).status == 422, path
    assert (await program.ask("PUT", "/threads")).status == 405


async def test_too_many_requests_have_to_wait(town: Town) -> None:
    async with served(town, api_requests_minute=5) as program:
        replies = [await program.get("/threads") for _ in range(7)]

    assert [reply.status for reply in replies] == [200] * 5 + [429] * 2
    assert [reply.headers["RateLimit-Remaining"] for reply in replies[:5]] == ["4", "3", "2", "1", "0"]
    assert 1 <= int(replies[-1].headers["Retry-After"]) <= 12


async def test_it_is_off_unless_it_is_wanted(town: Town) -> None:
    port = free_port()
    async with town.bot(port=port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        await listening(http)
        for path in ("/api/v1/threads", "/api/docs", "/api/openapi.json"):
            async with http.get(path) as answer:
                assert answer.status == 404
        async with http.get("/livez") as answer:
            assert answer.status == 200


async def test_it_describes_itself_to_everybody_without_the_internet(program: Program) -> None:
    async with program.http.get("/api/docs") as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    async with program.http.get("/api/openapi.json") as answer:
        about = await answer.json()

    assert "/api/v1/threads/{thread_guid}/entries/{entry_guid}/stream" in page
    assert "/api/v1/threads" in about["paths"]


async def test_what_a_token_has_used_is_its_own_and_seen_by_admins(program: Program, town: Town) -> None:
    other = Program(program.http, await make_token(town.redis_url, "U0000000BEN"))
    for asks, count in ((program, 2), (other, 1)):
        thread = await asks.thread()
        for _ in range(count):
            await asks.say(thread, "tell me a joke")
            await asks.answered(thread)
    used, others = (await program.get("/usage")).data, (await other.get("/usage", params={"month": "2025-01"})).data
    only_threads = Program(program.http, await make_token(town.redis_url, rights=("threads:read",)))
    report = await command(town, "Ada", "#general", "/threadbot usage all")

    assert (used["answers"], others["answers"]) == (2, 0)
    assert used["total_tokens"] == used["prompt_tokens"] + used["completion_tokens"] > 0
    assert (await only_threads.get("/usage")).status == 403
    assert (await program.get("/usage", params={"month": "december"})).status == 422
    assert "3 answers" in report
    assert "token test-" in report


async def test_a_person_who_has_used_up_their_budget_is_told_when_to_come_back(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with served(town, "U0000000BEN", budget_person_day="400 tokens", openai_max_tokens=20) as program:
        thread = await program.thread()
        path, said = f"/threads/{thread}/entry", {"message": "tell me a joke"}
        replies = [await program.post(path, data=said)]
        while replies[-1].status == 201:
            assert len(replies) < 9
            await program.answered(thread)
            replies.append(await program.post(path, data=said))
        refused = replies[-1]
        operator = Program(program.http, await make_token(town.redis_url))
        free = await operator.thread()
        await operator.say(free, "tell me a joke")
        answered = await operator.answered(free)

    assert refused.status == 429
    assert "budget" in refused.body["message"]
    assert [vars(each)["period"] for each in caplog.records if each.message == "a program is over a budget"] == ["day"]
    assert 0 < int(refused.headers["Retry-After"]) <= 25 * 3600
    assert len(replies) > 1
    assert replies[0].headers["Budget-Limit"] == "400 tokens"
    assert int(replies[0].headers["Budget-Remaining"].split()[0]) == 400
    assert 0 < int(refused.headers["Budget-Reset"]) <= 25 * 3600
    assert answered[1]["error"] is None
