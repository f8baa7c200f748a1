"""From two environments and a selection to a plan. Reads only; writes nothing anywhere."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from apps.superset import guards
from apps.superset.assets import Asset, Bundle, Key, Kind, in_dependency_order
from apps.superset.bundle import write_bundle
from apps.superset.comparing import comparable
from apps.superset.diff import diff
from apps.superset.errors import PlanUnsafe
from apps.superset.graph import Closure, closure
from apps.superset.guards import Limits, Refusal
from apps.superset.inventory import Entry, read_inventory
from apps.superset.losses import annotation_note, carried, find_losses, read_rules, stale_note
from apps.superset.macros import macro_notes
from apps.superset.mapping import apply_mapping
from apps.superset.normalize import content_hash
from apps.superset.pairing import apply_pairing
from apps.superset.plan import Action, Change, Endpoint, Mapped, Note, Plan
from apps.superset.protocol import Client, Reporter
from apps.superset.reading import Reading, read, read_closure
from apps.superset.selection import Selection


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the two contents it was made of, both symbolic: what is to be, and what the target had."""

    plan: Plan
    desired: Bundle
    current: Bundle

    @property
    def bundle(self) -> bytes:
        """The ZIP that ships with the plan; its SHA-256 is `plan.content`."""
        return pack(self.desired)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. `mapping` is by database UUID, `pairing` by key, both source → target, both confirmed."""

    selection: Selection
    mapping: Mapping[str, str] = field(default_factory=dict)
    pairing: Mapping[Key, Key] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def make_plan(source: Client, target: Client, request: Request, reporter: Reporter) -> Planned:
    """Compare what the source has with what the target has, object by object, after the mapping.

    The two environments are read at the same time, each by its own client in its own thread.
    Raises PlanUnsafe with every reason at once where the plan refuses itself.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        return _Planner(source, target, request, reporter, pool).plan()


def pack(desired: Bundle) -> bytes:
    """The symbolic content as a deterministic ZIP."""
    return write_bundle(desired, type="assets", root="plan")


class _Planner:
    """One run of `make_plan`; attributes are filled in the order of `plan`."""

    def __init__(
        self, source: Client, target: Client, request: Request, reporter: Reporter, pool: ThreadPoolExecutor
    ) -> None:
        self.source, self.target = source, target
        self.request, self.reporter, self.pool = request, reporter, pool

    def plan(self) -> Planned:
        self.read_inventories()
        roots = self.request.selection.resolve(self.here, environment=self.source.environment)
        self.read_contents([entry.key for entry in roots])
        closed = closure(self.reading.symbolic, [entry.key for entry in roots])
        self.map_databases()
        desired = self.desired(closed)
        self.refuse(closed, desired)
        current = self.current(desired)
        changes = [self.change(asset, current.get(asset.key)) for asset in desired]
        self.refuse_if(guards.too_many(sum(each.action is Action.UPDATE for each in changes), self.request.limits))
        plan = Plan(
            source=Endpoint(self.source.environment, self.source.release().version),
            target=Endpoint(self.target.environment, self.target.release().version),
            dashboards=tuple(self.paired(entry.key) for entry in roots),
            databases=tuple(self.mapped(asset) for asset in self.databases(closed)),
            changes=(*changes, *self.orphans(desired, current)),
            warnings=self.warnings(closed, changes, current),
            losses=find_losses(self.members(closed), self.here, self.rules),
            content=hashlib.sha256(pack(desired)).hexdigest(),
        )
        return Planned(plan, desired, Bundle.of(current.values()))

    # --- reading -----------------------------------------------------------------------------------------------------

    def read_inventories(self) -> None:
        self.reporter.log(f"reading what there is in {self.source.environment} and {self.target.environment}")
        there = self.pool.submit(read_inventory, self.target)
        self.source.release()
        self.here = read_inventory(self.source)
        self.rules, self.rule_notes = read_rules(self.source)
        self.there = there.result()

    def read_contents(self, roots: list[Key]) -> None:
        """The selected dashboards on both sides, with what they depend on."""
        self.reporter.log(f"exporting {len(roots)} dashboards from {self.source.environment} and their counterparts")
        counterparts = [self.paired(key) for key in roots]
        there = self.pool.submit(read, self.target, self.there, counterparts, self.reporter)
        self.reading = read_closure(self.source, self.here, roots, self.reporter)
        self.counterparts: Reading = there.result()

    def current(self, desired: Bundle) -> dict[Key, Asset]:
        """What the target has of what is desired; read what the counterparts' export did not bring."""
        missing = [asset.key for asset in desired if asset.key not in self.counterparts.symbolic]
        rest = read(self.target, self.there, missing, self.reporter).symbolic
        both = self.counterparts.symbolic.merged(rest)
        return {key: both.assets[key] for key in desired.assets if key in both and key in self.there}

    # --- what is to be -----------------------------------------------------------------------------------------------

    def paired(self, key: Key) -> Key:
        return self.request.pairing.get(key, key)

    def members(self, closed: Closure) -> Bundle:
        """The closure as the source has it, without databases: they are mapped, never sent."""
        keys = [key for key in closed.keys if key.kind is not Kind.DATABASE]
        return Bundle.of(self.reading.symbolic.assets[key] for key in keys)

    def databases(self, closed: Closure) -> list[Asset]:
        keys = (key for key in closed.keys if key.kind is Kind.DATABASE)
        return [self.reading.symbolic.assets[key] for key in keys]

    def map_databases(self) -> None:
        """The mapping asked for; a database of the same UUID on both sides stands for itself."""
        same = {entry.key.uuid: entry.key.uuid for entry in self.here.of_kind(Kind.DATABASE) if entry.key in self.there}
        self.mapping = {**same, **self.request.mapping}

    def mapped(self, database: Asset) -> Mapped:
        uuid = self.mapping[database.uuid]
        return Mapped(database.uuid, database.name, uuid, self.there.entries[Key(Kind.DATABASE, uuid)].name)

    def desired(self, closed: Closure) -> Bundle:
        uuids = {source.uuid: target.uuid for source, target in self.request.pairing.items()}
        assets = (carried(apply_pairing(apply_mapping(asset, self.mapping), uuids)) for asset in self.members(closed))
        found = {asset.key: asset for asset in assets}
        return Bundle({key: found[key] for key in in_dependency_order(found)})

    # --- refusing ----------------------------------------------------------------------------------------------------

    def refuse(self, closed: Closure, desired: Bundle) -> None:
        self.refuse_if(
            [
                *guards.dangling_references(closed.dangling),
                *guards.databases(self.databases(closed), self.mapping, self.here, self.there),
                *guards.takeovers(desired, self.there),
                *guards.unimportable(desired),
            ]
        )

    def refuse_if(self, refusals: Iterable[Refusal]) -> None:
        if reasons := list(refusals):
            raise PlanUnsafe(
                "the plan refuses itself: " + "; ".join(reason.text for reason in reasons),
                environment=self.target.environment,
                context={"reasons": [reason.to_json() for reason in reasons]},
            )

    # --- comparing ---------------------------------------------------------------------------------------------------

    def change(self, desired: Asset, current: Asset | None) -> Change:
        after = comparable(desired)
        before = comparable(current) if current else None
        hashes = (content_hash(before) if before else None, content_hash(after))
        if before is None:
            return Change(desired.key, desired.name, Action.CREATE, *hashes)
        if hashes[0] == hashes[1]:
            return Change(desired.key, desired.name, Action.UNCHANGED, *hashes)
        return Change(desired.key, desired.name, Action.UPDATE, *hashes, diff(before, after), self.used_by(desired))

    def used_by(self, asset: Asset) -> tuple[str, ...]:
        """Dashboards of the target, outside this plan, that show this chart or a chart of this dataset."""
        planned = {self.paired(key).uuid for key in self.reading.symbolic.assets}
        ids = set(self.blast_radius.get(asset.key, ()))
        entries = (self.there.entries[key] for each in ids if (key := self.there.key_of(Kind.DASHBOARD, each)))
        return tuple(sorted(entry.name for entry in entries if entry.key.uuid not in planned))

    @property
    def blast_radius(self) -> Mapping[Key, set[int]]:
        """Dashboard ids of the target by chart and by dataset."""
        if not hasattr(self, "_radius"):
            self._radius: dict[Key, set[int]] = defaultdict(set)
            for chart in self.there.of_kind(Kind.CHART):
                self._radius[chart.key].update(chart.dashboard_ids)
                dataset = self.there.key_of(Kind.DATASET, chart.row.get("datasource_id") or -1)
                if dataset:
                    self._radius[dataset].update(chart.dashboard_ids)
        return self._radius

    def orphans(self, desired: Bundle, current: Mapping[Key, Asset]) -> list[Change]:
        """Charts on the target's dashboards of this plan that the source no longer has there."""
        planned = {self.there.entries[key].id for key in current if key.kind is Kind.DASHBOARD}
        return [
            Change(entry.key, entry.name, Action.ORPHAN, None, None, (), self.used_by_others(entry, planned))
            for entry in self.there.of_kind(Kind.CHART)
            if planned.intersection(entry.dashboard_ids) and entry.key not in desired
        ]

    def used_by_others(self, chart: Entry, planned: set[int]) -> tuple[str, ...]:
        keys = (self.there.key_of(Kind.DASHBOARD, each) for each in chart.dashboard_ids if each not in planned)
        return tuple(sorted(self.there.entries[key].name for key in keys if key))

    def warnings(self, closed: Closure, changes: Iterable[Change], current: Mapping[Key, Asset]) -> tuple[Note, ...]:
        members = self.members(closed)
        names = {asset.key: str(asset) for asset in members}
        overwritten = [current[change.key] for change in changes if change.action is Action.UPDATE]
        return (
            *self.rule_notes,
            *stale_note(self.reading.stale, names),
            *macro_notes(members),
            *annotation_note(overwritten),
        )
