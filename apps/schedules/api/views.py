# [DEF:schedules.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules in the API: list, add, edit, pause, resume, run, remove.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> tasks.api.accepted

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.lists import RowList
from apps.core.api.pages import ShortPages
from apps.core.api.strict import StrictInput
from apps.schedules import services
from apps.schedules.api.serializers import (
    ScheduleAddSerializer,
    ScheduleDetailSerializer,
    ScheduledRunSerializer,
    ScheduleEditSerializer,
    ScheduleSerializer,
)
from apps.schedules.models import Schedule, ScheduledRun, ScheduledRunState
from apps.schedules.policies import EDIT
from apps.tasks.api.accepted import accepted
from apps.tasks.api.actions import named_environment
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.users.api.acting import actor_of
from apps.users.models import User


class ScheduleFilter(Filters):
    environment = django_filters.CharFilter(field_name="environment__slug")
    actor = django_filters.CharFilter(field_name="actor__username")
    next_run_after = MomentFilter(field_name="next_run", lookup_expr="gte")
    next_run_before = MomentFilter(field_name="next_run", lookup_expr="lt")

    class Meta:
        model = Schedule
        fields: ClassVar = ("enabled", "plugin", "action")


class ScheduledRunFilter(Filters):
    state = django_filters.MultipleChoiceFilter(choices=ScheduledRunState.choices)
    seen_after = MomentFilter(field_name="created", lookup_expr="gte")
    seen_before = MomentFilter(field_name="created", lookup_expr="lt")


class ScheduleList(RowList):
    permission_to_change = EDIT
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    search_fields = ("name", "plugin", "action", "environment__name")
    ordering_fields = ("name", "next_run", "created", "enabled")
    ordering = ("name",)
    columns: ClassVar = {name: name for name in ScheduleSerializer.Meta.fields} | {
        "environment": "environment__slug",
        "actor": "actor__username",
    }

    def get_queryset(self) -> QuerySet[Schedule]:
        return Schedule.objects.visible_to(self.request.user)

    @extend_schema(request=ScheduleAddSerializer, responses={201: ScheduleDetailSerializer})
    def post(self, request: Request) -> Response:
        given = ScheduleAddSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        schedule = services.create_schedule(actor=actor_of(request), **_facts(given.validated_data, actor_of(request)))
        shown = ScheduleDetailSerializer(schedule, context={"request": request})
        return Response(shown.data, status=201, headers={"Location": reverse("api:schedule", args=[schedule.pk])})


class ScheduleView(StrictInput, generics.GenericAPIView[Schedule]):
    """Base of the views of one schedule."""

    permission_to_change = EDIT
    serializer_class: type[Any] = ScheduleDetailSerializer
    filter_backends = ()
    pagination_class: Any = None

    def get_queryset(self) -> QuerySet[Schedule]:
        return Schedule.objects.visible_to(self.request.user).select_related("environment", "actor")

    def represent(self, schedule: Schedule) -> Response:
        return Response(ScheduleDetailSerializer(schedule, context={"request": self.request}).data)


class ScheduleDetail(ScheduleView):
    def get(self, request: Request, pk: int) -> Response:
        return self.represent(self.get_object())

    @extend_schema(request=ScheduleEditSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        given = ScheduleEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        schedule = self.get_object()
        actor = actor_of(request)
        services.edit_schedule(actor=actor, schedule=schedule, **_facts(given.validated_data, actor))
        return self.represent(schedule)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.remove_schedule(actor=actor_of(request), schedule=self.get_object())
        return Response(status=204)


class SchedulePause(ScheduleView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        schedule = self.get_object()
        services.set_enabled(actor=actor_of(request), schedule=schedule, enabled=False)
        return self.represent(schedule)


class ScheduleResume(ScheduleView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        schedule = self.get_object()
        services.set_enabled(actor=actor_of(request), schedule=schedule, enabled=True)
        return self.represent(schedule)


class ScheduleRun(ScheduleView):
    takes_no_body = True

    @extend_schema(request=None, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        run = services.run_now(actor=actor_of(request), schedule=self.get_object())
        assert run.task
        return accepted(request, run.task)


class ScheduledRuns(StrictInput, generics.ListAPIView[ScheduledRun]):
    serializer_class = ScheduledRunSerializer
    pagination_class = ShortPages
    filterset_class = ScheduledRunFilter
    search_fields = ("reason",)
    ordering_fields = ("id", "slot", "state")
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[ScheduledRun]:
        schedules = Schedule.objects.visible_to(self.request.user).filter(pk=self.kwargs.get("pk"))
        return ScheduledRun.objects.filter(schedule__in=schedules).select_related("task")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(Schedule.objects.visible_to(request.user).only("pk"), pk=self.kwargs["pk"])
        return super().list(request, *args, **kwargs)


def _facts(given: dict[str, Any], user: User) -> dict[str, Any]:
    if "environment" in given:
        return given | {"environment": named_environment(given["environment"], user)}
    return given


class ScheduleDismiss(ScheduleView):
    takes_no_body = True
    undo = False

    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        schedule = self.get_object()
        services.dismiss(actor=actor_of(request), schedule=schedule, undo=self.undo)
        return self.represent(schedule)


class ScheduleRestore(ScheduleDismiss):
    undo = True
