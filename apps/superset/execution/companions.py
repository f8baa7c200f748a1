# [DEF:superset.execution.companions:Module]
# @COMPLEXITY: 3
# @PURPOSE: The files of existing assets that go along with an import, so that the importer finds them.
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION CALLS -> superset.references.graph
"""dataset/import, chart/import and dashboard/import look for what their assets stand on only in the bundle, and answer
200 without writing anything where it is not there. What they find on the target by UUID they return as it is, before
they read the rest of its file (4.1.4 to 6.1.0, commands/{database,dataset,chart}/importers/v1/utils.py; seen). So these
files say which asset is meant, and nothing else.

Should somebody delete one in the meantime, they create nothing in its place: the whole request fails, and is rolled
back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.content.defaults import VERSION
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.references.graph import foundations
from apps.superset.releases.base import Columns, Endpoint, Release

IN_NO_COLUMN = 2**63
"""The schemas take any integer, and no database stores this one in an INTEGER: nothing can be created from the file."""

NOWHERE = "lockstep://:XXXXXXXXXX@nowhere"
"""The importers do not read the address of an existing connection, and create none from a masked password without the
password (databases/schemas.py: validate_password, 422)."""


def companions(assets: Iterable[Asset], inventory: Inventory, connection_fields: Columns) -> list[Asset]:
    """What these assets stand on, down to the connections, without these assets themselves."""
    assets = list(assets)
    found: dict[Key, Asset] = {}
    waiting = [key for asset in assets for key in foundations(asset)]
    sent = {asset.key for asset in assets}
    while waiting:
        key = waiting.pop()
        if key not in found and key not in sent and (entry := inventory.get(key)):
            found[key] = Asset(key, entry.name, _document(entry, inventory, connection_fields))
            waiting.extend(foundations(found[key]))
    return list(found.values())


def without_foundation(pending: Bundle, inventory: Inventory, release: Release) -> Iterator[Refusal]:
    """Assets that a run could not import because the target lacks what they stand on, and the run does not bring it."""
    if Endpoint.ASSETS in release.importers:
        return
    for asset in pending:
        for key in foundations(asset):
            if missing := _missing(key, pending, inventory):
                message = Message("refusal.no_foundation", asset=asset, missing=missing)
                yield Refusal("no_foundation", asset.name, message, {"key": str(asset.key), "missing": str(missing)})


def _missing(key: Key, pending: Bundle, inventory: Inventory) -> Key | None:
    """The first that is not there, of the asset and what it stands on in turn."""
    if key in pending:
        return None
    entry = inventory.get(key)
    if entry is None:
        return key
    below = _below(entry, inventory)
    if below is None:
        return None if key.kind is Kind.DATABASE else key
    return _missing(below, pending, inventory)


def _below(entry: Entry, inventory: Inventory) -> Key | None:
    """The dataset of a chart, the connection of a dataset; None if it has none, or the account does not see it."""
    match entry.key.kind:
        case Kind.CHART:
            return inventory.key_of(Kind.DATASET, entry.row.get("datasource_id") or -1)
        case Kind.DATASET:
            return inventory.key_of(Kind.DATABASE, (entry.row.get("database") or {}).get("id") or -1)
    return None


def _document(entry: Entry, inventory: Inventory, connection_fields: Columns) -> Mapping[str, Any]:
    uuid, name = entry.key.uuid, entry.name or entry.key.uuid
    below = _below(entry, inventory)
    own: dict[str, Any]
    common = {"uuid": uuid, "version": VERSION}
    match entry.key.kind:
        case Kind.DATABASE:
            connection = {**common, "database_name": name, "sqlalchemy_uri": NOWHERE}
            return {field: connection[field] for field in connection_fields}
        case Kind.DATASET:
            own = {"table_name": name, "database_uuid": below.uuid if below else None}
        case _:
            own = {"slice_name": name, "viz_type": "table", "params": {}, "dataset_uuid": below.uuid if below else None}
    return {**common, **own, "cache_timeout": IN_NO_COLUMN}
