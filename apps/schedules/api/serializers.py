# [DEF:schedules.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules and their runs in the API.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.api.serializers

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers

from apps.core.api.serializers import AllowedActions
from apps.core.api.strict import StrictSerializer
from apps.environments.models import Environment
from apps.schedules.models import Missed, Overlap, Schedule, ScheduledRun
from apps.schedules.policies import allowed_actions
from apps.schedules.services import coming

LISTED = (
    *("id", "name", "plugin", "action", "environment", "cron", "zone", "enabled", "priority"),
    *("overlap", "missed", "actor", "next_run", "created"),
)


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    environment: serializers.SlugRelatedField[Environment] = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, allow_null=True, help_text="short name of its environment"
    )
    actor = serializers.CharField(source="actor.username", help_text="the user on whose behalf it runs")
    next_run = serializers.DateTimeField(allow_null=True, help_text="null while it is paused")

    class Meta:
        model = Schedule
        fields: ClassVar[tuple[str, ...]] = LISTED
        read_only_fields: ClassVar[tuple[str, ...]] = LISTED


class ScheduledRunSerializer(serializers.ModelSerializer[ScheduledRun]):
    slot = serializers.DateTimeField(allow_null=True, help_text="when it was due; null if a person started it")
    seen = serializers.DateTimeField(source="created", help_text="when that was noticed")
    started = serializers.DateTimeField(source="began", allow_null=True, help_text="when its task started")
    missed_since = serializers.DateTimeField(allow_null=True, help_text="the first slot that was skipped before it")
    task = serializers.IntegerField(source="task_id", allow_null=True)

    class Meta:
        model = ScheduledRun
        fields: ClassVar[tuple[str, ...]] = ("slot", "state", "reason", "seen", "started", "missed_since", "task")
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class ScheduleDetailSerializer(ScheduleSerializer):
    params = serializers.DictField(read_only=True)
    coming = serializers.SerializerMethodField(help_text="the next five slots, also of a paused schedule")
    last_run = serializers.SerializerMethodField()
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(ScheduleSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*LISTED, "params", "coming", "last_run", "allowed_actions")
        read_only_fields: ClassVar[tuple[str, ...]] = fields

    def get_coming(self, schedule: Schedule) -> serializers.ListSerializer(child=serializers.DateTimeField()):  # type: ignore[valid-type]
        return coming(schedule)

    def get_last_run(self, schedule: Schedule) -> ScheduledRunSerializer(allow_null=True):  # type: ignore[valid-type]
        last = schedule.runs.select_related("task").first()
        return ScheduledRunSerializer(last).data if last else None


class ScheduleAddSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    plugin = serializers.CharField(max_length=100)
    action = serializers.CharField(max_length=100)
    params = serializers.DictField(default=dict, help_text="as the action's `params_schema` says")
    environment = serializers.CharField(allow_null=True, default=None, help_text="name or short name")
    cron = serializers.CharField(max_length=100, help_text="minute, hour, day of month, month, day of week")
    zone = serializers.CharField(max_length=64, default="UTC", help_text="such as Europe/Berlin")
    enabled = serializers.BooleanField(default=True, help_text="false: it starts paused")
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, default=0)
    overlap = serializers.ChoiceField(choices=Overlap.choices, default=Overlap.SKIP.value)
    missed = serializers.ChoiceField(choices=Missed.choices, default=Missed.RUN_ONCE.value)


class ScheduleEditSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100, required=False)
    plugin = serializers.CharField(max_length=100, required=False)
    action = serializers.CharField(max_length=100, required=False)
    params = serializers.DictField(required=False, help_text="replaces all parameters")
    environment = serializers.CharField(allow_null=True, required=False)
    cron = serializers.CharField(max_length=100, required=False)
    zone = serializers.CharField(max_length=64, required=False)
    priority = serializers.IntegerField(min_value=-1000, max_value=1000, required=False)
    overlap = serializers.ChoiceField(choices=Overlap.choices, required=False)
    missed = serializers.ChoiceField(choices=Missed.choices, required=False)
