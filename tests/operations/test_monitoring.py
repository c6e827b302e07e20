"""The dashboard and the alert rules ask for what is served."""

import json
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # no stubs are worth a package here

from tests.operations.served import NAMES

FOLDER = Path(__file__).parents[2] / "operations"
HISTOGRAMS = {name for name in NAMES if name.endswith(("_seconds", "_size", "_epochs"))}
SERVED = (set(NAMES) - HISTOGRAMS) | {f"{name}_{end}" for name in HISTOGRAMS for end in ("bucket", "count", "sum")}


def asked(expression: str) -> set[str]:
    return set(re.findall(r"setpoint_[a-z_]+", expression))


def labels(expression: str) -> set[str]:
    """The labels that it selects or groups by."""
    selected = re.findall(r"([a-z_]+)(?:=~|!~|!=|=)\"", expression)
    grouped = re.findall(r"(?:by|without) ?\(([^)]*)\)", expression)
    return {*selected, *(name.strip() for group in grouped for name in group.split(",") if name.strip())}


KNOWN = {"le", "job", "instance", *(label for names in NAMES.values() for label in names)}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
    return found


def queries() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]


def rules() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_dashboard_asks_for_every_metric_and_for_nothing_else() -> None:
    found = {name for query in queries() for name in asked(query)}

    assert found <= SERVED
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in found} == set(NAMES)


def test_every_panel_has_a_title_a_place_of_its_own_and_the_source_that_is_chosen() -> None:
    panels = dashboard()["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["title"] for panel in panels)
    sources = {panel["datasource"]["uid"] for panel in panels if "targets" in panel}
    assert sources == {"${datasource}"}


def test_the_alerts_ask_for_what_is_served_and_say_what_to_do() -> None:
    for rule in rules():
        assert asked(rule["expr"]) <= SERVED, rule["alert"]
        assert labels(rule["expr"]) <= KNOWN, rule["alert"]
        assert {"summary", "description"} <= set(rule["annotations"]), rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]


def test_a_diverged_history_is_an_alert_above_0() -> None:
    (rule,) = [rule for rule in rules() if rule["alert"] == "SetpointHistoryDiverged"]

    assert rule["expr"] == "increase(setpoint_history_diverged_total[10m]) > 0"


def test_queries_group_and_select_by_labels_that_there_are() -> None:
    for query in queries():
        assert labels(query) <= KNOWN, query
