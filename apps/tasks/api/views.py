# [DEF:tasks.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks and their lines. They are started where the work is (at an environment, at a migration) and
#   controlled here.
# @RELATION CALLS -> tasks.view.rows
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.pages import ShortPages
from apps.core.api.strict import StrictInput
from apps.core.validation import fields_inside
from apps.tasks import services
from apps.tasks.api.accepted import accepted
from apps.tasks.api.serializers import (
    AnswerSerializer,
    ChosenLinesSerializer,
    CountedLinesSerializer,
    LinesQuerySerializer,
    LinesSerializer,
    TaskDetailSerializer,
    TaskSerializer,
)
from apps.tasks.dismissal import dismiss_task, restore_task
from apps.tasks.models import Task, TaskState
from apps.tasks.questions import answer
from apps.tasks.view.downloads import downloads_of
from apps.tasks.view.lines import as_text, chosen_lines, count_lines, line_rows
from apps.tasks.view.rows import for_rows, task_rows
from apps.users.api.acting import actor_of


class TaskFilter(Filters):
    state = django_filters.MultipleChoiceFilter(choices=TaskState.choices)
    environment = django_filters.CharFilter(field_name="environment__slug")
    actor = django_filters.CharFilter(field_name="actor__username")
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")
    started_after = MomentFilter(field_name="started", lookup_expr="gte")
    started_before = MomentFilter(field_name="started", lookup_expr="lt")
    finished_after = MomentFilter(field_name="finished", lookup_expr="gte")
    finished_before = MomentFilter(field_name="finished", lookup_expr="lt")

    class Meta:
        model = Task
        fields: ClassVar = ("plugin", "action")


class TaskList(StrictInput, generics.GenericAPIView[Task]):
    serializer_class = TaskSerializer
    pagination_class = ShortPages
    filterset_class = TaskFilter
    search_fields = ("plugin", "action", "environment_name", "actor__username")
    ordering_fields = ("id", "plugin", "action", "state", "created", "started", "finished")
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Task]:
        return for_rows(Task.objects.visible_to(self.request.user))

    @extend_schema(responses=TaskSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(task_rows(page, actor_of(request)))


class TaskView(StrictInput, generics.GenericAPIView[Task]):
    """Base of the views of one task."""

    serializer_class = TaskDetailSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.request.user).select_related("actor", "environment")


class TaskDetail(TaskView):
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class TaskLines(TaskView):
    query_class = LinesQuerySerializer

    @extend_schema(parameters=[LinesQuerySerializer], responses=LinesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        query = _query(LinesQuerySerializer, request)
        after, limit, before = query["after"], query.pop("limit"), query.pop("before", None)
        task = self.get_object()  # before the lines: the last ones are stored before the end is
        found = chosen_lines(task, **query)
        if before is not None:
            lines = list(line_rows(found.filter(seq__lt=before).order_by("-seq")[:limit]))[::-1]
            last = lines[-1]["seq"] if lines else after
            return Response({"lines": lines, "last": last, "state": task.state, "ended": False})
        lines = list(line_rows(found[: limit + 1]))
        more, lines = len(lines) > limit, lines[:limit]
        last = lines[-1]["seq"] if lines else after
        return Response({"lines": lines, "last": last, "state": task.state, "ended": task.ended and not more})


class TaskLinesCount(TaskView):
    @extend_schema(responses=CountedLinesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(count_lines(self.get_object()))


class TaskLinesText(TaskView):
    query_class = ChosenLinesSerializer

    @extend_schema(parameters=[ChosenLinesSerializer], responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        task, query = self.get_object(), _query(ChosenLinesSerializer, request)
        headers = {"Content-Disposition": f'attachment; filename="task-{task.pk}.txt"'}
        text = as_text(chosen_lines(task, **query))
        return StreamingHttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


class TaskCancel(TaskView):
    takes_no_body = True

    @extend_schema(request=None, responses=TaskDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        task = self.get_object()
        services.cancel(actor=actor_of(request), task=task)
        return Response(self.get_serializer(task).data)


class TaskRetry(TaskView):
    takes_no_body = True

    @extend_schema(request=None, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return accepted(request, services.retry(actor=actor_of(request), task=self.get_object()))


class TaskDismiss(TaskView):
    takes_no_body = True

    @extend_schema(request=None, responses=TaskDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        task = self.get_object()
        dismiss_task(actor=actor_of(request), task=task)
        return Response(self.get_serializer(task).data)


class TaskRestore(TaskView):
    takes_no_body = True

    @extend_schema(request=None, responses=TaskDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        task = self.get_object()
        restore_task(actor=actor_of(request), task=task)
        return Response(self.get_serializer(task).data)


class TaskAnswer(TaskView):
    @extend_schema(request=AnswerSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        task = self.get_object()
        with fields_inside("answers"):
            answer(actor=actor_of(request), task=task, answers=given.validated_data["answers"])
        return accepted(request, task)


class TaskArtifactContent(TaskView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, name: str) -> FileResponse:
        artifact = generics.get_object_or_404(downloads_of(self.get_object()), name=name)
        kind = "application/octet-stream"
        return FileResponse(artifact.file.open(), as_attachment=True, filename=artifact.name, content_type=kind)


def _query(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """What the address asks for, by the names of `chosen_lines`."""
    given = serializer(data=request.query_params)
    given.is_valid(raise_exception=True)
    query = dict(given.validated_data)
    query["levels"], query["sources"] = query.pop("level"), query.pop("source")
    return query
