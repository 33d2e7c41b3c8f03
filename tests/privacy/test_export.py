"""A person's export has what forgetting them would reach, and nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.conversation.messages import File, Message, Quote
from bot.privacy.export import export
from bot.privacy.held import Erasure, Held
from bot.privacy.keeper import carry_out
from bot.usage.ledger import Verdict
from tests.people import TEAM, THREAD
from tests.privacy.fakes import FakeArchive, FakeErasures

ADA, BEN = "UADA", "UBEN"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SAID = Message("2.0", ADA, "my secret", files=(File("F1", "plan.txt", "text/plain", 12),))
QUOTED = Message("4.0", BEN, "look", quotes=(Quote("my other secret", ADA), Quote("not hers", "UCHLOE")))


def full() -> FakeArchive:
    answer = Message("2.0", "", "your secret", kind="answer")
    past = {THREAD: [Message("1.0", BEN, "of Ben's"), SAID, answer, QUOTED]}
    votes = {"2.0/UADA": Verdict("down", "my reason"), "2.0/UBEN": Verdict("up", "his reason")}
    held = Held(THREAD, votes=votes, turns={"2.0": (ADA,), "4.0": (BEN,)})
    return FakeArchive(past, held={THREAD: held}, known={"prefs": {"person:UADA": {"persona": "Bard"}}})


async def exported(archive: FakeArchive) -> Any:
    return json.loads(await export(ADA, TEAM, archive, NOW))


async def test_it_has_ones_words_answers_votes_and_choices() -> None:
    found = await exported(full())
    [thread] = found.pop("threads")

    assert found == {
        "schema_version": 1,
        "workspace": TEAM,
        "user": ADA,
        "exported_at": "2026-11-30T12:00:00+00:00",
        "beside_threads": {"prefs": {"person:UADA": {"persona": "Bard"}}},
    }
    files = [{"name": "plan.txt", "type": "text/plain", "size": 12}]
    assert thread["messages"] == [{"ts": "2.0", "text": "my secret", "name": "", "files": files, "passes_on": []}]
    assert thread["answers"] == [{"answers": "2.0", "text": "your secret"}]
    assert thread["passed_on"] == [{"in_message": "4.0", "texts": ["my other secret"]}]
    assert thread["votes"] == [{"answer": "2.0", "vote": "down", "reason": "my reason"}]
    assert thread["turns_asked_for"] == ["2.0"]
    assert (thread["thread"], thread["channel"]) == (str(THREAD), THREAD.channel)


async def test_nothing_of_others_is_in_it() -> None:
    text = json.dumps(await exported(full()))

    assert not [word for word in ("of Ben's", "his reason", "not hers", BEN) if word in text]


async def test_what_is_not_in_it_is_what_is_left_when_one_is_forgotten() -> None:
    archive = full()
    text = json.dumps(await exported(archive))
    await carry_out(Erasure(TEAM, "person", ADA), FakeErasures(archive).keeper)
    left = str(archive)

    for word in ("my secret", "your secret", "my other secret", "my reason"):
        assert (word in text, word in left) == (True, False)
    for word in ("of Ben's", "his reason", "not hers"):
        assert (word in text, word in left) == (False, True)


async def test_direct_messages_are_in_it_as_a_whole_and_what_waits_as_well() -> None:
    direct = replace(THREAD, direct=True)
    waiting = Held(THREAD, {"9.0": Message("9.0", ADA, "a question")}, frozenset({"9.0"}))
    answer = Message("1.0", "", "private answer", kind="answer")
    archive = FakeArchive({direct: [Message("1.0", ADA, "private"), answer]}, held={THREAD: waiting})
    found = {thread["thread"]: thread for thread in (await exported(archive))["threads"]}

    assert [m["text"] for m in found[str(direct)]["messages"]] == ["private"]
    assert [m["text"] for m in found[str(direct)]["answers"]] == ["private answer"]
    assert [m["text"] for m in found[str(THREAD)]["messages"]] == ["a question"]


async def test_where_nothing_is_kept_that_is_what_it_says() -> None:
    found = await exported(FakeArchive())

    assert (found["threads"], found["beside_threads"]) == ([], {})
