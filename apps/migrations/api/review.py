# [DEF:migrations.api.review:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plans for those who review them: of a migration, or of a task that kept none.
# @RELATION INHERITS_FROM -> migrations.api.views
# @RELATION INHERITS_FROM -> core.api.strict
# @RELATION CALLS -> migrations.review.overview
# @RELATION CALLS -> migrations.review.material
# @RELATION CALLS -> migrations.review.seen
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.strict import StrictInput
from apps.migrations import messages
from apps.migrations.api.review_serializers import (
    ChangesQuerySerializer,
    ChangeViewsSerializer,
    OverviewQuerySerializer,
    PlanViewSerializer,
    RawChangeSerializer,
    SeenProgressSerializer,
    SeenSerializer,
)
from apps.migrations.api.serializers import RunSerializer
from apps.migrations.api.views import MigrationView, detail_of
from apps.migrations.approvals import approvals_of
from apps.migrations.models import Migration
from apps.migrations.review import overview
from apps.migrations.review.material import Material, of_migration, of_task
from apps.migrations.review.outcome import outcome
from apps.migrations.review.seen import mark_seen, progress, seen_by
from apps.migrations.status import latest_run
from apps.tasks.models import Task
from apps.users.api.acting import actor_of

MARKDOWN = "text/markdown"


class OfMigration(MigrationView):
    """Base of the views of a migration's latest plan."""

    def material(self) -> Material:
        return of_migration(self.get_object())


class OfTask(StrictInput, generics.GenericAPIView[Task]):
    """Base of the views of the plan that a task made."""

    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.request.user).select_related("actor", "environment", "reads")

    def material(self) -> Material:
        return of_task(self.get_object(), user=actor_of(self.request))


class MigrationOverview(OfMigration):
    query_class = OverviewQuerySerializer

    @extend_schema(parameters=[OverviewQuerySerializer], responses=PlanViewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        migration, user = self.get_object(), actor_of(request)
        head = detail_of(migration, request, plan=False)
        material, approvals = of_migration(migration), approvals_of(migration)
        plan = overview.plan_view(
            material, user=user, migration=migration, approvals=approvals, unchanged=_unchanged(request)
        )
        shared = {name: head[name] for name in ("decisions", "approvals", "allowed_actions")}
        run = _run(migration, material, shared["allowed_actions"]["rollback"])
        return Response({"migration": head, "plan": plan, "run": run, **shared})


def _run(migration: Migration, material: Material, rollback: Mapping[str, Any]) -> dict[str, Any] | None:
    run = latest_run(migration)
    return {**RunSerializer(run).data, **outcome(migration, run, material.plan, rollback)} if run else None


def _unchanged(request: Request) -> bool:
    return _query(OverviewQuerySerializer, request).get("include") == "unchanged"


def _query(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    query = shape(data=request.query_params)
    query.is_valid(raise_exception=True)
    facts: dict[str, Any] = query.validated_data
    return facts


class TaskPlan(OfTask):
    query_class = OverviewQuerySerializer

    @extend_schema(parameters=[OverviewQuerySerializer], responses=PlanViewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        plan = overview.plan_view(self.material(), user=actor_of(request), unchanged=_unchanged(request))
        rest: dict[str, Any] = {
            "migration": None,
            "run": None,
            "decisions": [],
            "approvals": None,
            "allowed_actions": {},
        }
        return Response({"plan": plan, **rest})


class Changes(StrictInput):
    query_class = ChangesQuerySerializer

    def material(self) -> Material:
        raise NotImplementedError

    @extend_schema(parameters=[ChangesQuerySerializer], responses=ChangeViewsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        query, material = _query(ChangesQuerySerializer, request), self.material()
        changes = overview.changes_shown(material)
        if wanted := query.get("uuid"):
            chosen = overview.changes_of(material, wanted)
        else:
            chosen = changes[query["offset"] : query["offset"] + query["limit"]]
        return Response({"count": len(changes), "results": overview.change_views(material, chosen)})


class RawChange(StrictInput):
    def material(self) -> Material:
        raise NotImplementedError

    @extend_schema(responses=RawChangeSerializer)
    def get(self, request: Request, pk: int, uuid: str) -> Response:
        return Response(overview.raw(self.material(), str(uuid)))


class PlanMarkdown(StrictInput):
    def material(self) -> Material:
        raise NotImplementedError

    @extend_schema(responses={(200, MARKDOWN): OpenApiTypes.STR})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return HttpResponse(overview.markdown(self.material()), content_type=f"{MARKDOWN}; charset=utf-8")


class MigrationChanges(OfMigration, Changes):
    query_class = ChangesQuerySerializer


class MigrationChangeRaw(OfMigration, RawChange):
    pass


class MigrationPlanMarkdown(OfMigration, PlanMarkdown):
    pass


class TaskChanges(OfTask, Changes):
    query_class = ChangesQuerySerializer


class TaskChangeRaw(OfTask, RawChange):
    pass


class TaskPlanMarkdown(OfTask, PlanMarkdown):
    pass


class MigrationSeen(MigrationView):
    @extend_schema(request=SeenSerializer, responses=SeenProgressSerializer)
    def put(self, request: Request, pk: int) -> Response:
        given = self.given(SeenSerializer)
        migration, user = self.get_object(), actor_of(request)
        parsed = of_migration(migration).parsed
        if not set(given["fingerprints"]) <= set(parsed.fingerprints.values()):
            raise serializers.ValidationError({"fingerprints": [str(messages.UNKNOWN_FINGERPRINT)]})
        mark_seen(actor=user, migration=migration, **given)
        return Response(progress(parsed, seen_by(user, migration)))
