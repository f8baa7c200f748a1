# [DEF:tasks.api.health:Module]
# @COMPLEXITY: 3
# @PURPOSE: Health of worker, clock and storage in the API.
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> tasks.health

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.strict import StrictInput
from apps.tasks.health import health


class SignSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    seen = serializers.DateTimeField(allow_null=True, help_text="its last sign of life")
    sentence = serializers.CharField(help_text="what is wrong")
    next_step = serializers.CharField(help_text="what to do")


class HealthSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    worker = SignSerializer()
    scheduler = SignSerializer()
    storage = SignSerializer(help_text="whether changes can be stored")


class HealthView(StrictInput, APIView):
    """For all signed-in users: whether the tasks that they start will run."""

    @extend_schema(responses=HealthSerializer)
    def get(self, request: Request) -> Response:
        return Response(HealthSerializer(health()).data)
