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
    """What an undo does where the target is not as the run left it."""

    REFUSE = "refuse"
    KEEP_CHANGED = "keep_changed"
    """Undo the rest, and leave what was changed since, with what that stands on."""

    FORCE = "force"
    """Undo all the same: what others made of it since is lost."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of requests of earlier runs whose answers never came.

    `required`: nothing more is sent while that is open, for one that comes late would undo what is sent now.
    """

    name: ClassVar = "settle"

    writes: tuple[Write, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Preflight:
    """Each asset of the target must be as expected, or already as wanted: content hash by key, None for not there.

    What is as wanted is left alone. For an undo, `choice` says what is done with what is neither.
    """

    name: ClassVar = "preflight"

    expected: Mapping[Key, str | None]
    wanted: Mapping[Key, str | None]
    choice: Choice | None = None
    slugs: Slugs = field(default_factory=dict)
    freed: tuple[Key, ...] = ()
    """What `FreeSlugs` is about, if there is such a stage."""

    used_by: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    """Of what is overwritten: the dashboards outside the plan that use it too. If there are more, an apply stops."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Keep what will be overwritten or removed, before anything is sent."""

    name: ClassVar = "snapshot"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class FreeSlugs:
    """Give these dashboards a provisional slug each, for another one of the run is to have theirs (see `slugs`)."""

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
    """Give every numeric reference of these the numbers that the target has by now, and send again what differs."""

    name: ClassVar = "repair"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Restore:
    """Give these, which were there before, the owners back that they had: an import makes the account one of them."""

    name: ClassVar = "restore"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete these, dashboards first; refused where something outside the plan has come to use one."""

    name: ClassVar = "remove"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Verify:
    """Read back: the remaining difference to the plan must be empty."""

    name: ClassVar = "verify"

    expected: Mapping[Key, str | None]


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing remains to be done but to say so."""

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
    """What a run of this plan does, in order; of a plan that changes nothing, only the looking.

    An undo has a `choice`. `earlier` are requests of runs before it of which nobody knows what became.
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
    """The endpoint that imports an asset: assets/import, but for dashboards that it would spoil."""
    if asset.kind is Kind.DASHBOARD and release.assets_import_needs_charts and not _has_charts(asset):
        return Endpoint.DASHBOARDS
    return Endpoint.ASSETS


def _has_charts(dashboard: Asset) -> bool:
    nodes = dashboard.document["position"].values()
    return any(isinstance(node, Mapping) and node.get("type") == "CHART" for node in nodes)


def sends(assets: Iterable[Asset], release: Release) -> Iterator[Send]:
    """One request while that is small; else datasets before charts before dashboards, each in batches."""
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
