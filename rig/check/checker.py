"""Compares the dashboards of two servers, and one server at two times.

Independent of Lockstep: imports nothing of `apps`, reads both servers by plain requests, and compares YAML by the rules
of `canonical`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rig.check.canonical import Canonical
from rig.check.exports import Ids, Key, files, parse
from rig.check.fidelity import Seen, seen
from rig.check.releases import NEWEST, as_held
from rig.check.rest import Superset


@dataclass(frozen=True)
class Comparison:
    """Numbers of compared assets, one line for each difference, and what became of each field that the target holds
    in another form or not at all."""

    counts: Counter[str]
    differences: list[str] = field(default_factory=list)
    seen: Counter[Seen] = field(default_factory=Counter)

    @property
    def equal(self) -> bool:
        return not self.differences

    def summary(self) -> str:
        counted = ", ".join(
            f"{self.counts[kind]} {kind}{'' if self.counts[kind] == 1 else 's'}"
            for kind in sorted(self.counts, reverse=True)
        )
        return f"{counted}: {'all equal' if self.equal else f'{len(self.differences)} differences'}"


def compare(
    source: Superset, target: Superset, dashboards: Iterable[str], *, databases: dict[str, str], into: str = NEWEST
) -> Comparison:
    """Compare dashboards (by UUID) and their dependencies; `databases` maps UUIDs of the source to the target, and
    `into` is the release of the target, which need not hold what it cannot."""
    source_ids, target_ids = Ids.of(source), Ids.of(target)
    uuids = sorted(dashboards)
    wanted, there = _closure(source, source_ids, uuids), _closure(target, target_ids, uuids)
    known = {uuid for kind in target_ids.uuid_by_id.values() for uuid in kind.values()} | set(databases)
    ours = Canonical(source_ids, strict=False, known=known)
    theirs = Canonical(target_ids, strict=True)
    differences: list[str] = []
    unlike: Counter[Seen] = Counter()
    for kind, uuid in sorted(wanted):
        if (kind, uuid) not in there:
            differences.append(f"{kind} {uuid} is missing on the target")
            continue
        expected, found = ours.of(kind, wanted[kind, uuid], databases), theirs.of(kind, there[kind, uuid], {})
        unlike.update(seen(kind, expected, found))
        expected, found = (_comparable(kind, each, into) for each in (expected, found))
        differences += [f"{kind} {uuid} {line}" for line in differing(expected, found)]
    differences += [f"{kind} {uuid} is on the target only" for kind, uuid in sorted(there.keys() - wanted.keys())]
    differences += _membership(source, source_ids, target, target_ids, uuids)
    differences += _columns(target, target_ids, there)
    return Comparison(Counter(kind for kind, _ in wanted), differences + theirs.problems, unlike)


NULL_MEANS = {"offset": 0, "filter_select_enabled": True, "normalize_columns": False, "always_filter_main_dttm": False}
"""How Superset reads a null of a dataset: the defaults of its columns (6.1.0, connectors/sqla/models.py). Its importer
refuses the null itself."""


def _comparable(kind: str, document: Any, release: str) -> Any:
    """What this release can hold of it, in the form of the newest one."""
    return as_held(kind, as_held(kind, _as_meant(kind, document), release), NEWEST)


def _as_meant(kind: str, document: Any) -> Any:
    if kind != "dataset" or not isinstance(document, dict):
        return document
    meant = {name: value for name, value in NULL_MEANS.items() if document.get(name) is None}
    return {**document, **meant}


def _closure(server: Superset, ids: Ids, dashboards: list[str]) -> dict[Key, dict[str, Any]]:
    """The parsed dashboards and their dependencies without connections."""
    present = [pk for uuid in dashboards if (pk := ids.pk("dashboard", uuid)) is not None]
    bundle = files(server.export("dashboard", present)) if present else {}
    return {key: parse(raw) for key, raw in bundle.items() if key[0] != "database"}


def _membership(
    source: Superset, source_ids: Ids, target: Superset, target_ids: Ids, dashboards: list[str]
) -> Iterator[str]:
    """Differences of the charts linked to a dashboard, a list that permissions and chart pages use."""
    for uuid in dashboards:
        linked = [_linked(server, ids, uuid) for server, ids in ((source, source_ids), (target, target_ids))]
        for what, charts in (("lacks", linked[0] - linked[1]), ("also has", linked[1] - linked[0])):
            yield from (f"dashboard {uuid} on the target {what} the link to chart {chart}" for chart in sorted(charts))


def _linked(server: Superset, ids: Ids, dashboard: str) -> set[str]:
    pk = ids.pk("dashboard", dashboard)
    return {str(ids.uuid("chart", chart)) for chart in (server.charts_of(pk) if pk else [])}


def _columns(server: Superset, ids: Ids, assets: dict[Key, dict[str, Any]]) -> Iterator[str]:
    """Column numbers in a chart must be those of its dataset."""
    numbers: dict[str, dict[str, int]] = {}
    for (kind, uuid), document in sorted(assets.items()):
        used = list(_used_columns(document)) if kind == "chart" else []
        if not used:
            continue
        dataset = str(document.get("dataset_uuid"))
        if dataset not in numbers:
            columns = server.one("dataset", ids.pk("dataset", dataset) or 0)["columns"]
            numbers[dataset] = {column["column_name"]: column["id"] for column in columns}
        for name, number in used:
            right = numbers[dataset].get(name)
            if number != right:
                yield f"chart {uuid} has number {number} for column {name}, its dataset has {right}"


def _used_columns(holder: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(holder, dict):
        column = holder.get("column")
        if isinstance(column, dict) and column.get("id") is not None:
            yield str(column.get("column_name")), column["id"]
        for name, value in holder.items():
            yield from _used_columns(json.loads(value) if name == "query_context" and value else value)
    elif isinstance(holder, list):
        for value in holder:
            yield from _used_columns(value)


def differing(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """One line for each difference of two documents."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() | found.keys(), key=str):
            yield from differing(expected.get(name), found.get(name), f"{path}.{name}" if path else str(name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for position, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differing(one, other, f"{path}[{position}]")
    elif expected != found:
        yield f"{path}: {_short(expected)} → {_short(found)}"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) < 100 else f"{text[:100]}…"


# --- before and after


@dataclass(frozen=True)
class Snapshot:
    """Everything on one server: YAML and number of each asset, details of connections, charts of dashboards."""

    files: dict[Key, bytes]
    numbers: dict[Key, int]
    connections: dict[str, dict[str, Any]]
    links: dict[str, list[int]]

    def changed(self, later: Snapshot) -> set[Key]:
        """Assets that are new, gone or changed in any byte; connections by their details."""
        keys = self.files.keys() | later.files.keys()
        changed = {
            key
            for key in keys
            if self.files.get(key) != later.files.get(key) or self.numbers.get(key) != later.numbers.get(key)
        }
        uuids = self.connections.keys() | later.connections.keys()
        changed |= {("database", uuid) for uuid in uuids if self.connections.get(uuid) != later.connections.get(uuid)}
        dashboards = self.links.keys() | later.links.keys()
        return changed | {("dashboard", uuid) for uuid in dashboards if self.links.get(uuid) != later.links.get(uuid)}


def snapshot(server: Superset) -> Snapshot:
    """Read everything from a server."""
    ids = Ids.of(server)
    numbers = {(kind, uuid): pk for kind, known in ids.uuid_by_id.items() for pk, uuid in known.items()}
    connections = {uuid: server.one("database", f"{pk}/connection") for pk, uuid in ids.uuid_by_id["database"].items()}
    links = {uuid: server.charts_of(pk) for pk, uuid in ids.uuid_by_id["dashboard"].items()}
    return Snapshot(files(server.send("GET", "assets/export/")), numbers, connections, links)
