# [DEF:core.api.serializers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Shapes that answers of all apps share.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.policies import Verdict

Policy = Callable[[Any, Any], dict[str, Verdict]]
"""From a user and an object to what the user may do with it now."""


class VerdictSerializer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reason = serializers.CharField(help_text="a sentence, where it is not allowed")


@extend_schema_field(serializers.DictField(child=VerdictSerializer()))
class AllowedActions(serializers.Field[Any, Any, dict[str, Any], Any]):
    """What the user may do with the object now, and why not, as its policy says. Needs the request in the context."""

    def __init__(self, policy: Policy, *, source: str = "*") -> None:
        super().__init__(source=source, read_only=True, help_text="action → may it be started now?")
        self.policy = policy

    def to_representation(self, value: Any) -> dict[str, Any]:
        user = self.context["request"].user
        return {action: asdict(verdict) for action, verdict in self.policy(user, value).items()}
