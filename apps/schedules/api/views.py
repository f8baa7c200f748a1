# [DEF:schedules.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules in the API: list, add, edit, pause, resume, run, remove.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION DEPENDS_ON -> tasks.api.accepted

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.lists import RowList
from apps.core.api.pages import ShortPages
from apps.schedules import services
from apps.schedules.api.serializers import (
    ScheduleAddSerializer,
    ScheduleDetailSerializer,
    ScheduledRunSerializer,
    ScheduleEditSerializer,
    ScheduleSerializer,
)
from apps.schedules.models import Schedule, ScheduledRun
from apps.schedules.policies import EDIT
from apps.tasks.api.accepted import accepted
from apps.tasks.api.actions import named_environment
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.users.api.acting import actor_of
from apps.users.models import User


class ScheduleList(RowList):
    permission_to_change = EDIT
    serializer_class = ScheduleSerializer
    filterset_fields: ClassVar = {
        "enabled": ["exact"],
        "plugin": ["exact"],
        "action": ["exact"],
        "environment__slug": ["exact"],
    }
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
        told = ScheduleDetailSerializer(schedule, context={"request": request})
        return Response(told.data, status=201, headers={"Location": reverse("api:schedule", args=[schedule.pk])})


class ScheduleView(generics.GenericAPIView[Schedule]):
    """Base of what is about the one schedule of the address."""

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
        """Change it; from then on it runs on behalf of who has changed it."""
        given = ScheduleEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        schedule = self.get_object()
        actor = actor_of(request)
        services.edit_schedule(actor=actor, schedule=schedule, **_facts(given.validated_data, actor))
        return self.represent(schedule)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Forget it; its tasks stay."""
        services.remove_schedule(actor=actor_of(request), schedule=self.get_object())
        return Response(status=204)


class SchedulePause(ScheduleView):
    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        """Have it not run until it is resumed. One that is paused stays so."""
        schedule = self.get_object()
        services.set_enabled(actor=actor_of(request), schedule=schedule, enabled=False)
        return self.represent(schedule)


class ScheduleResume(ScheduleView):
    @extend_schema(request=None)
    def post(self, request: Request, pk: int) -> Response:
        """Have it run again, from now on: what was due meanwhile is left out."""
        schedule = self.get_object()
        services.set_enabled(actor=actor_of(request), schedule=schedule, enabled=True)
        return self.represent(schedule)


class ScheduleRun(ScheduleView):
    @extend_schema(request=None, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Run it once, now, also if it is paused."""
        run = services.run_now(actor=actor_of(request), schedule=self.get_object())
        assert run.task
        return accepted(request, run.task)


class ScheduledRuns(ScheduleView):
    serializer_class = ScheduledRunSerializer
    pagination_class = ShortPages

    @extend_schema(responses=ScheduledRunSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What came of its slots, the latest first."""
        runs: QuerySet[ScheduledRun] = self.get_object().runs.select_related("task")
        page: Any = self.paginate_queryset(runs)  # type: ignore[arg-type]
        return self.get_paginated_response(ScheduledRunSerializer(page, many=True).data)


def _facts(given: dict[str, Any], user: User) -> dict[str, Any]:
    if "environment" in given:
        return given | {"environment": named_environment(given["environment"], user)}
    return given
