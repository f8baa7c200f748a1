# [DEF:migrations.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations. What writes to a Superset or reads one is a task: the answer is 202 with it.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> tasks.api.serializers
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> catalogue.api.matching
# @RELATION DEPENDS_ON -> superset.selection

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.catalogue.api.matching import ends
from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.lists import Row, RowList
from apps.core.api.strict import StrictInput
from apps.migrations.api.serializers import (
    ApplySerializer,
    ApproveSerializer,
    CommentSerializer,
    ExplainedSerializer,
    ExplanationQuerySerializer,
    MigrationDetailSerializer,
    MigrationSerializer,
    PlanMigrationSerializer,
    RejectSerializer,
    RemarkSerializer,
    ReplanSerializer,
    RollbackSerializer,
)
from apps.migrations.models import Decision, HumanState, Migration, Run, RunKind
from apps.migrations.services import approval, execution
from apps.migrations.services.dismissal import dismiss
from apps.migrations.services.queueing import queue_apply, queue_plan, queue_replan, queue_rollback
from apps.migrations.status import Status, status_in_list, with_status
from apps.superset.selection import Selection
from apps.tasks.api.accepted import accepted
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.users.api.acting import actor_of


class MigrationFilter(Filters):
    source = django_filters.CharFilter(field_name="source__slug")
    target = django_filters.CharFilter(field_name="target__slug")
    author = django_filters.CharFilter(field_name="author__username")
    state = django_filters.ChoiceFilter(choices=HumanState.choices)
    status = django_filters.ChoiceFilter(choices=[(each.value, each.value) for each in Status], method="by_status")
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")

    def by_status(self, migrations: QuerySet[Migration], _: str, value: str) -> QuerySet[Migration]:
        return migrations.filter(with_status(Status(value)))


class MigrationList(RowList):
    serializer_class = MigrationSerializer
    filterset_class = MigrationFilter
    search_fields = ("title",)
    ordering_fields = ("id", "title", "created")
    ordering = ("-id",)
    columns: ClassVar = {
        **{name: name for name in ("id", "title", "state", "created", "run_kind", "run_state")},
        "source": "source__slug",
        "target": "target__slug",
        "author": "author__username",
        "task": "task_id",
    }

    def get_queryset(self) -> QuerySet[Migration]:
        return Migration.objects.visible_to(self.request.user).with_latest_run()

    def represent(self, row: Row) -> Row:
        kind, state = row.pop("run_kind"), row.pop("run_state")
        return {**row, "status": status_in_list(row["id"], row["state"], kind, state).value}


class MigrationPlan(StrictInput, generics.GenericAPIView[Migration]):
    """Planning a new migration."""

    required_permission = "migrations.plan"
    serializer_class = PlanMigrationSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(responses={202: TaskDetailSerializer})
    def post(self, request: Request) -> Response:
        given = PlanMigrationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        given_fields = given.validated_data
        task = queue_plan(
            actor=actor_of(request),
            **ends(actor_of(request), given_fields),
            selection=Selection(tuple(given_fields["dashboards"]), everything=given_fields["everything"]),
            database_pairs=given_fields["databases"],
            allow_many=given_fields["allow_many"],
            acknowledge=given_fields["acknowledge"],
            keep=given_fields["keep"],
        )
        return accepted(request, task)


class MigrationView(StrictInput, generics.GenericAPIView[Migration]):
    """Base of the views of one migration. Services check the permissions of each."""

    serializer_class = MigrationDetailSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Migration]:
        found = Migration.objects.visible_to(self.request.user).select_related("source", "target", "author")
        return found.prefetch_related(
            Prefetch("runs", Run.objects.select_related("actor")),
            Prefetch("decisions", Decision.objects.select_related("actor", "plan")),
        )

    def represent(self, pk: int) -> Response:
        """As it is now."""
        return Response(
            MigrationDetailSerializer(self.get_queryset().get(pk=pk), context={"request": self.request}).data
        )

    def given(self, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """What was sent, if it has this shape."""
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        facts: dict[str, Any] = given.validated_data
        return facts


class MigrationDetail(MigrationView):
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class MigrationReplan(MigrationView):
    @extend_schema(request=ReplanSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(ReplanSerializer)
        return accepted(request, queue_replan(actor=actor_of(request), migration=self.get_object(), **given))


class MigrationSubmit(MigrationView):
    @extend_schema(request=RemarkSerializer)
    def post(self, request: Request, pk: int) -> Response:
        approval.submit(actor=actor_of(request), migration=self.get_object(), **self.given(RemarkSerializer))
        return self.represent(pk)


class MigrationApprove(MigrationView):
    @extend_schema(request=ApproveSerializer)
    def post(self, request: Request, pk: int) -> Response:
        approval.approve(actor=actor_of(request), migration=self.get_object(), **self.given(ApproveSerializer))
        return self.represent(pk)


class MigrationReject(MigrationView):
    @extend_schema(request=RejectSerializer)
    def post(self, request: Request, pk: int) -> Response:
        approval.reject(actor=actor_of(request), migration=self.get_object(), **self.given(RejectSerializer))
        return self.represent(pk)


class MigrationWithdraw(MigrationView):
    @extend_schema(request=RemarkSerializer)
    def post(self, request: Request, pk: int) -> Response:
        approval.withdraw(actor=actor_of(request), migration=self.get_object(), **self.given(RemarkSerializer))
        return self.represent(pk)


class MigrationComment(MigrationView):
    @extend_schema(request=CommentSerializer)
    def post(self, request: Request, pk: int) -> Response:
        approval.comment(actor=actor_of(request), migration=self.get_object(), **self.given(CommentSerializer))
        return self.represent(pk)


class MigrationDismiss(MigrationView):
    takes_no_body = True
    undo = False

    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        dismiss(actor=actor_of(request), migration=self.get_object(), undo=self.undo)
        return self.represent(pk)


class MigrationRestore(MigrationDismiss):
    undo = True


class MigrationExplain(MigrationView):
    query_class = ExplanationQuerySerializer

    @extend_schema(parameters=[ExplanationQuerySerializer], responses=ExplainedSerializer)
    def get(self, request: Request, pk: int) -> Response:
        query = ExplanationQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        explain = EXPLAINED[RunKind(query.validated_data["action"])]
        return Response(ExplainedSerializer(explain(migration=self.get_object())).data)


EXPLAINED: dict[RunKind, Callable[..., execution.Explained]] = {
    RunKind.APPLY: execution.explain_apply,
    RunKind.ROLLBACK: execution.explain_rollback,
}


class MigrationApply(MigrationView):
    required_permission = "migrations.apply"

    @extend_schema(request=ApplySerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(ApplySerializer)
        return accepted(request, queue_apply(actor=actor_of(request), migration=self.get_object(), **given))


class MigrationRollback(MigrationView):
    required_permission = "migrations.rollback"

    @extend_schema(request=RollbackSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(RollbackSerializer)
        return accepted(request, queue_rollback(actor=actor_of(request), migration=self.get_object(), **given))
