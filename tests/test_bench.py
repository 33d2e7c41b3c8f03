"""What the docs show of the bench is what was measured."""

import json
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from bench import chart, renew

SVG = "{http://www.w3.org/2000/svg}"


def saved(folder: Path, others: float = 1.0, **seconds: float) -> Path:
    """A result file with so many processor seconds of each subject, and of other programs, in ten seconds."""
    about = {"name": chart.LOAD, "first": {"median": 8.2}, "others": others, "seconds": 10.0}
    results = [{"subject": name, "cpu_per_thousand": cpu, **about} for name, cpu in seconds.items()]
    file = folder / "results.json"
    file.write_text(json.dumps({"results": [*results, {"subject": "bot", "name": "200"}]}))
    return file


def test_bars_are_as_long_as_what_was_measured(tmp_path: Path) -> None:
    drawn = ElementTree.fromstring(chart.drawn(saved(tmp_path, bot=20.0, floor=10.0, bare=40.0)))
    bars = [int(bar.get("width", "")) for bar in drawn.iter(f"{SVG}rect") if bar.get("rx")]
    texts = [text.text for text in drawn.iter(f"{SVG}text")]

    assert bars == [95, 190, 380]
    assert [text for text in texts if text and text.endswith(" s")] == ["10.0 s", "20.0 s", "40.0 s"]


def test_the_sentence_says_how_much_that_is(tmp_path: Path) -> None:
    said = chart.sentence(saved(tmp_path, bot=20.0, floor=10.0, bare=40.0))

    assert "takes 20.0 s" in said
    assert "2.0 times the least" in said
    assert "0.50 of what a script" in said
    assert "within 8 ms" in said


def test_where_others_used_the_machine_no_time_of_waiting_is_told(tmp_path: Path) -> None:
    said = chart.sentence(saved(tmp_path, others=15.0, bot=20.0, floor=10.0, bare=40.0))

    assert " ms" not in said
    assert "up to 1.5 cores" in said


def test_the_page_and_its_chart_are_made_from_the_result_file() -> None:
    assert renew.PICTURE.read_text("utf-8") == chart.drawn(renew.RESULTS)
    assert f"<!-- sentence -->\n{chart.sentence(renew.RESULTS)}\n<!-- /sentence -->" in renew.PAGE.read_text("utf-8")


def test_a_page_without_a_place_for_a_table_is_no_page() -> None:
    assert renew.section("a <!-- x -->old<!-- /x --> b", "x", "new") == "a <!-- x -->\nnew\n<!-- /x --> b"
    with pytest.raises(click.ClickException):
        renew.section("a", "x", "new")
