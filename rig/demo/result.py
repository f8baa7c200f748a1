"""The dashboards of the demo: whether both servers have the same content, and where to look at it."""

from __future__ import annotations

from typing import Any

from rig.check.checker import compare
from rig.check.rest import Superset
from rig.servers.pair import WAREHOUSE_UUID, Pair

EXAMPLES = "examples"
DASHBOARDS = {
    "Sales Dashboard": "04f79081-fb49-7bac-7f14-cc76cd2ad93b",
    "Video Game Sales": "c7bc10f4-6a2d-7569-caae-bbc91864ee11",
    "USA Births Names": "births",
}
"""The migrated dashboards: UUID or slug, by the title at the start."""


def show_check(pair: Pair) -> bool:
    """Print the result of the independent checker; whether all dashboards arrived."""
    dev, prod = Superset(pair.dev.url), Superset(pair.prod.url)
    uuids = [str(row["uuid"]) for row in _dashboards(prod).values() if row]
    databases = {_uuid_of(dev, EXAMPLES): WAREHOUSE_UUID}
    result = compare(dev, prod, uuids, databases=databases, into=pair.prod.release)
    print(f"Checked independently of Lockstep's code: {result.summary()}", flush=True)
    for difference in result.differences:
        print(f"  {difference}")
    return result.equal and len(uuids) == len(DASHBOARDS)


def addresses(url: str, server: Superset) -> list[str]:
    """Of the dashboards on one server; “-” for one that is not there."""
    rows = _dashboards(server).values()
    return [f"{url}/superset/dashboard/{row['slug'] or row['id']}/" if row else "-" for row in rows]


def _dashboards(server: Superset) -> dict[str, dict[str, Any] | None]:
    """The row of each by its title at the start, or None; a person may have renamed it."""
    rows = server.rows("dashboard", "id", "uuid", "slug", "dashboard_title")
    return {
        title: next((row for row in rows if name in (row["uuid"], row["slug"])), None)
        for title, name in DASHBOARDS.items()
    }


def _uuid_of(server: Superset, database: str) -> str:
    return next(
        str(row["uuid"]) for row in server.rows("database", "uuid", "database_name") if row["database_name"] == database
    )
