# [DEF:superset.execution.stages:Module]
# @COMPLEXITY: 3
# @PURPOSE: The stages of a run as data, which `explain` describes and `executor` carries out.
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.execution.readback import Write
from apps.superset.plan.plan import Action, Plan
from apps.superset.plan.slugs import Slugs, changed_slugs, handed_over
from apps.superset.references.reference import symbols
from apps.superset.releases.base import Endpoint, Release


class Choice(StrEnum):
    """What an undo does if the target is not as the run left it."""

    REFUSE = "refuse"
    KEEP_CHANGED = "keep_changed"
    """Undo the rest, and keep what was changed since, with its dependencies."""

    FORCE = "force"
    """Undo anyway: later changes by others are lost."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of requests of earlier runs whose responses never arrived.

    `required`: nothing is sent until that is known, because a late request would undo what is sent now.
    """

    name: ClassVar = "settle"

    writes: tuple[Write, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Preflight:
    """Each asset of the target must be as expected, or already as wanted: content hash by key, None if it does not
    exist.

    Assets that are as wanted are skipped. For an undo, `choice` says what happens to assets that are neither.
    """

    name: ClassVar = "preflight"

    expected: Mapping[Key, str | None]
    wanted: Mapping[Key, str | None]
    choice: Choice | None = None
    slugs: Slugs = field(default_factory=dict)
    freed: tuple[Key, ...] = ()
    """The dashboards of `FreeSlugs`, if there is such a stage."""

    used_by: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    """For overwritten assets: the dashboards outside the plan that also use them. If there are more, an apply stops."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Store what will be overwritten or removed, before anything is sent."""

    name: ClassVar = "snapshot"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class FreeSlugs:
    """Give these dashboards provisional slugs, because others of the run will get theirs (see `slugs`)."""

    name: ClassVar = "free slugs"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Send:
    """One import request."""

    name: ClassVar = "send"

    keys: tuple[Key, ...]
    endpoint: Endpoint = Endpoint.ASSETS


@dataclass(frozen=True, slots=True)
class Repair:
    """Set every numeric reference of these to the target's current numbers, and send again what differs."""

    name: ClassVar = "repair"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Restore:
    """Restore the owners of these existing assets: an import makes the account one of them."""

    name: ClassVar = "restore"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete these, dashboards first; refused if something outside the plan now uses one."""

    name: ClassVar = "remove"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Verify:
    """Read back: no difference from the plan may remain."""

    name: ClassVar = "verify"

    expected: Mapping[Key, str | None]


@dataclass(frozen=True, slots=True)
class Finish:
    """Report that the run is complete."""

    name: ClassVar = "finish"


Stage = Settle | Preflight | Snapshot | FreeSlugs | Send | Repair | Restore | Remove | Verify | Finish


def stages(
    plan: Plan,
    desired: Bundle,
    release: Release,
    *,
    choice: Choice | None = None,
    earlier: Iterable[Write] = (),
) -> list[Stage]:
    """What a run of this plan does, in order; if the plan changes nothing, only the checks.

    An undo has a `choice`. `earlier` are requests of previous runs with unknown outcome.
    """
    changes = [change for change in plan.changes if change.action is not Action.ORPHAN]
    written = [change for change in changes if change.action.writes]
    sent = [desired.assets[change.key] for change in written if change.action is not Action.REMOVE]
    removed = tuple(change.key for change in written if change.action is Action.REMOVE)
    before = {change.key: change.before for change in changes}
    after = {change.key: change.after for change in changes}
    freed = handed_over(written, desired)
    used_by = {change.key: change.used_by for change in written if change.action is Action.UPDATE}
    steps: list[Stage] = [Preflight(before, after, choice, changed_slugs(written), freed, used_by)]
    if earlier := tuple(earlier):
        steps.insert(0, Settle(earlier, required=choice is None))
    if written:
        steps.append(Snapshot(tuple(change.key for change in written if change.before is not None)))
    if freed:
        steps.append(FreeSlugs(freed))
    steps.extend(sends(sent, release))
    if carriers := tuple(asset.key for asset in sent if _holds_numbers(asset)):
        steps.append(Repair(carriers))
    if existing := tuple(change.key for change in written if change.before is not None and change.key in desired):
        steps.append(Restore(existing))
    if removed:
        steps.append(Remove(tuple(reversed(in_dependency_order(removed)))))
    if written:
        steps.append(Verify(after))
    return [*steps, Finish()]


def _holds_numbers(asset: Asset) -> bool:
    return asset.kind in (Kind.CHART, Kind.DASHBOARD) or any(symbols(asset.document))


def endpoint_of(asset: Asset, release: Release) -> Endpoint:
    """The endpoint that imports an asset: assets/import, except for dashboards that it would damage."""
    if asset.kind is Kind.DASHBOARD and release.assets_import_needs_charts and not _has_charts(asset):
        return Endpoint.DASHBOARDS
    return Endpoint.ASSETS


def _has_charts(dashboard: Asset) -> bool:
    nodes = dashboard.document["position"].values()
    return any(isinstance(node, Mapping) and node.get("type") == "CHART" for node in nodes)


def sends(assets: Iterable[Asset], release: Release) -> Iterator[Send]:
    """A single request if it is small; otherwise datasets before charts before dashboards, each in batches."""
    assets = list(assets)
    by_endpoint = {
        endpoint: [asset for asset in assets if endpoint_of(asset, release) is endpoint] for endpoint in Endpoint
    }
    for endpoint, group in by_endpoint.items():
        keys = in_dependency_order(asset.key for asset in group)
        lots = (
            [keys]
            if len(keys) <= release.import_batch
            else [[key for key in keys if key.kind is kind] for kind in Kind]
        )
        for lot in lots:
            for start in range(0, len(lot), release.import_batch):
                yield Send(tuple(lot[start : start + release.import_batch]), endpoint)
