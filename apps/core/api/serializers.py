# [DEF:core.api.serializers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Shapes that responses of all apps share.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.errors import readable
from apps.core.policies import Verdict

Policy = Callable[[Any, Any], dict[str, Verdict]]
"""From a user and an object to the verdicts on its actions."""


class StoredError(serializers.DictField):
    """In the language of the reader."""

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(readable(value) or {})


class VerdictSerializer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reason = serializers.CharField(help_text=_("why it is not allowed"))
    who = serializers.ListField(
        child=serializers.CharField(), help_text=_("user names of up to 5 people who may; empty if that is nobody")
    )


@extend_schema_field(serializers.DictField(child=VerdictSerializer()))
class AllowedActions(serializers.Field[Any, Any, dict[str, Any], Any]):
    """What the user may do with the object now, according to its policy. Needs the request in the context."""

    def __init__(self, policy: Policy, *, source: str = "*") -> None:
        super().__init__(source=source, read_only=True, help_text=_("action → whether it is allowed now"))
        self.policy = policy

    def to_representation(self, value: Any) -> dict[str, Any]:
        user = self.context["request"].user
        return {action: asdict(verdict) for action, verdict in self.policy(user, value).items()}


def pair_of(name: str) -> dict[str, Any]:
    """The OpenAPI schema of two values of a JSON type, in an order that means something."""
    return {"type": "array", "minItems": 2, "maxItems": 2, "prefixItems": [{"type": name}, {"type": name}]}
