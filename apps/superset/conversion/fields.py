# [DEF:superset.conversion.fields:Module]
# @COMPLEXITY: 2
# @PURPOSE: Converts content between releases: what the other release has no field for is left out, and named.
# @RELATION DEPENDS_ON -> superset.assets
# @RELATION CALLS -> superset.validation.schemas
"""Which fields a release has is what its importer accepts. All releases share one symbolic form, which is that of the
newest (see `defaults`), so going up needs no change: the target keeps its own in what the source cannot say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Bundle, Kind, objects
from apps.superset.content.untouched_keys import NOT_CARRIED
from apps.superset.releases.base import Release
from apps.superset.validation.problem import ROW_NAMES, ROW_TABLES
from apps.superset.validation.schemas import Facts, importer_schemas

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""Values of a field that mean the same as not having it."""

SCHEMAS = ("dashboard", "chart", "dataset", *ROW_TABLES.values())


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that a release has no field for; `path` names rows by their name: `columns.ds.datetime_format`."""

    asset: Asset
    path: str
    value: Any


def converted(asset: Asset, release: Release) -> tuple[Asset, tuple[Dropped, ...]]:
    """The asset with the fields that this release has, and what is lost. Nothing changes the second time."""
    if asset.kind is Kind.DATABASE:
        return asset, ()
    work = _Dropping(asset, importer_schemas(release.line)["schemas"])
    return asset.with_document(work.mapping(asset.document, str(asset.kind), "")), tuple(work.dropped)


def as_known(asset: Asset, release: Release) -> tuple[Asset, tuple[Dropped, ...]]:
    """What can be understood of an asset of a release that is newer than all known. No import says anything about the
    rest, so it stays on a target, and does not count in a comparison."""
    return (asset, ()) if release.is_known else converted(asset, release)


class _Dropping:
    """One walk through a document along the schemas of a release."""

    def __init__(self, asset: Asset, schemas: Facts) -> None:
        self.asset, self.schemas = asset, schemas
        self.dropped: list[Dropped] = []

    def mapping(self, holder: Mapping[str, Any], schema: str, path: str) -> dict[str, Any]:
        fields, kept = self.schemas[schema]["fields"], {}
        for name, value in holder.items():
            inner = f"{path}.{name}" if path else str(name)
            if (facts := fields.get(name)) is not None:
                kept[name] = self.value(value, facts, inner)
            elif value not in EMPTY:
                self.dropped.append(Dropped(self.asset, inner, value))
        return kept

    def value(self, value: Any, facts: Facts, path: str) -> Any:
        match facts["type"]:
            case "List" if isinstance(value, list):
                rows = ((f"{path}.{_row_name(path, row, number)}", row) for number, row in enumerate(value))
                return [self.value(row, facts["items"], inner) for inner, row in rows]
            case "Nested" if isinstance(value, Mapping):
                return self.mapping(value, facts["schema"], path)
        return value


def _row_name(rows: str, row: Any, number: int) -> Any:
    """The name of a column or metric; the number of anything else."""
    name = row.get(ROW_NAMES[rows]) if rows in ROW_NAMES and isinstance(row, Mapping) else None
    return name or number


def keeping_own(desired: Bundle, current: Bundle, source: Release, target: Release) -> Bundle:
    """The desired content, with the target's own values in fields that the source's release does not have: a bundle
    from there can say nothing about them, and an import leaves alone what it is not told."""
    ours, theirs = importer_schemas(source.line)["schemas"], importer_schemas(target.line)["schemas"]
    unsaid = {name: theirs[name]["fields"].keys() - ours[name]["fields"].keys() - {*NOT_CARRIED} for name in SCHEMAS}
    return Bundle.of(
        _with_own(asset, there, unsaid) if (there := current.get(asset.key)) else asset for asset in desired
    )


def _with_own(asset: Asset, there: Asset, unsaid: Mapping[str, set[str]]) -> Asset:
    document = _filled(asset.document, there.document, unsaid[str(asset.kind)])
    for rows, own in ROW_NAMES.items() if asset.kind is Kind.DATASET else ():
        names = unsaid[ROW_TABLES[rows]]
        theirs = {row.get(own): row for row in objects(there.document.get(rows))}
        if names and isinstance(found := document.get(rows), list):
            document[rows] = [
                _filled(row, theirs.get(row.get(own), {}), names) if isinstance(row, Mapping) else row for row in found
            ]
    return asset.with_document(document)


def _filled(holder: Mapping[str, Any], theirs: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    own = {name: theirs[name] for name in sorted(names) if theirs.get(name) not in EMPTY}
    return {**holder, **own}
