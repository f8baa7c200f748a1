# [DEF:tasks.api.actions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Runs any action of any plugin.
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION DEPENDS_ON -> plugins.registry
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.strict import StrictInput, StrictSerializer
from apps.core.validation import fields_inside
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.plugins.params import json_schema
from apps.plugins.registry import registry
from apps.tasks.api.accepted import accepted
from apps.tasks.api.serializers import TaskDetailSerializer
from apps.tasks.models import Task
from apps.tasks.services import start_task
from apps.users.api.acting import actor_of
from apps.users.models import User


class RunSerializer(StrictSerializer):
    params = serializers.DictField(default=dict, help_text="as the action's `params_schema` says")
    environment = serializers.CharField(
        allow_null=True, default=None, help_text="name or short name of the environment it works on, if any"
    )
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, default=0, help_text="the highest goes first")


class PluginActionRun(StrictInput, generics.GenericAPIView[Task]):
    serializer_class = RunSerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(request=RunSerializer, responses={202: TaskDetailSerializer})
    def post(self, request: Request, slug: str, action: str) -> Response:
        given = RunSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = given.validated_data
        facts["environment"] = named_environment(facts["environment"], actor_of(request))
        with fields_inside("params"):
            return accepted(request, start_task(actor=actor_of(request), plugin=slug, action=action, **facts))


def named_environment(name: str | None, user: User) -> Environment | None:
    """Of those that the user may see."""
    return get_environment(name, user=user) if name else None


def describe_params(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: the parameters of each action that is installed, as schemas of the document."""
    described = {
        f"Params.{slug}.{action.slug}": {"title": str(action.title), **json_schema(action.params)}
        for slug, plugin in registry().plugins.items()
        for action in plugin.actions
    }
    schemas = result["components"]["schemas"]
    schemas.update(described)
    params = schemas["RunRequest"]["properties"]["params"]
    params["anyOf"] = [{"$ref": f"#/components/schemas/{name}"} for name in described]
    return result
