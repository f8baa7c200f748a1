# [DEF:freezes.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Freeze windows as the API shows and takes them.
# @RELATION DEPENDS_ON -> freezes.models
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import AllowedActions
from apps.core.api.strict import StrictSerializer
from apps.environments.models import Environment, Tier
from apps.freezes.models import DAYS, FreezeState, FreezeWindow
from apps.freezes.policies import allowed_actions

FIELDS = (
    *("id", "reason", "environment", "tier", "time_zone", "starts", "ends"),
    *("from_day", "from_time", "until_day", "until_time"),
)


class SpanSerializer(serializers.Serializer[Any]):
    starts = serializers.DateTimeField()
    ends = serializers.DateTimeField()


class FreezeSerializer(StrictSerializer, serializers.ModelSerializer[FreezeWindow]):
    environment: serializers.SlugRelatedField[Environment] = serializers.SlugRelatedField(
        slug_field="slug",
        queryset=Environment.objects.none(),
        allow_null=True,
        default=None,
        help_text=_("short name; null freezes the tier, or all environments if that is empty too"),
    )
    tier = serializers.ChoiceField(choices=Tier.choices, allow_blank=True, default="")
    starts = serializers.DateTimeField(
        allow_null=True, default=None, help_text=_("of a window that comes once, together with `ends`")
    )
    ends = serializers.DateTimeField(allow_null=True, default=None)
    from_day = serializers.ChoiceField(
        choices=DAYS,
        allow_blank=True,
        default="",
        help_text=_("of a weekly window, together with `from_time`, `until_day` and `until_time`"),
    )
    until_day = serializers.ChoiceField(choices=DAYS, allow_blank=True, default="")
    state = serializers.SerializerMethodField()
    next = serializers.SerializerMethodField(help_text=_("current or next window; null if past"))

    class Meta:
        model = FreezeWindow
        fields: ClassVar[tuple[str, ...]] = (*FIELDS, "state", "next")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Only environments that the user may see can be named."""
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["environment"].queryset = Environment.objects.visible_to(request.user)  # type: ignore[attr-defined]
        return fields

    @extend_schema_field(serializers.ChoiceField(choices=FreezeState.choices))
    def get_state(self, window: FreezeWindow) -> FreezeState:
        return window.state(timezone.now())

    @extend_schema_field(SpanSerializer(allow_null=True))
    def get_next(self, window: FreezeWindow) -> dict[str, Any] | None:
        span = window.upcoming(timezone.now())
        return SpanSerializer(span).data if span else None


class FreezeDetailSerializer(FreezeSerializer):
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(FreezeSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*FreezeSerializer.Meta.fields, "allowed_actions")
