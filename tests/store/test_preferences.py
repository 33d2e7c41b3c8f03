"""What people choose and how personas change, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.conversation.ids import ThreadKey
from bot.installations import Installation
from bot.personas.persona import Invalid, Persona
from bot.policy.preferences import (
    MODEL,
    POLICY,
    WORKSPACE,
    Access,
    Conflict,
    Defaults,
    Entry,
    Fixed,
    InUse,
    Scope,
    Unknown,
    Value,
)
from bot.store import backup, migrations
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys
from bot.store.preferences import RedisPrefs
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf

BARD = Persona("Bard", "Speak in verse.", params={"temperature": 0.9})
HERE = Scope("channel", "C1")
DIRECT = ThreadKey("slack", "T1", "D1", "1763700000.000300", direct=True)
DEFAULTS = Defaults("Be brief.", {"openai_model": "small-model"}, {"seed": 1}, frozenset({"UROOT"}))


@pytest.fixture
async def prefs(redis_url: str) -> AsyncIterator[RedisPrefs]:
    client = Client(redis_url)
    yield RedisPrefs(client, Keys("test", "T1"), MONTH, DEFAULTS)
    await client.close()


@pytest.fixture
async def other(redis_url: str) -> AsyncIterator[RedisPrefs]:
    """A second replica."""
    client = Client(redis_url)
    yield RedisPrefs(client, Keys("test", "T1"), MONTH, DEFAULTS)
    await client.close()


async def test_where_nobody_has_chosen_the_settings_file_answers(prefs: RedisPrefs) -> None:
    rules = await prefs.rules(THREAD, "UADA")

    assert (rules.persona.name, rules.persona.system_prompt, rules[MODEL]) == ("default", "Be brief.", "small-model")
    assert rules.persona.params == {"seed": 1}
    assert set(rules.origins.values()) == {"settings"}
    assert rules.access.appointed == {"UROOT"}
    assert not rules.pinned


async def test_a_choice_holds_at_once_on_all_replicas(prefs: RedisPrefs, other: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")
    await prefs.choose(HERE, {"persona": "bard", "policy": "follow"}, "UADA")

    rules = await other.rules(THREAD, "UBEN")
    assert (rules.persona.name, rules.persona.version, rules[POLICY]) == ("Bard", 1, "follow")
    assert rules.persona.params == {"seed": 1, "temperature": 0.9}
    assert rules.origins["persona"] == "channel"
    assert (await other.rules(OTHER, "UBEN")).persona.name == "default"
    assert await other.channels() == {"C1": {"persona": "Bard", "policy": "follow"}}


async def test_what_a_person_chose_holds_in_direct_messages_only(prefs: RedisPrefs) -> None:
    await prefs.choose(Scope("person", "UADA"), {"persona": "concise"}, "UADA")

    assert (await prefs.rules(DIRECT, "UADA")).origins["persona"] == "person"
    assert (await prefs.rules(DIRECT, "UBEN")).persona.name == "default"
    assert (await prefs.rules(THREAD, "UADA")).persona.name == "default"


async def test_a_choice_is_taken_back(prefs: RedisPrefs) -> None:
    await prefs.choose(WORKSPACE, {"model": "big", "footer": "off"}, "UADA")
    left = await prefs.choose(WORKSPACE, {"model": None}, "UADA")

    assert left == await prefs.chosen(WORKSPACE) == {"footer": "off"}
    await prefs.choose(WORKSPACE, {"footer": None}, "UADA")
    assert (await prefs.rules(THREAD, "UADA")).origins["footer"] == "settings"


async def test_a_thread_keeps_its_version_until_it_is_changed_there(prefs: RedisPrefs) -> None:
    first = await prefs.save(BARD, None, "UADA")
    await prefs.pin(THREAD, first)
    second = await prefs.save(replace(BARD, system_prompt="Rap."), 1, "UADA")
    await prefs.pin(THREAD, second)

    rules = await prefs.rules(THREAD, "UADA")
    assert (rules.persona.version, rules.persona.system_prompt, rules.pinned) == (1, "Speak in verse.", True)
    await prefs.choose(Scope.of(THREAD), {"persona": "Bard"}, "UADA")
    assert (await prefs.rules(THREAD, "UADA")).persona.system_prompt == "Rap."
    await prefs.choose(Scope.of(THREAD), {"persona": None}, "UADA")
    assert not (await prefs.rules(THREAD, "UADA")).pinned


async def test_a_thread_pinned_to_what_is_built_in_keeps_that(prefs: RedisPrefs) -> None:
    await prefs.choose(Scope.of(THREAD), {"follow": True}, "UADA")
    await prefs.pin(THREAD, await prefs.persona("concise"))
    await prefs.save(replace(await prefs.persona("concise"), system_prompt="Hm."), 0, "UADA")

    rules = await prefs.rules(THREAD, "UADA")
    assert (rules.persona.version, rules[POLICY]) == (0, "follow")
    assert (await prefs.persona("concise")).system_prompt == "Hm."


async def test_a_threads_persona_is_kept_as_long_as_its_history(prefs: RedisPrefs, shelf: Shelf) -> None:
    await shelf.ask(1)
    await prefs.pin(THREAD, await prefs.persona("concise"))
    await shelf.raw.expire(shelf.keys.chosen(THREAD), 100)
    await shelf.answer()

    assert await shelf.raw.ttl(shelf.keys.chosen(THREAD)) > MONTH - 10


async def test_each_change_is_a_version_with_who_and_what(prefs: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")
    await prefs.save(replace(BARD, description="Verse."), 1, "UBEN")
    restored = await prefs.restore("bard", 1, "UCEM")

    history = await prefs.history("bard")
    assert [(v.persona.version, v.by, v.changed, v.deed) for v in history] == [
        (3, "UCEM", ("description",), "restored"),
        (2, "UBEN", ("description",), "saved"),
        (1, "UADA", (), "saved"),
    ]
    assert restored == replace(BARD, version=3) == await prefs.persona("bard")
    assert (await prefs.persona("bard", 2)).description == "Verse."
    assert history[0].at >= history[-1].at > 1_700_000_000


async def test_saving_what_is_there_already_changes_nothing(prefs: RedisPrefs) -> None:
    saved = await prefs.save(BARD, None, "UADA")

    assert await prefs.save(BARD, 1, "UBEN") == saved
    assert await prefs.save(BARD, None, "UADA") == saved  # a form that is sent again, as its first reply was late
    assert len(await prefs.history("Bard")) == 1


async def test_an_edit_of_what_has_changed_meanwhile_is_refused(prefs: RedisPrefs, other: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")
    latest = await other.save(replace(BARD, model="big"), 1, "UBEN")

    with pytest.raises(Conflict) as refused:
        await prefs.save(replace(BARD, model="small"), 1, "UADA")
    assert refused.value.current == latest == await prefs.persona("Bard")


@pytest.mark.parametrize("taken", ["bard", "Concise"])
async def test_a_new_persona_takes_no_name_that_is_taken(prefs: RedisPrefs, taken: str) -> None:
    await prefs.save(BARD, None, "UADA")

    with pytest.raises(Conflict):
        await prefs.save(Persona(taken, "Another."), None, "UADA")


async def test_a_persona_in_use_does_not_vanish_silently(prefs: RedisPrefs) -> None:
    await prefs.pin(OTHER, await prefs.save(BARD, None, "UADA"))
    await prefs.choose(HERE, {"persona": "Bard"}, "UADA")

    with pytest.raises(InUse) as refused:
        await prefs.delete("bard", "UADA")
    assert refused.value.where == (HERE,)
    await prefs.delete("bard", "UADA", anyway=True)

    rules = await prefs.rules(THREAD, "UADA")
    assert (rules.persona.name, rules.gone) == ("default", "Bard")
    assert (await prefs.rules(OTHER, "UADA")).persona.name == "Bard"
    with pytest.raises(Unknown):
        await prefs.persona("Bard")


async def test_a_deleted_persona_can_be_restored(prefs: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")
    await prefs.delete("bard", "UADA")
    restored = await prefs.restore("bard", 1, "UADA")

    assert restored.version == 3
    assert [each.deed for each in await prefs.history("bard")] == ["restored", "deleted", "saved"]
    assert "Bard" in [each.name for each in await prefs.personas()]


async def test_deleting_an_edited_built_in_gives_the_original_back(prefs: RedisPrefs) -> None:
    original = await prefs.persona("concise")
    await prefs.save(replace(original, system_prompt="Hm."), 0, "UADA")
    await prefs.choose(HERE, {"persona": "concise"}, "UADA")
    await prefs.delete("concise", "UADA")

    assert (await prefs.rules(THREAD, "UADA")).persona.system_prompt == original.system_prompt
    assert (await prefs.save(replace(original, system_prompt="Hm!"), 0, "UADA")).version == 3


async def test_what_a_built_in_was_like_at_first_is_brought_back(prefs: RedisPrefs) -> None:
    original = await prefs.persona("concise")
    await prefs.save(replace(original, system_prompt="Hm."), 0, "UADA")

    assert await prefs.persona("concise", 0) == original
    assert await prefs.restore("concise", 0, "UADA") == replace(original, version=2)


@pytest.mark.parametrize("stored", [[], [BARD]])
async def test_no_name_is_the_name_of_nobody(prefs: RedisPrefs, stored: list[Persona]) -> None:
    for each in stored:
        await prefs.save(each, None, "UADA")

    asked = (prefs.persona(""), prefs.persona("", 1), prefs.history(""), prefs.choose(HERE, {"persona": ""}, "UADA"))
    for deed in (*asked, prefs.delete("", "UADA", anyway=True)):
        with pytest.raises(Unknown):
            await deed


async def test_what_is_not_made_in_slack_is_not_changed_there(prefs: RedisPrefs) -> None:
    with pytest.raises(Fixed):
        await prefs.save(Persona("Default", "Mine."), 0, "UADA")
    with pytest.raises(Fixed):
        await prefs.delete("concise", "UADA", anyway=True)
    with pytest.raises(Fixed):
        await prefs.delete("default", "UADA", anyway=True)


async def test_an_unknown_name_gets_a_suggestion(prefs: RedisPrefs) -> None:
    with pytest.raises(Unknown) as refused:
        await prefs.choose(HERE, {"persona": "consise"}, "UADA")

    assert refused.value.nearest == "concise"
    assert await prefs.chosen(HERE) == {}


@pytest.mark.parametrize(
    "changes",
    [{"policy": "shout"}, {"footer": ""}, {"model": "a b"}, {"follow": True}, {"feedback": "on"}, {"version": "1"}],
)
async def test_what_cannot_be_chosen_is_refused(prefs: RedisPrefs, changes: dict[str, Value | None]) -> None:
    with pytest.raises(Invalid):
        await prefs.choose(HERE, changes, "UADA")


async def test_a_long_access_list_is_read_once_and_a_change_holds_at_once(
    prefs: RedisPrefs, other: RedisPrefs, shelf: Shelf
) -> None:
    people = frozenset(f"U{n:05}" for n in range(5000))
    await other.change_access(Access(), Access(allowed_users=people), "UADA")
    assert (await prefs.rules(THREAD, "U00001")).access.allowed_users == people

    before = await sent(shelf)
    for _ in range(10):
        assert (await prefs.rules(THREAD, "U00001")).access.allowed_users == people
    assert await sent(shelf) - before < 10 * 1000
    seen = await other.access()
    await other.change_access(seen, replace(seen, denied_users=frozenset({"U00001"})), "UADA")
    assert (await prefs.rules(THREAD, "U00001")).access.denied_users == {"U00001"}
    seen = await other.access()
    await other.change_access(seen, replace(seen, denied_users=frozenset()), "UADA")
    assert not (await prefs.rules(THREAD, "U00001")).access.denied_users


async def sent(shelf: Shelf) -> int:
    """Bytes that Redis has sent to all of us so far."""
    return int((await shelf.raw.info("stats"))["total_net_output_bytes"])


async def test_an_access_list_whose_state_is_not_known_is_read_each_time(prefs: RedisPrefs, shelf: Shelf) -> None:
    await prefs.change_access(Access(), Access(allowed_users=frozenset({"U1"})), "UADA")
    await prefs.rules(THREAD, "U1")
    await shelf.raw.set(shelf.keys.audit, "odd")
    await shelf.raw.hdel(shelf.keys.access, "allowed_users:U1")
    await shelf.raw.hset(shelf.keys.access, "allowed_users:U2", "on")

    assert (await prefs.rules(THREAD, "U1")).access.allowed_users == {"U2"}
    assert (await prefs.rules(THREAD, "U1")).access.allowed_users == {"U2"}


async def test_what_was_restored_holds_at_once(prefs: RedisPrefs, shelf: Shelf) -> None:
    await prefs.change_access(Access(), Access(denied_users=frozenset({"U1"})), "UADA")
    await migrations.set_schema(shelf.client, "test", migrations.NEWEST)
    await RedisInstallations(shelf.client, "test").note(Installation("T1", "UBOT", "BBOT"))
    kept = await backup.make(shelf.client, "test")
    await prefs.change_access(Access(denied_users=frozenset({"U1"})), Access(denied_users=frozenset({"U2"})), "UADA")
    assert (await prefs.rules(THREAD, "U1")).access.denied_users == {"U2"}
    await backup.restore(shelf.client, "test", kept)

    assert (await prefs.rules(THREAD, "U1")).access.denied_users == {"U1"}


async def test_who_is_no_context_for_others_is_told_by_name(prefs: RedisPrefs) -> None:
    assert not (await prefs.rules(THREAD, "UADA")).hides
    await prefs.set_read("UADA", on=False)
    rules = {user: await prefs.rules(THREAD, user) for user in ("UADA", "UBEN")}

    assert (rules["UADA"].unread, rules["UADA"].hides) == (frozenset({"UADA"}), False)
    assert (rules["UBEN"].unread, rules["UBEN"].hides) == (frozenset(), True)
    assert await prefs.unread_of(["UADA", "UBEN", ""]) == {"UADA"}
    await prefs.set_read("UADA", on=True)
    assert not (await prefs.rules(THREAD, "UBEN")).hides


async def test_two_people_change_who_has_access_and_nothing_is_lost(prefs: RedisPrefs, other: RedisPrefs) -> None:
    seen = await prefs.access()
    await prefs.change_access(seen, replace(seen, admins=frozenset({"U1"}), guests=True), "UADA")
    managers = {"C1": frozenset({"U3", "U4"})}
    now = await other.change_access(seen, replace(seen, admins=frozenset({"U2"}), managers=managers), "UBEN")

    expected = Access(admins=frozenset({"U1", "U2"}), guests=True, managers=managers, appointed=frozenset({"UROOT"}))
    assert now == expected == (await prefs.rules(THREAD, "UADA")).access
    gone = await prefs.change_access(now, replace(now, managers={"C1": frozenset({"U4"})}, guests=False), "UADA")
    assert (dict(gone.managers), gone.guests) == ({"C1": frozenset({"U4"})}, False)


async def test_every_administrative_act_is_in_the_audit_log_and_nothing_else(prefs: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")
    await prefs.save(replace(BARD, model="big"), 1, "UBEN")
    await prefs.choose(HERE, {"persona": "Bard"}, "UADA")
    await prefs.choose(Scope("person", "UCEM"), {"persona": "Bard"}, "UCEM")
    await prefs.choose(Scope.of(THREAD), {"follow": True}, "UCEM")
    seen = await prefs.access()
    await prefs.change_access(seen, replace(seen, admins=frozenset({"U1"})), "UADA")
    await prefs.audit(Entry("UADA", "forget.thread", str(THREAD)))

    told = [(e.by, e.act, e.what, e.before, e.after) for e in await prefs.audited()]
    assert told == [
        ("UADA", "forget.thread", str(THREAD), "", ""),
        ("UADA", "admins.add", "admins:U1", "", "on"),
        ("UADA", "persona.use-here", "channel:C1", "", "Bard"),
        ("UBEN", "persona.edit", "Bard", "version 1", "version 2"),
        ("UADA", "persona.new", "Bard", "", "version 1"),
    ]
    assert all(entry.at > 1_700_000_000 for entry in await prefs.audited(2))


async def test_a_change_whose_reply_was_lost_is_made_once(prefs: RedisPrefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends a script again when it does not hear that it was done."""
    run = Client.run

    async def twice(client: Client, *call: object) -> object:
        await run(client, *call)  # type: ignore[arg-type]
        return await run(client, *call)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "run", twice)
    assert (await prefs.save(BARD, None, "UADA")).version == 1
    await prefs.choose(HERE, {"persona": "Bard"}, "UADA")
    await prefs.audit(Entry("UADA", "forget.thread", "x"))
    await prefs.delete("Bard", "UADA", anyway=True)

    assert [entry.act for entry in await prefs.audited()] == [
        "persona.delete",
        "forget.thread",
        "persona.use-here",
        "persona.new",
    ]


async def test_two_replicas_that_choose_and_save_at_once_lose_nothing(prefs: RedisPrefs, other: RedisPrefs) -> None:
    await prefs.save(BARD, None, "UADA")

    async def edit(replica: RedisPrefs, mark: str) -> None:
        while True:
            present = await replica.persona("Bard")
            try:
                longer = replace(present, system_prompt=f"{present.system_prompt} {mark}")
                await replica.save(longer, present.version, mark)
                return
            except Conflict:
                continue

    changes: list[dict[str, Value | None]] = [{"model": "m0"}, {"footer": "off"}, {"policy": "mute"}]
    changes.append({"feedback": False})
    edits = [edit(replica, f"{name}{n}") for n in range(6) for name, replica in (("a", prefs), ("b", other))]
    choices = [replica.choose(HERE, change, "UADA") for change in changes for replica in (prefs, other)]
    await asyncio.gather(*edits, *choices)

    persona = await prefs.persona("Bard")
    marks = persona.system_prompt.removeprefix("Speak in verse. ").split()
    assert sorted(marks) == sorted(f"{name}{n}" for n in range(6) for name in "ab")
    assert [v.by for v in await prefs.history("Bard")] == [*marks[::-1], "UADA"]
    assert await prefs.chosen(HERE) == {"model": "m0", "footer": "off", "policy": "mute", "feedback": False}
    assert len(await prefs.audited()) == 1 + 12 + 4
