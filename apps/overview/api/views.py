# [DEF:overview.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the application asks for on every page, and the search.
# @RELATION CALLS -> overview.activity
# @RELATION CALLS -> overview.search
# @RELATION DEPENDS_ON -> tasks.api.health
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.strict import StrictInput
from apps.overview.activity import activity_of
from apps.overview.api.serializers import (
    ActivitySerializer,
    SearchQuerySerializer,
    SearchSerializer,
)
from apps.overview.search import search
from apps.tasks.api.health import HealthSerializer
from apps.users.api.acting import actor_of


class ActivityView(StrictInput, APIView):
    """For all signed-in users: of what they may see."""

    @extend_schema(responses=ActivitySerializer)
    def get(self, request: Request) -> Response:
        found = activity_of(actor_of(request))
        numbers = {name: getattr(found, name) for name in ("running", "queued", "waiting", "decisions")}
        rows = {"tasks": found.tasks, "environments": found.environments}
        return Response({**numbers, **rows, "health": HealthSerializer(found.health).data})


class SearchView(StrictInput, APIView):
    """For all signed-in users: of what they may see."""

    query_class = SearchQuerySerializer

    @extend_schema(parameters=[SearchQuerySerializer], responses=SearchSerializer)
    def get(self, request: Request) -> Response:
        given = SearchQuerySerializer(data=request.query_params)
        given.is_valid(raise_exception=True)
        return Response({"results": [asdict(each) for each in search(actor_of(request), given.validated_data["q"])]})
