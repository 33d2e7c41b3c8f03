"""The words of a command, one by one."""

import pytest

from bot.commands.slash_words import Misread, Words
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Direct


def words(text: str, direct: bool = False) -> Words:
    return Words(text.split(), Direct() if direct else Channel("C1"), lambda c, r: ThreadKey("slack", "T1", c, r))


def test_words_are_taken_one_by_one() -> None:
    taken = words("HERE 7 days rest")

    assert taken.take("here")
    assert taken.days() == 7
    assert not taken.take("here")
    assert taken.name() == "rest"
    assert not taken


def test_what_does_not_say_where_holds_here() -> None:
    assert words("").level("here", "me") == "channel"
    assert words("", direct=True).level("here", "me") == "person"
    assert words("workspace").level("here", "workspace") == "workspace"


def test_what_is_wrong_names_what_is_meant() -> None:
    with pytest.raises(Misread) as wrong:
        words("evryone").one_of(("everyone",), "place")
    assert (wrong.value.problem.code, wrong.value.problem.values["near"]) == ("misread.no-place", "everyone")
    with pytest.raises(Misread):
        words("").next("persona")
