"""What is said of a workspace's own server, and of its time zone."""

import pytest

from bot.commands.result import Result
from bot.wording import workspaces
from bot.wording.en import WORDS


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            Result("server.set", {"host": "h.example", "models": ("a", "b")}),
            "From now on h.example answers: `a` and `b`.",
        ),
        (Result("server.not-proved", {"why": "model.key"}), "Nothing was saved. The server does not accept the key."),
        (
            Result("time-zone.set", {"zone": "Asia/Tokyo"}),
            "months begin at midnight in Asia/Tokyo",
        ),
    ],
)
def test_it_is_said_what_holds(result: Result, said: str) -> None:
    assert said in workspaces.said(result, WORDS)


def test_trouble_that_is_not_known_has_words_too() -> None:
    told = workspaces.said(Result("server.not-proved", {"why": "model.odd"}), WORDS)

    assert "did not answer as a model does" in told


def test_a_time_zone_that_was_perhaps_meant_is_named() -> None:
    told = workspaces.said(Result("time-zone.unknown", {"zone": "Berlin", "near": "Europe/Berlin"}), WORDS)

    assert "Did you mean Europe/Berlin?" in told
