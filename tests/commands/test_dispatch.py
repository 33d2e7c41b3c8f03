"""Nothing is done without the right to it, whatever is asked and by whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.commands import dispatch as admin
from bot.commands import model as asked
from bot.commands import parse as slash
from bot.commands.model import Asker, Choose, Command, Forget, ForgetLink, Help, OpenForm
from bot.personas.persona import Persona
from bot.policy.preferences import Scope
from bot.ports import Limits, Model, World
from bot.run import app
from bot.run.worlds import defaults
from bot.slack.api.directory import People
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from tests.town import INSTALLED, KEYS, QUEUE, Town, a_thread
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

HERE = "C000GENERAL"
THREAD = a_thread(HERE, "1763700000.000100")
BARD = Persona("Bard", "Speak in verse.")
PEOPLE = {
    "owner": "U0000000ADA",
    "admin": "U000000DORA",
    "named": "U0000000BEN",
    "manager": "U00000CHLOE",
    "member": "U0000000EVE",
    "guest": "U0000000GUS",
    "outsider": "U000000OTTO",
    "bot": "U0DEPLOYBOT",
}
EVERYBODY = set(PEOPLE)
ADMINS = {"owner", "admin", "named"}
MANAGERS = ADMINS | {"manager"}
MEMBERS = MANAGERS | {"member"}
GUESTS = MEMBERS | {"guest"}
PERSONS = EVERYBODY - {"bot"}
TABLE: list[tuple[Command, set[str]]] = [
    (asked.Explain(), PERSONS),
    (asked.List(), PERSONS),
    (asked.Show("concise"), PERSONS),
    (asked.History("concise"), MEMBERS),
    (asked.Compare("concise", 1), MEMBERS),
    (asked.Export("concise"), MEMBERS),
    (Choose("persona", "concise", "me"), PERSONS),
    (Choose("persona", "concise", "here"), MANAGERS),
    (Choose("persona", "concise", "workspace"), ADMINS),
    (Choose("model", "m", "here"), MANAGERS),
    (Choose("model", "m", "workspace"), ADMINS),
    (Choose("policy", "follow", "here"), MANAGERS),
    (Choose("policy", "follow", "workspace"), ADMINS),
    (Choose("footer", "off", "here"), MANAGERS),
    (Choose("footer", "off", "workspace"), ADMINS),
    (Choose("feedback", False, "here"), MANAGERS),
    (Choose("feedback", False, "workspace"), ADMINS),
    (OpenForm("new"), ADMINS),
    (OpenForm("edit", "concise"), ADMINS),
    (OpenForm("import"), ADMINS),
    (asked.Save(BARD, None), ADMINS),
    (asked.Save(replace(BARD, name="concise"), 0), ADMINS),
    (asked.Copy("concise", "Brief"), ADMINS),
    (asked.Restore("concise", 1), ADMINS),
    (asked.Delete("concise"), ADMINS),
    (asked.ShowSettings(), GUESTS),
    (asked.ShowUsage(), GUESTS),
    (asked.ShowUsage(everyone=True), ADMINS),
    (Forget(), PERSONS),
    (Forget(THREAD), MANAGERS),
    (asked.ShowAdmins(), GUESTS),
    (asked.Appoint("U1", add=True), ADMINS),
    (asked.Appoint("U1", add=False), ADMINS),
    (asked.Appoint("U1", add=True, here=True), ADMINS),
    (asked.ShowAccess(), ADMINS),
    (asked.Admit("deny", "users", "U1"), ADMINS),
    (asked.ShowAudit(), ADMINS),
]
"""Who is obeyed; written down apart from the table in `rights`."""


@asynccontextmanager
async def opened(slack: SmallSlack, redis_url: str) -> AsyncIterator[World]:
    """What commands touch of the world: people, choices, memory and ledger. Eve is a member; each role has somebody."""
    town = Town(slack, cast(Any, None), "http://127.0.0.1:1", redis_url)
    configured = town.settings(admin_users=PEOPLE["named"])
    eve = replace(slack.workspace.person("Ben"), id=PEOPLE["member"], name="eve", real_name="Eve")
    slack.workspace.users[eve.id] = eve
    async with AsyncExitStack() as stack:
        store = Client(redis_url)
        stack.push_async_callback(store.close)
        client = await app.open_slack(configured, stack)
        box = RedisInbox(store, KEYS, QUEUE, 3600)
        world = World(
            chat=cast(Any, None),
            directory=People(client, INSTALLED),
            transcript=cast(Any, None),
            model=cast(Model, None),
            inbox=box,
            history=box,
            prefs=RedisPrefs(store, KEYS, 3600, defaults(configured, home=True)),
            ledger=RedisLedger(store, KEYS, 3600),
            files=cast(Any, None),
            limits=Limits(),
            now=asyncio.get_running_loop().time,
            saw=lambda _happening: None,
            guards=(),
            user_hash=lambda _user: None,
        )
        seen = await world.prefs.access()
        managed = replace(seen, managers={HERE: frozenset({PEOPLE["manager"]})})
        await world.prefs.change_access(seen, managed, PEOPLE["owner"])
        yield world


@pytest.fixture
async def world(slack: SmallSlack, redis_url: str) -> AsyncIterator[World]:
    async with opened(slack, redis_url) as found:
        yield found


async def contents(redis_url: str) -> dict[bytes, bytes | None]:
    async with Redis.from_url(redis_url) as redis:
        return {key: await redis.dump(key) async for key in redis.scan_iter()}


@pytest.mark.parametrize("role", PEOPLE)
async def test_everyone_is_obeyed_in_what_they_may_and_in_nothing_else(role: str, world: World, redis_url: str) -> None:
    asker, before = Asker(PEOPLE[role], a_thread(HERE, "0")), await contents(redis_url)
    refused = [command for command, who in TABLE if role not in who]
    for command in refused:
        if not isinstance(command, OpenForm):
            assert "Please ask" in str((await admin.act(command, asker, world)).parts), command

    assert await contents(redis_url) == before
    assert [c for c, _ in TABLE if await admin.refused(c, asker, world) is not None] == refused


def test_every_command_stands_in_the_table() -> None:
    assert {type(command) for command, _ in TABLE} == set(asked.Command.__args__)


async def test_a_manager_manages_one_channel(world: World) -> None:
    manager = Asker(PEOPLE["manager"], a_thread("C0000RANDOM", "0"))

    assert await admin.refused(Choose("policy", "mute", "here"), manager, world)
    assert await admin.refused(Forget(replace(THREAD, channel="C0000RANDOM")), manager, world)
    assert await admin.refused(
        Forget(replace(THREAD, channel="C0000RANDOM")), replace(manager, thread=a_thread(HERE, "0")), world
    )


async def test_nobody_forgets_a_thread_in_the_direct_messages_of_another(world: World) -> None:
    eve = Asker(PEOPLE["member"], a_thread("D0000000EVE", "0"))

    assert await admin.refused(Forget(a_thread("D0000000BEN", "1763700000.000100")), eve, world)
    assert not await admin.refused(Forget(a_thread("D0000000EVE", "1763700000.000100")), eve, world)


async def test_whom_the_settings_file_names_nobody_removes_in_slack(world: World) -> None:
    ada = Asker(PEOPLE["owner"], a_thread(HERE, "0"))
    said = await admin.act(asked.Appoint(PEOPLE["named"], add=False), ada, world)

    assert "only the operator can change that" in str(said.parts)
    assert PEOPLE["named"] in (await world.prefs.access()).appointed


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (asked.Show("shakespeare"), "Did you mean *shakespearean*?"),
        (asked.Show("concise", 7), "*concise* has no such version: there is only version 0."),
        (asked.Copy("concise", "two words"), "Name: "),
        (asked.Copy("concise", "editor"), "already"),
        (asked.Restore("concise", 3), "*concise* has no such version"),
        (asked.Delete("default"), "operator's settings"),
        (Choose("persona", "nobody", "here"), "There is no persona called nobody."),
        (asked.ShowUsage(month="1999-01"), "no answers."),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    world: World, redis_url: str, command: Command, told: str
) -> None:
    before = await contents(redis_url)
    said = await admin.act(command, Asker(PEOPLE["owner"], a_thread(HERE, "0")), world)

    assert told in str(said.parts)
    assert not said.changed
    assert await contents(redis_url) == before


@pytest.mark.parametrize("command", [asked.Show("bard", 7), asked.Compare("bard", 7), asked.Restore("bard", 7)])
async def test_a_version_that_is_not_there_is_not_taken_for_a_missing_persona(world: World, command: Command) -> None:
    ada = Asker(PEOPLE["owner"], a_thread(HERE, "0"))
    await admin.act(asked.Save(BARD, None), ada, world)
    said = await admin.act(command, ada, world)

    assert said.parts == ("*Bard* has no such version: there is only version 1.",)


async def test_a_choice_holds_where_it_was_made(world: World) -> None:
    ada = Asker(PEOPLE["owner"], a_thread(HERE, "0"))
    said = await admin.act(Choose("persona", "CONCISE"), ada, world)

    assert said.changed
    assert (await world.prefs.chosen(Scope("channel", HERE))).persona == "concise"
    assert (await world.prefs.rules(a_thread("C0000RANDOM", "0"), ada.user)).persona.name == "default"


async def test_here_in_direct_messages_is_for_oneself(world: World) -> None:
    eve = Asker(PEOPLE["member"], a_thread("D0000000EVE", "0"))

    assert (await admin.act(Choose("persona", "CONCISE", "here"), eve, world)).changed
    assert (await world.prefs.chosen(Scope("person", eve.user))).persona == "concise"


async def test_what_is_chosen_for_oneself_elsewhere_tells_what_applies_in_direct_messages(world: World) -> None:
    said = await admin.act(Choose("persona", "CONCISE", "me"), Asker(PEOPLE["member"], a_thread(HERE, "0")), world)

    assert said.parts[:3] == (
        "*concise* answers for you, in direct messages from now on. Threads under way keep theirs.",
        "*What applies to you in direct messages*",
        "Persona: *concise* – _your own choice_",
    )
    assert "When I speak: I answer everything you write" in said.parts


@pytest.mark.parametrize(
    ("role", "channel", "command", "line"),
    [
        ("outsider", "D0000OTTO", asked.ShowUsage(), "Only people of this workspace may do that."),
        ("guest", "D00000GUS", asked.History("concise"), "Only members of this workspace may do that."),
        ("member", "D00000EVE", Choose("model", "m", "here"), "Only admins may do that."),
        ("member", HERE, Choose("model", "m", "here"), "Only admins and managers of this channel may do that."),
    ],
)
async def test_a_refusal_names_whose_right_it_is(
    world: World, role: str, channel: str, command: Command, line: str
) -> None:
    said = await admin.act(command, Asker(PEOPLE[role], a_thread(channel, "0")), world)

    assert str(said.parts[0]).startswith(f"{line} Please ask ")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (asked.Admit("allow", "channels", HERE), f"From now on I answer only in <#{HERE}>."),
        (asked.Admit("allow", "users", "U1"), "From now on I answer only <@U1>, and admins."),
        (asked.Admit("deny", "groups", "S1"), "From now on I do not answer <!subteam^S1>."),
        (asked.Admit("deny", "switch", "dms"), "From now on: Direct messages are not answered."),
        (asked.Admit("deny", "switch", "guests"), "Nothing was changed: it was so already."),
        (asked.Admit("deny", "users", PEOPLE["admin"]), f"Nothing was changed: <@{PEOPLE['admin']}> manages me"),
    ],
)
async def test_who_changes_whom_i_answer_is_told_what_follows(world: World, command: Command, line: str) -> None:
    said = await admin.act(command, Asker(PEOPLE["owner"], a_thread(HERE, "0")), world)

    assert str(said.parts[0]).startswith(line)
    assert said.changed == ("Nothing" not in line)


async def test_what_is_taken_off_the_list_leaves_what_it_leaves(world: World) -> None:
    ada = Asker(PEOPLE["owner"], a_thread(HERE, "0"))
    await admin.act(asked.Admit("allow", "channels", HERE), ada, world)
    said = await admin.act(asked.Admit("allow", "channels", HERE, add=False), ada, world)

    assert str(said.parts[0]).endswith("I answer in all channels again, but for what is denied.")


async def test_all_is_forgotten_only_after_a_question(world: World, redis_url: str) -> None:
    before = await contents(redis_url)
    said = await admin.act(Forget(), Asker(PEOPLE["member"], a_thread(HERE, "0")), world)

    assert [offer.deed for offer in said.offers] == ["forget"]
    assert await contents(redis_url) == before


PLACES = ["<@U0000000EVE>", "<#C000GENERAL>", "https://x.slack.com/archives/C000GENERAL/p1763700000000100"]
OTHERS = ["here", "workspace", "add", "remove", "all", "concise", "default", "1", "2026-11", "on", "mute", "guests"]
WORDS = st.sampled_from([*slash.VERBS["/persona"], *slash.VERBS["/threadbot"], *PLACES, *OTHERS])
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, min_size=1, max_size=5).map(" ".join))


def test_whatever_a_member_writes_changes_nothing_that_is_not_theirs(redis_server: EmbeddedRedis) -> None:
    async def try_all(texts: list[tuple[str, str]], world: World) -> None:
        eve, before = Asker(PEOPLE["member"], a_thread(HERE, "0")), await contents(redis_server.url)
        for command, text in texts:
            wanted = slash.read(command, text)
            theirs = isinstance(wanted, Forget | ForgetLink) or (isinstance(wanted, Choose) and wanted.where == "me")
            if not isinstance(wanted, Help | OpenForm | ForgetLink) and not theirs:
                assert (await admin.act(wanted, eve, world)).parts
        assert await contents(redis_server.url) == before

    with asyncio.Runner() as runner:
        stack, slack = AsyncExitStack(), SmallSlack()
        runner.run(stack.enter_async_context(serving(slack.app)))
        world = runner.run(stack.enter_async_context(opened(slack, redis_server.url)))

        @settings(max_examples=40, deadline=None, database=None)
        @given(st.lists(st.tuples(st.sampled_from(list(slash.VERBS)), TEXTS), max_size=20))
        def any_texts(texts: list[tuple[str, str]]) -> None:
            runner.run(try_all(texts, world))

        any_texts()
        runner.run(stack.aclose())


async def test_how_much_was_forgotten_is_counted(world: World) -> None:
    said = await admin.act(Forget(sure=True), Asker(PEOPLE["member"], a_thread(HERE, "0")), world)

    assert "what you said, in 0 threads." in str(said.parts)
    assert (await world.prefs.audited(1))[0].what == "0 threads"
