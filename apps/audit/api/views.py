# [DEF:audit.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: The audit: list, search and export.
# @RELATION INHERITS_FROM -> core.api.lists

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request

from apps.audit.api.serializers import FIELDS, AuditEntrySerializer
from apps.audit.export import json_lines
from apps.audit.models import AuditEntry
from apps.core.api.filters import Filters, MomentFilter
from apps.core.api.lists import RowList
from apps.core.api.strict import StrictInput

VIEW = "audit.view"
"""The required permission; see `apps.users`."""


class AuditFilter(Filters):
    actor = django_filters.CharFilter(field_name="actor__username")
    action = django_filters.CharFilter(lookup_expr="startswith")
    at_after = MomentFilter(field_name="at", lookup_expr="gte")
    at_before = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields: ClassVar = ("source", "address", "object_type", "object_id", "request_id")


class AuditView(StrictInput, generics.GenericAPIView[AuditEntry]):
    required_permission = VIEW
    everywhere = True
    serializer_class = AuditEntrySerializer
    filterset_class = AuditFilter
    search_fields = ("action", "object_name", "actor__username")
    ordering_fields = ("id", "at", "action")
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.all()


class AuditList(AuditView, RowList):
    columns: ClassVar = {name: name for name in FIELDS} | {"actor": "actor__username"}


class AuditExport(AuditView):
    pagination_class = None

    @extend_schema(responses={(200, "application/x-ndjson"): OpenApiTypes.STR})
    def get(self, request: Request, **_: Any) -> StreamingHttpResponse:
        lines = json_lines(self.filter_queryset(self.get_queryset()))
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingHttpResponse(lines, content_type="application/x-ndjson", headers=headers)
