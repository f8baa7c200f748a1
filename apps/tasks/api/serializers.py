# [DEF:tasks.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks, lines and files as the API shows them.
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.environments.models import Environment
from apps.tasks.models import Task, TaskLine, TaskState

LISTED = (
    *("id", "plugin", "action", "environment", "environment_name", "state", "actor", "priority"),
    *("created", "started", "finished", "attempts"),
)


class TaskSerializer(serializers.ModelSerializer[Task]):
    environment: serializers.SlugRelatedField[Environment] = serializers.SlugRelatedField(
        slug_field="slug", read_only=True, allow_null=True, help_text="its short name, as long as it is there"
    )
    actor = serializers.CharField(source="actor.username")

    class Meta:
        model = Task
        fields: ClassVar[tuple[str, ...]] = LISTED
        read_only_fields: ClassVar[tuple[str, ...]] = LISTED


class StageSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    number = serializers.IntegerField()
    total = serializers.IntegerField()
    started = serializers.CharField()
    finished = serializers.CharField(allow_null=True)


class ProgressSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class ArtifactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class TaskDetailSerializer(TaskSerializer):
    params = serializers.DictField(read_only=True)
    stages = StageSerializer(many=True, read_only=True)
    progress = ProgressSerializer(allow_null=True, read_only=True)
    result = serializers.DictField(allow_null=True, read_only=True, help_text="what the action returned")
    error = serializers.DictField(allow_null=True, read_only=True, help_text="{kind, sentence …} of how it failed")
    artifacts = ArtifactSerializer(many=True, read_only=True)

    class Meta(TaskSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *LISTED,
            *("host", "pid", "heartbeat", "retry_of", "params", "stages", "progress", "result", "error", "artifacts"),
        )


class LineSerializer(serializers.ModelSerializer[TaskLine]):
    facts = serializers.DictField()

    class Meta:
        model = TaskLine
        fields: ClassVar[tuple[str, ...]] = ("seq", "at", "level", "source", "text", "facts")


class LinesSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True)
    last = serializers.IntegerField(help_text="ask for the lines after this one next")
    state = serializers.ChoiceField(choices=TaskState.choices)
    ended = serializers.BooleanField(help_text="the task has ended and these are its last lines")


class AskedLinesSerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, default=0, help_text="the number of the last line that is known")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=500)
