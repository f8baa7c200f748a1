# [DEF:superset.checks.losses:Module]
# @COMPLEXITY: 2
# @PURPOSE: What does not travel, found before anything is sent.
"""Superset's bundles carry neither owners, roles nor row level security; tags and themes only on some paths, and native
annotation layers are cut out of a chart on import (seen on 6.1.0; source: commands/chart/importers/v1/utils.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind, objects
from apps.superset.content.untouched_keys import cut_layers
from apps.superset.inventory import Inventory
from apps.superset.messages.notes import LOSSES
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Note, first
from apps.superset.references.lookup import Stale
from apps.superset.references.reference import is_provisional
from apps.superset.references.resolution import is_reported
from apps.superset.releases.base import Release
from apps.superset.texts.spans import excerpt
from apps.superset.validation.importable import is_restorable

BESIDE = {
    Aspect.OWNERS: "owners",
    Aspect.ROLES: "roles",
    Aspect.RULES: "row_level_security",
    Aspect.TAGS: "tags",
    Aspect.EMBEDDING: "embedding",
    Aspect.ANNOTATIONS: "annotations",
    Aspect.THEMES: "themes",
}
"""The losses that a choice of the person who plans turns into content."""


def find_losses(
    assets: Bundle, inventory: Inventory, rules: Iterable[Mapping[str, Any]], carry: Collection[Aspect] = frozenset()
) -> tuple[Note, ...]:
    """One note per kind of loss, naming every affected asset. `rules` are the source's row-level security; what travels
    as `carry` is no loss, and what of it does not is a warning of its own."""
    travels = {BESIDE[aspect] for aspect in carry if aspect in BESIDE}
    found: dict[str, list[str]] = defaultdict(list)
    for asset in assets:
        for kind in _lost_with(asset, inventory):
            found[kind].append(str(asset))
    found["row_level_security"] = [one_line(rule.get("name")) for rule in rules if _concerns(rule, assets, inventory)]
    return tuple(Note.of(kind, found[kind]) for kind in LOSSES if found.get(kind) and kind not in travels)


def _lost_with(asset: Asset, inventory: Inventory) -> Iterable[str]:
    entry = inventory.get(asset.key)
    row = entry.row if entry else {}
    yield from (name for name in ("owners", "roles") if row.get(name))
    if asset.document.get("tags") or any(_custom(tag) for tag in row.get("tags") or ()):
        yield "tags"
    if asset.document.get("theme_uuid"):
        yield "themes"
    if cut_layers(asset):
        yield "annotations"
    if asset.document.get("folders"):
        yield "folders"


def _custom(tag: Mapping[str, Any]) -> bool:
    """Superset also has system tags for types and owners (`type:chart`, `owner:1`)."""
    return ":" not in str(tag.get("name"))


def _concerns(rule: Mapping[str, Any], assets: Bundle, inventory: Inventory) -> bool:
    keys = (inventory.key_of(Kind.DATASET, table["id"]) for table in objects(rule.get("tables")))
    return any(key in assets for key in keys if key)


def stale_notes(stale: Iterable[Stale], names: Mapping[Key, str]) -> Iterator[Note]:
    """Warnings about all numbers in the source that refer to nothing, with asset, path and value; for where a chart was
    opened from, only the charts. A stored query that is not JSON has no numbers; it is reported separately (see
    `damaged`)."""
    written: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in stale:
        if each.asset in names and each.path != "query_context":
            written[names[each.asset], each.path].append(one_line(each.value))
    if places := [(name, path) for name, path in written if is_reported(path)]:
        named = (f"{name}: {path}: {excerpt(', '.join(written[name, path]))}" for name, path in places)
        yield Note.of("stale_references", first(named))
    if charts := [name for name, path in written if not is_reported(path)]:
        yield Note.of("stale_memories", first(charts))


def stale_on_target(stale: Iterable[Stale], overwritten: Iterable[Asset]) -> tuple[Note, ...]:
    """A warning about numbers in overwritten assets that refer to nothing: a snapshot does not contain them."""
    names = {asset.key: str(asset) for asset in overwritten}
    lines = [
        f"{names[each.asset]}: {each.path}: {one_line(excerpt(str(each.value)))}"
        for each in stale
        if each.asset in names
        and each.path != "query_context"
        and is_reported(each.path)
        and not is_provisional(each.value)
    ]
    return (Note.of("stale_on_target", first(lines)),) if lines else ()


def unrestorable_note(overwritten: Iterable[Asset], release: Release) -> tuple[Note, ...]:
    """A warning about assets of the target that no import could restore."""
    names = tuple(sorted(str(asset) for asset in overwritten if not is_restorable(asset, release)))
    return (Note.of("not_restorable", names),) if names else ()
