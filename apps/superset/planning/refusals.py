# [DEF:superset.planning.refusals:Module]
# @COMPLEXITY: 2
# @PURPOSE: Checks that refuse a plan if an import would silently take something over (see `takeovers`) or break it.
"""Even without `overwrite`, and with 200, Superset's importers take over a connection with the same name, a dashboard
with the same slug, and a dataset on the same table (seen on 4.1 to 6.1). A plan never lets this happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.diff.tree import Tree
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message, some, verbatim
from apps.superset.plan.plan import Change
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.mapping import DatabaseEntry, Suggestion, suggest
from apps.superset.references.graph import Dangling
from apps.superset.references.places import LAID_OUT
from apps.superset.references.reference import is_chart
from apps.superset.releases.base import Release
from apps.superset.validation.importable import obstacles

NAMED = 5
"""Maximum number of charts per layout that a refusal names."""


@dataclass(frozen=True, slots=True)
class OverwriteLimit:
    """How many existing assets of the target one plan may overwrite without explicit permission."""

    overwritten: int = 200


def dangling_references(dangling: Iterable[Dangling], source: Bundle) -> Iterator[Refusal]:
    """`source` is the symbolic content with the references; it gives the place of a chart in a layout."""
    for each in dangling:
        asset = source.get(each.asset)
        named = f"{each.asset.kind} “{each.asset_name}”"
        if charts := _lost_charts(asset, each.missing) if asset and each.how == LAID_OUT.follows else ():
            message = Message("refusal.dangling_reference.layout", asset=named, charts=some(charts, NAMED))
        else:
            facts = {"asset": named, "missing": each.missing_kind, "how": each.how}
            message = Message("refusal.dangling_reference", **facts)
        yield Refusal("dangling_reference", each.asset_name, message)


def _lost_charts(dashboard: Asset, missing: Key | None) -> list[str]:
    """The charts of the layout that do not exist: their names on the dashboard, numbers and places."""
    position = dashboard.document.get("position")
    tree = Tree(position if isinstance(position, Mapping) else {})
    found = []
    for name, node in tree.nodes.items():
        uuid = node["meta"].get(LAID_OUT.beside) if is_chart(node) else ""
        if is_chart(node) and (str(uuid).lower() == missing.uuid if missing else not uuid):
            number = uuid or node["meta"].get(LAID_OUT.key) or Message("refusal.dangling_reference.no_number")
            facts = {"name": tree.name(name), "number": number, "place": tree.place(name)["place"]}
            found.append(one_line(str(Message("refusal.dangling_reference.chart", **facts))))
    return found


def databases(
    sources: Iterable[Asset],
    mapping: Mapping[str, str],
    source: Inventory,
    target: Inventory,
    unseen: Message | None = None,
) -> Iterator[Refusal]:
    """Every database must be mapped to an existing one. `unseen` says why the account may not see all of them."""
    visibility = Message("refusal.visibility", unseen=unseen) if unseen else verbatim("")
    for asset in sources:
        mapped = mapping.get(asset.uuid)
        if mapped is None:
            yield _unmapped(asset, source, target, visibility)
        elif Key(Kind.DATABASE, mapped) not in target:
            facts = {"name": asset.name, "mapped": mapped, "visibility": visibility}
            message = Message("refusal.mapping_target_missing", **facts)
            ranked = _facts(asset, _suggestion(asset, source, target))
            yield Refusal("mapping_target_missing", asset.name, message, ranked)


def _unmapped(asset: Asset, source: Inventory, target: Inventory, visibility: Message) -> Refusal:
    same_name = any(entry.name == asset.name for entry in target.of_kind(Kind.DATABASE))
    kind = "database_takeover" if same_name else "database_unmapped"
    best = _suggestion(asset, source, target)
    message = Message(f"refusal.{kind}", name=asset.name, suggestion=_hint(best), visibility=visibility)
    return Refusal(kind, asset.name, message, _facts(asset, best))


def _hint(best: Suggestion | None) -> Message:
    if best is None:
        return verbatim("")
    if best.target is None:
        return Message("refusal.suggestion.none", reason=best.reason)
    return Message("refusal.suggestion", name=best.target.name, reason=best.reason)


def _suggestion(asset: Asset, source: Inventory, target: Inventory) -> Suggestion | None:
    entry = source.get(asset.key)
    candidates = [_database(each) for each in target.of_kind(Kind.DATABASE)]
    return next(iter(suggest([_database(entry)] if entry else [], candidates)), None)


def _facts(asset: Asset, suggestion: Suggestion | None) -> dict[str, Any]:
    """The candidates are sorted, the most likely first; `suggested` is the one to propose, empty if none is alike."""
    ranked = suggestion.candidates if suggestion else ()
    candidates = [{"uuid": each.target.uuid, "name": each.target.name, "reason": each.reason} for each in ranked]
    proposed = suggestion.target.uuid if suggestion and suggestion.target else ""
    return {"uuid": asset.uuid, "candidates": candidates, "suggested": proposed}


def _database(entry: Entry) -> DatabaseEntry:
    return DatabaseEntry(entry.key.uuid, entry.name, str(entry.row.get("backend") or ""))


def unimportable(desired: Bundle, release: Release) -> Iterator[Refusal]:
    """What the importer would refuse or fail on, because assets/import does not say which file it was."""
    for asset in desired:
        for obstacle in obstacles(asset, release):
            message = Message("refusal.not_importable", asset=asset, obstacle=obstacle)
            yield Refusal("not_importable", asset.name, message)


def unsendable(changes: Iterable[Change], desired: Bundle, current: Bundle) -> Iterator[Refusal]:
    """Assets that would be written, or restored by a rollback, with altered text: it was escaped when read."""
    for change in changes:
        for side, bundle in (("source", desired), ("target", current)):
            asset = bundle.get(change.key)
            if asset and asset.escaped and (change.action.writes or _differ(change.key, desired, current)):
                message = Message(f"refusal.not_sendable.{side}", asset=asset, places=", ".join(asset.escaped[:3]))
                yield Refusal("not_sendable", asset.name, message)


def _differ(key: Key, desired: Bundle, current: Bundle) -> bool:
    wanted, found = desired.get(key), current.get(key)
    return wanted is not None and found is not None and wanted.escaped != found.escaped


def paired_twice(pairing: Mapping[Key, Key], members: Bundle) -> Iterator[Refusal]:
    """Two assets of the source that would become one on the target, so that one would be lost."""
    taken: dict[Key, Asset] = {}
    for asset in members:
        other = taken.setdefault(pairing.get(asset.key, asset.key), asset)
        if other is not asset:
            message = Message("refusal.paired_twice", asset=asset, other=other, kind=asset.kind)
            yield Refusal("paired_twice", asset.name, message)


def too_many(overwritten: int, limits: OverwriteLimit) -> Iterator[Refusal]:
    if overwritten > limits.overwritten:
        message = Message("refusal.too_many_changes", count=overwritten, limit=limits.overwritten)
        yield Refusal("too_many_changes", "", message)


def missing_databases(desired: Bundle, target: Inventory) -> Iterator[Refusal]:
    """Connections that datasets need, and that the target no longer has and the run does not create."""
    uuids = {asset.document["database_uuid"] for asset in desired if asset.kind is Kind.DATASET}
    for uuid in sorted(uuids):
        if (key := Key(Kind.DATABASE, uuid)) not in target and key not in desired:
            yield Refusal("database_gone", uuid, Message("refusal.database_gone", uuid=uuid))
