# [DEF:catalogue.services.rows:Module]
# @COMPLEXITY: 3
# @PURPOSE: Between an asset in a list and its row.
# @RELATION DEPENDS_ON -> superset.remote.listing
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.catalogue.models import AssetStatus, CatalogueAsset
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.remote.hashes import Digest
from apps.superset.remote.listing import ListedAsset

FACTS = (
    *("asset_id", "name", "slug", "status", "owners", "tags"),
    *("database_uuid", "backend", "changed_on", "version"),
)
"""The fields that a list brings."""

Known = dict[str, int]
"""For the UUID of each stored asset a hash of its facts, good for this process: the facts of thousands are large."""

STATUS = {True: AssetStatus.PUBLISHED.value, False: AssetStatus.DRAFT.value, None: ""}
STORE_DIGEST = (
    "UPDATE catalogue_catalogueasset SET content_hash = %s, portable_hash = %s, names = %s, depends_on = %s, "
    "hashed_version = %s, hashed_at = %s WHERE id = %s"
)

ROWS = 100
"""Rows for each statement that writes."""


def known_facts(environment: Environment, kind: Kind, uuids: Collection[str] | None = None) -> Known:
    """What is stored of these assets, or of all of the kind."""
    rows = CatalogueAsset.objects.filter(environment=environment, kind=kind.value)
    if uuids is not None:
        rows = rows.filter(uuid__in=uuids)
    return {str(uuid): _fingerprint(facts) for uuid, *facts in rows.values_list("uuid", *FACTS).iterator(ROWS)}


def different(assets: Iterable[ListedAsset], known: Known) -> list[ListedAsset]:
    """Those of which something is not known yet."""
    return [asset for asset in assets if known.get(asset.key.uuid) != _fingerprint(_facts(asset).values())]


def store(environment: Environment, assets: Iterable[ListedAsset]) -> None:
    """Insert or update; in one order, so that two syncs at once do not wait for each other's rows."""
    now = timezone.now()
    ordered = sorted(assets, key=lambda asset: asset.key.uuid)
    with transaction.atomic():
        for start in range(0, len(ordered), ROWS):
            CatalogueAsset.objects.bulk_create(
                [_row(environment, asset, now) for asset in ordered[start : start + ROWS]],
                update_conflicts=True,
                unique_fields=["environment", "kind", "uuid"],
                update_fields=[*FACTS, "seen_at"],
            )


def remove(environment: Environment, kind: Kind, uuids: Collection[str]) -> None:
    gone = sorted(uuids)
    for start in range(0, len(gone), ROWS):
        some = gone[start : start + ROWS]
        CatalogueAsset.objects.filter(environment=environment, kind=kind.value, uuid__in=some).delete()


def store_digests(digests: Iterable[tuple[int, Digest | None, str]]) -> None:
    """For each primary key what was found, and the version of which it was taken; in one order, as in `store`. None:
    it cannot be exported, so nothing is known of its content.

    One statement for all: updates of the ORM's take twenty times as long, and its bulk_update sixty (4,187 rows).
    """
    hashed_at = connection.ops.adapt_datetimefield_value(timezone.now())
    ordered = sorted(digests, key=lambda each: each[0])
    values = [(*_columns(found), version, hashed_at, pk) for pk, found, version in ordered]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(STORE_DIGEST, values)


def _columns(found: Digest | None) -> tuple[str, str, Any, Any]:
    if found is None:
        return "", "", None, None
    names, depends_on = (
        connection.ops.adapt_json_value([str(key) for key in keys], None) for keys in (found.names, found.depends_on)
    )
    return found.content_hash, found.portable_hash, names, depends_on


def inventory_of(environment: Environment) -> Inventory:
    """The stored assets as the engine looks them up, by UUID and by number."""
    rows = CatalogueAsset.objects.filter(environment=environment).values_list("kind", "uuid", "asset_id", "name")
    return Inventory.of(
        Entry(Key(Kind(kind), str(uuid)), asset_id, name, {}) for kind, uuid, asset_id, name in rows.iterator(ROWS)
    )


def _row(environment: Environment, asset: ListedAsset, seen_at: datetime) -> CatalogueAsset:
    kind, uuid = asset.key.kind.value, UUID(asset.key.uuid)
    return CatalogueAsset(environment=environment, kind=kind, uuid=uuid, seen_at=seen_at, **_facts(asset))


def _fingerprint(facts: Iterable[Any]) -> int:
    return hash(tuple(tuple(fact) if isinstance(fact, list) else fact for fact in facts))


def _facts(asset: ListedAsset) -> dict[str, Any]:
    """In the order of FACTS."""
    return {
        "asset_id": asset.id,
        "name": asset.name[:500],
        "slug": asset.slug[:255],
        "status": STATUS[asset.published],
        "owners": list(asset.owners),
        "tags": list(asset.tags),
        "database_uuid": UUID(asset.database) if asset.database else None,
        "backend": asset.backend[:100],
        "changed_on": asset.changed_on,
        "version": asset.version[:40],
    }
