# [DEF:migrations.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations. What writes to a Superset or reads one is a task: the answer is 202 with it.
# @RELATION DEPENDS_ON -> tasks.api.serializers
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> catalogue.api.matching
# @RELATION DEPENDS_ON -> superset.selection
# @RELATION DEPENDS_ON -> core.api.strict

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.catalogue.api.matching import ends
from apps.core.api.strict import StrictInput
from apps.migrations.api.serializers import (
    ApplySerializer,
    ApproveSerializer,
    CommentSerializer,
    DetailQuerySerializer,
    ExplainedSerializer,
    ExplanationQuerySerializer,
    MigrationDetailSerializer,
    PlanMigrationSerializer,
    PreviewSerializer,
    RejectSerializer,
    RemarkSerializer,
    ReplanSerializer,
    RollbackSerializer,
)
from apps.migrations.models import Decision, Migration, Run, RunKind
from apps.migrations.policies.actions import people
from apps.migrations.services import approval, execution
from apps.migrations.services.dismissal import dismiss
from apps.migrations.services.knowledge import read_known
from apps.migrations.services.queueing import queue_apply, queue_plan, queue_replan, queue_rollback
from apps.migrations.services.undo_preview import preview_rollback
from apps.superset.plan.attachment import Aspect
from apps.superset.selection import Selection
from apps.tasks.api.accepted import accepted
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.users.api.acting import actor_of

LARGE = ("plan__document", "plan__annex")


class MigrationPlan(StrictInput, generics.GenericAPIView[Migration]):
    """Planning a new migration, or with `keep: false` comparing two environments, for which reading both is enough."""

    required_permission = "catalogue.view"
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
            carry=[Aspect(each) for each in given_fields["carry"]],
            connections=given_fields["connections"],
            prune=given_fields["prune"],
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
            Prefetch("runs", Run.objects.select_related("actor", "task").prefetch_related("writes")),
            Prefetch(
                "decisions", Decision.objects.select_related("actor", "plan").defer("plan__document", "plan__annex")
            ),
        )

    def represent(self, pk: int) -> Response:
        """As it is now."""
        return Response(detail_of(self.get_queryset().get(pk=pk), self.request))

    def given(self, shape: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """What was sent, if it has this shape."""
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        facts: dict[str, Any] = given.validated_data
        return facts


def detail_of(migration: Migration, request: Request, *, plan: bool = True) -> dict[str, Any]:
    """A migration with what is next and who may do what, with or without its plan."""
    who = people()
    read_known([migration], who)
    context = {"request": request, "who": who, "plan": plan}
    facts: dict[str, Any] = MigrationDetailSerializer(migration, context=context).data
    return facts


class MigrationDetail(MigrationView):
    query_class = DetailQuerySerializer

    @extend_schema(parameters=[DetailQuerySerializer])
    def get(self, request: Request, pk: int) -> Response:
        query = DetailQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(detail_of(self.get_object(), request, **query.validated_data))


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


class MigrationRollbackPreview(MigrationView):
    @extend_schema(responses=PreviewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        preview = preview_rollback(user=actor_of(request), migration=self.get_object())
        return Response(PreviewSerializer(preview).data)
