"""What Slack takes of charts and of tables that can be sorted."""

from copy import deepcopy
from typing import Any

import pytest

from threadbot_sandbox.slack.blocks import Surface, checked
from threadbot_sandbox.slack.errors import ApiError

Json = dict[str, Any]

POINTS = [{"label": "Mon", "value": 3}, {"label": "Tue", "value": -1.5}]
BARS: Json = {
    "type": "data_visualization",
    "title": "Answers",
    "chart": {
        "type": "bar",
        "series": [{"name": "all", "data": POINTS}],
        "axis_config": {"categories": ["Mon", "Tue"], "x_label": "Day", "y_label": "Answers"},
    },
}
PIE: Json = {
    "type": "data_visualization",
    "title": "Models",
    "chart": {"type": "pie", "segments": [{"label": "one", "value": 1}, {"label": "two", "value": 2.5}]},
}
WORD, NUMBER = {"type": "raw_text", "text": "a"}, {"type": "raw_number", "text": "$2", "value": 2}
RICH = {"type": "rich_text", "elements": []}
TABLE: Json = {"type": "data_table", "caption": "Answers", "rows": [[WORD, WORD], [RICH, NUMBER]]}


def changed(block: Json, *path: str | int, to: Any) -> Json:
    """A copy in which the place that the path leads to holds something else."""
    copy: Any = deepcopy(block)
    *way, last = path
    place = copy
    for step in way:
        place = place[step]
    place[last] = to
    return dict(copy)


@pytest.mark.parametrize("surface", ["message", "home"])
@pytest.mark.parametrize("block", [BARS, PIE, TABLE, changed(BARS, "chart", "type", to="line")])
def test_they_stand_in_messages_and_on_a_home_tab(block: Json, surface: Surface) -> None:
    assert checked([block], surface=surface)


@pytest.mark.parametrize("block", [BARS, PIE, TABLE])
def test_a_modal_takes_none(block: Json) -> None:
    with pytest.raises(ApiError, match="invalid_blocks"):
        checked([block], surface="modal")


SEVEN = [{"label": str(n), "value": 1} for n in range(7)]
LONG = [{"label": str(n), "value": 1} for n in range(21)]


@pytest.mark.parametrize(
    "block",
    [
        changed(BARS, "title", to="x" * 51),
        changed(BARS, "title", to=""),
        changed(BARS, "chart", to=None),
        changed(BARS, "chart", "type", to="radar"),
        changed(BARS, "chart", "series", to=[]),
        changed(BARS, "chart", "series", to=[BARS["chart"]["series"][0]] * 2),
        changed(BARS, "chart", "series", 0, "name", to="x" * 21),
        changed(BARS, "chart", "series", 0, "data", to=POINTS[:1]),
        changed(BARS, "chart", "series", 0, "data", 0, "value", to="3"),
        changed(BARS, "chart", "series", 0, "data", 0, "value", to=float("nan")),
        changed(BARS, "chart", "axis_config", to=None),
        changed(BARS, "chart", "axis_config", "y_label", to="x" * 51),
        changed(
            changed(BARS, "chart", "series", 0, "data", to=LONG),
            *("chart", "axis_config", "categories"),
            to=[each["label"] for each in LONG],
        ),
        changed(PIE, "chart", "segments", to=[]),
        changed(PIE, "chart", "segments", to=SEVEN),
        changed(PIE, "chart", "segments", 0, "value", to=0),
        changed(PIE, "chart", "segments", 0, "label", to="x" * 21),
        changed(TABLE, "caption", to=""),
        changed(TABLE, "rows", to=TABLE["rows"][:1]),
        changed(TABLE, "rows", to=[[WORD]] * 102),
        changed(TABLE, "rows", to=[[WORD] * 21] * 2),
        changed(TABLE, "rows", 1, to=[WORD]),
        changed(TABLE, "rows", 0, 0, to=RICH),
        changed(TABLE, "rows", 1, 0, to={"type": "raw_text", "text": ""}),
        changed(TABLE, "rows", 1, 1, to={"type": "raw_number", "text": "2"}),
        {**TABLE, "page_size": 101},
    ],
)
def test_what_is_too_much_or_not_as_documented_is_refused(block: Json) -> None:
    with pytest.raises(ApiError, match="invalid_blocks"):
        checked([block])


def test_a_message_has_two_charts_and_so_many_letters_in_its_tables() -> None:
    many = changed(TABLE, "rows", to=[[WORD], [{"type": "raw_text", "text": "x" * 5_001}]])

    assert checked([BARS, PIE, TABLE])
    for blocks in ([BARS, PIE, PIE], [many, many]):
        with pytest.raises(ApiError, match="invalid_blocks"):
            checked(blocks)
