# [DEF:environments.api.views:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the views of one environment have in common. The answers about the environment itself show more than
#   this app knows: see `apps/overview`.
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> environments.api.serializers
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.serializers import BaseSerializer

from apps.core.api.strict import StrictInput
from apps.environments.api.serializers import EnvironmentSerializer
from apps.environments.models import Environment
from apps.environments.policies import EDIT


class EnvironmentView(StrictInput, generics.GenericAPIView[Environment]):
    """Base of the views of one environment."""

    required_permission = "environments.view"
    permission_to_change = EDIT
    serializer_class: type[BaseSerializer[Any]] = EnvironmentSerializer
    lookup_field = "slug"
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Environment]:
        return Environment.objects.visible_to(self.request.user)
