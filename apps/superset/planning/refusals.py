# [DEF:superset.planning.refusals:Module]
# @COMPLEXITY: 3
# @PURPOSE: Why a plan refuses itself: what an import would silently take over (see `takeovers`) or leave broken.
# @RELATION DEPENDS_ON -> superset.inventory
# @RELATION DEPENDS_ON -> superset.references.places
# @RELATION DEPENDS_ON -> superset.diff.tree
# @RELATION DEPENDS_ON -> contracts.plain_text
"""Superset's importers take over, with 200 and without `overwrite`: a connection of the same name, a dashboard of the
same slug, a dataset of the same table (seen on 4.1 to 6.1). None of that ever happens through a plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.diff.tree import Tree
from apps.superset.inventory import Entry, Inventory
from apps.superset.plan.plan import Change
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.mapping import DatabaseEntry, Suggestion, suggest
from apps.superset.references.graph import Dangling
from apps.superset.references.places import LAID_OUT
from apps.superset.references.reference import is_chart
from apps.superset.releases.base import Release
from apps.superset.validation.importable import obstacles

NAMED = 5
"""Charts of one layout that a refusal names."""


@dataclass(frozen=True, slots=True)
class OverwriteLimit:
    """How much of what the target already has one plan may overwrite without an explicit word."""

    overwritten: int = 200


def dangling_references(dangling: Iterable[Dangling], source: Bundle) -> Iterator[Refusal]:
    """`source` is what the references were found in, symbolic: of a chart in a layout it tells the place."""
    for each in dangling:
        asset = source.get(each.asset)
        lost = _lost_charts(asset, each.missing) if asset and each.how == LAID_OUT.follows else ""
        what = lost or f"refers to a {each.missing_kind} that does not exist ({each.how})"
        text = (
            f"{each.asset.kind} “{each.asset_name}” {what}: mend or remove the reference in the source, then plan again"
        )
        yield Refusal("dangling_reference", each.asset_name, text)


def _lost_charts(dashboard: Asset, missing: Key | None) -> str:
    """Which charts of the layout are not there: what the dashboard calls them, their numbers and where they stand."""
    position = dashboard.document.get("position")
    tree = Tree(position if isinstance(position, Mapping) else {})
    found = []
    for name, node in tree.nodes.items():
        uuid = node["meta"].get(LAID_OUT.beside) if is_chart(node) else ""
        if is_chart(node) and (str(uuid).lower() == missing.uuid if missing else not uuid):
            number = uuid or node["meta"].get(LAID_OUT.key) or "without a number"
            found.append(one_line(f"“{tree.name(name)}” (chart {number}; {tree.place(name)['place']})"))
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    verb = "do" if len(found) > 1 else "does"
    return f"lays out {', '.join(found[:NAMED])}{more}, which {verb} not exist" if found else ""


def databases(
    sources: Iterable[Asset], mapping: Mapping[str, str], source: Inventory, target: Inventory, unseen: str = ""
) -> Iterator[Refusal]:
    """Every database is mapped to one that the target has; a connection is never created or changed. `unseen` says why
    the account may see not all of them."""
    hint = f". {unseen}" if unseen else ""
    for asset in sources:
        mapped = mapping.get(asset.uuid)
        if mapped is None:
            yield _unmapped(asset, source, target, hint)
        elif Key(Kind.DATABASE, mapped) not in target:
            what = f"database “{asset.name}” is mapped to {mapped}, which the target does not have"
            text = f"{what}: map it to another{hint}"
            yield Refusal("mapping_target_missing", asset.name, text, _facts(asset, _suggestion(asset, source, target)))


def _unmapped(asset: Asset, source: Inventory, target: Inventory, unseen: str) -> Refusal:
    same_name = any(entry.name == asset.name for entry in target.of_kind(Kind.DATABASE))
    kind = "database_takeover" if same_name else "database_unmapped"
    why = " and an import would take over the target's own connection of that name" if same_name else ""
    best = _suggestion(asset, source, target)
    hint = f"“{best.target.name}” is suggested ({best.reason})" if best and best.target else best.reason if best else ""
    advice = f"; {hint}" if hint else ""
    text = f"database “{asset.name}” is not mapped{why}: map it to one of the target{advice}{unseen}"
    return Refusal(kind, asset.name, text, _facts(asset, best))


def _suggestion(asset: Asset, source: Inventory, target: Inventory) -> Suggestion | None:
    entry = source.get(asset.key)
    candidates = [_database(each) for each in target.of_kind(Kind.DATABASE)]
    return next(iter(suggest([_database(entry)] if entry else [], candidates)), None)


def _facts(asset: Asset, suggestion: Suggestion | None) -> dict[str, Any]:
    """The candidates are ranked, the most likely first."""
    ranked = suggestion.candidates if suggestion else ()
    candidates = [{"uuid": each.target.uuid, "name": each.target.name, "reason": each.reason} for each in ranked]
    return {"uuid": asset.uuid, "candidates": candidates}


def _database(entry: Entry) -> DatabaseEntry:
    return DatabaseEntry(entry.key.uuid, entry.name, str(entry.row.get("backend") or ""))


def unimportable(desired: Bundle, release: Release) -> Iterator[Refusal]:
    """What the importer would refuse or break off over, for assets/import does not say which file it was."""
    for asset in desired:
        for obstacle in obstacles(asset, release):
            text = (
                f"{asset} cannot be imported by Superset: {obstacle}. Correct it in the source (open it, save it), and "
                "plan again"
            )
            yield Refusal("not_importable", asset.name, text)


def unsendable(changes: Iterable[Change], desired: Bundle, current: Bundle) -> Iterator[Refusal]:
    """What would be written, or brought back by a rollback, otherwise than it is: its text was escaped to be read."""
    for change in changes:
        for side, bundle in (("source", desired), ("target", current)):
            asset = bundle.get(change.key)
            if asset and asset.escaped and (change.action.writes or _differ(change.key, desired, current)):
                places = ", ".join(asset.escaped[:3])
                text = (
                    f"{asset} of the {side} holds characters that no database takes (NUL or half of a surrogate pair, "
                    f"in {places}): remove them there, then plan again"
                )
                yield Refusal("not_sendable", asset.name, text)


def _differ(key: Key, desired: Bundle, current: Bundle) -> bool:
    wanted, found = desired.get(key), current.get(key)
    return wanted is not None and found is not None and wanted.escaped != found.escaped


def paired_twice(pairing: Mapping[Key, Key], members: Bundle) -> Iterator[Refusal]:
    """Two assets of the source that would become one on the target, of which one would be lost."""
    taken: dict[Key, Asset] = {}
    for asset in members:
        other = taken.setdefault(pairing.get(asset.key, asset.key), asset)
        if other is not asset:
            text = f"{asset} and {other} are paired with the same {asset.kind} of the target: pair one of them anew"
            yield Refusal("paired_twice", asset.name, text)


def too_many(overwritten: int, limits: OverwriteLimit) -> Iterator[Refusal]:
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
