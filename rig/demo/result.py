"""The result of the demo: whether both servers have the same content, and where to look at it."""

from __future__ import annotations

from rig.check.checker import compare
from rig.check.rest import Superset
from rig.servers.pair import WAREHOUSE_UUID, Pair

EXAMPLES = "examples"
DASHBOARDS = {
    "Sales Dashboard": "04f79081-fb49-7bac-7f14-cc76cd2ad93b",
    "Video Game Sales": "c7bc10f4-6a2d-7569-caae-bbc91864ee11",
    "USA Births Names": "births",
}
"""The migrated dashboards: what Superset finds them by, by title."""


def show_check(pair: Pair) -> bool:
    """Print the result of the independent checker; whether all dashboards arrived."""
    dev, prod = Superset(pair.dev.url), Superset(pair.prod.url)
    uuids = [
        str(row["uuid"])
        for row in prod.rows("dashboard", "uuid", "dashboard_title")
        if row["dashboard_title"] in DASHBOARDS
    ]
    result = compare(dev, prod, uuids, databases={_uuid_of(dev, EXAMPLES): WAREHOUSE_UUID})
    print(f"\nChecked independently of Lockstep's code: {result.summary()}", flush=True)
    for difference in result.differences:
        print(f"  {difference}")
    return result.equal and len(uuids) == len(DASHBOARDS)


def show_addresses(pair: Pair) -> None:
    """Print the addresses of the dashboards on both servers."""
    servers = [Superset(server.url) for server in pair.both]
    print_table(
        ["", *(server.name for server in pair.both)],
        *([title, *(_address(server, title) for server in servers)] for title in DASHBOARDS),
    )


def print_table(*rows: list[str]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def _uuid_of(server: Superset, database: str) -> str:
    return next(
        str(row["uuid"]) for row in server.rows("database", "uuid", "database_name") if row["database_name"] == database
    )


def _address(server: Superset, title: str) -> str:
    rows = server.rows("dashboard", "id", "slug", "dashboard_title")
    name = next((row["slug"] or row["id"] for row in rows if row["dashboard_title"] == title), "?")
    return f"{server.url}/superset/dashboard/{name}/"
