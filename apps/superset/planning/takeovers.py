# [DEF:superset.planning.takeovers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Finds what an import would overwrite on the target although it belongs to another asset.
"""Superset's importer looks up the row to write by UUID *or* by any other unique key, and ignores the null parts of
such a key (source: 6.1.0, models/helpers.py: import_from_dict). So a dashboard is also found by its slug, and a dataset
by database and table: one without a schema is found in any schema (seen on 6.1.0: with 200, and the other dataset has
lost its UUID, schema and SQL).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.refusal import Refusal
from apps.superset.plan.slugs import slug_of
from apps.superset.protocol import Client

NOWHERE: Mapping[Key, Entry] = {}

Table = tuple[str, str, str, str]
"""Database UUID, catalog, schema, table; empty where null."""


def takeovers(
    desired: Bundle,
    target: Inventory,
    *,
    homes: Mapping[Key, Entry] = NOWHERE,
    freed: Collection[Key] | None = None,
) -> Iterator[Refusal]:
    """Slugs and tables that belong to another asset, either on the target or in the plan.

    `homes` are the source's dashboards by their counterpart on the target. `freed` are those that give up their slug
    before anything is sent; while planning, all that will get another one.
    """
    yield from _slugs(desired, target, homes, freed)
    yield from _tables(desired, target)


def invisible_slugs(created: Iterable[Asset]) -> Iterator[Refusal]:
    """For accounts without the administrator role: they cannot see other people's drafts, and an import would take over
    the draft with the same slug, regardless of its owner (seen on 6.1.0 with the role Alpha)."""
    for asset in created:
        if asset.kind is Kind.DASHBOARD and (slug := asset.document.get("slug")):
            yield Refusal("slug_unknown", asset.name, Message("refusal.slug_unknown", asset=asset, slug=slug))


def hidden(created: Iterable[Asset], target: Client) -> Iterator[Refusal]:
    """Assets that the target's account cannot see and an import of these would still collide with: by UUID, slug or
    table. An administrator sees everything."""
    account, created = target.account(), list(created)
    if not account.is_admin:
        yield from invisible_slugs(created)
        yield from _invisible_drafts(created, target)
    if not account.sees_all_data:
        yield from _invisible_tables(created, target)


def _invisible_drafts(created: Iterable[Asset], target: Client) -> Iterator[Refusal]:
    """A dashboard can be read by UUID even if no list shows it (see `Client.dashboard_owners`)."""
    for asset in created:
        if asset.kind is Kind.DASHBOARD and target.dashboard_owners(asset.uuid) is not None:
            message = Message("refusal.dashboard_hidden", asset=asset, uuid=asset.uuid)
            yield Refusal("dashboard_hidden", asset.name, message)


def _invisible_tables(created: Iterable[Asset], target: Client) -> Iterator[Refusal]:
    """The importer finds a dataset by its table, regardless of its owner, and overwrites it (source: 6.1.0,
    commands/dataset/importers/v1/utils.py checks the owner only if the UUID exists). Where a server does not show what
    the account sees, a person who knows may say so."""
    is_known = target.account().observed is None
    for asset in created:
        if asset.kind is not Kind.DATASET:
            continue
        if is_known:
            yield Refusal("table_unknown", asset.name, Message("refusal.table_unknown", asset=asset))
        else:
            message = Message("refusal.table_unknown.perhaps", asset=asset, release=target.release().version)
            yield Refusal("table_unknown", asset.name, message, {"key": str(asset.key)}, f"table:{asset.key}")


def archived(created: Iterable[Asset], target: Client) -> Iterator[Refusal]:
    """Assets that would bring back what somebody has deleted on the target: a release that keeps deleted assets
    restores the one with the same UUID and overwrites it (source: UPDATING.md of Superset after 6.1, SOFT_DELETE). No
    known release keeps any."""
    created = [] if target.profile.is_known else list(created)
    for kind in sorted({asset.kind for asset in created}):
        deleted = target.archived(kind)
        for asset in created:
            if asset.kind is kind and asset.uuid in deleted:
                message = Message("refusal.archived", asset=asset, environment=target.environment)
                yield Refusal("archived", asset.name, message, {"key": str(asset.key)}, f"archived:{asset.key}")


def twins(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    """New datasets on a table for which the target may already have a dataset with the schema or catalog left open: it
    uses the connection's defaults, and no REST API shows what they are."""
    for asset in desired.of_kind(Kind.DATASET):
        table = table_of(asset)
        for entry in target.of_kind(Kind.DATASET) if asset.key not in target else ():
            if entry.key not in desired and _may_be(table, entry.table):
                yield _twin(asset, entry)


def _may_be(wanted: Table, other: Table) -> bool:
    """Whether the second leaves something open that the first specifies, and everything else is equal."""
    same = (wanted[0], wanted[3]) == (other[0], other[3])
    return same and not _finds(wanted, other) and _finds(other, wanted)


def _twin(asset: Asset, entry: Entry) -> Refusal:
    table = ".".join(part for part in table_of(asset)[1:] if part)
    facts = {"asset": asset, "table": table, "name": entry.name, "uuid": entry.key.uuid, "own": asset.uuid}
    message = Message("refusal.dataset_twin", **facts)
    return Refusal("dataset_twin", asset.name, message, {"key": str(asset.key)}, acknowledge=f"twin:{asset.key}")


def moves(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    """Datasets that are on another database on the target: the importer looks for them on the new one, does not find
    them, and fails because the UUID is taken (seen on 6.1.0)."""
    for asset in desired.of_kind(Kind.DATASET):
        entry, wanted = target.get(asset.key), target.get(Key(Kind.DATABASE, table_of(asset)[0]))
        if entry and wanted and entry.table[0] != wanted.key.uuid:
            facts = {"asset": asset, "current": _database(target, entry.table[0]), "wanted": wanted.name}
            yield Refusal("database_differs", asset.name, Message("refusal.database_differs", **facts))


def table_of(dataset: Asset) -> Table:
    """The same four values as `Entry.table`, from a document."""
    document = dataset.document
    return (
        str(document.get("database_uuid") or ""),
        document.get("catalog") or "",
        document.get("schema") or "",
        document.get("table_name") or "",
    )


@dataclass(frozen=True, slots=True)
class _Holder:
    """The owner of a table: a dataset of the target, or one from the plan."""

    key: Key
    table: Table
    is_planned: bool = False


def _slugs(
    desired: Bundle, target: Inventory, homes: Mapping[Key, Entry], freed: Collection[Key] | None
) -> Iterator[Refusal]:
    owners = {entry.slug: entry for entry in target.of_kind(Kind.DASHBOARD) if entry.slug}
    for asset in desired.of_kind(Kind.DASHBOARD):
        owner = owners.get(slug_of(asset))
        if owner and owner.key != asset.key and not _gives_up(owner, desired, freed):
            kind, more = _way_out(asset, owner, target, homes)
            facts = {"asset": asset, "slug": owner.slug, "owner": owner.name, "uuid": owner.key.uuid, **more}
            key = "slug_handover.no_slug" if more and not more["now"] else kind
            yield Refusal(kind, asset.name, Message(f"refusal.{key}", **facts))


def _gives_up(owner: Entry, desired: Bundle, freed: Collection[Key] | None) -> bool:
    if freed is not None:
        return owner.key in freed
    asset = desired.get(owner.key)
    return asset is not None and slug_of(asset) != owner.slug


def _way_out(asset: Asset, owner: Entry, target: Inventory, homes: Mapping[Key, Entry]) -> tuple[str, dict[str, str]]:
    """Pairing a dashboard overwrites its counterpart: no option if the target or the source has both."""
    home = homes.get(owner.key)
    if home and home.slug != owner.slug:
        return "slug_handover", {"home": home.name, "now": home.slug}
    return ("slug_in_use" if home or asset.key in target else "slug_taken"), {}


def _tables(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    holders = _holders(desired, target)
    for asset in desired.of_kind(Kind.DATASET):
        table = table_of(asset)
        near = holders[table[0], table[3]]
        twin = next((each for each in near if each.key != asset.key and _finds(table, each.table)), None)
        if twin:
            yield Refusal("dataset_taken", asset.name, _taken(asset, twin))


def _holders(desired: Bundle, target: Inventory) -> Mapping[tuple[str, str], list[_Holder]]:
    """By database and table, those of the target first."""
    holders: dict[tuple[str, str], list[_Holder]] = defaultdict(list)
    for entry in target.of_kind(Kind.DATASET):
        holders[entry.table[0], entry.table[3]].append(_Holder(entry.key, entry.table))
    for asset in desired.of_kind(Kind.DATASET):
        table = table_of(asset)
        holders[table[0], table[3]].append(_Holder(asset.key, table, is_planned=True))
    return holders


def _finds(wanted: Table, other: Table) -> bool:
    """Whether the importer, looking for the first, finds the second. Both have the same database and table."""
    return all(not mine or mine == its for mine, its in zip(wanted[1:3], other[1:3], strict=True))


def _taken(asset: Asset, twin: _Holder) -> Message:
    key = "refusal.dataset_taken.plan" if twin.is_planned else "refusal.dataset_taken.target"
    facts = {"asset": asset, "uuid": twin.key.uuid, "own": asset.uuid}
    if table_of(asset) == twin.table:
        return Message(key, **facts)
    return Message(f"{key}.open", table=".".join(part for part in twin.table[1:] if part), **facts)


def _database(target: Inventory, uuid: str) -> Message:
    entry = target.get(Key(Kind.DATABASE, uuid))
    return Message("refusal.database", name=entry.name) if entry else Message("refusal.database.unseen", uuid=uuid)
