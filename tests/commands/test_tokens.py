"""Commands to tokens: who may make, see and revoke which."""

import pytest

from bot.commands.budget_model import SetBudget
from bot.commands.dispatch import dispatch
from bot.commands.model import Actor
from bot.commands.reports import TokenList
from bot.commands.result import Result
from bot.commands.token_model import AllowTokens, ListTokens, NewToken, RevokeToken
from bot.conversation.places import Direct
from bot.policy import tokens
from bot.usage.budgets import Amount, Numbers, Owner
from tests.commands.fakes import Fakes, with_everybody
from tests.people import PEOPLE, TEAM


def actor(role: str) -> Actor:
    return Actor("slack", TEAM, PEOPLE[role])


async def names(fakes: Fakes, role: str) -> list[str]:
    result = await dispatch(ListTokens(), actor(role), fakes.world)
    assert isinstance(result.shows, TokenList)
    return [token.name for token in result.shows.tokens]


async def make(fakes: Fakes, role: str, name: str) -> Result:
    return await dispatch(NewToken(name), actor(role), fakes.world)


async def test_an_admin_makes_one_that_is_shown_once_and_kept_as_a_hash() -> None:
    fakes = with_everybody()
    made = await make(fakes, "admin", "ci")
    [token] = fakes.tokens.tokens.values()
    shown = tokens.read(str(made.values["token"]))

    assert (made.code, made.changed) == ("token.made", True)
    assert shown is not None
    assert (shown.workspace, shown.digest) == (TEAM, token.digest)
    assert (token.user, token.by, token.name) == (PEOPLE["admin"], PEOPLE["admin"], "ci")
    assert (token.expires or 0) - token.created == tokens.LIFETIME
    assert [(entry.act, entry.what) for entry in await fakes.prefs.audited()] == [("token.new", "ci")]
    assert str(made.values["token"]) not in repr(await fakes.prefs.audited())


async def test_a_name_is_one_plain_word_and_taken_once() -> None:
    fakes = with_everybody()
    await make(fakes, "admin", "ci")

    assert (await make(fakes, "owner", "CI")).code == "token.taken"
    assert (await make(fakes, "owner", "a/b")).code == "token.name"


async def test_a_member_makes_one_only_where_an_admin_lets_them() -> None:
    fakes = with_everybody()
    allow = AllowTokens(PEOPLE["member"], True)

    assert (await make(fakes, "member", "mine")).refused
    assert (await dispatch(allow, actor("member"), fakes.world)).refused
    assert (await dispatch(allow, actor("owner"), fakes.world)).code == "token.allowed"
    assert (await make(fakes, "member", "mine")).code == "token.made"
    await dispatch(AllowTokens(PEOPLE["member"], False), actor("owner"), fakes.world)
    assert (await make(fakes, "member", "another")).refused


async def test_people_see_their_own_and_admins_all() -> None:
    fakes = with_everybody()
    await dispatch(AllowTokens(PEOPLE["member"], True), actor("owner"), fakes.world)
    await make(fakes, "member", "mine")
    await make(fakes, "admin", "admins")

    assert await names(fakes, "member") == ["mine"]
    assert await names(fakes, "owner") == ["admins", "mine"]


@pytest.mark.parametrize(("role", "code"), [("member", "token.revoked"), ("owner", "token.revoked"), ("manager", "")])
async def test_one_is_revoked_by_its_owner_and_by_admins(role: str, code: str) -> None:
    fakes = with_everybody()
    await dispatch(AllowTokens(PEOPLE["member"], True), actor("owner"), fakes.world)
    await make(fakes, "member", "mine")

    revoked = await dispatch(RevokeToken("MINE"), actor(role), fakes.world)

    assert revoked.code == code if code else revoked.refused
    assert bool(fakes.tokens.tokens) == (not code)


async def test_what_is_not_there_cannot_be_revoked() -> None:
    assert (await dispatch(RevokeToken("x"), actor("owner"), with_everybody().world)).code == "token.unknown"
    assert (await dispatch(RevokeToken("x"), actor("member"), with_everybody().world)).code == "token.unknown"


async def test_a_token_may_have_a_budget_of_its_own_which_admins_change() -> None:
    fakes, five = with_everybody(), Numbers(month=Amount(cost=5_000_000_000))
    await dispatch(NewToken("ci", five), actor("admin"), fakes.world)
    [token] = fakes.tokens.tokens.values()
    assert fakes.tokens.numbers == {token.channel: five}
    assert [entry.after for entry in await fakes.prefs.audited()] == ["$5.00 per month"]

    two = SetBudget(Owner("token", "CI"), "day", Amount(tokens=2), Direct())
    unknown = SetBudget(Owner("token", "other"), "day", Amount(tokens=2), Direct())
    set_, no = [await dispatch(each, actor("admin"), fakes.world) for each in (two, unknown)]

    assert (set_.code, set_.values["owner"], no.code) == ("budget.set", Owner("token", "ci"), "token.unknown")
    assert fakes.budgets.said == {Owner("token", token.channel): Numbers(day=Amount(tokens=2))}
    listed = (await dispatch(ListTokens(), actor("admin"), fakes.world)).shows
    assert isinstance(listed, TokenList)
    assert listed.numbers == {token.channel: Numbers(day=Amount(tokens=2))}
    assert (await dispatch(two, actor("member"), fakes.world)).refused
