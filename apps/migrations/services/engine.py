# [DEF:migrations.services.engine:Module]
# @COMPLEXITY: 3
# @PURPOSE: The one place where migrations meet the engine: rows and files in, plans and results out.
# @RELATION CALLS -> superset.planning.builder
# @RELATION CALLS -> superset.execution.apply
# @RELATION CALLS -> superset.execution.rollback
# @RELATION DEPENDS_ON -> environments.connections
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> catalogue.services.mappings

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from apps.catalogue.services.mappings import confirmed_mapping, read_mapping
from apps.catalogue.services.pairings import confirmed_pairing
from apps.core.errors import Damaged
from apps.core.files import StoredFile
from apps.environments.connections import connected
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import PlanRecord
from apps.superset.assets import Bundle, Key
from apps.superset.checks.rights import require_rights
from apps.superset.execution import apply as superset
from apps.superset.execution import readback
from apps.superset.execution import rollback as superset_rollback
from apps.superset.execution.explain import explain
from apps.superset.execution.readback import Write
from apps.superset.execution.result import Result
from apps.superset.execution.rollback import Undo
from apps.superset.execution.stages import Choice, stages
from apps.superset.plan.plan import Plan
from apps.superset.planning.builder import Planned, make_plan
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.planning.sides import Request
from apps.superset.protocol import Ledger, Outcome, Reporter
from apps.superset.references.planned_texts import as_planned
from apps.superset.references.serialization import unpack
from apps.superset.releases.supported import release_of
from apps.superset.selection import Selection

UNLIMITED = OverwriteLimit(overwritten=10**9)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stored plan, checked, with the content that ships with it."""

    plan: Plan
    desired: Bundle


def make(
    *,
    source: Environment,
    target: Environment,
    selection: Selection,
    database_pairs: Sequence[str],
    allow_many: bool,
    acknowledged: Iterable[str],
    reporter: Reporter,
) -> Planned:
    """Read both environments and plan. The pairs given count before the confirmed mapping."""
    with connected(source, reporter=reporter) as here, connected(target, reporter=reporter) as there:
        require_rights(here, there)  # an account that may not see databases finds none by name
        request = Request(
            selection=selection,
            mapping={**confirmed_mapping(source=source, target=target), **read_mapping(here, there, database_pairs)},
            pairing=confirmed_pairing(source=source, target=target),
            limits=UNLIMITED if allow_many else OverwriteLimit(),
            acknowledged=frozenset(acknowledged),
        )
        return make_plan(here, there, request, reporter)


def load(record: PlanRecord) -> Loaded:
    """The plan of a record and its content. Damaged if either is not what was stored."""
    return Loaded(plan_of(record), unpack(record.bundle.read()))


def plan_of(record: PlanRecord) -> Plan:
    """The plan of a record alone. Damaged if it is not what was stored."""
    try:
        plan = Plan.from_json(json.loads(record.document))
    except (ValueError, KeyError, TypeError):
        raise Damaged(messages.UNREADABLE.format(plan=record)) from None
    if plan.checksum != record.checksum or plan.content != record.bundle_sha256:
        raise Damaged(messages.TAMPERED.format(plan=record))
    return plan


def apply(
    loaded: Loaded,
    target: Environment,
    reporter: Reporter,
    ledger: Ledger,
    *,
    earlier: Sequence[Write],
    snapshots: Iterable[StoredFile],
) -> Result:
    """`snapshots` are those of runs that this one completes."""
    with connected(target, reporter=reporter) as client:
        return superset.apply(
            loaded.plan,
            loaded.desired,
            client,
            reporter,
            ledger,
            earlier=earlier,
            first=_before(snapshots),
            patience=settings.OUTCOME_WAIT,
            check_queries=target.check_queries,
        )


def rollback(
    undo: Undo,
    target: Environment,
    reporter: Reporter,
    ledger: Ledger,
    *,
    choice: Choice,
    earlier: Sequence[Write],
) -> Result:
    with connected(target, reporter=reporter) as client:
        return superset_rollback.rollback(
            undo, client, reporter, ledger, choice=choice, earlier=earlier, patience=settings.OUTCOME_WAIT
        )


def undo_of(loaded: Loaded, snapshots: Iterable[StoredFile], written: Iterable[str]) -> Undo:
    """Of what these keys name."""
    return Undo(loaded.plan, loaded.desired, _before(snapshots), frozenset(Key.parse(key) for key in written))


def _before(snapshots: Iterable[StoredFile]) -> Bundle:
    """Of several snapshots of an asset the first is what it was before."""
    before = Bundle({})
    for snapshot in snapshots:
        before = unpack(snapshot.read()).merged(before)
    return before


def look(loaded: Loaded, writes: Sequence[Write], target: Environment, reporter: Reporter) -> dict[int, Outcome]:
    """What the target shows of each of these, by number. Writes nothing."""
    keys = {change.key for change in loaded.plan.changes}
    with connected(target, reporter=reporter) as client:
        found, inventory = readback.look(keys, client)
    found = replace(found, symbolic=as_planned(found.symbolic, loaded.desired, inventory))
    return {write.number: write.outcome(readback.arrival(write, found, inventory)) for write in writes}


def explain_apply(loaded: Loaded) -> list[str]:
    """What `apply` would do, stage by stage. Asks no server."""
    return explain(stages(loaded.plan, loaded.desired, release_of(loaded.plan.target.release)))


def explain_rollback(undo: Undo, choice: Choice) -> tuple[Plan, list[str]]:
    """The inverse plan and what `rollback` would do, stage by stage. Asks no server."""
    inverse = undo.inverse
    return inverse, explain(stages(inverse, undo.snapshot, release_of(inverse.target.release), choice=choice))
