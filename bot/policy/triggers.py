"""When the bot speaks: whether a message is for us, by the policy of the place."""

from typing import Literal

from bot.policy.preferences import POLICY, Rules

Manner = Literal["plain", "follow", "until", "away", "bot"]
"""How a message is taken in that is not simply said to us, or simply overheard.

`follow`: as said to us, if we take part in the thread; `until`: so too, unless people have turned to one another since
we were last addressed; `away`: overheard, and now they have; `bot`: another bot said it, and we do not listen to bots
for ever.
"""

MAX_BOTS = 5  # messages of bots that are answered in a thread before a person has to speak again


def decide(rules: Rules, *, by_bot: bool, addressed: bool, to_another: bool) -> tuple[bool, Manner]:
    """Whether a message is for us, and its manner. Not asked for what a person says to us: that always is.

    `addressed`: it mentions us; `to_another`: it mentions somebody else. What somebody has asked for in the thread
    itself holds until it is taken back.
    """
    if by_bot:
        return addressed and rules.access.bots, "bot"
    if follows(rules) and rules.origins[POLICY.name] == "thread":
        return True, "plain"
    match rules[POLICY]:
        case "follow":
            return False, "follow"
        case "follow-until-other":
            return False, "away" if to_another else "until"
        case _:
            return False, "plain"


def follows(rules: Rules) -> bool:
    """Whether what is said in a thread there may be for us without a mention."""
    return rules[POLICY] in ("follow", "follow-until-other")
