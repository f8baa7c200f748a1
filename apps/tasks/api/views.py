# [DEF:tasks.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks and their lines: read-only. They are started where the work is: at an environment, at a migration.
# @RELATION INHERITS_FROM -> core.api.lists
"""Tasks and their lines: read-only. They are started where the work is: at an environment, at a migration."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.lists import RowList
from apps.core.api.pages import ShortPages
from apps.tasks.api.serializers import (
    AskedLinesSerializer,
    LinesSerializer,
    TaskDetailSerializer,
    TaskSerializer,
)
from apps.tasks.models import Task, TaskState


class TaskFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=TaskState.choices)
    environment = django_filters.CharFilter(field_name="environment__slug")
    actor = django_filters.CharFilter(field_name="actor__username")
    created = django_filters.IsoDateTimeFromToRangeFilter()

    class Meta:
        model = Task
        fields: ClassVar = ("plugin", "action")


class TaskList(RowList):
    serializer_class = TaskSerializer
    pagination_class = ShortPages
    filterset_class = TaskFilter
    search_fields = ("plugin", "action", "environment_name", "actor__username")
    ordering_fields = ("id", "plugin", "action", "state", "created", "started", "finished")
    ordering = ("-id",)
    columns: ClassVar = {name: name for name in TaskSerializer.Meta.fields} | {
        "environment": "environment__slug",
        "actor": "actor__username",
    }

    def get_queryset(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.request.user)


class TaskView(generics.GenericAPIView[Task]):
    """Base of what is about the one task of the address."""

    serializer_class = TaskDetailSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.request.user).select_related("actor", "environment")


class TaskDetail(TaskView):
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class TaskLines(TaskView):
    @extend_schema(parameters=[AskedLinesSerializer], responses=LinesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The lines after a number, in order. Ask again with `last` until `ended`."""
        asked = AskedLinesSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        after, limit = asked.validated_data["after"], asked.validated_data["limit"]
        task = self.get_object()  # before the lines: the last ones are stored before the end is
        found = task.lines.filter(seq__gt=after).order_by("seq")
        lines = list(found.values("seq", "at", "level", "source", "text", "facts")[: limit + 1])
        more, lines = len(lines) > limit, lines[:limit]
        last = lines[-1]["seq"] if lines else after
        return Response({"lines": lines, "last": last, "state": task.state, "ended": task.ended and not more})


class TaskArtifactContent(TaskView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, name: str) -> HttpResponse:
        """A file that the task left behind."""
        artifact = generics.get_object_or_404(self.get_object().artifacts, name=name)
        headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=artifact.name)}
        return HttpResponse(artifact.file.read(), content_type="application/octet-stream", headers=headers)
