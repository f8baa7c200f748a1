# [DEF:superset.texts.routes:Module]
# @COMPLEXITY: 2
# @PURPOSE: Every address of Superset 6.1 and the next release that contains an id, a slug or a key, with its source.

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from apps.superset.assets import Kind

Parameters = Literal["", "explore", "dashboard", "sqllab"]

ID = r"(?P<id>[^/?#&\s\"'<>()\[\]\\,;]+)"
KEY = r"(?P<key>[^/?#&\s\"'<>()\[\]\\,;]+)"


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` has the group `id` (`kind`) or `key` (`server_bound`); `named`: a slug or UUID is allowed there too."""

    pattern: re.Pattern[str]
    source: str
    kind: Kind | None = None
    server_bound: str = ""
    named: bool = False
    parameters: Parameters = ""


def _route(pattern: str, source: str, **more: object) -> Route:
    return Route(re.compile(pattern + r"(?![\w-])"), source, **more)  # type: ignore[arg-type]


ROUTES = (
    _route(rf"/(?:superset/)?dashboard/p/{KEY}", "views/core.py: dashboard_permalink", server_bound="permalink"),
    _route(
        rf"/dashboard/(?!list\b|new\b){ID}/embedded",
        "views/dashboard/views.py: embedded",
        kind=Kind.DASHBOARD,
        named=True,
    ),
    _route(
        rf"/(?:superset/dashboard/|dashboard/(?!list\b|new\b)){ID}",
        "views/core.py: dashboard; without the prefix after 6.1 (UPDATING.md)",
        kind=Kind.DASHBOARD,
        named=True,
        parameters="dashboard",
    ),
    _route(rf"/embedded/{KEY}", "embedded/view.py", server_bound="embedded dashboard"),
    _route(rf"/superset/slice/{ID}", "views/core.py: slice", kind=Kind.CHART),
    _route(rf"/superset/explore/p/{KEY}", "views/explore.py: ExplorePermalinkView", server_bound="permalink"),
    _route(rf"/superset/explore_json/data/{KEY}", "views/core.py: explore_json_data", server_bound="cache key"),
    _route(
        rf"/superset/explore(?:_json)?/table/{ID}", "views/core.py: explore", kind=Kind.DATASET, parameters="explore"
    ),
    _route(
        r"/superset/(?:explore|explore_json|warm_up_cache|fetch_datasource_metadata)",
        "views/core.py",
        parameters="explore",
    ),
    _route(rf"/explore/p/{KEY}", "front end: /superset/explore/p", server_bound="permalink"),
    _route(r"/explore", "views/explore.py: ExploreView", parameters="explore"),
    _route(rf"/dataset/(?!add\b|list\b){ID}", "views/datasource/views.py: DatasetEditor", kind=Kind.DATASET),
    _route(rf"/tablemodelview/(?:edit|show)/{ID}", "releases before 6", kind=Kind.DATASET),
    _route(rf"/datasource/(?:get|external_metadata)/table/{ID}", "views/datasource/views.py", kind=Kind.DATASET),
    _route(r"/datasource/samples", "views/datasource/views.py: samples", parameters="explore"),
    _route(rf"/sqllab/p/{KEY}", "views/sqllab.py: permalink", server_bound="permalink"),
    _route(r"/(?:superset/)?sqllab", "views/sqllab.py, views/core.py", parameters="sqllab"),
    _route(
        rf"/annotationlayer/(?!list\b){KEY}/annotation", "views/annotations.py", server_bound="annotation layer number"
    ),
    _route(rf"/(?:alert|report)/(?!list\b){KEY}/log", "views/alerts.py", server_bound="report number"),
    _route(r"/api/v1/chart/(?P<id>\d+)", "charts/api.py", kind=Kind.CHART),
    _route(r"/api/v1/chart/(?:data|warm_up_cache)", "charts/data/api.py", parameters="explore"),
    _route(rf"/api/v1/dashboard/permalink/{KEY}", "dashboards/permalink/api.py", server_bound="permalink"),
    _route(
        rf"/api/v1/dashboard/(?!_info\b|export\b|import\b|related\b|distinct\b|favorite_status\b){ID}",
        "dashboards/api.py",
        kind=Kind.DASHBOARD,
        named=True,
    ),
    _route(r"/api/v1/dataset/(?P<id>\d+)", "datasets/api.py", kind=Kind.DATASET),
    _route(r"/api/v1/datasource/table/(?P<id>\d+)", "datasource/api.py", kind=Kind.DATASET),
    _route(r"/api/v1/database/(?P<id>\d+)", "databases/api.py", kind=Kind.DATABASE),
    _route(rf"/api/v1/explore/(?:form_data|permalink)/{KEY}", "explore/*/api.py", server_bound="form data key"),
    _route(r"/api/v1/explore", "explore/api.py", parameters="explore"),
    _route(r"/api/v1/(?P<key>[a-z_]+/\d+)", "*/api.py", server_bound="number"),
)
"""Tried in this order; the first match wins."""

PARAMETERS: dict[Parameters, dict[str, Kind | str]] = {
    "explore": {
        "slice_id": Kind.CHART,
        "datasource_id": Kind.DATASET,
        "dataset_id": Kind.DATASET,
        "datasource": Kind.DATASET,
        "datasourceKey": Kind.DATASET,
        "dashboard_id": Kind.DASHBOARD,
        "save_to_dashboard_id": Kind.DASHBOARD,
        "form_data_key": "form data key",
        "permalink_key": "permalink",
        "dashboard_page_id": "dashboard page id",
    },
    "dashboard": {
        "focused_chart": Kind.CHART,
        "native_filters_key": "native filters key",
        "permalink_key": "permalink",
        "dashboard_page_id": "dashboard page id",
        "slice_id": "number",
        "datasource_id": "number",
        "dashboard_id": "number",
    },
    "sqllab": {
        "dbid": Kind.DATABASE,
        "datasourceKey": Kind.DATASET,
        "savedQueryId": "saved query number",
        "queryId": "query number",
        "id": "query number",
    },
    "": {},
}
"""What a query string of each kind of address may hold: explore/api.py, commands/explore/get.py, views/core.py, and
URL_PARAMS of the front end. `datasource` and `datasourceKey` are written `5__table`."""

FORM_DATA: dict[str, Kind] = {
    "slice_id": Kind.CHART,
    "datasource": Kind.DATASET,
    "datasource_id": Kind.DATASET,
    "dashboardId": Kind.DASHBOARD,
    "dashboard_id": Kind.DASHBOARD,
}
"""Keys of the JSON in `form_data=` that hold a number (views/utils.py: get_form_data, get_datasource_info)."""
