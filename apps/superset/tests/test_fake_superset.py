"""The fake is what the real thing is: both import the same bundle, and both are exported again."""

from __future__ import annotations

import json
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle, write_bundle
from apps.superset.content.normalize import normalize
from apps.superset.inventory import Entry, Inventory
from apps.superset.planning.mapping import apply_mapping
from apps.superset.references.graph import closure
from apps.superset.releases.base import Endpoint
from apps.superset.tests.fake_superset import FakeSuperset
from apps.superset.tests.world import BIRTHS, RECORDINGS, recorded

IMPORTED = RECORDINGS.with_name("6.1-imported")


def rows(kind: Kind) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((IMPORTED / f"{kind}.json").read_text())["result"]
    return found


def numbered_like_the_recording() -> FakeSuperset:
    """A fake whose assets will get the numbers that the real server gave."""
    server = FakeSuperset("fake")
    (database,) = rows(Kind.DATABASE)
    server.documents[Kind.DATABASE][database["id"]] = database
    server.given = {Key(kind, row["uuid"]): row["id"] for kind in Kind for row in rows(kind)}
    return server


def import_as_recorded(server: FakeSuperset) -> None:
    """The two imports of rig/record/imports.py."""
    everything = recorded()
    (database,) = rows(Kind.DATABASE)
    mapping = {asset.uuid: database["uuid"] for asset in everything.of_kind(Kind.DATABASE)}
    for keys in (closure(everything, [BIRTHS]).keys, tuple(everything.assets)):
        assets = [apply_mapping(everything.assets[key], mapping) for key in keys if key.kind is not Kind.DATABASE]
        server.import_bundle(Endpoint.ASSETS, write_bundle(assets, type="assets"))


def comparable(bundle: Bundle) -> dict[Key, Asset]:
    return {asset.key: normalize(asset) for asset in bundle if asset.kind is not Kind.DATABASE}


def test_an_import_leaves_the_same_documents_as_on_a_real_server() -> None:
    server = numbered_like_the_recording()
    import_as_recorded(server)
    ours = comparable(read_bundle(server.export(Kind.DASHBOARD, list(server.documents[Kind.DASHBOARD]))))
    theirs = comparable(read_bundle((IMPORTED / "all.zip").read_bytes()))
    assert ours == theirs


def test_the_fake_lists_assets_as_a_real_server_does() -> None:
    server = numbered_like_the_recording()
    import_as_recorded(server)
    for kind in (Kind.DATASET, Kind.CHART, Kind.DASHBOARD):
        real = {row["uuid"]: row for row in rows(kind)}
        for row in server.list_rows(kind.value, ()):
            shared = [name for name in row if name in real[row["uuid"]] and name not in ("database", "dashboards")]
            assert {name: row[name] for name in shared} == {name: real[row["uuid"]][name] for name in shared}
            assert _ids(row) == _ids(real[row["uuid"]])


def _ids(row: dict[str, Any]) -> list[int]:
    return sorted(each["id"] for each in row.get("dashboards", ()))


def test_the_recording_has_other_numbers_than_the_source() -> None:
    inventory = Inventory.of(Entry(Key(Kind.CHART, row["uuid"]), row["id"], "", row) for row in rows(Kind.CHART))
    source = json.loads((RECORDINGS / "chart.json").read_text())["result"]
    moved = [row for row in source if inventory.id_of(Key(Kind.CHART, row["uuid"])) not in (None, row["id"])]
    assert len(moved) > 90
