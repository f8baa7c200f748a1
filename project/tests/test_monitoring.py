"""The alert rules, the dashboard and the document speak of metrics, labels and settings that there are."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

CHECKOUT = Path(__file__).parents[2]
ALERTS = CHECKOUT / "docker/prometheus/alerts.yml"
DASHBOARD = CHECKOUT / "docker/grafana/lockstep.json"
PAGE = CHECKOUT / "docs/monitoring.md"

TOKEN = "a-token-of-the-scraper-4711-4711-4711"
METRIC = re.compile(r"\b(?:lockstep|process)_[a-z_]+[a-z]\b")
KINDS = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


@pytest.fixture
def exposed(db, settings) -> set[str]:
    """The names of all series that there can be, whether or not they have samples."""
    settings.METRICS_TOKEN = TOKEN
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/metrics")
    types = re.findall(r"^# TYPE (\w+) (\w+)$", answer.content.decode(), re.MULTILINE)
    return {f"{name}{end}" for name, kind in types for end in KINDS[kind]}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def test_rules_and_dashboard_name_only_metrics_that_there_are(exposed):
    named = defaultdict(set)
    for title, expression in expressions():
        found = set(METRIC.findall(expression))
        assert found or "up{" in expression, title
        for name in found - exposed:
            named[title].add(name)
    assert named == {}


def test_every_metric_of_lockstep_is_explained_and_no_other(exposed):
    explained = {name for name in METRIC.findall(PAGE.read_text()) if name.startswith("lockstep_")}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed if name.startswith("lockstep_")}
    assert explained == families


def test_every_rule_says_how_bad_it_is_and_what_to_do():
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"].keys() == {"summary", "description"}


def test_settings_that_rules_advise_exist():
    known = set(re.findall(r'"(LOCKSTEP_\w+)"', (CHECKOUT / "project/settings.py").read_text()))
    assert set(re.findall(r"LOCKSTEP_\w+", ALERTS.read_text())) <= known


def test_the_dashboard_can_be_imported_beside_any_prometheus():
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    sources = {panel["datasource"]["uid"] for panel in panels() if "datasource" in panel}
    assert sources == {"${datasource}"}
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
