# [DEF:migrations.environment_brief:Module]
# @COMPLEXITY: 3
# @PURPOSE: An environment in brief: whether it answers, the age of its catalogue, who writes there, until when it is
#   frozen.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION CALLS -> freezes.policies
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.catalogue.models import CatalogueSync
from apps.catalogue.policies import VIEW
from apps.core.errors import readable
from apps.environments.models import Environment
from apps.freezes.models import FreezeWindow
from apps.freezes.policies import Freeze, longest_freeze
from apps.tasks.models import Task, TaskState
from apps.tasks.view.titles import migration_of
from apps.users.models import User

Brief = dict[str, Any]

NAMED = ("slug", "name", "tier", "protected", "enabled", "state", "release", "url", "last_contact")


def environment_brief(environment: Environment) -> Brief:
    return environment_briefs([environment])[0]


def environment_briefs(environments: Sequence[Environment], user: User | None = None) -> list[Brief]:
    """The same of many with the same three queries, or two if they were read with `with_sync`. For a `user` without the
    catalogue of what they may not read."""
    holders, now = _writing_tasks(environments), timezone.now()
    windows = list(FreezeWindow.objects.select_related("environment")) if environments else []
    syncs = _syncs(environments)
    return [
        {
            **{name: getattr(each, name) for name in NAMED},
            "catalogue": _catalogue(syncs.get(each.pk)) if user is None or user.access.may(VIEW, each) else None,
            "writing": holders.get(each.pk),
            "freeze": _freeze(longest_freeze(windows, each, at=now)),
        }
        for each in environments
    ]


def with_sync(environments: QuerySet[Environment]) -> QuerySet[Environment]:
    return environments.select_related("catalogue_sync").defer("secret")


def _syncs(environments: Sequence[Environment]) -> dict[int, CatalogueSync]:
    unread = [each.pk for each in environments if "catalogue_sync" not in each._state.fields_cache]  # noqa: SLF001
    rows = CatalogueSync.objects.filter(environment__in=unread) if unread else []
    read = (getattr(each, "catalogue_sync", None) for each in environments if each.pk not in unread)
    return {sync.environment_id: sync for sync in (*rows, *filter(None, read))}


def _writing_tasks(environments: Sequence[Environment]) -> dict[int | None, Brief]:
    """By environment: the running task that holds its lock."""
    rows = Task.objects.filter(state=TaskState.RUNNING, writes=True, environment__in=[each.pk for each in environments])
    return {
        task.environment_id: {
            "task": task.pk,
            "migration": migration_of(task),
            "actor": task.actor.username if task.actor else None,
            "since": task.started,
        }
        for task in rows.select_related("actor")
    }


def _catalogue(sync: CatalogueSync | None) -> Brief | None:
    return {"finished": sync.finished, "counts": sync.counts, "error": readable(sync.error)} if sync else None


def _freeze(freeze: Freeze | None) -> Brief | None:
    return {"reason": freeze.window.reason, "ends": freeze.until} if freeze else None
