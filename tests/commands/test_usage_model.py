"""What the table of rights calls the questions about use."""

import pytest

from bot.commands.usage_model import ShowReasons, ShowUsage
from bot.policy.roles import ACTS


@pytest.mark.parametrize(
    ("command", "act"),
    [
        (ShowUsage(), "usage.mine"),
        (ShowUsage("everyone"), "usage.all"),
        (ShowUsage("channel", "C1"), "usage.here"),
        (ShowUsage("person", "U1"), "usage.person"),
        (ShowUsage("persona", "Bard"), "usage.persona"),
        (ShowReasons(), "feedback.read"),
    ],
)
def test_a_question_says_which_right_it_takes(command: ShowUsage | ShowReasons, act: str) -> None:
    assert command.act == act
    assert act in ACTS
