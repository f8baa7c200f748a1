"""Each place where Superset refers to an asset by number: the number of the source becomes that of the target, and the
log of the run has both. Numbers that no importer repairs are among them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.superset.assets import Asset, Key, Kind
from apps.superset.references.localise import localise
from apps.superset.references.serialization import pack, unpack
from apps.superset.references.symbolise import symbolise
from apps.superset.references.translations import translations
from apps.superset.tests.carrying import plan, world
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.placed import A, B, asset
from apps.superset.tests.world import REVENUE, SALES, World

__all__ = ["world"]

CHART, DATASET, DASHBOARD = (A.number(kind) for kind in (Kind.CHART, Kind.DATASET, Kind.DASHBOARD))
THERE = {CHART: B.number(Kind.CHART), DATASET: B.number(Kind.DATASET), DASHBOARD: B.number(Kind.DASHBOARD)}
OWN = {kind: (A.number(kind, own=True), B.number(kind, own=True)) for kind in (Kind.CHART, Kind.DATASET)}


def logged(ours: Asset) -> dict[str, tuple[str, str]]:
    """By path. What a plan stores is what a run logs."""
    symbolic, stale = symbolise(ours, A.inventory)
    assert stale == ()
    stored = unpack(pack([symbolic], root="plan")).assets[ours.key]
    assert stored.document == symbolic.document
    return {each["path"]: (each["before"], each["after"]) for each in translations(stored, B.numbers)}


def sent(ours: Asset) -> Any:
    return localise(symbolise(ours, A.inventory)[0], B.numbers).document


def metadata(**settings: Any) -> dict[str, Any]:
    return {"metadata": settings}


def filters(name: str, **settings: Any) -> dict[str, Any]:
    return metadata(**{name: [{"id": "NATIVE_FILTER-a", "name": "a", **settings}]})


SCOPE = {"scope": {"rootPath": ["ROOT_ID"], "excluded": [CHART]}, "chartsInScope": [CHART]}
NATIVE, CUSTOM = "native_filter_configuration", "chart_customization_config"
DASHBOARDS = {
    "expanded_slices": (metadata(expanded_slices={str(CHART): True}), "metadata.expanded_slices.{}", CHART),
    "timed_refresh_immune_slices": (
        metadata(timed_refresh_immune_slices=[CHART]),
        "metadata.timed_refresh_immune_slices.0",
        CHART,
    ),
    "filter_scopes keys": (
        metadata(filter_scopes={str(CHART): {"region": {"scope": ["ROOT_ID"], "immune": []}}}),
        "metadata.filter_scopes.{}",
        CHART,
    ),
    "filter_scopes immune": (
        metadata(filter_scopes={str(CHART): {"region": {"scope": ["ROOT_ID"], "immune": [CHART]}}}),
        f"metadata.filter_scopes.{CHART}.region.immune.0",
        CHART,
    ),
    "chart_configuration keys": (
        metadata(chart_configuration={str(CHART): {"id": CHART}}),
        "metadata.chart_configuration.{}",
        CHART,
    ),
    "chart_configuration id": (
        metadata(chart_configuration={str(CHART): {"id": CHART}}),
        f"metadata.chart_configuration.{CHART}.id",
        CHART,
    ),
    "chart_configuration crossFilters.scope.excluded": (
        metadata(chart_configuration={str(CHART): {"id": CHART, "crossFilters": SCOPE}}),
        f"metadata.chart_configuration.{CHART}.crossFilters.scope.excluded.0",
        CHART,
    ),
    "chart_configuration crossFilters.chartsInScope": (
        metadata(chart_configuration={str(CHART): {"id": CHART, "crossFilters": SCOPE}}),
        f"metadata.chart_configuration.{CHART}.crossFilters.chartsInScope.0",
        CHART,
    ),
    "global_chart_configuration scope.excluded": (
        metadata(global_chart_configuration=SCOPE),
        "metadata.global_chart_configuration.scope.excluded.0",
        CHART,
    ),
    "global_chart_configuration chartsInScope": (
        metadata(global_chart_configuration=SCOPE),
        "metadata.global_chart_configuration.chartsInScope.0",
        CHART,
    ),
    **{
        f"{name} {what}": (filters(name, **SCOPE), f"metadata.{name}.0.{what}.0", CHART)
        for name in (NATIVE, CUSTOM)
        for what in ("scope.excluded", "chartsInScope")
    },
    **{
        f"{name} targets[].datasetId": (
            filters(name, targets=[{"datasetId": DATASET, "column": {"name": "region"}}]),
            f"metadata.{name}.0.targets.0.datasetId",
            DATASET,
        )
        for name in (NATIVE, CUSTOM)
    },
    "markdown link to a dashboard": (
        {"position": {"MARKDOWN-a": {"type": "MARKDOWN", "meta": {"code": f"[x](/superset/dashboard/{DASHBOARD}/)"}}}},
        "position.MARKDOWN-a.meta.code",
        DASHBOARD,
    ),
    "markdown link to a chart": (
        {"position": {"MARKDOWN-a": {"type": "MARKDOWN", "meta": {"code": f"[x](/explore/?slice_id={CHART})"}}}},
        "position.MARKDOWN-a.meta.code",
        CHART,
    ),
    "css": ({"css": f".dashboard-chart-id-{CHART} {{}}"}, "css", CHART),
}


@pytest.mark.parametrize("place", DASHBOARDS)
def test_a_dashboard(place: str) -> None:
    document, path, number = DASHBOARDS[place]
    assert logged(asset(Kind.DASHBOARD, A, document))[path] == (str(number), str(THERE[number]))


CHARTS = {
    "deck_slices": ({"deck_slices": [CHART]}, "deck_slices.0", CHART),
    "dashboards": ({"dashboards": [DASHBOARD]}, "dashboards.0", DASHBOARD),
    "url_params slice_id": ({"url_params": {"slice_id": str(CHART)}}, "url_params.slice_id", CHART),
    "url_params datasource_id": ({"url_params": {"datasource_id": str(DATASET)}}, "url_params.datasource_id", DATASET),
    "url_params dashboard_id": ({"url_params": {"dashboard_id": str(DASHBOARD)}}, "url_params.dashboard_id", DASHBOARD),
    "handlebars link": ({"handlebarsTemplate": f"/superset/dashboard/{DASHBOARD}/"}, "handlebarsTemplate", DASHBOARD),
    "adhoc Jinja dataset()": (
        {"adhoc_filters": [{"sqlExpression": f"x in ({{{{ dataset({DATASET}) }}}})"}]},
        "adhoc_filters.0.sqlExpression",
        DATASET,
    ),
}


@pytest.mark.parametrize("holder", ["params", "query_context.form_data"])
@pytest.mark.parametrize("place", CHARTS)
def test_a_chart(place: str, holder: str) -> None:
    document, path, number = CHARTS[place]
    whole = {"params": document} if holder == "params" else {"query_context": {"form_data": document}}
    assert logged(asset(Kind.CHART, A, whole))[f"{holder}.{path}"] == (str(number), str(THERE[number]))


def test_a_chart_its_own_numbers() -> None:
    own, dataset = OWN[Kind.CHART], OWN[Kind.DATASET]
    metric = {"expressionType": "SIMPLE", "column": {"column_name": "amount", "id": A.column}}
    settings = {"slice_id": own[0], "datasource": f"{dataset[0]}__table", "metrics": [metric]}
    found = logged(
        asset(
            Kind.CHART,
            A,
            {"params": settings},
            {"query_context": {"datasource": {"id": dataset[0], "type": "table"}, "form_data": {"slice_id": own[0]}}},
        )
    )
    assert found["params.slice_id"] == found["query_context.form_data.slice_id"] == (str(own[0]), str(own[1]))
    assert found["params.datasource"] == (f"{dataset[0]}__table", f"{dataset[1]}__table")
    assert found["query_context.datasource.id"] == (str(dataset[0]), str(dataset[1]))
    assert found["params.metrics.0.column.id"] == (str(A.column), str(B.column))


@pytest.mark.parametrize(
    "text",
    ["select * from {{ dataset(%d) }}", "select {{ metric('x', %d) }}", "select {{ metric('x', dataset_id=%d) }}"],
)
def test_a_dataset_with_jinja(text: str) -> None:
    ours = asset(Kind.DATASET, A, {"sql": text % DATASET})
    assert logged(ours) == {"sql": (str(DATASET), str(THERE[DATASET]))}
    assert sent(ours)["sql"] == text % THERE[DATASET]


def test_fetch_values_predicate() -> None:
    ours = asset(Kind.DATASET, A, {"fetch_values_predicate": f"x in ({{{{ dataset({DATASET}) }}}})"})
    assert logged(ours) == {"fetch_values_predicate": (str(DATASET), str(THERE[DATASET]))}


def test_tabs_in_scope_are_the_same_everywhere() -> None:
    document = filters(NATIVE, tabsInScope=["TAB-a"])
    assert logged(asset(Kind.DASHBOARD, A, document)) == {}
    assert sent(asset(Kind.DASHBOARD, A, document))["metadata"][NATIVE][0]["tabsInScope"] == ["TAB-a"]


def test_default_filters_are_not_sent() -> None:
    """Every importer removes them."""
    text = f'{{"{CHART}": {{"region": ["a"]}}}}'
    assert "default_filters" not in sent(asset(Kind.DASHBOARD, A, metadata(default_filters=text)))["metadata"]


class Lines:
    """Keeps what is logged about references."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, tuple[str, str]]] = {}

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        if "translated" in text:
            rows = {each["path"]: (each["before"], each["after"]) for each in facts["references"]}
            self.found[text.partition(": ")[0]] = rows

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None


def number(server: FakeSuperset, key: Key) -> str:
    return str(server.id_of(key))


def test_a_run_logs_the_number_of_the_source_and_of_the_target(world: World) -> None:
    from apps.superset.execution.apply import apply

    chart = world.dev.id_of(REVENUE)
    world.dev.document(SALES)["metadata"]["expanded_slices"] = {str(chart): True}
    lines, planned = Lines(), plan(world)
    apply(planned.plan, planned.desired, world.prod, lines, world.ledger, patience=0.0)
    both = (number(world.dev, REVENUE), number(world.prod, REVENUE))
    assert both[0] != both[1]
    assert lines.found["dashboard “Sales Dashboard”"]["metadata.expanded_slices.{}"] == both
    assert lines.found["chart “Total Revenue”"]["params.slice_id"][1] == both[1]
