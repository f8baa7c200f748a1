# [DEF:superset.references.graph:Module]
# @COMPLEXITY: 2
# @PURPOSE: What depends on what, read from symbolic assets.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.references.places import FILTER_LISTS, IN_FILTERS, LAID_OUT, UUIDS, Place
from apps.superset.references.reference import Ref, is_chart, symbols
from apps.superset.references.walk import found_at


@dataclass(frozen=True, slots=True)
class Reference:
    """One place in an asset that refers to another. `key` is None if the place does not identify anything."""

    kind: Kind
    key: Key | None
    how: str


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference to a missing asset. `missing` is None if not even a UUID is left (a chart without a dataset)."""

    asset: Key
    asset_name: str
    missing_kind: Kind
    missing: Key | None
    how: str


@dataclass(frozen=True, slots=True)
class Closure:
    """Some assets and all their dependencies, in dependency order, and their dangling references."""

    keys: tuple[Key, ...]
    dangling: tuple[Dangling, ...] = ()

    @property
    def missing(self) -> tuple[Key, ...]:
        """The missing assets that are referred to by UUID, each once."""
        return tuple(in_dependency_order({each.missing for each in self.dangling if each.missing}))


def references(asset: Asset) -> tuple[Reference, ...]:
    """Every place of the asset that refers to another one."""
    if asset.kind is Kind.DASHBOARD:
        return (*_laid_out(asset.document), *_filtered(asset.document), *_named(asset.document))
    if asset.kind in UUIDS:
        return (_by_uuid(asset, *UUIDS[asset.kind]), *_named(asset.document))
    return ()


def dependencies(asset: Asset) -> tuple[Key, ...]:
    """The direct dependencies of the asset, each once, in dependency order."""
    return tuple(in_dependency_order({each.key for each in references(asset) if each.key}))


def foundations(asset: Asset) -> tuple[Key, ...]:
    """What an importer needs to place the asset, symbolic or not: the charts of a layout, the dataset of a chart, the
    connection of a dataset."""
    if asset.kind is Kind.DASHBOARD:
        found = _laid_out(asset.document)
    else:
        found = (_by_uuid(asset, *UUIDS[asset.kind]) for _ in range(asset.kind in UUIDS))
    return tuple(dict.fromkeys(each.key for each in found if each.key))


def closure(bundle: Bundle, roots: Iterable[Key]) -> Closure:
    """The roots and all their dependencies in the bundle. A missing root is a dangling reference of its own."""
    found: set[Key] = set()
    dangling: dict[Dangling, None] = {}
    waiting = list(roots)
    for root in waiting:
        if root not in bundle:
            dangling[Dangling(root, root.uuid, root.kind, root, "asked for")] = None
    while waiting:
        asset = bundle.get(waiting.pop())
        if asset is None or asset.key in found:
            continue
        found.add(asset.key)
        for each in references(asset):
            if each.key is None or each.key not in bundle:
                dangling[Dangling(asset.key, asset.name, each.kind, each.key, each.how)] = None
            else:
                waiting.append(each.key)
    return Closure(tuple(in_dependency_order(found)), tuple(sorted(dangling, key=lambda d: (str(d.asset), d.how))))


def users(bundle: Bundle) -> Mapping[Key, tuple[Key, ...]]:
    """By asset: its direct dependents. One pass over the bundle."""
    found: dict[Key, set[Key]] = defaultdict(set)
    for asset in bundle:
        for key in dependencies(asset):
            found[key].add(asset.key)
    return {key: tuple(in_dependency_order(keys)) for key, keys in found.items()}


def _by_uuid(asset: Asset, kind: Kind, field: str) -> Reference:
    uuid = asset.document.get(field)
    return Reference(kind, Key(kind, str(uuid).lower()) if uuid else None, field)


def _laid_out(document: Mapping[str, Any]) -> Iterator[Reference]:
    for node in (document.get("position") or {}).values():
        if is_chart(node):
            uuid = node["meta"].get(LAID_OUT.beside)
            yield Reference(Kind.CHART, Key(Kind.CHART, str(uuid).lower()) if uuid else None, LAID_OUT.follows)


def _filtered(document: Mapping[str, Any]) -> Iterator[Reference]:
    metadata = document.get("metadata") or {}
    for field, noun in FILTER_LISTS.items():
        for each in metadata.get(field) or ():
            if isinstance(each, Mapping):
                yield from _of_filter(each, f"{noun} “{each.get('name') or each.get('id') or ''}”")


def _of_filter(each: Mapping[str, Any], how: str) -> Iterator[Reference]:
    """The datasets of its targets, and of its group-by."""
    targets = ((place, target) for place in IN_FILTERS if place.beside for target in found_at(each, place.holder))
    found = [reference for place, target in targets for reference in _target(target, place, how)]
    yield from found
    for place in IN_FILTERS:
        for chosen in () if place.beside else found_at(each, place.path):
            yield from _chosen(chosen, how, elsewhere=bool(found))


def _chosen(chosen: Any, how: str, *, elsewhere: bool) -> Iterator[Reference]:
    """The dataset of a dynamic group-by. A missing one matters only if no target refers to another."""
    value = chosen.get("value") if isinstance(chosen, Mapping) else chosen
    if found := list(_datasets(value, how)):
        yield from found
    elif value is not None and value != "" and not elsewhere:
        yield Reference(Kind.DATASET, None, how)


def _datasets(value: Any, how: str) -> Iterator[Reference]:
    """For a number in any form: alone, as a choice, in a list."""
    return (Reference(Kind.DATASET, each.key, how) for each in symbols(value) if isinstance(each, Ref))


def _target(target: Any, place: Place, how: str) -> Iterator[Reference]:
    """A target with a column or a number but no dataset has lost it: the export leaves out deleted datasets.

    Time range filters have an empty target; they refer to nothing.
    """
    if not isinstance(target, Mapping):
        return
    if uuid := target.get(place.beside):
        yield Reference(Kind.DATASET, Key(Kind.DATASET, str(uuid).lower()), how)
    elif (named := target.get(place.key)) is not None or target.get("column"):
        yield from list(_datasets(named, how)) or [Reference(Kind.DATASET, None, how)]


def _named(document: Mapping[str, Any]) -> Iterator[Reference]:
    """Other required references by number: layers of a deck.gl chart, datasets of macros."""
    found = {each.key: each.follows for each in symbols(document) if isinstance(each, Ref) and each.follows}
    for key, how in found.items():
        if how not in FILTER_LISTS.values():
            yield Reference(key.kind, key, how)
