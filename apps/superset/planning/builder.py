# [DEF:superset.planning.builder:Module]
# @COMPLEXITY: 3
# @PURPOSE: Builds a plan from two environments and a selection. Read-only.
# @RELATION CALLS -> superset.planning.sources
# @RELATION CALLS -> superset.planning.desired
# @RELATION CALLS -> superset.planning.choices.connections
# @RELATION CALLS -> superset.planning.choices.orphans
# @RELATION CALLS -> superset.planning.comparison
# @RELATION CALLS -> superset.planning.admission
# @RELATION CALLS -> superset.planning.dependents
# @RELATION CALLS -> superset.planning.warnings
# @RELATION CALLS -> superset.planning.annexes
# @RELATION CALLS -> superset.planning.beside
# @RELATION CALLS -> superset.carry.counterparts
# @RELATION CALLS -> superset.plan.acknowledgements
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.checks.same_server
# @RELATION CALLS -> superset.conversion.notes
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.carry.counterparts import read_counterparts
from apps.superset.checks.rights import require_rights
from apps.superset.checks.same_server import same_server
from apps.superset.conversion.notes import conversion_losses
from apps.superset.plan.acknowledgements import acknowledged_notes, split, unmatched
from apps.superset.plan.annex import Annex
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Action, Change, Endpoint, Mapped, Note, Plan
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.admission import once_compared
from apps.superset.planning.annexes import annex_of
from apps.superset.planning.beside import Beside, plan_beside, sent_as_drafts
from apps.superset.planning.choices.connections import connection_notes, new_connections
from apps.superset.planning.choices.orphans import pruned
from apps.superset.planning.comparison import Comparison, compare
from apps.superset.planning.dependents import look_outside
from apps.superset.planning.desired import Desired, desired_content
from apps.superset.planning.sides import Request, Sides
from apps.superset.planning.sources import gather
from apps.superset.planning.warnings import around, content_warnings, newer_releases
from apps.superset.protocol import Client, Reporter
from apps.superset.references import serialization


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the two symbolic contents it was made from: the desired one, and the target's current one. `bundle` is
    the ZIP of the desired content that ships with the plan; its SHA-256 is `plan.content`. `annex` is for readers."""

    plan: Plan
    desired: Bundle
    current: Bundle
    bundle: bytes
    annex: Annex

    @property
    def overwritten(self) -> bytes:
        """A ZIP of what the plan overwrites, as it was on the target when the plan was made."""
        keys = [change.key for change in self.plan.with_action(Action.UPDATE)]
        return serialization.pack((self.current.assets[key] for key in keys), root="before")


def make_plan(source: Client, target: Client, request: Request, reporter: Reporter) -> Planned:
    """Compare source and target, object by object, after the mapping.

    Raises PlanUnsafe with all reasons at once if the plan is refused.
    """
    require_rights(source, target)
    gathered = gather(source, target, request.selection, request.pairing, reporter)
    sides = Sides(source, target, request, gathered)
    sides.refuse(same_server(source, target, sides.here, sides.there))
    sides = replace(sides, counterparts=read_counterparts(source, target, request.carry))
    desired = desired_content(sides)
    compared = compare(sides, desired.content, reporter)
    compared, kept = pruned(sides, compared, reporter)
    beside = plan_beside(sides, compared)
    compared = sent_as_drafts(compared, beside.drafts)
    passed = _admitted(sides, desired, compared, beside)
    outside = look_outside(compared.changes, compared.desired, target, sides.there, reporter)
    changes = outside.changes
    surroundings, losses = around(sides, changes, compared.desired)
    losses = (*conversion_losses(desired.dropped, sides.gathered.members, source.profile, target.profile), *losses)
    losses = (*losses, *beside.losses)
    own = content_warnings(sides, desired, compared)
    noted = (*acknowledged_notes(passed), *own, *outside.notes, *kept, *surroundings, *beside.notes)
    created = new_connections(changes, compared.desired)
    warnings = (*newer_releases(source, target), *connection_notes(created), *noted)
    bundle = serialization.pack(compared.desired, root="plan")
    plan = replace(_plan(sides, changes, warnings, losses, bundle, beside), connections=created)
    return Planned(plan, compared.desired, compared.current, bundle, annex_of(sides, changes, compared, outside.usage))


def _admitted(sides: Sides, desired: Desired, compared: Comparison, beside: Beside) -> list[Refusal]:
    """The refusals that were acknowledged; raises PlanUnsafe for those that were not."""
    acknowledged = sides.request.acknowledged
    refusals, more = split(once_compared(sides, compared, beside.attachments), acknowledged)
    passed = [*desired.passed, *compared.numbers.sent, *desired.led, *more]
    sides.refuse(refusals or unmatched(acknowledged, passed))
    return passed


def _plan(
    sides: Sides,
    changes: tuple[Change, ...],
    warnings: tuple[Note, ...],
    losses: tuple[Note, ...],
    bundle: bytes,
    beside: Beside,
) -> Plan:
    request = sides.request
    return Plan(
        source=_endpoint(sides.source),
        target=_endpoint(sides.target),
        dashboards=tuple(request.pairing.get(key, key) for key in sides.gathered.roots),
        databases=tuple(_mapped(sides)),
        changes=changes,
        warnings=warnings,
        losses=losses,
        content=hashlib.sha256(bundle).hexdigest(),
        acknowledged=tuple(sorted(request.acknowledged)),
        carry=tuple(aspect for aspect in Aspect if aspect in request.carry),
        attachments=beside.attachments,
        drafts=beside.drafts,
        access=beside.access,
        relied=beside.relied,
        prune=request.prune,
    )


def _endpoint(client: Client) -> Endpoint:
    return Endpoint(client.environment, client.release().version)


def _mapped(sides: Sides) -> Iterator[Mapped]:
    mapping = sides.mapping
    for database in sides.gathered.databases:
        uuid = mapping[database.uuid]
        entry = sides.there.get(Key(Kind.DATABASE, uuid))
        yield Mapped(database.uuid, database.name, uuid, entry.name if entry else database.name)
