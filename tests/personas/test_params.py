"""The bounds of what a model is asked with."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.personas import params

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (params.Temperature, [0, 2, 0.5], [-0.1, 2.1, float("nan"), float("inf")]),
        (params.TopP, [0, 1], [1.1, float("nan")]),
        (params.Choices, [1, 8], [0, 9, 1.5]),
        (params.Stops, [["a"], ["a", "b", "c", "d"]], [[""], ["a", "b", "c", "d", "e"], "a"]),
        (params.Tokens, [1], [0, -1]),
        (params.Penalty, [-2, 2], [-2.1, float("nan")]),
        (params.Seed, [-(2**63), 2**63 - 1], [2**63, -(2**63) - 1]),
    ],
)
def test_a_parameter_keeps_within_its_bounds(kind: Any, good: list[object], bad: list[object]) -> None:
    check: TypeAdapter[object] = TypeAdapter(kind)

    assert [check.validate_python(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValidationError):
            check.validate_python(value)


@pytest.mark.parametrize("written", ['{"50256": -100}', {50256: -100}, {"50256": -100.0}])
def test_biases_may_be_written_as_json_or_with_numbers_for_tokens(written: object) -> None:
    assert TypeAdapter(params.Biases).validate_python(written) == {"50256": -100.0}


@pytest.mark.parametrize("written", ["nonsense", DEEP, {"x": 1}, {"1": 101}, {True: 1}])
def test_biases_of_another_shape_are_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(params.Biases).validate_python(written)


@pytest.mark.parametrize(
    ("written", "strings"),
    [
        ('["a", "b c"]', ["a", "b c"]),
        ("a\n\nb c\n", ["a", "b c"]),
        ("", []),
        (DEEP, [DEEP]),
        ("1", ["1"]),
    ],
)
def test_several_strings_are_a_list_or_a_line_for_each(written: str, strings: list[str]) -> None:
    assert params.strings(written) == strings


@pytest.mark.parametrize(
    ("written", "seconds", "shown"),
    [
        ("30s", 30, "30s"),
        ("90", 90, "90s"),
        (" 10m ", 600, "10m"),
        ("1h", 3600, "1h"),
        ("90m", 5400, "90m"),
        ("24 h", 86_400, "1d"),
        (3600, 3600, "1h"),
        ("30d", params.MAX_KEPT, "30d"),
    ],
)
def test_a_time_is_written_with_its_unit(written: object, seconds: int, shown: str) -> None:
    assert TypeAdapter(params.Duration).validate_python(written) == seconds
    assert params.duration(seconds) == shown


@pytest.mark.parametrize("written", ["", "h", "1 hour", "-1h", "1.5h", "0s", "31d", "99999999d", 0, 1.5, None, ["1h"]])
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(params.Duration).validate_python(written)
