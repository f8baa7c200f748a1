# [DEF:superset.planning.builder:Module]
# @COMPLEXITY: 3
# @PURPOSE: Builds a plan from two environments and a selection. Read-only.
# @RELATION CALLS -> superset.planning.sources
# @RELATION CALLS -> superset.planning.desired
# @RELATION CALLS -> superset.planning.comparison
# @RELATION CALLS -> superset.planning.admission
# @RELATION CALLS -> superset.planning.dependents
# @RELATION CALLS -> superset.planning.warnings
# @RELATION CALLS -> superset.plan.acknowledgements
# @RELATION CALLS -> superset.checks.rights
# @RELATION CALLS -> superset.checks.same_server
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from apps.superset.assets import Bundle, Key, Kind
from apps.superset.checks.rights import require_rights
from apps.superset.checks.same_server import same_server
from apps.superset.plan.acknowledgements import acknowledged_notes, split, unmatched
from apps.superset.plan.plan import Change, Endpoint, Mapped, Note, Plan
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.admission import once_compared
from apps.superset.planning.comparison import Comparison, compare
from apps.superset.planning.dependents import look_outside
from apps.superset.planning.desired import Desired, desired_content
from apps.superset.planning.sides import Request, Sides
from apps.superset.planning.sources import gather
from apps.superset.planning.warnings import around, content_warnings
from apps.superset.protocol import Client, Reporter
from apps.superset.references import serialization


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and the two symbolic contents it was made from: the desired one, and the target's current one. `bundle` is
    the ZIP of the desired content that ships with the plan; its SHA-256 is `plan.content`."""

    plan: Plan
    desired: Bundle
    current: Bundle
    bundle: bytes


def make_plan(source: Client, target: Client, request: Request, reporter: Reporter) -> Planned:
    """Compare source and target, object by object, after the mapping.

    Raises PlanUnsafe with all reasons at once if the plan is refused.
    """
    require_rights(source, target)
    sides = Sides(source, target, request, gather(source, target, request.selection, request.pairing, reporter))
    sides.refuse(same_server(source, target, sides.here, sides.there))
    desired = desired_content(sides)
    compared = compare(sides, desired.content, reporter)
    passed = _admitted(sides, desired, compared)
    changes, bystanders = look_outside(compared.changes, compared.desired, target, sides.there, reporter)
    surroundings, losses = around(sides, changes, compared.desired)
    own = content_warnings(sides, desired, compared)
    warnings = (*acknowledged_notes(passed), *own, *bystanders, *surroundings)
    bundle = serialization.pack(compared.desired, root="plan")
    plan = _plan(sides, changes, warnings, losses, bundle)
    return Planned(plan, compared.desired, compared.current, bundle)


def _admitted(sides: Sides, desired: Desired, compared: Comparison) -> list[Refusal]:
    """The refusals that were acknowledged; raises PlanUnsafe for those that were not."""
    acknowledged = sides.request.acknowledged
    refusals, more = split(once_compared(sides, compared), acknowledged)
    passed = [*desired.passed, *compared.numbers.sent, *desired.led, *more]
    sides.refuse(refusals or unmatched(acknowledged, passed))
    return passed


def _plan(
    sides: Sides, changes: tuple[Change, ...], warnings: tuple[Note, ...], losses: tuple[Note, ...], bundle: bytes
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
    )


def _endpoint(client: Client) -> Endpoint:
    return Endpoint(client.environment, client.release().version)


def _mapped(sides: Sides) -> Iterator[Mapped]:
    mapping = sides.mapping
    for database in sides.gathered.databases:
        uuid = mapping[database.uuid]
        name = sides.there.entries[Key(Kind.DATABASE, uuid)].name
        yield Mapped(database.uuid, database.name, uuid, name)
