# [DEF:superset.plan.slugs:Module]
# @COMPLEXITY: 2
# @PURPOSE: Slugs that pass from one dashboard to another in a run, and the provisional slugs that make it possible.
"""No two dashboards of a Superset have the same slug, and its importer looks for each dashboard by UUID *or* slug, one
after the other: if two exchange theirs, the first would overwrite the second (source: 6.1.0,
models/helpers.py: import_from_dict). So a dashboard whose slug another one of the run will get receives a provisional
slug first. A successful run leaves none behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.content.comparable import hash_of
from apps.superset.inventory import Inventory
from apps.superset.plan.plan import Action, Change, Note

CHANGED = "slug_changed"

Slugs = Mapping[Key, frozenset[str | None]]
"""For each dashboard whose slug a run changes: the old and the new slug."""


def provisional_slug(key: Key) -> str:
    return f"lockstep-{key.uuid}"


def slug_of(asset: Asset) -> str:
    return str(asset.document.get("slug") or "") if asset.kind is Kind.DASHBOARD else ""


def is_provisional(asset: Asset | None) -> bool:
    return asset is not None and slug_of(asset) == provisional_slug(asset.key)


def changed_slugs(changes: Iterable[Change]) -> Slugs:
    return {key: frozenset(pair) for key, pair in _pairs(changes).items()}


def handed_over(changes: Iterable[Change], desired: Bundle) -> tuple[Key, ...]:
    """The dashboards whose slug another one of these changes will get."""
    changes = list(changes)
    written = [change.key for change in changes if change.action in (Action.CREATE, Action.UPDATE)]
    wanted = {slug: key for key in written if key in desired and (slug := slug_of(desired.assets[key]))}
    return tuple(key for key, (before, _) in _pairs(changes).items() if wanted.get(before or "", key) != key)


def hashes_without(asset: Asset | None, slugs: Slugs) -> frozenset[str]:
    """The content hashes of a dashboard with a provisional slug as if it had kept its own; none for other assets."""
    if asset is None or not is_provisional(asset):
        return frozenset()
    kept = (asset.with_document({**asset.document, "slug": slug}) for slug in slugs.get(asset.key, ()))
    return frozenset(map(hash_of, kept))


def waiting(keys: Iterable[Key], kept: Collection[Key], desired: Bundle, target: Inventory) -> list[Key]:
    """The dashboards that would get the slug of a dashboard that stays unchanged on the target."""
    held = {entry.slug for key in kept if key.kind is Kind.DASHBOARD and (entry := target.get(key)) and entry.slug}
    return [key for key in keys if key in desired and slug_of(desired.assets[key]) in held]


def provisional_note(current: Iterable[Asset]) -> tuple[Note, ...]:
    """A warning about dashboards of the target that an interrupted run has left without their own slug."""
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
