"""What the table of rights calls each command."""

from typing import get_args

import pytest

from bot.commands.model import Appoint, Choose, Command, OpenForm, Save
from bot.conversation.places import Channel
from bot.policy.preferences import NAMES
from bot.policy.roles import ACTS

HERE = Channel("C1")


@pytest.mark.parametrize(
    ("command", "act"),
    [
        (OpenForm("new"), "persona.new"),
        (OpenForm("import"), "persona.import"),
        (Save({}, None), "persona.new"),
        (Save({}, 3), "persona.edit"),
        (Appoint("U1", True, HERE), "admins.add"),
        (Appoint("U1", False, HERE), "admins.remove"),
        (Appoint("U1", True, HERE, HERE), "managers.set"),
    ],
)
def test_a_command_says_which_right_it_takes(command: Command, act: str) -> None:
    assert command.act == act
    assert act in ACTS


def test_a_choice_takes_the_right_of_its_level() -> None:
    acts = {Choose("names", False, level, HERE).act for level in NAMES.needs}

    assert len(acts) == len(NAMES.needs)
    assert acts <= ACTS.keys()


def test_no_command_is_without_a_right() -> None:
    constant = [vars(command)["act"] for command in commands(Command) if isinstance(vars(command)["act"], str)]

    assert len(constant) > 20
    assert set(constant) <= ACTS.keys()


def commands(union: object) -> list[type]:
    return [each for part in get_args(union) for each in (commands(part) if get_args(part) else [part])]
