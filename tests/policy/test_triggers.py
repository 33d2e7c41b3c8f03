"""When the bot speaks."""

from dataclasses import replace

import pytest

from bot.personas.persona import Persona
from bot.policy import triggers as attention
from bot.policy.preferences import Access, Origin, Policy, Rules
from bot.policy.triggers import Manner

RULES = Rules(Persona("bard", "Sing."), {"policy": "mention"}, {"policy": "channel"})


@pytest.mark.parametrize(
    ("policy", "origin", "to_another", "heeded"),
    [
        ("mention", "settings", False, (False, "plain")),
        ("mute", "channel", False, (False, "plain")),
        ("follow", "channel", True, (False, "follow")),
        ("follow-until-other", "channel", False, (False, "until")),
        ("follow-until-other", "workspace", True, (False, "away")),
        ("follow", "thread", True, (True, "plain")),
        ("follow-until-other", "thread", True, (True, "plain")),
        ("mention", "thread", False, (False, "plain")),
    ],
)
def test_the_policy_says_what_is_for_us(
    policy: Policy, origin: Origin, to_another: bool, heeded: tuple[bool, Manner]
) -> None:
    rules = replace(RULES, values={"policy": policy}, origins={"policy": origin})

    assert attention.decide(rules, by_bot=False, addressed=False, to_another=to_another) == heeded


@pytest.mark.parametrize(
    ("bots", "addressed", "heard"), [(True, True, True), (False, True, False), (True, False, False)]
)
@pytest.mark.parametrize("policy", ["mention", "follow"])
def test_a_bot_is_heard_if_bots_are_switched_on_and_it_mentions_us(
    policy: Policy, bots: bool, addressed: bool, heard: bool
) -> None:
    rules = replace(RULES, values={"policy": policy}, access=Access(bots=bots))

    assert attention.decide(rules, by_bot=True, addressed=addressed, to_another=False) == (heard, "bot")
