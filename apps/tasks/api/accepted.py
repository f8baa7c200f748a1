# [DEF:tasks.api.accepted:Module]
# @COMPLEXITY: 3
# @PURPOSE: The response to a request that starts a task.
# @RELATION DEPENDS_ON -> tasks.models

from __future__ import annotations

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.tasks.api.serializers import TaskDetailSerializer
from apps.tasks.models import Task


def accepted(request: Request, task: Task) -> Response:
    """202, the task, and where to follow it."""
    address = reverse("api:task", args=[task.pk])
    return Response(
        TaskDetailSerializer(task, context={"request": request}).data, status=202, headers={"Location": address}
    )
