"""Everything one Superset holds, by plain reads: assets as `rig.check.checker` reads them, and what no export has.

The latter is what Lockstep must leave alone on a target: owners, roles, tags, theme, embedding, publication, alerts and
reports, row level security.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rig.check.checker import Snapshot, differing, snapshot
from rig.check.exports import Ids, Key, files, parse
from rig.check.rest import RestError, Superset

KINDS = ("dashboard", "chart", "dataset")
SURROUNDINGS = ("report", "rowlevelsecurity")


@dataclass(frozen=True)
class ServerState:
    assets: Snapshot
    attachments: dict[Key, dict[str, Any]]
    surroundings: dict[str, list[Any]]

    def changed(self, later: ServerState) -> dict[Key, str]:
        """What differs later, and how."""
        found = {key: self._how(key, later) for key in self.assets.changed(later.assets)}
        found |= {key: how for key, how in self.changed_attachments(later).items() if key not in found}
        found |= {
            (kind, ""): f"{kind}s differ"
            for kind in SURROUNDINGS
            if self.surroundings[kind] != later.surroundings[kind]
        }
        return found

    def changed_attachments(self, later: ServerState) -> dict[Key, str]:
        """What no export has, of the assets that exist both times."""
        both = self.attachments.keys() & later.attachments.keys()
        return {
            key: f"{_named(key, later)} has changed {', '.join(names)}"
            for key in sorted(both)
            if (
                names := [
                    name
                    for name in self.attachments[key]
                    if self.attachments[key][name] != later.attachments[key].get(name)
                ]
            )
        }

    def _how(self, key: Key, later: ServerState) -> str:
        if key not in later.assets.numbers:
            return f"{_named(key, self)} is gone"
        if key not in self.assets.numbers:
            return f"{_named(key, later)} is new"
        changes = list(_changes(self.assets.files.get(key), later.assets.files.get(key)))
        return f"{_named(key, later)} differs{': ' + '; '.join(changes[:2]) if changes else ''}"


def read_state(server: Superset) -> ServerState:
    """Read everything."""
    attachments = {(kind, uuid): each for kind in KINDS for uuid, each in _attachments(server, kind).items()}
    return ServerState(_snapshot(server), attachments, {kind: _surroundings(server, kind) for kind in SURROUNDINGS})


def _snapshot(server: Superset) -> Snapshot:
    """One asset that cannot be exported fails the whole export; then the assets are read one by one."""
    try:
        return snapshot(server)
    except RestError as error:
        if error.status < 500:
            raise
    ids = Ids.of(server)
    read: dict[Key, bytes] = {}
    for kind, known in ids.uuid_by_id.items():
        for pk, uuid in known.items():
            try:
                read |= files(server.export(kind, [pk]))
            except RestError:
                read[kind, uuid] = json.dumps({"id": pk, "unreadable": True}).encode()
    numbers = {(kind, uuid): pk for kind, known in ids.uuid_by_id.items() for pk, uuid in known.items()}
    connections = {uuid: server.one("database", f"{pk}/connection") for pk, uuid in ids.uuid_by_id["database"].items()}
    links = {uuid: server.charts_of(pk) for pk, uuid in ids.uuid_by_id["dashboard"].items()}
    return Snapshot(read, numbers, connections, links)


def _attachments(server: Superset, kind: str) -> dict[str, dict[str, Any]]:
    """By UUID, from lists and the details of dashboards."""
    columns = [column for column, kinds in ATTACHMENTS.items() if kind in kinds]
    found = {}
    for row in server.rows(kind, "id", "uuid", *columns):
        attachments = {column.partition(".")[0]: _numbers(row.get(column.partition(".")[0])) for column in columns}
        if kind == "dashboard":
            attachments |= _of_dashboard(server, int(row["id"]))
        found[str(row["uuid"])] = attachments
    return found


ATTACHMENTS = {
    "owners.id": KINDS,
    "tags.id": ("dashboard", "chart"),
    "roles.id": ("dashboard",),
    "published": ("dashboard",),
    "certified_by": ("dashboard", "chart"),
}


def _numbers(value: Any) -> Any:
    return sorted(each["id"] for each in value) if isinstance(value, list) else value


def _of_dashboard(server: Superset, pk: int) -> dict[str, Any]:
    theme = server.one("dashboard", pk).get("theme") or {}
    return {"theme": theme.get("id"), "embedding": _embedded(server, pk)}


def _embedded(server: Superset, pk: int) -> Any:
    try:
        found = server.one("dashboard", f"{pk}/embedded")
    except RestError as error:
        if error.status == 404:
            return None
        raise
    return [found.get("uuid"), found.get("allowed_domains")]


def _surroundings(server: Superset, kind: str) -> list[Any]:
    return sorted(
        json.dumps({"id": row["id"], "name": row["name"]}) for row in server.get(f"{kind}/?q=(page_size:100)")["result"]
    )


def _named(key: Key, open_connections: ServerState) -> str:
    kind, uuid = key
    raw = open_connections.assets.files.get(key)
    document = parse(raw) if raw else {}
    name = next(
        (document[each] for each in ("dashboard_title", "slice_name", "table_name") if document.get(each)), uuid
    )
    return f"{kind} “{name}”"


def _changes(before: bytes | None, after: bytes | None) -> Iterator[str]:
    if before and after:
        yield from differing(parse(before), parse(after))
