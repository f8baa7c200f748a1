# [DEF:migrations.services.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: Planning a migration and keeping the plan.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> catalogue.services.sides
# @RELATION DEPENDS_ON -> core.files
# @RELATION CALLS -> migrations.transitions

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.catalogue.services.sides import refuse_same
from apps.core.advice import advise
from apps.core.concurrency import locked
from apps.core.errors import Conflict, LockstepError, NotThere
from apps.core.files import store
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import HumanState, Migration, PlannedAsset, PlanRecord
from apps.migrations.policies.planning import require_comparable, require_plannable, require_replaceable
from apps.migrations.services import engine
from apps.migrations.summary import assets_of, summary_of
from apps.migrations.transitions import transition
from apps.superset.assets import Kind
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Plan
from apps.superset.planning.builder import Planned
from apps.superset.protocol import Reporter
from apps.superset.selection import Selection
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class Created:
    """The plan, and the migration that keeps it; no migration where there is nothing to do, or nothing to be kept. Then
    `planned` has what its readers need."""

    plan: Plan
    migration: Migration | None
    planned: Planned | None = None


def plan_migration(  # noqa: PLR0913 - each is a word of the person who plans
    *,
    actor: User,
    source: Environment,
    target: Environment,
    selection: Selection,
    reporter: Reporter,
    database_pairs: Sequence[str] = (),
    allow_many: bool = False,
    acknowledge: Sequence[str] = (),
    carry: Sequence[Aspect] = (),
    connections: Sequence[str] = (),
    prune: bool = False,
    keep: bool = True,
    task: int | None = None,
) -> Created:
    """Plan, and keep a plan that changes something as a new migration. Writes to no Superset.

    Without `keep` nothing is stored and nobody waits for it, so the audit has no entry either. A task that died after
    keeping one and runs again finds the migration that it made.
    """
    if task and (made := Migration.objects.filter(task_id=task).first()):
        return Created(stored_plan(made), made)
    (require_plannable if keep else require_comparable)(actor, source, target)
    refuse_same(source, target)
    require_selection(selection)
    planned = engine.make(
        source=source,
        target=target,
        selection=selection,
        database_pairs=database_pairs,
        allow_many=allow_many,
        acknowledged=acknowledge,
        carry=carry,
        connections=connections,
        prune=prune,
        reporter=reporter,
    )
    if not keep or not planned.plan.pending:
        return Created(planned.plan, None, planned)
    return Created(planned.plan, _keep(actor, source, target, selection, planned, task))


def require_selection(selection: Selection) -> None:
    """Some dashboards or all, not both: one of the two would be ignored."""
    if not selection.names and not selection.everything:
        raise LockstepError(messages.NOTHING_SELECTED, advice=advise("migrations.select"))
    if selection.names and selection.everything:
        raise LockstepError(messages.SELECTED_TWICE)


def get_migration(number: int, *, user: User | None = None) -> Migration:
    """With a user, of those they may see."""
    seen = Migration.objects.visible_to(user) if user else Migration.objects.all()
    migration = seen.select_related("source", "target", "author").filter(pk=number).first()
    if migration is None:
        raise NotThere(messages.NO_MIGRATION.format(number=number), advice=advise("migrations.list"))
    return migration


def latest_plan(migration: Migration) -> PlanRecord:
    plan = migration.plans.last()
    if plan is None:
        advice = advise("migrations.plan", number=migration.pk)
        raise NotThere(messages.NO_PLAN.format(number=migration.pk), advice=advice)
    return plan


def stored_plan(migration: Migration) -> Plan:
    """The latest plan as it was made."""
    return Plan.from_json(json.loads(latest_plan(migration).document))


def replan(  # noqa: PLR0913 - each is a word of the person who plans
    *,
    actor: User,
    migration: Migration,
    reporter: Reporter,
    database_pairs: Sequence[str] = (),
    allow_many: bool = False,
    acknowledge: Sequence[str] = (),
    carry: Sequence[Aspect] | None = None,
    connections: Sequence[str] = (),
    prune: bool | None = None,
    task: int | None = None,
) -> Created:
    """Plan the same once more, with the databases mapped as before and by the pairs given. The new plan takes the place
    of the old one, and whatever was decided on that is void. Where there is nothing to do any more all stays as it is.
    What was acknowledged for the old plan has to be acknowledged again. `carry` and `prune` are as before where they
    are None, and connections that the old plan creates, the new one creates too.
    """
    if task and migration.task_id == task:
        return Created(stored_plan(migration), migration)
    require_replaceable(actor, migration)
    selection, before = migration.selection, stored_plan(migration)
    planned = engine.make(
        source=migration.source,
        target=migration.target,
        selection=Selection(tuple(selection["names"]), everything=selection["everything"]),
        database_pairs=[*_mapped_databases(before), *database_pairs],
        allow_many=allow_many,
        acknowledged=acknowledge,
        carry=before.carry if carry is None else carry,
        connections=[*(each.uuid for each in before.connections), *connections],
        prune=before.prune if prune is None else prune,
        reporter=reporter,
    )
    if not planned.plan.pending:
        return Created(planned.plan, None, planned)
    return Created(planned.plan, _replace(actor, migration, planned, task))


def _mapped_databases(plan: Plan) -> list[str]:
    """As `SOURCE=TARGET`, by UUID."""
    created = {each.uuid for each in plan.connections}
    return [f"{each.source_uuid}={each.target_uuid}" for each in plan.databases if each.target_uuid not in created]


def _replace(actor: User, migration: Migration, planned: Planned, task: int | None) -> Migration:
    """The new plan becomes the latest one, unless the migration was moved on while it was made."""
    sides = (migration.source, migration.target)
    with transaction.atomic():
        migration = locked(migration)
        require_replaceable(actor, migration)
        plan = _store(migration, planned, actor, number=latest_plan(migration).number + 1, sides=sides)
        title = _title(planned.plan)
        if not transition(migration, to=HumanState.PLANNED, actor=actor, plan=plan, title=title, task_id=task):
            raise Conflict(messages.MOVED_MEANWHILE.format(number=migration.pk))
    return migration


def _keep(
    actor: User,
    source: Environment,
    target: Environment,
    selection: Selection,
    planned: Planned,
    task: int | None,
) -> Migration:
    with transaction.atomic():
        migration = Migration.objects.create(
            source=source,
            target=target,
            title=_title(planned.plan),
            selection={"names": list(selection.names), "everything": selection.everything},
            author=actor,
            task_id=task,
        )
        plan = _store(migration, planned, actor, number=1, sides=(source, target))
        facts = {"source": source.name, "target": target.name}
        transition(migration, to=HumanState.PLANNED, actor=actor, plan=plan, facts=facts)
    return migration


def _store(
    migration: Migration, planned: Planned, actor: User, *, number: int, sides: tuple[Environment, Environment]
) -> PlanRecord:
    """`sides` are source and target as they were read: the addresses that the plan is for."""
    bundle, before = store("plans", planned.bundle), store("plans", planned.overwritten)
    record = PlanRecord.objects.create(
        migration=migration,
        number=number,
        document=json.dumps(planned.plan.to_json(), ensure_ascii=False),
        checksum=planned.plan.checksum,
        bundle_path=bundle.path,
        bundle_sha256=bundle.sha256,
        source_url=sides[0].url,
        target_url=sides[1].url,
        actor=actor,
        before_path=before.path,
        before_sha256=before.sha256,
        annex=planned.annex.to_text(),
        summary=summary_of(planned.plan),
    )
    PlannedAsset.objects.bulk_create([PlannedAsset(plan=record, **each) for each in assets_of(planned.plan)])
    return record


def _title(plan: Plan) -> str:
    """The titles of the dashboards, as many as fit."""
    names = [
        change.name for change in plan.changes if change.key.kind is Kind.DASHBOARD and change.key in plan.dashboards
    ]
    title = ", ".join(names)
    return title if len(title) <= 120 else messages.MANY_DASHBOARDS.format(number=len(names), titles=title[:100])
