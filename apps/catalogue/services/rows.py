# [DEF:catalogue.services.rows:Module]
# @COMPLEXITY: 3
# @PURPOSE: Between what a list tells of an asset and its row.
# @RELATION DEPENDS_ON -> superset.listing
# @RELATION DEPENDS_ON -> environments.models
"""Between what a list tells of an asset and its row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.catalogue.models import AssetStatus, CatalogueAsset
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.listing import Listed

FACTS = (
    *("asset_id", "name", "slug", "status", "owners", "tags"),
    *("database_uuid", "backend", "changed_on", "version"),
)
"""The fields that a list brings."""

Known = dict[str, dict[str, Any]]
"""The facts of stored assets by UUID."""

STATUS = {True: AssetStatus.PUBLISHED.value, False: AssetStatus.DRAFT.value, None: ""}
STORE_HASH = "UPDATE catalogue_catalogueasset SET content_hash = %s, hashed_version = %s, hashed_at = %s WHERE id = %s"

ROWS = 500
"""Rows for each statement that writes."""


def known_facts(environment: Environment, kind: Kind, uuids: Collection[str] | None = None) -> Known:
    """What is stored of these assets, or of all of the kind."""
    rows = CatalogueAsset.objects.filter(environment=environment, kind=kind.value)
    if uuids is not None:
        rows = rows.filter(uuid__in=uuids)
    return {str(row.pop("uuid")): row for row in rows.values("uuid", *FACTS)}


def different(assets: Iterable[Listed], known: Known) -> list[Listed]:
    """Those of which something is not known yet."""
    return [asset for asset in assets if known.get(asset.key.uuid) != _facts(asset)]


def store(environment: Environment, assets: Iterable[Listed]) -> None:
    """Insert or update; in one order, so that two syncs at once do not wait for each other's rows."""
    now = timezone.now()
    rows = [
        CatalogueAsset(
            environment=environment, kind=asset.key.kind.value, uuid=UUID(asset.key.uuid), seen_at=now, **_facts(asset)
        )
        for asset in sorted(assets, key=lambda asset: asset.key.uuid)
    ]
    CatalogueAsset.objects.bulk_create(
        rows,
        batch_size=ROWS,
        update_conflicts=True,
        unique_fields=["environment", "kind", "uuid"],
        update_fields=[*FACTS, "seen_at"],
    )


def remove(environment: Environment, kind: Kind, uuids: Collection[str]) -> None:
    gone = sorted(uuids)
    for start in range(0, len(gone), ROWS):
        some = gone[start : start + ROWS]
        CatalogueAsset.objects.filter(environment=environment, kind=kind.value, uuid__in=some).delete()


def store_hashes(hashes: Iterable[tuple[int, str, str]]) -> None:
    """For each primary key a hash and the version of which it was taken; in one order, as in `store`.

    One statement for all: updates of the ORM's take twenty times as long, and its bulk_update sixty (4,187 rows).
    """
    hashed_at = connection.ops.adapt_datetimefield_value(timezone.now())
    values = [(found, version, hashed_at, pk) for pk, found, version in sorted(hashes)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(STORE_HASH, values)


def inventory_of(environment: Environment) -> Inventory:
    """The stored assets as the engine looks them up, by UUID and by number."""
    rows = CatalogueAsset.objects.filter(environment=environment).values_list("kind", "uuid", "asset_id", "name")
    return Inventory.of(
        Entry(Key(Kind(kind), str(uuid)), asset_id, name, {}) for kind, uuid, asset_id, name in rows.iterator()
    )


def _facts(asset: Listed) -> dict[str, Any]:
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
