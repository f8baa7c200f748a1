# [DEF:superset.plan.slugs:Module]
# @COMPLEXITY: 2
# @PURPOSE: Slugs that pass from one dashboard to another in a run, and the provisional slugs that make it possible.
"""No two dashboards of a Superset have the same slug, and its importer looks for each dashboard by UUID *or* slug, one
after the other: of two that exchange theirs, the first would be written into the second (source: 6.1.0,
models/helpers.py: import_from_dict). So an asset whose slug another one of the run is to have gets a provisional
slug first. No run that ends well leaves one behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.content.comparable import hash_of
from apps.superset.inventory import Inventory
from apps.superset.plan.plan import Action, Change, Note

CHANGED = "slug_changed"

Slugs = Mapping[Key, frozenset[str | None]]
"""Of each dashboard whose slug a run changes: the one before and the one after."""


def provisional_slug(key: Key) -> str:
    return f"lockstep-{key.uuid}"


def slug_of(asset: Asset) -> str:
    return str(asset.document.get("slug") or "") if asset.kind is Kind.DASHBOARD else ""


def is_provisional(asset: Asset | None) -> bool:
    return asset is not None and slug_of(asset) == provisional_slug(asset.key)


def changed_slugs(changes: Iterable[Change]) -> Slugs:
    return {key: frozenset(pair) for key, pair in _pairs(changes).items()}


def handed_over(changes: Iterable[Change], desired: Bundle) -> tuple[Key, ...]:
    """The dashboards whose slug another one of these changes is to have."""
    changes = list(changes)
    written = [change.key for change in changes if change.action in (Action.CREATE, Action.UPDATE)]
    wanted = {slug: key for key in written if key in desired and (slug := slug_of(desired.assets[key]))}
    return tuple(key for key, (before, _) in _pairs(changes).items() if wanted.get(before or "", key) != key)


def hashes_without(asset: Asset | None, slugs: Slugs) -> frozenset[str]:
    """The content hashes of a dashboard with a provisional slug, had it kept its own; none for any other asset."""
    if asset is None or not is_provisional(asset):
        return frozenset()
    kept = (asset.with_document({**asset.document, "slug": slug}) for slug in slugs.get(asset.key, ()))
    return frozenset(map(hash_of, kept))


def waiting(keys: Iterable[Key], kept: Collection[Key], desired: Bundle, target: Inventory) -> list[Key]:
    """Those of the dashboards that are to have a slug which one that is kept as it is has on the target."""
    held = {entry.slug for key in kept if key.kind is Kind.DASHBOARD and (entry := target.get(key)) and entry.slug}
    return [key for key in keys if key in desired and slug_of(desired.assets[key]) in held]


def provisional_note(current: Iterable[Asset]) -> tuple[Note, ...]:
    """A warning for dashboards of the target that a run which was interrupted has left without their own slug."""
    names = tuple(sorted(str(asset) for asset in current if is_provisional(asset)))
    return (Note.of("slug_provisional", names),) if names else ()


def _pairs(changes: Iterable[Change]) -> Mapping[Key, tuple[str | None, str | None]]:
    return {
        change.key: (each.before, each.after)
        for change in changes
        if change.key.kind is Kind.DASHBOARD
        for each in change.differences
        if each.kind == CHANGED
    }
