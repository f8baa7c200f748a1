"""Fill a Superset with generated dashboards.

    python -m rig.bench.generate http://127.0.0.1:8188 --username admin --password-file F --dashboards 1000

Dashboards have three charts each; twenty of them share a dataset, and the datasets are spread over three connections.
UUIDs depend only on the number, so a second run overwrites the first. A thousand take about a minute on one worker of
6.1.0.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from apps.superset.assets import Asset, Key, Kind
from apps.superset.bundle.bundle import write_bundle
from apps.superset.errors import SupersetError
from apps.superset.http.auth import PasswordLogin
from apps.superset.releases.base import Endpoint
from apps.superset.remote.client import SupersetClient

SPACE = UUID("6f2f3a52-0d6b-4f0c-9c3e-5a1f0c7d9e10")
CHARTS = 3
PER_DATASET = 20
DATABASES = 3
BATCH = 50
COLUMNS = ("day", "region", "product", "channel", "amount", "cost")
TYPES = ("echarts_timeseries_line", "pie", "table")


def main(arguments: list[str] | None = None) -> int:
    options = _parsed(arguments)
    login = PasswordLogin(options.username, options.password_file.read_text().rstrip("\n"))
    started = time.monotonic()
    try:
        with SupersetClient(options.url, login, environment="generated") as client:
            for last in fill(client, options.dashboards, options.database_uri):
                print(f"{time.monotonic() - started:6.1f} s  {last} of {options.dashboards} dashboards", flush=True)
    except SupersetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def fill(client: SupersetClient, dashboards: int, database_uri: str = "sqlite://") -> Iterator[int]:
    """Import the dashboards in batches; yields how many exist after each."""
    for first in range(0, dashboards, BATCH):
        last = min(first + BATCH, dashboards)
        bundle = write_bundle(_needed(range(first, last), database_uri), type="Dashboard")
        client.import_bundle(Endpoint.DASHBOARDS, bundle)
        yield last


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--dashboards", type=int, default=1000)
    parser.add_argument(
        "--database-uri",
        default="sqlite://",
        help="URI of the connections (an empty SQLite in memory, which needs PREVENT_UNSAFE_DB_CONNECTIONS off)",
    )
    return parser.parse_args(arguments)


def _needed(numbers: range, uri: str) -> Iterator[Asset]:
    """These dashboards and their dependencies."""
    datasets = sorted({number // PER_DATASET for number in numbers})
    for number in sorted({dataset % DATABASES for dataset in datasets}):
        yield database(number, uri)
    for number in datasets:
        yield dataset(number)
    for number in numbers:
        yield from (chart(number, place) for place in range(CHARTS))
        yield dashboard(number)


def database(number: int, uri: str) -> Asset:
    name = f"Generated {number + 1}"
    document = {
        "database_name": name,
        "sqlalchemy_uri": uri,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "extra": {"allows_virtual_table_explore": True},
    }
    return _asset(Kind.DATABASE, f"{number}", name, document)


def dataset(number: int) -> Asset:
    name = f"sales_{number:04}"
    document = {
        "table_name": name,
        "schema": "main",
        "main_dttm_col": "day",
        "database_uuid": _uuid(Kind.DATABASE, f"{number % DATABASES}"),
        "columns": [{"column_name": each, "is_dttm": each == "day", "is_active": True} for each in COLUMNS],
        "metrics": [{"metric_name": "count", "expression": "COUNT(*)"}, {"metric_name": "sum", "expression": "SUM(x)"}],
    }
    return _asset(Kind.DATASET, f"{number}", name, document)


def chart(number: int, place: int) -> Asset:
    name = f"Sales {number:04}, {('by day', 'by region', 'in detail')[place]}"
    params = {
        "viz_type": TYPES[place],
        "metrics": ["count"],
        "groupby": [COLUMNS[1 + place]],
        "time_range": "Last year",
        "row_limit": 1000 + number,
        "annotation_layers": [],
        "adhoc_filters": [],
    }
    document = {
        "slice_name": name,
        "viz_type": TYPES[place],
        "dataset_uuid": _uuid(Kind.DATASET, f"{number // PER_DATASET}"),
        "params": params,
        "query_context": None,
    }
    return _asset(Kind.CHART, f"{number}.{place}", name, document)


def dashboard(number: int) -> Asset:
    name = f"Sales {number:04}"
    document = {
        "dashboard_title": name,
        "slug": f"generated-{number:04}",
        "published": number % 4 != 0,
        "position": _layout(number, name),
        "metadata": {"color_scheme": "supersetColors", "native_filter_configuration": [_filter(number)]},
    }
    return _asset(Kind.DASHBOARD, f"{number}", name, document)


def _layout(number: int, title: str) -> dict[str, Any]:
    charts = {
        f"CHART-{place}": {
            "id": f"CHART-{place}",
            "type": "CHART",
            "children": [],
            "meta": {
                "chartId": CHARTS * number + place + 1,
                "uuid": _uuid(Kind.CHART, f"{number}.{place}"),
                "sliceName": f"Sales {number:04}",
                "width": 4,
                "height": 50,
            },
        }
        for place in range(CHARTS)
    }
    return {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": ["ROW-1"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": title}},
        "ROW-1": {
            "id": "ROW-1",
            "type": "ROW",
            "children": list(charts),
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        },
        **charts,
    }


def _filter(number: int) -> dict[str, Any]:
    target = {"column": {"name": "region"}, "datasetUuid": _uuid(Kind.DATASET, f"{number // PER_DATASET}")}
    return {
        "id": f"NATIVE_FILTER-{number:04}",
        "name": "Region",
        "type": "NATIVE_FILTER",
        "filterType": "filter_select",
        "targets": [target],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "controlValues": {"multiSelect": True},
    }


def _asset(kind: Kind, name: str, title: str, document: dict[str, Any]) -> Asset:
    uuid = _uuid(kind, name)
    return Asset(Key(kind, uuid), title, {**document, "uuid": uuid, "version": "1.0.0"})


def _uuid(kind: Kind, name: str) -> str:
    return str(uuid5(SPACE, f"{kind}/{name}"))


if __name__ == "__main__":
    sys.exit(main())
