"""What threads of programs have of their own: the operator is somebody, and direct messages do not matter."""

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.policy import access
from bot.policy.preferences import Access, Defaults
from bot.policy.tokens import OPERATOR
from bot.run.programs import OpenPrefs, Untold, WithOperator
from bot.store.client import Client
from bot.store.keys import Keys
from tests.fakes import FakeDirectory, fake_world

THREAD = ThreadKey("api", "T1", "Atok1", "6f0b8f3e-6f0b-4f3e-8f3e-6f0b8f3e6f0b", direct=True)


async def test_the_operator_is_an_admin_and_no_person_of_slacks() -> None:
    known = WithOperator(FakeDirectory(members={"S1": {"U1"}}))
    operator = await known.person(OPERATOR, afresh=True)

    assert operator.known
    assert operator.is_admin
    assert await known.groups(OPERATOR, ["S1"]) == {"S1": False}
    assert await known.groups("U1", ["S1"]) == {"S1": True}
    assert (await known.person("U1")).name == "U1".title()
    assert await known.names([OPERATOR, "U1"]) == {"U1": "U1".title()}
    assert await known.channel_names(["C1"], THREAD) == {"C1": "c1"}
    assert await known.group_names(["S1"]) == {"S1": "s1"}
    assert await known.everybody() == await FakeDirectory().everybody()
    assert known.is_direct("D1") == FakeDirectory().is_direct("D1")


async def test_the_operator_is_answered_where_only_some_are() -> None:
    world = fake_world(directory=WithOperator(FakeDirectory())).world
    few = Access(allowed_users=frozenset({"U1"}))

    assert await access.refusal_of_command(OPERATOR, None, few, world) is None
    assert await access.refusal_of_command("U2", None, few, world) is not None


async def test_direct_messages_that_are_off_do_not_concern_programs(redis_url: str) -> None:
    client = Client(redis_url)
    prefs = OpenPrefs(client, Keys("threadbot", "T1"), 60, Defaults("", {"openai_model": "m"}, {"n": 3, "seed": 1}))
    await prefs.change_access(Access(), Access(direct_messages=False), "U1")

    rules = await prefs.rules(THREAD, "U1")

    assert rules.access.direct_messages
    assert (await prefs.access()).direct_messages
    assert rules.persona.params == {"seed": 1}
    await client.close()


async def test_nothing_was_said_that_we_have_not_heard() -> None:
    assert await Untold().earlier(THREAD, "2", "1", 10) == Earlier()
