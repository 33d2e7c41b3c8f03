"""Who answers and why, what applies, and what is chosen."""

from typing import Any

import pytest

from bot.commands import settings
from bot.commands.dispatch import dispatch
from bot.commands.model import Choose, Explain, ShowModels, ShowSettings
from bot.commands.reports import Settings, WhoAnswers, WhoAnswersInThread
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.conversation.places import Channel, Direct
from bot.errors import BotError, NotOffered, Unanswerable, Unavailable
from bot.personas.persona import Persona
from bot.policy.preferences import FOOTER, POLICY, WORKSPACE, Scope
from tests.commands import fakes
from tests.commands.test_authorize import PLACE, by
from tests.people import ELSEWHERE, HERE, PEOPLE, TEAM, THREAD

DIRECT = Direct("D0000000EVE")


async def test_a_choice_holds_where_it_was_made() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("persona", "CONCISE", "channel", PLACE), by("owner"), world.world)

    assert result.changed
    assert await world.prefs.chosen(Scope("channel", HERE)) == {"persona": "concise"}
    assert (await world.prefs.rules(Channel(ELSEWHERE), PEOPLE["owner"])).persona.name == "default"


async def test_a_choice_for_oneself_is_nobody_elses() -> None:
    world = fakes.with_everybody()
    await dispatch(Choose("persona", "CONCISE", "person", DIRECT), by("member"), world.world)

    assert await world.prefs.chosen(Scope("person", PEOPLE["member"])) == {"persona": "concise"}
    assert (await world.prefs.rules(DIRECT, PEOPLE["guest"])).persona.name == "default"


async def test_on_a_legal_hold_nothing_is_kept_for_a_shorter_time_and_that_is_said() -> None:
    world = fakes.with_everybody()
    world.hold = True
    result = await dispatch(Choose("retention", 86400, "channel", PLACE), by("owner"), world.world)

    assert (result.code, result.changed) == ("forget.held", False)
    assert await world.prefs.chosen(Scope("channel", HERE)) == {}


async def test_a_choice_is_shown_with_all_that_applies_then() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("footer", "off", "workspace", PLACE), by("owner"), world.world)

    assert result.code == "chosen"
    assert result.values == {"preference": "footer", "value": "off", "level": "workspace"}
    assert isinstance(result.shows, Settings)
    assert result.shows.rules[FOOTER] == "off"
    assert not result.shows.direct


async def test_what_is_chosen_for_oneself_elsewhere_tells_what_applies_in_direct_messages() -> None:
    result = await dispatch(Choose("persona", "CONCISE", "person", PLACE), by("member"), fakes.with_everybody().world)

    assert isinstance(result.shows, Settings)
    assert result.shows.direct
    assert result.shows.rules.persona.name == "concise"
    assert result.shows.rules.origins["persona"] == "person"


@pytest.mark.parametrize("level", ["person", "channel", "workspace"])
async def test_a_choice_given_in_a_thread_holds_at_its_level_and_not_for_the_thread(level: Any) -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("persona", "concise", level, THREAD), by("owner"), world.world)

    assert result.changed
    assert [scope.kind for scope in world.prefs.chosen_at] == [level]


async def test_what_belongs_to_a_thread_is_chosen_in_one() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("persona", "concise", "thread", PLACE), by("owner"), world.world)

    assert result.code == "choose.not-here"
    assert world == fakes.with_everybody()


async def test_what_belongs_to_a_channel_is_not_chosen_where_there_is_none() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("model", "m", "channel", Direct()), by("owner"), world.world)

    assert result.code == "choose.not-here"
    assert world == fakes.with_everybody()


async def test_another_persona_answers_in_one_thread() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Choose("persona", "CONCISE", "thread", THREAD), by("owner"), world.world)

    assert result.code == "chosen.in-thread"
    assert (await world.prefs.rules(THREAD, PEOPLE["guest"])).persona.name == "concise"
    assert (await world.prefs.rules(PLACE, PEOPLE["guest"])).persona.name == "default"


@pytest.mark.parametrize(
    ("policy", "wishes", "codes"),
    [
        ("mention", [True, False, False], ["following", "not-following", "follow.not"]),
        ("follow", [False, True], ["not-following", "following"]),
        ("mute", [True, False], ["follow.muted", "follow.muted"]),
    ],
)
async def test_a_thread_is_followed_or_left(policy: str, wishes: list[bool], codes: list[str]) -> None:
    world = fakes.with_everybody()
    await world.prefs.choose(WORKSPACE, {"policy": policy}, PEOPLE["owner"])
    said = [(await dispatch(Choose("follow", on, "thread", THREAD), by("member"), world.world)).code for on in wishes]

    assert said == codes


async def test_in_direct_messages_there_is_nothing_to_follow() -> None:
    thread = ThreadKey("slack", TEAM, "D0000000EVE", THREAD.root, direct=True)
    result = await dispatch(Choose("follow", True, "thread", thread), by("member"), fakes.with_everybody().world)

    assert result.code == "follow.direct"


@pytest.mark.parametrize(("place", "direct"), [(PLACE, False), (DIRECT, True)])
async def test_what_applies_at_a_place_is_shown(place: Channel | Direct, direct: bool) -> None:
    world = fakes.with_everybody_let_in()
    await world.prefs.choose(Scope("channel", HERE), {"policy": "follow"}, PEOPLE["owner"])
    result = await dispatch(ShowSettings(place), by("member"), world.world)
    who = await dispatch(Explain(place), by("outsider"), world.world)

    assert isinstance(result.shows, Settings)
    assert result.shows.direct == direct
    assert result.shows.rules[POLICY] == ("mention" if direct else "follow")
    assert isinstance(who.shows, WhoAnswers)
    assert who.shows.direct == direct


async def test_in_a_thread_so_many_others_are_named_as_can_be_read() -> None:
    world = fakes.with_everybody_let_in()
    for n in range(settings.MAX_NAMED):
        await world.prefs.save(Persona(f"p{n}", "x"), None, PEOPLE["owner"])
    result = await dispatch(Explain(THREAD), by("guest"), world.world)

    assert isinstance(result.shows, WhoAnswersInThread)
    assert len(result.shows.personas) == settings.MAX_NAMED
    assert result.shows.more == len(await world.prefs.personas()) - settings.MAX_NAMED > 0


# -- which models --


@pytest.mark.parametrize(("offered", "code"), [(("luna", "terra"), "model.list"), ((), "model.list.unknown")])
async def test_the_models_that_may_be_chosen_are_listed(offered: tuple[str, ...], code: str) -> None:
    world = fakes.with_everybody_let_in()
    world.model.models = offered
    result = await dispatch(ShowModels(PLACE), by("guest"), world.world)

    assert result.code == code
    assert result.values["names"] == offered


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (NotOffered(), "model.not-offered"),
        (Unanswerable("model.missing", "404"), "model.not-proved"),
        (Unavailable("model.unreachable", "503"), "model.not-proved"),
    ],
)
async def test_a_model_that_may_not_be_chosen_or_does_not_answer_is_not_held(refusal: BotError, code: str) -> None:
    world = fakes.with_everybody()
    world.model.models, world.model.refusal = ("luna",), refusal
    result = await dispatch(Choose("model", "terra", "workspace", PLACE), by("admin"), world.world)

    assert (result.code, result.changed) == (code, False)
    assert await world.prefs.chosen(WORKSPACE) == {}


async def test_a_model_is_not_tried_to_take_its_choice_back() -> None:
    world = fakes.with_everybody()
    world.model.refusal = NotOffered()
    result = await dispatch(Choose("model", None, "workspace", PLACE), by("admin"), world.world)

    assert result.code == "chosen"


async def test_that_less_is_kept_is_told_to_all_and_done_at_once() -> None:
    world = fakes.with_everybody()
    world.history.past[THREAD] = [Message(THREAD.root, PEOPLE["member"], "long ago")]
    result = await dispatch(Choose("retention", 7, "channel", PLACE), by("manager"), world.world)

    assert (result.code, result.values["value"]) == ("chosen", 7)
    assert world.erasures.announced == 1
    assert THREAD in world.erasures.archive.shortened
    footer = await dispatch(Choose("footer", "off", "channel", PLACE), by("manager"), world.world)
    assert (footer.code, world.erasures.announced) == ("chosen", 1)
