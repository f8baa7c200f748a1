"""Why a plan refuses itself: what an import would silently take over or leave broken.

Superset's importers take over, with 200 and without `overwrite`: a connection of the same name, a dashboard of the same
slug, a dataset of the same table (seen on 4.1 to 6.1). None of that ever happens through a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.graph import Dangling
from apps.superset.inventory import Entry, Inventory
from apps.superset.mapping import DatabaseEntry, suggest
from apps.superset.releases import COLUMN_NEVER_NULL


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why nothing is planned: its kind, the asset, and one sentence with the next step."""

    kind: str
    asset: str
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "asset": self.asset, "text": self.text}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of what the target already has one plan may overwrite without an explicit word."""

    overwritten: int = 200


def dangling_references(dangling: Iterable[Dangling]) -> Iterator[Refusal]:
    for each in dangling:
        yield Refusal(
            "dangling_reference",
            each.asset_name,
            f"{each.asset.kind} “{each.asset_name}” refers to a {each.missing_kind} that does not exist ({each.how}): "
            "mend or remove the reference in the source, then plan again",
        )


def databases(
    sources: Iterable[Asset], mapping: Mapping[str, str], source: Inventory, target: Inventory
) -> Iterator[Refusal]:
    """Every database is mapped to one that the target has; a connection is never created or changed."""
    for asset in sources:
        mapped = mapping.get(asset.uuid)
        if mapped is None:
            yield _unmapped(asset, source, target)
        elif Key(Kind.DATABASE, mapped) not in target:
            text = f"database “{asset.name}” is mapped to {mapped}, which the target does not have: map it to another"
            yield Refusal("mapping_target_missing", asset.name, text)


def _unmapped(asset: Asset, source: Inventory, target: Inventory) -> Refusal:
    same_name = any(entry.name == asset.name for entry in target.of_kind(Kind.DATABASE))
    kind = "database_takeover" if same_name else "database_unmapped"
    why = " and an import would take over the target's own connection of that name" if same_name else ""
    entry = source.get(asset.key)
    candidates = [_database(each) for each in target.of_kind(Kind.DATABASE)]
    best = next(iter(suggest([_database(entry)] if entry else [], candidates)), None)
    hint = f"; suggested: “{best.target.name}” ({best.reason})" if best and best.target else ""
    return Refusal(kind, asset.name, f"database “{asset.name}” is not mapped{why}: map it to one of the target{hint}")


def _database(entry: Entry) -> DatabaseEntry:
    return DatabaseEntry(entry.key.uuid, entry.name, str(entry.row.get("backend") or ""))


def takeovers(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    """What would be taken over on the target: a slug, or a dataset of the same table under another UUID."""
    slugs = {entry.slug: entry for entry in target.of_kind(Kind.DASHBOARD) if entry.slug}
    tables = {entry.table: entry for entry in target.of_kind(Kind.DATASET)}
    for asset in desired:
        if asset.kind is Kind.DASHBOARD:
            owner = slugs.get(asset.document.get("slug") or "")
            if owner and owner.key != asset.key:
                yield Refusal(
                    "slug_taken",
                    asset.name,
                    f"{asset} has the slug “{owner.slug}”, which on the target belongs to dashboard “{owner.name}” "
                    f"({owner.key.uuid}): change one of the slugs, or pair the two dashboards",
                )
        elif asset.kind is Kind.DATASET:
            twin = tables.get(table_of(asset))
            if twin and twin.key != asset.key:
                yield Refusal(
                    "dataset_taken",
                    asset.name,
                    f"{asset} is on a table that the target has as another dataset ({twin.key.uuid}): "
                    f"pair {asset.uuid} with {twin.key.uuid} to overwrite that one, or change one of the two",
                )


def table_of(dataset: Asset) -> tuple[str, str, str, str]:
    """The same four facts as `Entry.table`, out of a document."""
    document = dataset.document
    return (
        str(document.get("database_uuid") or ""),
        document.get("catalog") or "",
        document.get("schema") or "",
        document.get("table_name") or "",
    )


def unimportable(desired: Bundle) -> Iterator[Refusal]:
    """What the importer's own schema would refuse, for assets/import does not say which file it was."""
    for dataset in desired.of_kind(Kind.DATASET):
        for column in dataset.document.get("columns") or ():
            if empty := [name for name in COLUMN_NEVER_NULL if name in column and column[name] is None]:
                text = (
                    f"column “{column.get('column_name')}” of {dataset} has no value for {' and '.join(empty)}, which "
                    "Superset refuses to import: open the dataset in the source, save it, and plan again"
                )
                yield Refusal("not_importable", dataset.name, text)


def too_many(overwritten: int, limits: Limits) -> Iterator[Refusal]:
    if overwritten > limits.overwritten:
        yield Refusal(
            "too_many_changes",
            "",
            f"{overwritten} assets of the target would be overwritten, more than the {limits.overwritten} allowed: "
            "select fewer dashboards or allow as many explicitly",
        )


def missing_databases(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    """Connections that datasets are to use and the target no longer has."""
    uuids = {asset.document["database_uuid"] for asset in desired if asset.kind is Kind.DATASET}
    for uuid in sorted(uuids):
        if Key(Kind.DATABASE, uuid) not in target:
            yield Refusal(
                "database_gone", uuid, f"the target no longer has the database {uuid} that datasets are to use"
            )


def still_used(doomed: Iterable[Key], plan: Iterable[Key], target: Inventory) -> Iterator[Refusal]:
    """Assets that are to be removed though something outside the plan has come to use them."""
    ours = set(plan)
    entries = [entry for key in doomed if (entry := target.get(key))]
    for entry in entries:
        users = [each for each in _users(entry, target) if each.key not in ours]
        if users:
            who = ", ".join(f"{user.key.kind} “{user.name}”" for user in users)
            text = f"{entry.key.kind} “{entry.name}” is to be removed but is used by {who}: take it out there first"
            yield Refusal("still_used", entry.name, text)


def _users(entry: Entry, target: Inventory) -> list[Entry]:
    if entry.key.kind is Kind.CHART:
        keys = (target.key_of(Kind.DASHBOARD, each) for each in entry.dashboard_ids)
        return [target.entries[key] for key in keys if key]
    if entry.key.kind is Kind.DATASET:
        return [chart for chart in target.of_kind(Kind.CHART) if chart.row.get("datasource_id") == entry.id]
    return []
