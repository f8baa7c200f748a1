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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from apps.catalogue.services.mappings import confirmed_mapping, read_mapping
from apps.catalogue.services.pairings import confirmed_pairing
from apps.core.errors import Damaged, NotThere
from apps.core.files import StoredFile
from apps.environments.connections import connected
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import PlanRecord
from apps.superset.assets import Bundle, Key, Kind
from apps.superset.checks.rights import require_rights
from apps.superset.connections.document import Secrets
from apps.superset.execution import apply as superset
from apps.superset.execution import readback
from apps.superset.execution import rollback as superset_rollback
from apps.superset.execution.attached.state import showing
from apps.superset.execution.explain import explain
from apps.superset.execution.readback import Write
from apps.superset.execution.result import Result
from apps.superset.execution.rollback import Undo
from apps.superset.execution.stages import Choice, stages
from apps.superset.inventory import read_inventory
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Plan
from apps.superset.planning.builder import Planned, make_plan
from apps.superset.planning.refusals import OverwriteLimit
from apps.superset.planning.sides import Request
from apps.superset.protocol import Client, Ledger, Outcome, Reporter
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


def make(  # noqa: PLR0913 - each is a word of the person who plans
    *,
    source: Environment,
    target: Environment,
    selection: Selection,
    database_pairs: Sequence[str],
    allow_many: bool,
    acknowledged: Iterable[str],
    carry: Iterable[Aspect],
    connections: Iterable[str] = (),
    prune: bool = False,
    reporter: Reporter,
) -> Planned:
    """Read both environments and plan. The pairs given count before the confirmed mapping; `connections` are names or
    UUIDs of databases of the source whose connections are created on the target."""
    with connected(source, reporter=reporter) as here, connected(target, reporter=reporter) as there:
        require_rights(here, there)  # an account that may not see databases finds none by name
        request = Request(
            selection=selection,
            mapping={**confirmed_mapping(source=source, target=target), **read_mapping(here, there, database_pairs)},
            pairing=confirmed_pairing(source=source, target=target),
            limits=UNLIMITED if allow_many else OverwriteLimit(),
            acknowledged=frozenset(acknowledged),
            carry=frozenset(carry),
            connections=_connections(here, frozenset(connections)),
            prune=prune,
        )
        planned = make_plan(here, there, request, reporter)
    reporter.check_cancelled()  # during the last read, too
    return planned


def _connections(source: Client, names: frozenset[str]) -> frozenset[str]:
    """Their UUIDs."""
    entries = read_inventory(source, [Kind.DATABASE]).of_kind(Kind.DATABASE) if names else []
    known = {entry.name: entry.key.uuid for entry in entries} | {entry.key.uuid: entry.key.uuid for entry in entries}
    if unknown := sorted(name for name in names if name.lower() not in known and name not in known):
        raise NotThere(messages.NO_CONNECTION.format(names=", ".join(unknown), source=source.environment))
    return frozenset(known.get(name) or known[name.lower()] for name in names)


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
    secrets: Mapping[str, Secrets],
) -> Result:
    """`snapshots` are those of runs that this one completes, `secrets` those of new connections, by UUID."""
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
            secrets=secrets,
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
        shown = showing(writes, client)
        return {write.number: write.outcome(readback.arrival(write, found, inventory)) for write in shown}


def explain_apply(loaded: Loaded) -> list[str]:
    """What `apply` would do, stage by stage. Asks no server."""
    return explain(stages(loaded.plan, loaded.desired, release_of(loaded.plan.target.release)))


def explain_rollback(undo: Undo, choice: Choice) -> tuple[Plan, list[str]]:
    """The inverse plan and what `rollback` would do, stage by stage. Asks no server."""
    inverse = undo.inverse
    return inverse, explain(stages(inverse, undo.snapshot, release_of(inverse.target.release), choice=choice))
