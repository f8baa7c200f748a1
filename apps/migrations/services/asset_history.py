# [DEF:migrations.services.asset_history:Module]
# @COMPLEXITY: 3
# @PURPOSE: The migrations of an asset: the last one, all of them, and what a run writes now.
# @RELATION READS_STATE -> migrations.models
# @RELATION DEPENDS_ON -> catalogue.services.correspondence
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> users.models
# @RELATION CALLS -> migrations.status
"""Plans know their assets by the UUIDs of the target. What left an environment is found by the pairings as they are
now: a migration that was made before an asset was paired differently is not in its history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from apps.catalogue.services.contents import key_of, kind_in, uuid_in
from apps.catalogue.services.correspondence import Correspondence
from apps.environments.models import Environment
from apps.migrations.models import Migration, PlannedAsset, Run, RunState
from apps.migrations.status import status_in_list
from apps.superset.plan.plan import Action
from apps.users.models import User

Pairs = Mapping[int, Correspondence]
"""From the environment to each other one, by its primary key."""

MOST = 50
"""The newest migrations in the history of an asset."""

FEW = 20
"""For so many assets their plans are looked up by the index of UUIDs; for more, all plans are read at once."""

WRITES = [action.value for action in Action if action.writes]

TARGET = "plan__migration__target_id"


def last_migrations(
    user: User, environment: Environment, keys: Iterable[str], kind: str, pairs: Pairs
) -> dict[str, dict[str, Any]]:
    """For each of these assets the newest migration that brought it here or took it elsewhere."""
    keys = list(keys)
    planned = _planned(user, environment).filter(kind=kind)
    if len(keys) <= FEW:
        planned = planned.filter(uuid__in={uuid_in(side) for key in keys for side in _sides(key, pairs)})
    rows = planned.values_list("uuid", TARGET).annotate(Max("plan__migration"))
    newest = {(target, key_of(kind, uuid)): number for uuid, target, number in rows}
    last = {key: max(found) for key in keys if (found := [*_of(key, newest, environment, pairs)])}
    shown = {each.pk: _brief(each) for each in _with_runs(last.values())}
    return {key: shown[number] for key, number in last.items()}


def _of(key: str, newest: Mapping[tuple[int, str], int], environment: Environment, pairs: Pairs) -> Iterable[int]:
    """The newest migration of the asset to each target that has one."""
    sides = [(environment.pk, key), *((target, each.counterpart(key)) for target, each in pairs.items())]
    return (newest[side] for side in sides if side in newest)


def _sides(key: str, pairs: Pairs) -> set[str]:
    """The asset as plans may know it: here, and on each target."""
    return {key, *(each.counterpart(key) for each in pairs.values())}


def asset_history(user: User, environment: Environment, key: str, pairs: Pairs) -> list[dict[str, Any]]:
    """Newest first, each with what its latest plan does to the asset."""
    sides = Q(uuid=uuid_in(key), **{TARGET: environment.pk})
    for target, each in pairs.items():
        sides |= Q(uuid=uuid_in(each.counterpart(key)), **{TARGET: target})
    planned = _planned(user, environment).filter(sides, kind=kind_in(key)).order_by("-plan__migration", "-plan")
    actions = {
        plan: (number, action) for plan, number, action in planned.values_list("plan", "plan__migration", "action")
    }
    newest = sorted({number for number, _ in actions.values()}, reverse=True)[:MOST]
    found = _with_runs(newest).select_related("source", "target").order_by("-pk")
    return [
        _in_full(each, actions[each.latest_plan][1])  # type: ignore[attr-defined]  # annotated
        for each in found
        if each.latest_plan in actions  # type: ignore[attr-defined]
    ]


def written_now(environment: Environment) -> set[str]:
    """The assets of this target that the run which holds its lock may write."""
    runs = Run.objects.filter(target=environment, state=RunState.RUNNING)
    planned = PlannedAsset.objects.filter(plan__in=runs.values("plan"), action__in=WRITES)
    return {key_of(kind, uuid) for kind, uuid in planned.values_list("kind", "uuid")}


def written_since_sync(environments: Collection[Environment]) -> dict[int, set[str]]:
    """By environment, what its runs wrote, or may have written, since the beginning of the last sync. A run that ended
    before it sent anything wrote nothing."""
    # The last sync that came to its end began before that, unless a later one has begun
    read = Least("target__catalogue_sync__started", "target__catalogue_sync__finished")
    unread = Q(finished__isnull=True) | Q(finished__gt=read)
    sends = Q(finished__isnull=True) | Q(writes__isnull=False)
    runs = Run.objects.filter(unread, sends, target__in=[each.pk for each in environments])
    planned = PlannedAsset.objects.filter(plan__runs__in=runs, action__in=WRITES).order_by()
    written: dict[int, set[str]] = {}
    for target, kind, uuid in planned.values_list(TARGET, "kind", "uuid").distinct():
        written.setdefault(target, set()).add(key_of(kind, uuid))
    return written


def _planned(user: User, environment: Environment) -> QuerySet[PlannedAsset]:
    """What plans to and from the environment do, but for what they only list."""
    migrations = Migration.objects.visible_to(user).filter(Q(source=environment) | Q(target=environment))
    return PlannedAsset.objects.filter(plan__migration__in=migrations).exclude(action=Action.ORPHAN.value).order_by()


def _with_runs(numbers: Iterable[int]) -> QuerySet[Migration]:
    """With the time and the actor of the latest run that counts; of one that has none, those of the migration."""
    runs = Run.objects.that_count().filter(plan=OuterRef("latest_plan")).order_by("-pk")
    return (
        Migration.objects.filter(pk__in=set(numbers))
        .with_latest_run()
        .annotate(
            at=Coalesce(Subquery(runs.values("finished")[:1]), Subquery(runs.values("started")[:1]), "created"),
            actor=Coalesce(Subquery(runs.values("actor__username")[:1]), "author__username"),
            target_slug=Subquery(Environment.objects.filter(pk=OuterRef("target")).values("slug")[:1]),
        )
    )


def _brief(migration: Any) -> dict[str, Any]:
    status = status_in_list(migration.pk, migration.state, migration.run_kind, migration.run_state)
    return {"id": migration.pk, "target": migration.target_slug, "status": status.value, "at": migration.at}


def _in_full(migration: Any, action: str) -> dict[str, Any]:
    shown = _brief(migration)
    return {
        "migration": shown.pop("id"),
        **shown,
        "title": migration.title,
        "source": migration.source.slug,
        "action": action,
        "actor": migration.actor,
    }
