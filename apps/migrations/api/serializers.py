# [DEF:migrations.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations, plans and runs as the API shows and takes them.
# @RELATION DEPENDS_ON -> core.api.serializers

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import AllowedActions
from apps.core.api.strict import StrictSerializer
from apps.migrations.api.plan_serializers import PlanSerializer, plan_data
from apps.migrations.approvals import Approvals, approvals_of
from apps.migrations.liveness import error_of, state_of
from apps.migrations.models import Decision, DecisionKind, HumanState, Migration, Run, RunKind, RunState
from apps.migrations.policies.actions import allowed_actions
from apps.migrations.services.execution import Explained
from apps.migrations.services.planning import stored_plan
from apps.migrations.status import Status, status_of

STATUSES = [(each.value, each.name) for each in Status]
LISTED = ("id", "title", "source", "target", "status", "state", "author", "created", "task")


class MigrationSerializer(serializers.ModelSerializer[Migration]):
    source = serializers.CharField(source="source.slug", help_text=_("short name of the environment"))  # type: ignore[assignment]
    target = serializers.CharField(source="target.slug", help_text=_("short name of the environment"))
    author = serializers.CharField(source="author.username")
    state = serializers.ChoiceField(choices=HumanState.choices, help_text=_("what people decided"))
    status = serializers.ChoiceField(choices=STATUSES, help_text=_("including what its runs have done since"))
    task = serializers.IntegerField(source="task_id", allow_null=True, help_text=_("task that planned it"))

    class Meta:
        model = Migration
        fields: ClassVar[tuple[str, ...]] = LISTED
        read_only_fields: ClassVar[tuple[str, ...]] = LISTED


class RunSerializer(serializers.ModelSerializer[Run]):
    actor = serializers.CharField(source="actor.username")
    state = serializers.SerializerMethodField(help_text=_("`interrupted` also if its process is gone"))
    task = serializers.IntegerField(source="task_id", allow_null=True)
    written = serializers.ListField(child=serializers.CharField(), help_text=_("assets written and removed"))
    open = serializers.ListField(
        child=serializers.CharField(), help_text=_("assets that may have been written: the response never came")
    )
    result = serializers.DictField(allow_null=True)
    error = serializers.SerializerMethodField(help_text=_("{kind, sentence …} if it failed"))

    class Meta:
        model = Run
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "kind", "state", "actor", "task", "started", "finished", "written", "open", "result", "error"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields

    @extend_schema_field(serializers.ChoiceField(choices=RunState.choices))
    def get_state(self, run: Run) -> RunState:
        return state_of(run)

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_error(self, run: Run) -> dict[str, Any] | None:
        return error_of(run)


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    kind = serializers.ChoiceField(
        choices=DecisionKind.choices,
        help_text=_("`return`: Lockstep made it a draft again, for the reason in the note"),
    )
    actor = serializers.CharField(source="actor.username", allow_null=True, default=None)
    plan = serializers.IntegerField(source="plan.number", help_text=_("number of the plan; only the latest counts"))

    class Meta:
        model = Decision
        fields: ClassVar[tuple[str, ...]] = ("id", "kind", "actor", "at", "note", "plan", "checksum")
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class FallenSerializer(serializers.Serializer[Any]):
    actor = serializers.CharField(source="decision.actor.username")
    decision = serializers.IntegerField(source="decision.pk")
    reason = serializers.CharField(source="why")


class ApprovalsSerializer(serializers.Serializer[Approvals]):
    """Of the latest plan."""

    needed = serializers.IntegerField(help_text=_("approvals needed"))
    given = serializers.SerializerMethodField(help_text=_("valid approvals"))
    expires = serializers.DateTimeField(
        allow_null=True, help_text=_("when the approvals expire and the migration becomes a draft again")
    )
    expired = serializers.BooleanField(help_text=_("whether they have expired, so that it cannot be applied"))
    fallen = FallenSerializer(many=True, help_text=_("approvals that no longer count, with the reason"))

    def get_given(self, approvals: Approvals) -> int:
        return len(approvals.given)


class SelectionSerializer(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())
    everything = serializers.BooleanField()


class MigrationDetailSerializer(MigrationSerializer):
    status = serializers.SerializerMethodField(help_text=_("including what its runs have done since"))  # type: ignore[assignment]
    selection = SelectionSerializer()
    plan = serializers.SerializerMethodField(help_text=_("latest plan"))
    approvals = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True, help_text=_("decisions, oldest first"))
    runs = RunSerializer(many=True)
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(MigrationSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *(*LISTED, "selection", "plan", "approvals", "decisions", "runs", "allowed_actions"),
        )

    @extend_schema_field(serializers.ChoiceField(choices=STATUSES))
    def get_status(self, migration: Migration) -> Status:
        return status_of(migration)

    @extend_schema_field(PlanSerializer(allow_null=True))
    def get_plan(self, migration: Migration) -> dict[str, Any] | None:
        return plan_data(stored_plan(migration)) if migration.plans.exists() else None

    @extend_schema_field(ApprovalsSerializer)
    def get_approvals(self, migration: Migration) -> dict[str, Any]:
        return ApprovalsSerializer(approvals_of(migration)).data


class ExplainedSerializer(serializers.Serializer[Explained]):
    plan = serializers.SerializerMethodField(help_text=_("what would be done; for a rollback the inverse plan"))
    stages = serializers.ListField(child=serializers.CharField(), help_text=_("the steps in words"))

    @extend_schema_field(PlanSerializer)
    def get_plan(self, explained: Explained) -> dict[str, Any]:
        return plan_data(explained.plan)


class ExplanationQuerySerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=RunKind.choices, default=RunKind.APPLY.value)


class PlanMigrationSerializer(StrictSerializer):
    source = serializers.CharField(help_text=_("short name of an environment"))  # type: ignore[assignment]
    target = serializers.CharField(help_text=_("short name of an environment"))
    dashboards = serializers.ListField(
        child=serializers.CharField(), default=list, help_text=_("id, UUID or slug of each dashboard of the source")
    )
    everything = serializers.BooleanField(default=False, help_text=_("every dashboard of the source"))
    databases = serializers.ListField(
        child=serializers.CharField(), default=list, help_text=_("`SOURCE=TARGET`, by name or UUID, for this plan only")
    )
    allow_many = serializers.BooleanField(default=False, help_text=_("skip the overwrite limit"))
    acknowledge = serializers.ListField(
        child=serializers.CharField(), default=list, help_text=_("names given by a refusal, to plan anyway")
    )
    keep = serializers.BooleanField(
        default=True, help_text=_("store the plan as a migration; if false, it is only a file of the task")
    )


CHECKSUM: dict[str, Any] = {"max_length": 64, "help_text": _("checksum of the plan that was read")}
NOTE: dict[str, Any] = {"max_length": 10_000, "help_text": _("note for people who read it later")}


class ApplySerializer(StrictSerializer):
    checksum = serializers.CharField(**CHECKSUM)
    override = serializers.CharField(
        max_length=1000, default="", allow_blank=True, help_text=_("reason for applying during a freeze")
    )


class RollbackSerializer(StrictSerializer):
    keep_changed = serializers.BooleanField(
        default=False, help_text=_("roll back the rest and keep what others have changed since")
    )
    force = serializers.CharField(
        max_length=1000,
        default="",
        allow_blank=True,
        help_text=_("reason for rolling back what others have changed, too"),
    )


class ReplanSerializer(StrictSerializer):
    allow_many = serializers.BooleanField(default=False, help_text=_("skip the overwrite limit"))
    acknowledge = serializers.ListField(
        child=serializers.CharField(), default=list, help_text=_("names given by a refusal, to plan anyway")
    )


class RemarkSerializer(StrictSerializer):
    note = serializers.CharField(**NOTE, default="", allow_blank=True)


class CommentSerializer(StrictSerializer):
    note = serializers.CharField(**NOTE)


class ApproveSerializer(RemarkSerializer):
    checksum = serializers.CharField(**CHECKSUM)


class RejectSerializer(CommentSerializer):
    checksum = serializers.CharField(**CHECKSUM, required=False)
