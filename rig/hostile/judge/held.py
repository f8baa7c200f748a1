"""What hangs on the assets of one Superset beside their documents, by name instead of number, and whole."""

from __future__ import annotations

import json
from typing import Any

from rig.check.rest import RestError, Superset
from rig.hostile.library import library

KINDS = ("dashboard", "chart", "dataset")
CUSTOM = 1
MISSING = 404


def held(server: Superset) -> dict[str, Any]:
    """By kind and UUID; rules and tags by name."""
    found: dict[str, Any] = {}
    datasets: dict[int, str] = {}
    for kind in KINDS:
        for row in server.rows(kind, "id", "uuid"):
            found[f"{kind} {row['uuid']}"] = _of_asset(server, kind, int(row["id"]))
            if kind == "dataset":
                datasets[int(row["id"])] = str(row["uuid"])
    for row in server.get("rowlevelsecurity/?q=(page_size:100)")["result"]:
        found[f"rule {row['name']}"] = _of_rule(server.one("rowlevelsecurity", row["id"]), datasets)
    rows = server.get("tag/?q=(columns:!(id,name,type),page_size:100)")["result"]
    found |= library(server)
    found["tags"] = sorted(row["name"] for row in rows if row["type"] in (CUSTOM, "TagType.custom"))
    return found


def _of_asset(server: Superset, kind: str, number: int) -> dict[str, Any]:
    one = server.one(kind, number)
    found: dict[str, Any] = {"owners": sorted(f"{each['first_name']} {each['last_name']}" for each in one["owners"])}
    if kind != "dataset":
        found["tags"] = sorted(each["name"] for each in one.get("tags") or () if each["type"] == CUSTOM)
    if kind == "dashboard":
        found["roles"] = sorted(each["name"] for each in one["roles"])
        found["published"] = one["published"]
        found["embedding"] = _embedding(server, number)
        found["theme"] = (one.get("theme") or {}).get("theme_name")
    if kind == "chart":
        layers = json.loads(one.get("params") or "{}").get("annotation_layers") or ()
        found["layers"] = [each["name"] for each in layers]
    return found


def _embedding(server: Superset, number: int) -> Any:
    try:
        found = server.get(f"dashboard/{number}/embedded")["result"]
    except RestError as error:
        if error.status == MISSING:
            return None
        raise
    return [found["uuid"], found["allowed_domains"]]


def _of_rule(rule: dict[str, Any], datasets: dict[int, str]) -> dict[str, Any]:
    words = {name: rule.get(name) or "" for name in ("filter_type", "clause", "group_key", "description")}
    tables = sorted(datasets.get(each["id"], str(each["id"])) for each in rule["tables"])
    return {**words, "tables": tables, "roles": sorted(each["name"] for each in rule["roles"])}
