"""The dashboard and the alert rules: made from the code, and asking for nothing that is not there."""

import json
import re
from pathlib import Path

import pytest

from bot.metrics import watch
from bot.metrics.counts import Counts

DEPLOY = Path(__file__).parents[2] / "deploy"
LABELS = re.compile(r"(?:by|on) \((\w+)\)|\{(\w+)=")


def names() -> set[str]:
    """All series that a process may show."""
    return {sample for family in Counts(()).registry._collector_to_names.values() for sample in family}


def test_the_files_are_made_from_the_code() -> None:
    """Make them anew: scripts/docs"""
    assert (DEPLOY / "grafana.json").read_text("utf-8") == watch.dashboard()
    assert (DEPLOY / "alerts.yaml").read_text("utf-8") == watch.alerts()


@pytest.mark.parametrize("expr", watch.expressions())
def test_what_is_asked_for_exists(expr: str) -> None:
    asked = set(re.findall(r"threadbot_\w+", expr))

    assert asked
    assert asked <= names()
    assert expr.count("(") == expr.count(")")


def test_labels_that_are_asked_for_exist() -> None:
    known = {"le", "instance"} | {
        label for metric in Counts(()).registry._collector_to_names for label in getattr(metric, "_labelnames", ())
    }
    asked = {one or other for expr in watch.expressions() for one, other in LABELS.findall(expr)}

    assert asked
    assert asked <= known


def test_the_dashboard_is_what_grafana_imports() -> None:
    about = json.loads(watch.dashboard())
    panels = [panel for panel in about["panels"] if panel["type"] != "row"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]

    assert about["schemaVersion"] >= 39
    assert len(panels) <= 14
    assert len({panel["id"] for panel in about["panels"]}) == len(about["panels"])
    assert len(set(places)) == len(places)
    assert all(panel["datasource"]["uid"] == "${DS_PROMETHEUS}" for panel in panels)
