"""What comes of a command."""

from typing import get_args

from bot.commands import reports, result
from bot.commands.result import Code, Result


def test_a_refusal_is_known_by_its_code_and_changed_nothing() -> None:
    refusals = [code for code in get_args(Code) if Result(code).refused]

    assert refusals == [code for code in get_args(Code) if code.startswith("refused.")]
    assert len(refusals) == 7
    assert not any(Result(code).changed for code in refusals)


def test_a_report_shows_what_was_asked_for_and_nothing_else() -> None:
    shown = reports.Personas((), "default")

    assert result.report(shown) == Result("report", shows=shown)
