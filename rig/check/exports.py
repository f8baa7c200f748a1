"""The assets of one server, read by plain requests: YAML by UUID, and numbers."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any

import yaml

from rig.check.rest import Superset

Key = tuple[str, str]
"""(kind, UUID): ("chart", "…")."""

KINDS = {"databases": "database", "datasets": "dataset", "charts": "chart", "dashboards": "dashboard"}


@dataclass(frozen=True)
class Ids:
    """The numbers of one server and the UUIDs behind them."""

    uuid_by_id: dict[str, dict[int, str]]

    @classmethod
    def of(cls, server: Superset) -> Ids:
        rows = {kind: server.rows(kind, "id", "uuid") for kind in KINDS.values()}
        return cls({kind: {int(row["id"]): str(row["uuid"]) for row in found} for kind, found in rows.items()})

    def uuid(self, kind: str, pk: object) -> str | None:
        """The UUID behind a number, None if there is no such asset."""
        try:
            return self.uuid_by_id[kind].get(int(str(pk)))
        except ValueError:
            return None

    def pk(self, kind: str, uuid: str) -> int | None:
        return next((pk for pk, known in self.uuid_by_id[kind].items() if known == uuid), None)


def files(bundle: bytes) -> dict[Key, bytes]:
    """The raw YAML of the assets in a ZIP, by kind and UUID; other files are left out."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        for name in archive.namelist():
            kind = KINDS.get(name.split("/")[1]) if name.count("/") > 1 else None
            if kind:
                raw = archive.read(name)
                found[kind, str(parse(raw)["uuid"])] = raw
    return found


def parse(raw: bytes) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # both are safe
    return document
