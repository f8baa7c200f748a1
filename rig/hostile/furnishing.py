"""People, roles, rules, tags and embedding on both servers, for what a migration carries beside the documents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rig.check.rest import Superset
from rig.hostile.people import number_of
from rig.servers.configuration import ADMIN

SALES = "04f79081-fb49-7bac-7f14-cc76cd2ad93b"
BIRTHS = "02543e07-662c-46be-bb04-fe5afbe1a86c"
ROLE = "Sales"
OUTSIDER = "sam"
"""May read all data, and has none of the roles that restrict a dashboard."""

KNOWN, NEW = "EMEA only", "Births by region"
"""Rules: one that the target has in another form, and one that it lacks."""

SHOP, INTRANET = "https://shop.example", "https://intranet.example"


def staff(sql: Callable[..., None], server: str, *before: str) -> None:
    """The same people, under other numbers where others came `before`, and a role of their own.

    In the metadata, because 4.1 has no such endpoints; all with the password of the administrator.
    """
    sql(server, "INSERT INTO ab_role (name) VALUES (?)", ROLE)
    for name in (*before, "bob", "gus", OUTSIDER):
        sql(server, PERSON, name, name, f"{name}@example.org", ADMIN)
        sql(server, MEMBER, name)


PERSON = (
    "INSERT INTO ab_user (first_name, last_name, username, password, active, email, login_count, fail_login_count)"
    " SELECT ?, 'O', ?, password, 1, ?, 0, 0 FROM ab_user WHERE username = ?"
)
MEMBER = (
    "INSERT INTO ab_user_role (user_id, role_id)"
    " SELECT u.id, r.id FROM ab_user u, ab_role r WHERE u.username = ? AND r.name = 'Alpha'"
)


def furnish_source(dev: Superset) -> None:
    """Both dashboards are restricted and Bob's, one is tagged and embedded and has lost a chart, both datasets have
    rules."""
    bob, role = _person(dev, "bob"), _role(dev, ROLE)
    sales, births = _dashboard(dev, SALES), _dashboard(dev, BIRTHS)
    _give_tag(dev, sales, "quarterly")
    _embed(dev, sales, SHOP, INTRANET)
    for number in (sales, births):
        dev.update("dashboard", number, {"owners": [bob], "roles": [role]})
    dev.update("dashboard", sales, {"dashboard_title": "Sales, new"})
    dev.update("dataset", _dataset(dev, "cleaned_sales_data"), {"owners": [bob]})
    _remove_chart(dev, sales)
    _make_rule(dev, KNOWN, "territory = 'EMEA'", _dataset(dev, "cleaned_sales_data"), role)
    _make_rule(dev, NEW, "gender = 'boy'", _dataset(dev, "birth_names"), role)


def furnish_target(prod: Superset) -> None:
    """Its own owner, role, tag, rule and embedding on the dashboard that is overwritten."""
    sales = _dashboard(prod, SALES)
    prod.update("dashboard", sales, {"owners": [_person(prod, "gus")], "roles": [_role(prod, "Gamma")]})
    _give_tag(prod, sales, "prod-only")
    _embed(prod, sales, INTRANET)
    _make_rule(prod, KNOWN, "1 = 1", _dataset(prod, "cleaned_sales_data"), _role(prod, ROLE))


def check(held: Mapping[str, Any]) -> None:
    """That a migration without faults has carried all of it. Raises RuntimeError with what is missing."""
    sales, births = held[f"dashboard {SALES}"], held[f"dashboard {BIRTHS}"]
    expected: dict[str, tuple[Any, Any]] = {
        "roles": ([sales["roles"], births["roles"]], [[ROLE], [ROLE]]),
        "owners": ([sales["owners"], births["owners"]], [["bob O"], ["bob O"]]),
        "published": ([sales["published"], births["published"]], [True, True]),
        "tags": (sales["tags"], ["quarterly"]),
        "embedding": (sales["embedding"][1], [SHOP, INTRANET]),
        "rules": (sorted(name for name in held if name.startswith("rule ")), [f"rule {NEW}", f"rule {KNOWN}"]),
        "clause": (held[f"rule {KNOWN}"]["clause"], "territory = 'EMEA'"),
    }
    if wrong := {name: found for name, (found, wanted) in expected.items() if found != wanted}:
        raise RuntimeError(f"not carried: {wrong}")


def _remove_chart(server: Superset, dashboard: int) -> None:
    """The first chart of the layout."""
    layout = json.loads(server.one("dashboard", dashboard)["position_json"])
    gone = next(name for name, node in sorted(layout.items()) if isinstance(node, dict) and node.get("type") == "CHART")
    del layout[gone]
    for node in layout.values():
        if isinstance(node, dict) and gone in node.get("children", ()):
            node["children"].remove(gone)
    fields = {"position_json": json.dumps(layout), "json_metadata": json.dumps(_metadata(server, dashboard, layout))}
    server.update("dashboard", dashboard, fields)


def _metadata(server: Superset, dashboard: int, layout: Mapping[str, Any]) -> dict[str, Any]:
    """With the layout, as the application saves it: this is what unlinks the chart."""
    return {**json.loads(server.one("dashboard", dashboard)["json_metadata"]), "positions": layout}


def _make_rule(server: Superset, name: str, clause: str, dataset: int, role: int) -> None:
    fields = {"name": name, "filter_type": "Regular", "clause": clause, "description": f"{name}, by hand"}
    server.post("rowlevelsecurity/", {**fields, "tables": [dataset], "roles": [role]})


def _give_tag(server: Superset, dashboard: int, name: str) -> None:
    server.post(f"tag/3/{dashboard}/", {"properties": {"tags": [name]}})


def _embed(server: Superset, dashboard: int, *domains: str) -> None:
    server.post(f"dashboard/{dashboard}/embedded", {"allowed_domains": list(domains)})


def _dashboard(server: Superset, uuid: str) -> int:
    return number_of(server, "dashboard", uuid=uuid)


def _dataset(server: Superset, name: str) -> int:
    return number_of(server, "dataset", table_name=name)


def _person(server: Superset, name: str) -> int:
    return _related(server, "owners", f"{name} O")


def _role(server: Superset, name: str) -> int:
    return _related(server, "roles", name)


def _related(server: Superset, column: str, text: str) -> int:
    rows = server.get(f"dashboard/related/{column}?q=(page_size:100)")["result"]
    return next(int(row["value"]) for row in rows if row["text"] == text)
