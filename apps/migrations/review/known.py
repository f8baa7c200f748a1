# [DEF:migrations.review.known:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the catalogue knows of the assets of a plan: ids on both sides, and whether the target has changed.
# @RELATION READS_STATE -> catalogue.models
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> migrations.review.material
# @RELATION CALLS -> superset.view.addresses

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.catalogue.models import CatalogueAsset
from apps.migrations.review.material import Material, Side
from apps.superset.assets import Key, Kind
from apps.superset.plan.annex import Named
from apps.superset.plan.plan import Action, Change
from apps.superset.view.addresses import pages_of


@dataclass(frozen=True, slots=True)
class Row:
    """One asset of an environment. `hash` is None where its content is not known, or is behind."""

    key: Key
    id: int
    name: str
    hash: str | None


class Known:
    """One query, for both sides."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.pages = {side.row.pk: pages_of(side.url, side.row.release) for side in (material.source, material.target)}
        self.rows = {(environment, row.key): row for environment, row in _rows(material)}
        self.by_name: Mapping[str, Row] = {}
        if not material.has_annex:
            here = ((row.name, row) for (place, _), row in self.rows.items() if place == material.target.row.pk)
            self.by_name = {name: row for name, row in here if row.key.kind is Kind.DASHBOARD}

    def source(self, change: Change) -> dict[str, Any] | None:
        entry = self.material.parsed.annex.of(change.key)
        return self._reference(self.material.source, change.key, entry.source if entry else None)

    def target(self, change: Change) -> dict[str, Any] | None:
        """Of what the plan creates, once the catalogue has it."""
        entry = self.material.parsed.annex.of(change.key)
        return self._reference(self.material.target, change.key, entry.target if entry else None)

    def used_by(self, change: Change) -> list[dict[str, Any]]:
        """Plans of earlier releases have only the names of these."""
        entry = self.material.parsed.annex.of(change.key)
        if entry:
            return [self._named(each.key, each.id, each.name) for each in entry.used_by]
        return [self._by_name(name) for name in change.used_by]

    def changed(self) -> int | None:
        """The number of assets that are not on the target what the plan found there; None if that is not known."""
        place, found = self.material.target.row.pk, 0
        for change in self.material.plan.changes:
            if change.action is Action.ORPHAN:
                continue
            row = self.rows.get((place, change.key))
            if row and row.hash is None:
                return None
            found += (row.hash if row else None) != change.before
        return found

    def _by_name(self, name: str) -> dict[str, Any]:
        row = self.by_name.get(name)
        if row is None:
            return {"uuid": "", "kind": Kind.DASHBOARD.value, "name": name, "url": ""}
        return self._named(row.key, row.id, name)

    def _named(self, key: Key, number: int | None, name: str) -> dict[str, Any]:
        url = self._address(self.material.target, key, number)
        return {"uuid": key.uuid, "kind": key.kind.value, "name": name, "url": url}

    def _address(self, side: Side, key: Key, number: int | None) -> str:
        return self.pages[side.row.pk](key.kind, key.uuid, number) or ""

    def _reference(self, side: Side, key: Key, named: Named | None) -> dict[str, Any] | None:
        if named is not None:
            key, number = named.key, named.id
        elif row := self.rows.get((side.row.pk, key)):
            number = row.id
        else:
            return None
        return {"uuid": key.uuid, "id": number, "url": self._address(side, key, number)}


def _rows(material: Material) -> Iterator[tuple[int, Row]]:
    sides = [material.source.row.pk, material.target.row.pk]
    wanted = Q(uuid__in=[change.key.uuid for change in material.plan.changes])
    if not material.has_annex:
        names = {name for change in material.plan.changes for name in change.used_by}
        wanted |= Q(name__in=names, kind=Kind.DASHBOARD)
    rows = CatalogueAsset.objects.filter(wanted, environment__in=sides)
    fields = ("environment_id", "kind", "uuid", "asset_id", "name", "content_hash", "hashed_version", "version")
    for environment, kind, uuid, number, name, digest, hashed, version in rows.values_list(*fields):
        yield (
            environment,
            Row(Key(Kind(kind), str(uuid)), number, name, digest if digest and hashed == version else None),
        )
