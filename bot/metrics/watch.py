"""What watches the metrics: a Grafana dashboard and alert rules, made from here so that no name drifts.

`python -m bot metrics --dashboard` and `--alerts` print them; copies are in `deploy/`.
"""

import json
from dataclasses import dataclass

DATASOURCE = {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}
WIDTH, HEIGHT = 8, 7  # of a panel, in Grafana's units; three stand in a row


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    queries: tuple[tuple[str, str], ...]
    """Expression and legend."""
    unit: str = "short"


@dataclass(frozen=True, slots=True)
class Alert:
    name: str
    expr: str
    lasts: str
    """For how long, before anybody is told."""
    summary: str
    severity: str = "warning"


def _rate(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}[5m]))"


def _quantiles(metric: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"histogram_quantile({q}, sum by (le) (rate({metric}_bucket[5m])))", f"p{100 * q:.0f}") for q in (0.5, 0.95)
    )


ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "People",
        (
            Panel("Turns a second", ((_rate("threadbot_turns_total", "outcome"), "{{outcome}}"),), "ops"),
            Panel("Until the first text", _quantiles("threadbot_first_text_seconds"), "s"),
            Panel("Until the end", _quantiles("threadbot_turn_seconds"), "s"),
            Panel(
                "In the queue",
                (*_quantiles("threadbot_queue_seconds"), ("max(threadbot_inbox_oldest_ready_seconds)", "the oldest")),
                "s",
            ),
            Panel("Threads", (("max by (state) (threadbot_inbox_threads)", "{{state}}"),)),
            Panel(
                "Budgets: used, and turns refused an hour",
                (
                    ("max by (period) (threadbot_budget_used_ratio)", "{{period}}"),
                    ("sum by (period) (increase(threadbot_over_budget_total[1h]))", "refused by the {{period}}'s"),
                ),
            ),
        ),
    ),
    (
        "Model",
        (
            Panel("Requests a second", ((_rate("threadbot_model_requests_total", "result"), "{{result}}"),), "ops"),
            Panel("Tokens a second", ((_rate("threadbot_tokens_total", "kind"), "{{kind}}"),)),
            Panel(
                "US dollars an hour",
                (("sum by (model) (increase(threadbot_cost_usd_total[1h]))", "{{model}}"),),
                "currencyUSD",
            ),
        ),
    ),
    (
        "Slack",
        (
            Panel("Messages a second", ((_rate("threadbot_events_total", "result"), "{{result}}"),), "ops"),
            Panel("Calls a second", ((_rate("threadbot_slack_calls_total", "result"), "{{result}}"),), "ops"),
            Panel("Calls stand in line", _quantiles("threadbot_slack_wait_seconds"), "s"),
        ),
    ),
    (
        "Machine",
        (
            Panel("Parts that are well", (("min by (part) (threadbot_part_up)", "{{part}}"),)),
            Panel("The event loop is late", (("max by (instance) (threadbot_loop_lag_seconds)", "{{instance}}"),), "s"),
        ),
    ),
)

ALERTS = (
    Alert(
        "ThreadbotPartFails",
        "min by (part) (threadbot_part_up) == 0",
        "5m",
        "{{ $labels.part }} is failing; see /healthz",
        "critical",
    ),
    Alert(
        "ThreadbotHearsNothing",
        'time() - max(threadbot_last_event_timestamp_seconds) > 1800 and max(threadbot_part_up{part="redis"}) == 1'
        " and on() hour() >= 8 < 17 and on() day_of_week() > 0 < 6",
        "5m",
        "No message from Slack for half an hour (UTC office hours; change them to yours)",
    ),
    Alert("ThreadbotQueueWaits", "max(threadbot_inbox_oldest_ready_seconds) > 30", "5m", "Questions wait for a worker"),
    Alert(
        "ThreadbotTurnsFail",
        'sum(rate(threadbot_turns_total{outcome="failed"}[10m])) / sum(rate(threadbot_turns_total[10m])) > 0.05',
        "10m",
        "More than 5 % of the turns fail",
    ),
    Alert(
        "ThreadbotTurnsSetAside",
        'delta(max(threadbot_inbox_threads{state="aside"})[1h:1m]) > 0',
        "5m",
        "Turns were set aside: python -m bot inbox list",
    ),
    Alert(
        "ThreadbotSlackLimits",
        'sum(rate(threadbot_slack_calls_total{result="limited"}[5m])) * 60 > 1',
        "5m",
        "Slack refuses more than one call a minute for its rate limits",
    ),
    Alert(
        "ThreadbotSpendsFast",
        "sum(increase(threadbot_cost_usd_total[1h])) > 3 * sum(increase(threadbot_cost_usd_total[1h] offset 1w))",
        "15m",
        "Three times the cost of the same hour last week",
    ),
    Alert(
        "ThreadbotBudgetNearlyUsed",
        "max by (period) (threadbot_budget_used_ratio) > 0.8",
        "0m",
        "More than 80 % of the workspace's budget for the {{ $labels.period }} is used",
    ),
    Alert(
        "ThreadbotKeyRefused",
        'sum by (target) (increase(threadbot_model_requests_total{result="denied"}[15m])) > 0',
        "0m",
        "The model's server {{ $labels.target }} refuses our key; see the log",
        "critical",
    ),
    Alert("ThreadbotLoopIsLate", "max(threadbot_loop_lag_seconds) > 1", "5m", "The process has too little processor"),
    Alert("ThreadbotBug", "sum(increase(threadbot_bugs_total[15m])) > 0", "0m", "A bug ended an attempt; see the log"),
)


def dashboard() -> str:
    """For Grafana's import, which asks for the data source."""
    about = {
        "title": "Threadbot",
        "uid": "threadbot",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "tags": ["threadbot"],
        "__inputs": [{"name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource", "pluginId": "prometheus"}],
        "panels": _panels(),
    }
    return json.dumps(about, indent=2) + "\n"


def alerts() -> str:
    """Rules for Prometheus, as JSON, which is YAML too."""
    rules = [
        {
            "alert": each.name,
            "expr": each.expr,
            "for": each.lasts,
            "labels": {"severity": each.severity},
            "annotations": {"summary": each.summary},
        }
        for each in ALERTS
    ]
    return json.dumps({"groups": [{"name": "threadbot", "rules": rules}]}, indent=2) + "\n"


def expressions() -> list[str]:
    """All that is asked of Prometheus."""
    shown = [expr for _, panels in ROWS for panel in panels for expr, _ in panel.queries]
    return shown + [each.expr for each in ALERTS]


def _panels() -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    y = 0
    for title, panels in ROWS:
        place = {"x": 0, "y": y, "w": 24, "h": 1}
        found.append({"type": "row", "id": len(found) + 1, "title": title, "gridPos": place, "panels": []})
        for number, panel in enumerate(panels):
            down, across = divmod(number, 3)
            place = {"x": across * WIDTH, "y": y + 1 + down * HEIGHT, "w": WIDTH, "h": HEIGHT}
            found.append(_panel(panel, len(found) + 1, place))
        y += 1 + HEIGHT * -(-len(panels) // 3)
    return found


def _panel(panel: Panel, id: int, place: dict[str, int]) -> dict[str, object]:
    return {
        "type": "timeseries",
        "id": id,
        "title": panel.title,
        "datasource": DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + n), "expr": expr, "legendFormat": legend, "datasource": DATASOURCE}
            for n, (expr, legend) in enumerate(panel.queries)
        ],
    }
