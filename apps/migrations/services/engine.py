# [DEF:migrations.services.engine:Module]
# @COMPLEXITY: 3
# @PURPOSE: The one place where migrations meet the engine: rows and files in, plans and results out.
# @RELATION CALLS -> superset.planning
# @RELATION CALLS -> superset.apply
# @RELATION CALLS -> superset.rollback
# @RELATION DEPENDS_ON -> environments.connections
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> catalogue.services.mappings
"""The one place where migrations meet the engine: rows and files in, plans and results out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from apps.catalogue.services.mappings import confirmed_mapping, read_mapping
from apps.catalogue.services.pairings import confirmed_pairing
from apps.core.errors import Damaged
from apps.core.files import StoredFile
from apps.environments.connections import connected
from apps.environments.models import Environment
from apps.migrations.models import PlanRecord
from apps.superset.apply import apply
from apps.superset.assets import Bundle
from apps.superset.bundle import read_bundle
from apps.superset.execute import Result
from apps.superset.explain import explain
from apps.superset.guards import Limits
from apps.superset.plan import Plan
from apps.superset.planning import Planned, Request, make_plan
from apps.superset.protocol import Ledger, Reporter
from apps.superset.releases import release_of
from apps.superset.rollback import invert, rollback
from apps.superset.selection import Selection
from apps.superset.stages import stages

UNLIMITED = Limits(overwritten=10**9)


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
    reporter: Reporter,
) -> Planned:
    """Read both environments and plan. The pairs given count before the confirmed mapping."""
    with connected(source, reporter=reporter) as here, connected(target, reporter=reporter) as there:
        request = Request(
            selection=selection,
            mapping={**confirmed_mapping(source=source, target=target), **read_mapping(here, there, database_pairs)},
            pairing=confirmed_pairing(source=source, target=target),
            limits=UNLIMITED if allow_many else Limits(),
        )
        return make_plan(here, there, request, reporter)


def load(record: PlanRecord) -> Loaded:
    """The plan of a record and its content. Damaged if either is not what was stored."""
    plan = Plan.from_json(json.loads(record.document))
    if plan.checksum != record.checksum or plan.content != record.bundle_sha256:
        raise Damaged(f"The stored {record} was changed after it was made: plan again.")
    return Loaded(plan, read_bundle(record.bundle.read()))


def carry_out(loaded: Loaded, target: Environment, reporter: Reporter, ledger: Ledger) -> Result:
    with connected(target, reporter=reporter) as client:
        return apply(loaded.plan, loaded.desired, client, reporter, ledger)


def take_back(
    loaded: Loaded,
    snapshot: StoredFile,
    target: Environment,
    reporter: Reporter,
    ledger: Ledger,
    *,
    strict: bool,
) -> Result:
    """Undo a plan. With `strict`, only while the target still is as the plan left it."""
    before = read_bundle(snapshot.read())
    with connected(target, reporter=reporter) as client:
        return rollback(loaded.plan, loaded.desired, before, client, reporter, ledger, strict=strict)


def explain_apply(loaded: Loaded) -> list[str]:
    """What `carry_out` would do, stage by stage. Asks no server."""
    return explain(stages(loaded.plan, loaded.desired, release_of(loaded.plan.target.release)))


def explain_rollback(loaded: Loaded, snapshot: StoredFile, *, strict: bool) -> tuple[Plan, list[str]]:
    """The inverse plan and what `take_back` would do, stage by stage. Asks no server."""
    before = read_bundle(snapshot.read())
    inverse = invert(loaded.plan, loaded.desired, before)
    return inverse, explain(stages(inverse, before, release_of(inverse.target.release), strict=strict))
