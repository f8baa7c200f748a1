# [DEF:catalogue.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: The catalogue of each environment, as the last sync left it; what asks a Superset is answered with a
#   task.
# @RELATION INHERITS_FROM -> core.api.lists
# @RELATION INHERITS_FROM -> environments.api.views
# @RELATION DEPENDS_ON -> tasks.api.serializers
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalogue.api.serializers import AssetSerializer, CatalogueSerializer, SyncSerializer
from apps.catalogue.lookups import Holds
from apps.catalogue.models import CatalogueAsset
from apps.catalogue.policies import VIEW
from apps.catalogue.services.lookup import last_sync
from apps.catalogue.services.queueing import queue_check, queue_refresh_ids, queue_sync
from apps.core.api.filters import Filters, MomentFilter, NamesFilter, WholeNumberFilter
from apps.core.api.lists import RowList
from apps.environments.api.views import EnvironmentView
from apps.environments.models import Environment
from apps.tasks.api.accepted import accepted
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.users.api.acting import actor_of
from apps.users.policies import require


class AssetFilter(Filters):
    id = WholeNumberFilter(field_name="asset_id")
    changed_after = MomentFilter(field_name="changed_on", lookup_expr="gte")
    changed_before = MomentFilter(field_name="changed_on", lookup_expr="lt")
    owner = NamesFilter(field_name="owners", method="by_any", label=_("full name; of several, any"))
    tag = NamesFilter(field_name="tags", method="by_any", label=_("of several, any"))

    class Meta:
        model = CatalogueAsset
        fields: ClassVar = ("kind", "uuid", "status", "database_uuid")

    def by_any(self, assets: QuerySet[CatalogueAsset], field: str, names: list[str]) -> QuerySet[CatalogueAsset]:
        found = Q()
        for name in names:
            found |= Q(Holds(field, name))
        return assets.filter(found)


class AssetList(RowList):
    required_permission = VIEW
    serializer_class = AssetSerializer
    filterset_class = AssetFilter
    search_fields = ("name", "slug")
    ordering_fields = ("kind", "name", "slug", "status", "changed_on")
    ordering = ("kind", "name")
    columns: ClassVar = {name: name for name in AssetSerializer.Meta.fields} | {"id": "asset_id"}

    def get_queryset(self) -> QuerySet[CatalogueAsset]:
        assets = CatalogueAsset.objects.visible_to(self.request.user)
        return assets.filter(environment__slug=self.kwargs.get("slug"))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(Environment.objects.visible_to(request.user).only("pk"), slug=self.kwargs["slug"])
        return super().list(request, *args, **kwargs)


class CatalogueDetail(EnvironmentView):
    required_permission = VIEW
    serializer_class = CatalogueSerializer

    def get(self, request: Request, slug: str) -> Response:
        environment = self.get_object()
        require(request.user, VIEW, environment)
        state = last_sync(environment)
        facts = {
            "started": state.started if state else None,
            "finished": state.finished if state else None,
            "error": state.error if state else None,
            "counts": state.counts if state else {},
            "environment": environment,
        }
        return Response(CatalogueSerializer(facts, context={"request": request}).data)


class EnvironmentCheck(EnvironmentView):
    takes_no_body = True
    permission_to_change = "catalogue.check"

    @extend_schema(request=None, responses={202: TaskDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:
        return accepted(request, queue_check(actor=actor_of(request), environment=self.get_object()))


class CatalogueSync(EnvironmentView):
    permission_to_change = "catalogue.sync"

    @extend_schema(request=SyncSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:
        given = SyncSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return accepted(
            request, queue_sync(actor=actor_of(request), environment=self.get_object(), **given.validated_data)
        )


class CatalogueRefreshIds(EnvironmentView):
    takes_no_body = True
    permission_to_change = "catalogue.refresh_ids"

    @extend_schema(request=None, responses={202: TaskDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:
        return accepted(request, queue_refresh_ids(actor=actor_of(request), environment=self.get_object()))
