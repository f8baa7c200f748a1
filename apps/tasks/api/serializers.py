# [DEF:tasks.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks, lines, questions, files and answers in the API.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> plugins.inputs

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import AllowedActions
from apps.core.api.strict import StrictSerializer
from apps.environments.models import Environment
from apps.plugins.inputs import InputKind
from apps.tasks.live import columns
from apps.tasks.models import Pause, Task, TaskLine, TaskState
from apps.tasks.policies import allowed_actions
from apps.tasks.questions import open_pause
from apps.tasks.view.downloads import downloads_of
from apps.tasks.view.failures import error_of
from apps.tasks.view.stages import StageState, stages_of
from apps.tasks.view.titles import migration_of, title_of
from apps.tasks.view.waiting import waiting_reason

LAST = 2**31 - 1
"""No line has a larger number."""

LISTED = (*columns.TASK, "title", "migration", "allowed_actions")


class TaskSerializer(serializers.ModelSerializer[Task]):
    environment: serializers.SlugRelatedField[Environment] = serializers.SlugRelatedField(
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="short name of the environment; null if it was removed",
    )
    actor = serializers.CharField(source="actor.username", allow_null=True, help_text="null if Lockstep started it")
    title = serializers.SerializerMethodField(help_text="what it does, in words")
    migration = serializers.SerializerMethodField(help_text="the migration that it is about")
    allowed_actions = AllowedActions(allowed_actions)

    class Meta:
        model = Task
        fields: ClassVar[tuple[str, ...]] = LISTED
        read_only_fields: ClassVar[tuple[str, ...]] = LISTED

    def get_title(self, task: Task) -> str:
        return title_of(task)

    def get_migration(self, task: Task) -> int | None:
        return migration_of(task)


class StageSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="the same in every language")
    label = serializers.CharField()  # type: ignore[assignment]
    number = serializers.IntegerField()
    total = serializers.IntegerField()
    state = serializers.ChoiceField(choices=[(state.value, state.name) for state in StageState])
    started = serializers.CharField(allow_null=True)
    finished = serializers.CharField(allow_null=True)
    note = serializers.CharField(help_text="how far it is, or why it failed or was skipped")


class NextStepSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    action = serializers.CharField(allow_null=True, help_text="`retry`, `rollback`, `replan` or `answer`")
    migration = serializers.IntegerField(allow_null=True)


class ErrorSerializer(serializers.Serializer[Any]):
    """Plugins may add more."""

    kind = serializers.CharField()
    sentence = serializers.CharField()
    context = serializers.DictField()  # type: ignore[assignment]
    line = serializers.IntegerField(allow_null=True, help_text="number of the line that says why")
    next_steps = NextStepSerializer(many=True)


class ProgressSerializer(serializers.Serializer[Any]):
    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class ArtifactSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()


class ChoiceSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="send this or the label")
    label = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField(help_text="why it may be the right one")


class QuestionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.name) for kind in InputKind])
    choices = ChoiceSerializer(many=True, help_text="the most likely first")
    help = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    suggested = serializers.CharField(default="", help_text="the choice to propose; empty if none is likely enough")


class PauseSerializer(serializers.Serializer[Pause]):
    questions = QuestionSerializer(many=True, source="fields")
    stage = serializers.CharField(help_text="the stage that was in progress; empty for none")
    asked = serializers.DateTimeField()
    expires = serializers.DateTimeField(help_text="when the task times out")


class TaskDetailSerializer(TaskSerializer):
    host = serializers.CharField(source="machine", read_only=True, help_text="the machine of its process")
    needs = serializers.SerializerMethodField(help_text="what its worker has to offer; empty for any worker")
    waiting_reason = serializers.SerializerMethodField(
        help_text="why no running worker takes it, and what to do; empty otherwise"
    )
    params = serializers.DictField(read_only=True)
    stages = serializers.SerializerMethodField(help_text="all of them from the start, if the action declares them")
    progress = ProgressSerializer(allow_null=True, read_only=True)
    result = serializers.DictField(allow_null=True, read_only=True, help_text="what the action returned")
    error = serializers.SerializerMethodField(help_text="why it failed")
    artifacts = serializers.SerializerMethodField()
    retries: serializers.PrimaryKeyRelatedField[Task] = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, help_text="retries of this task"
    )
    dismissed_by = serializers.CharField(
        source="dismissed_by.username",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="who took it off the overview",
    )
    pause = serializers.SerializerMethodField(help_text="the open question")

    class Meta(TaskSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *LISTED,
            *("host", "pid", "heartbeat", "cancel_requested", "retry_of", "retries", "needs", "waiting_reason"),
            *("params", "stages", "progress"),
            *("result", "error", "artifacts", "pause", "dismissed", "dismissed_by"),
        )

    def get_needs(self, task: Task) -> list[str]:
        return task.needs.split()

    def get_waiting_reason(self, task: Task) -> str:
        return waiting_reason(task)

    @extend_schema_field(ArtifactSerializer(many=True))
    def get_artifacts(self, task: Task) -> list[dict[str, Any]]:
        return list(ArtifactSerializer(downloads_of(task), many=True).data)

    @extend_schema_field(StageSerializer(many=True))
    def get_stages(self, task: Task) -> list[dict[str, Any]]:
        return stages_of(task)

    @extend_schema_field(ErrorSerializer(allow_null=True))
    def get_error(self, task: Task) -> dict[str, Any] | None:
        return error_of(task, self.context["request"].user)

    @extend_schema_field(PauseSerializer(allow_null=True))
    def get_pause(self, task: Task) -> dict[str, Any] | None:
        pause = open_pause(task)
        return PauseSerializer(pause).data if pause else None


class LineSerializer(serializers.ModelSerializer[TaskLine]):
    facts = serializers.DictField()

    class Meta:
        model = TaskLine
        fields: ClassVar[tuple[str, ...]] = columns.LINE


class LinesSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True)
    last = serializers.IntegerField(help_text="continue after this line")
    state = serializers.ChoiceField(choices=TaskState.choices)
    ended = serializers.BooleanField(help_text="the task has ended and these are its last lines")


class ChosenLinesSerializer(serializers.Serializer[Any]):
    level = serializers.ListField(child=serializers.CharField(), default=list, help_text="may be repeated")
    source = serializers.ListField(  # type: ignore[assignment]
        child=serializers.CharField(allow_blank=True), default=list, help_text="may be repeated"
    )
    search = serializers.CharField(default="", allow_blank=True, max_length=200, help_text="in the text, in any case")


class LinesQuerySerializer(ChosenLinesSerializer):
    after = serializers.IntegerField(min_value=0, max_value=LAST, default=0, help_text="number of the last known line")
    before = serializers.IntegerField(
        min_value=1, max_value=LAST, required=False, help_text="only lines before this one, the nearest of them"
    )
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=500)


class CountedLinesSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    levels = serializers.DictField(child=serializers.IntegerField(), help_text="level → number of lines")
    sources = serializers.DictField(child=serializers.IntegerField(), help_text="source → number of lines")


class AnswerSerializer(StrictSerializer):
    answers = serializers.DictField(
        child=serializers.CharField(max_length=10_000, allow_blank=True, trim_whitespace=False),
        write_only=True,
        help_text="answers by the names of the questions",
    )
