"""Nothing is done without the right to it, whatever is asked and by whom."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import model, parse, privacy_model
from bot.commands.dispatch import dispatch
from bot.commands.model import Actor, Choose, Command, Help
from bot.commands.privacy_model import ForgetMe
from bot.commands.reports import Problems
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel
from bot.errors import Unavailable
from tests.commands import fakes
from tests.commands.test_authorize import PLACE, TABLE, asked_by, by
from tests.people import HERE, PEOPLE, SOMEBODY, TEAM


@pytest.mark.parametrize("role", PEOPLE)
async def test_what_is_refused_changes_nothing(role: str) -> None:
    world = asked_by(SOMEBODY)
    before = world.snapshot()
    for command, who in TABLE:
        if role not in who:
            result = await dispatch(command, by(role), world.world)
            assert result.refused, command
            assert not result.changed

    assert world == before


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (model.ShowPersona("shakespeare"), "persona.unknown"),
        (model.ShowPersona("concise", 7), "persona.no-version"),
        (model.Copy("concise", "two words"), "persona.invalid"),
        (model.Copy("concise", "editor"), "persona.taken"),
        (model.Restore("concise", 3), "persona.no-version"),
        (model.Delete("default"), "persona.of-settings"),
        (model.Delete("concise"), "persona.of-product"),
        (model.Save({"name": "default", "system_prompt": "x"}, None), "persona.invalid"),
        (model.ReadFile("- Bard"), "persona.invalid"),
        (model.OpenForm("edit", "default"), "persona.of-settings"),
        (Choose("persona", "nobody", "channel", PLACE), "persona.unknown"),
        (Choose("model", "two words", "channel", PLACE), "persona.invalid"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(command: Command, code: str) -> None:
    world = fakes.with_everybody()
    before = world.snapshot()
    result = await dispatch(command, by("owner"), world.world)

    assert result.code == code
    assert not result.changed
    assert world == before


async def test_what_is_wrong_is_said_by_field() -> None:
    result = await dispatch(model.Copy("concise", "two words"), by("owner"), fakes.with_everybody().world)

    assert isinstance(result.shows, Problems)
    assert [(field, problem.code) for field, problem in result.shows.fields.items()] == [("name", "wrong.wrong")]


@pytest.mark.parametrize("name", ["shakespeare", "xyzzy"])
async def test_an_unknown_name_comes_with_the_one_that_was_perhaps_meant(name: str) -> None:
    result = await dispatch(model.ShowPersona(name), by("owner"), fakes.with_everybody().world)

    assert result.values["nearest"] == {"shakespeare": "shakespearean", "xyzzy": None}[name]


async def test_trouble_with_the_store_is_left_to_whoever_gave_the_command() -> None:
    world = fakes.with_everybody()
    world.model.answers = [Unavailable("model.busy")]

    with pytest.raises(Unavailable):
        await dispatch(model.Preview({"name": "Bard", "system_prompt": "x"}, "Hello?"), by("owner"), world.world)


TOKENS = ["@{U0000000EVE}", "#{C000GENERAL}", "@{group:S1}", "#{C000GENERAL}/1763700000.000100"]
OTHERS = ["here", "workspace", "add", "remove", "all", "concise", "default", "1", "2026-11", "on", "mute", "guests"]
WORDS = st.sampled_from([*parse.VERBS["/persona"], *parse.VERBS["/threadbot"], *TOKENS, *OTHERS])
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, min_size=1, max_size=5).map(" ".join))


@given(st.lists(st.tuples(st.sampled_from(list(parse.VERBS)), TEXTS), max_size=20))
def test_whatever_a_member_writes_changes_nothing_that_is_not_theirs(texts: list[tuple[str, str]]) -> None:
    async def try_all() -> None:
        world, eve = fakes.with_everybody(), Actor("slack", "T1", PEOPLE["member"])
        before = world.snapshot()
        for command, text in texts:
            wanted = parse.read(command, text, Channel(HERE), partial(ThreadKey, "slack", TEAM))
            theirs = isinstance(wanted, ForgetMe | privacy_model.ExportMine) or (
                isinstance(wanted, Choose) and wanted.level == "person"
            )
            if not isinstance(wanted, Help) and not theirs:
                await dispatch(wanted, eve, world.world)
        assert world == before

    asyncio.run(try_all())
