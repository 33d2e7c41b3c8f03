"""Which right it takes to forget what stands at a place."""

from bot.commands.privacy_model import ForgetHere
from bot.conversation.places import Channel, Direct


def test_a_channel_is_forgotten_by_those_who_manage_it() -> None:
    assert ForgetHere(Channel("C1")).act == "forget.here"


def test_direct_messages_are_forgotten_by_whose_they_are() -> None:
    assert ForgetHere(Direct("D1")).act == "forget.me"
