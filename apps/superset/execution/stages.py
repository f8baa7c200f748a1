# [DEF:superset.execution.stages:Module]
# @COMPLEXITY: 3
# @PURPOSE: The stages of a run as data, which `explain` describes and `executor` carries out.
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, get_args

from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.execution.readback import Write
from apps.superset.plan.attachment import Access, Aspect, Attachment
from apps.superset.plan.plan import Action, Plan
from apps.superset.plan.reliance import Reliance
from apps.superset.plan.slugs import Slugs, changed_slugs, handed_over
from apps.superset.references.graph import foundations
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

    drafts: Mapping[Key, str] = field(default_factory=dict)
    """The content hash of dashboards that an interrupted run has left unpublished."""

    relied: tuple[Reliance, ...] = ()
    access: tuple[Access, ...] = ()
    """Of an apply: what has to restrict the dashboards still, and who sees them afterwards."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Store what will be overwritten or removed, before anything is sent."""

    name: ClassVar = "snapshot"

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Connect:
    """Test the new connections with the secrets that were asked for, then create them."""

    name: ClassVar = "connect"

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
class Attach:
    """Set what hangs on assets beside their documents, then publish the dashboards of `drafts`, each with its roles in
    one request."""

    name: ClassVar = "attach"

    attachments: tuple[Attachment, ...]
    drafts: Mapping[Key, str] = field(default_factory=dict)
    choice: Choice | None = None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys([*(each.key for each in self.attachments), *self.drafts]))


@dataclass(frozen=True, slots=True)
class Detach:
    """Of an undo: delete the alerts and reports that the run created, before what they are about (Superset deletes no
    chart or dashboard with one), and before a layout loses the tabs that they show."""

    name: ClassVar = "detach"

    attachments: tuple[Attachment, ...]
    choice: Choice
    drafts: Mapping[Key, str] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys(each.key for each in self.attachments))


@dataclass(frozen=True, slots=True)
class Verify:
    """Read back: no difference from the plan may remain."""

    name: ClassVar = "verify"

    expected: Mapping[Key, str | None]


@dataclass(frozen=True, slots=True)
class Finish:
    """Report that the run is complete."""

    name: ClassVar = "finish"


Stage = (
    Settle
    | Preflight
    | Snapshot
    | Connect
    | Detach
    | FreeSlugs
    | Send
    | Repair
    | Restore
    | Remove
    | Attach
    | Verify
    | Finish
)

NAMES: tuple[str, ...] = tuple(each.name for each in get_args(Stage))
"""Of all stages that a run can have, in order."""


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
    created = tuple(change.key for change in written if change.key.kind is Kind.DATABASE and change.before is None)
    left = {*created, *(change.key for change in written if change.action is Action.REMOVE)}
    sent = [desired.assets[change.key] for change in written if change.key not in left]
    removed = tuple(change.key for change in written if change.action is Action.REMOVE)
    before = {change.key: change.before for change in changes}
    after = {change.key: change.after for change in changes}
    freed = handed_over(written, desired)
    used_by = {change.key: change.used_by for change in written if change.action is Action.UPDATE}
    seen = (plan.relied, plan.access) if choice is None and plan.pending else ((), ())
    steps: list[Stage] = [Preflight(before, after, choice, changed_slugs(written), freed, used_by, plan.drafts, *seen)]
    if earlier := tuple(earlier):
        steps.insert(0, Settle(earlier, required=choice is None))
    if plan.pending:
        steps.append(Snapshot(tuple(change.key for change in written if change.before is not None)))
    detached, attached = _detached(plan, choice)
    steps.extend(_first(created, detached, choice))
    if freed:
        steps.append(FreeSlugs(freed))
    steps.extend(sends(sent, release))
    if carriers := tuple(asset.key for asset in sent if _holds_numbers(asset)):
        steps.append(Repair(carriers))
    owned = {each.key for each in plan.attachments if each.aspect is Aspect.OWNERS}
    overwritten = (change.key for change in written if change.before is not None and change.key in desired)
    if existing := tuple(key for key in overwritten if key not in owned):
        steps.append(Restore(existing))
    if removed:
        steps.append(Remove(tuple(reversed(in_dependency_order(removed)))))
    drafts = plan.drafts if choice is None else {}
    if attached or drafts:
        steps.append(Attach(attached, drafts, choice))
    if plan.pending:
        steps.append(Verify(after))
    return [*steps, Finish()]


def _detached(plan: Plan, choice: Choice | None) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
    """What an undo deletes first, and the rest: Superset deletes nothing that a report is about."""
    first = tuple(each for each in plan.attachments if choice and each.aspect is Aspect.REPORTS and not each.after)
    return first, tuple(each for each in plan.attachments if each not in first)


def _first(created: tuple[Key, ...], detached: tuple[Attachment, ...], choice: Choice | None) -> Iterator[Stage]:
    if created:
        yield Connect(created)
    if choice and detached:
        yield Detach(detached, choice)


def _holds_numbers(asset: Asset) -> bool:
    return asset.kind in (Kind.CHART, Kind.DASHBOARD) or any(symbols(asset.document))


STEPWISE: Mapping[Kind, Endpoint] = {
    Kind.DATASET: Endpoint.DATASETS,
    Kind.CHART: Endpoint.CHARTS,
    Kind.DASHBOARD: Endpoint.DASHBOARDS,
}


def endpoint_of(asset: Asset, release: Release) -> Endpoint:
    """The endpoint that imports an asset: assets/import, except for dashboards that it would damage; that of its kind
    where there is none."""
    if Endpoint.ASSETS not in release.importers:
        return STEPWISE[asset.kind]
    if asset.kind is Kind.DASHBOARD and release.assets_import_needs_charts and not _has_charts(asset):
        return Endpoint.DASHBOARDS
    return Endpoint.ASSETS


def unlinks(asset: Asset, release: Release) -> bool:
    """Whether charts that leave the layout have to be unlinked before the import, which would leave them linked."""
    return release.keeps_old_charts and endpoint_of(asset, release) is Endpoint.DASHBOARDS


def _has_charts(dashboard: Asset) -> bool:
    nodes = dashboard.document["position"].values()
    return any(isinstance(node, Mapping) and node.get("type") == "CHART" for node in nodes)


def sends(assets: Iterable[Asset], release: Release) -> Iterator[Send]:
    """A single request to an endpoint if it is small; otherwise datasets before charts before dashboards, each in
    batches."""
    found = {asset.key: asset for asset in assets}
    ordered = [found[key] for key in in_dependency_order(found)]
    for endpoint in Endpoint:
        group = [asset for asset in ordered if endpoint_of(asset, release) is endpoint]
        parts = [group] if len(group) <= release.import_batch else [_of_kind(group, kind) for kind in Kind]
        for part in parts:
            yield from (Send(lot, endpoint) for lot in _lots(part, endpoint, release.import_batch))


def _of_kind(assets: Iterable[Asset], kind: Kind) -> list[Asset]:
    return [asset for asset in assets if asset.kind is kind]


def _lots(assets: Iterable[Asset], endpoint: Endpoint, size: int) -> Iterator[tuple[Key, ...]]:
    """Each of at most so many files, among them those of what the assets stand on where a bundle needs them. An asset
    that needs more is alone."""
    lot: set[Key] = set()
    files: set[Key] = set()
    for asset in assets:
        needed = {asset.key, *(() if endpoint is Endpoint.ASSETS else foundations(asset))}
        if lot and len(files | needed) > size:
            yield tuple(in_dependency_order(lot))
            lot, files = set(), set()
        lot.add(asset.key)
        files |= needed
    if lot:
        yield tuple(in_dependency_order(lot))
