# [DEF:plugins.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: Plugins in the API: list, enable, disable, configure. `apps.tasks.api.actions` runs their actions.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiRequest, extend_schema
from rest_framework import generics
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.lists import Row, RowList
from apps.core.api.strict import StrictInput
from apps.plugins import installation, messages, policies, services
from apps.plugins.api.serializers import FACTS, PluginDetailSerializer, PluginSerializer
from apps.plugins.models import VIEW, PluginRecord
from apps.plugins.registry import registry
from apps.users.api.acting import actor_of


class PluginList(RowList):
    required_permission = VIEW
    everywhere = True
    serializer_class = PluginSerializer
    filterset_fields = ("enabled", "state")
    search_fields = ("slug", "title")
    ordering_fields = ("slug", "title", "state", "enabled")
    ordering = ("slug",)
    columns: ClassVar = {name: name for name in FACTS}

    def get_queryset(self) -> QuerySet[PluginRecord]:
        return PluginRecord.objects.visible_to(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        installation.refresh_records()
        return super().list(request, *args, **kwargs)

    def represent(self, row: Row) -> Row:
        found = registry().plugins.get(row["slug"])
        actions = found.actions if found else ()
        return row | {"actions": [{"slug": action.slug, "title": str(action.title)} for action in actions]}


class PluginView(StrictInput, generics.GenericAPIView[PluginRecord]):
    """Base of the views of one plugin."""

    required_permission = VIEW
    permission_to_change = policies.EDIT
    everywhere = True
    serializer_class = PluginDetailSerializer
    lookup_field = "slug"
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[PluginRecord]:
        return PluginRecord.objects.visible_to(self.request.user)

    def get_object(self) -> PluginRecord:
        installation.refresh_records()
        return super().get_object()

    def represent(self, plugin: PluginRecord) -> Response:
        return Response(self.get_serializer(plugin).data)


class PluginDetail(PluginView):
    def get(self, request: Request, slug: str) -> Response:
        return self.represent(self.get_object())


class PluginEnable(PluginView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        plugin = self.get_object()
        services.set_enabled(actor=actor_of(request), plugin=plugin, enabled=True)
        return self.represent(plugin)


class PluginDisable(PluginView):
    takes_no_body = True

    @extend_schema(request=None)
    def post(self, request: Request, slug: str) -> Response:
        plugin = self.get_object()
        services.set_enabled(actor=actor_of(request), plugin=plugin, enabled=False)
        return self.represent(plugin)


class PluginSettings(PluginView):
    @extend_schema(request=OpenApiRequest(OpenApiTypes.OBJECT))
    def post(self, request: Request, slug: str) -> Response:
        plugin = self.get_object()
        services.store_settings(actor=actor_of(request), plugin=plugin, changes=object_of(request))
        return self.represent(plugin)


def object_of(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise ParseError(messages.NO_OBJECT)
    return dict(request.data)
