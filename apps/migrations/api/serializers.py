# [DEF:migrations.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Migrations, plans and runs as the API shows and takes them.
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> catalogue.models

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalogue.models import AssetKind
from apps.core.api.serializers import VerdictSerializer
from apps.core.api.strict import StrictSerializer
from apps.migrations.api.plan_serializers import ASPECTS, PlanSerializer, plan_data
from apps.migrations.approvals import Approvals, approvals_of
from apps.migrations.known import known_of
from apps.migrations.liveness import error_of, state_of
from apps.migrations.models import Decision, DecisionKind, HumanState, Migration, Run, RunKind, RunState
from apps.migrations.policies.actions import allowed_with_who
from apps.migrations.policies.next_step import Next, What, next_of
from apps.migrations.services.execution import Explained
from apps.migrations.services.planning import stored_plan
from apps.migrations.services.undo_preview import Preview
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


class NextSerializer(serializers.Serializer[Next]):
    what = serializers.ChoiceField(choices=[(each.value, each.value) for each in What], help_text=_("next step"))
    who = serializers.ListField(
        child=serializers.CharField(), help_text=_("user names of up to 5 people who may do it now")
    )
    sentence = serializers.CharField(help_text=_("the next step in words"))


class CountsSerializer(serializers.Serializer[Any]):
    """Of the assets of the latest plan, by what is done to them."""

    create = serializers.IntegerField()  # type: ignore[assignment]
    update = serializers.IntegerField()  # type: ignore[assignment]
    unchanged = serializers.IntegerField()
    orphan = serializers.IntegerField(help_text=_("only on the target, and left there"))
    remove = serializers.IntegerField()
    risks = serializers.IntegerField(help_text=_("warnings of the plan"))
    losses = serializers.IntegerField(help_text=_("what is not migrated"))


class NumbersSerializer(serializers.Serializer[Approvals]):
    needed = serializers.IntegerField(help_text=_("approvals needed"))
    given = serializers.SerializerMethodField(help_text=_("valid approvals"))

    def get_given(self, approvals: Approvals) -> int:
        return len(approvals.given)


class KnownSerializer(MigrationSerializer):
    """Of migrations that are `known`. The context has `who`, read for the whole answer."""

    status = serializers.SerializerMethodField(help_text=_("including what its runs have done since"))  # type: ignore[assignment]
    next = serializers.SerializerMethodField(help_text=_("what is to be done next, and who may"))
    counts = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField(help_text=_("action → whether it is allowed now"))

    @extend_schema_field(serializers.ChoiceField(choices=STATUSES))
    def get_status(self, migration: Migration) -> Status:
        return status_of(migration)

    @extend_schema_field(NextSerializer)
    def get_next(self, migration: Migration) -> dict[str, Any]:
        return NextSerializer(next_of(migration, self.context["who"])).data

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, migration: Migration) -> dict[str, int] | None:
        return summary_in(migration).get("counts")

    @extend_schema_field(serializers.DictField(child=VerdictSerializer()))
    def get_allowed_actions(self, migration: Migration) -> dict[str, Any]:
        found = allowed_with_who(self.context["request"].user, migration, self.context["who"])
        return {action: asdict(each) for action, each in found.items()}


def summary_in(migration: Migration) -> dict[str, Any]:
    """Of the latest plan; empty where there is none, or it is of a format that is not read any more."""
    plan = known.plan if (known := known_of(migration)) else None
    return (plan.summary if plan else None) or {}


class MigrationRowSerializer(KnownSerializer):
    approvals = serializers.SerializerMethodField()
    changed = serializers.DateTimeField(help_text=_("when anything was last done with it"))
    dashboards = serializers.SerializerMethodField(help_text=_("number of dashboards in the latest plan"))

    class Meta(MigrationSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *(*LISTED, "next", "counts", "approvals", "changed", "dashboards", "allowed_actions"),
        )

    @extend_schema_field(NumbersSerializer)
    def get_approvals(self, migration: Migration) -> dict[str, Any]:
        return NumbersSerializer(approvals_of(migration)).data

    def get_dashboards(self, migration: Migration) -> int:
        return int(summary_in(migration).get("dashboards", 0))


class SelectionSerializer(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField())
    everything = serializers.BooleanField()


class MigrationDetailSerializer(KnownSerializer):
    selection = SelectionSerializer()
    speculative = serializers.SerializerMethodField(help_text=_("whether its plan is only shown; of a migration never"))
    plan = serializers.SerializerMethodField(help_text=_("latest plan; left out with `?plan=false`"))
    approvals = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True, help_text=_("decisions, oldest first"))
    runs = RunSerializer(many=True)

    class Meta(MigrationSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *(*LISTED, "selection", "speculative", "next", "counts", "plan", "approvals", "decisions", "runs"),
            "allowed_actions",
        )

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if not self.context.get("plan", True):
            del fields["plan"]
        return fields

    def get_speculative(self, migration: Migration) -> bool:
        """A plan that is only shown makes no migration."""
        return False

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


class TouchedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AssetKind.choices, source="key.kind.value")
    name = serializers.CharField()
    uuid = serializers.CharField(source="key.uuid")


class PreviewSerializer(serializers.Serializer[Preview]):
    possible = serializers.BooleanField(help_text=_("whether you may roll it back now"))
    reason = serializers.CharField(help_text=_("why not"))
    restores = TouchedSerializer(many=True, help_text=_("assets that get back what they were"))
    removes = TouchedSerializer(many=True, help_text=_("assets that the migration created"))
    cautions = serializers.ListField(child=serializers.CharField(), help_text=_("what to know before, as sentences"))


class DetailQuerySerializer(serializers.Serializer[Any]):
    plan = serializers.BooleanField(default=True, help_text=_("whether the plan is included"))


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
    carry = serializers.ListField(
        child=serializers.ChoiceField(choices=ASPECTS), default=list, help_text=_("what travels beside the documents")
    )
    connections = serializers.ListField(
        child=serializers.CharField(),
        default=list,
        help_text=_("databases of the source, by name or UUID, whose connections are created on the target"),
    )
    prune = serializers.BooleanField(
        default=False, help_text=_("delete charts and datasets of the target that nothing uses after the migration")
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
    carry = serializers.ListField(
        child=serializers.ChoiceField(choices=ASPECTS),
        default=None,
        allow_null=True,
        help_text=_("what travels beside the documents; null: what the migration carried before"),
    )
    connections = serializers.ListField(
        child=serializers.CharField(),
        default=list,
        help_text=_("databases of the source, by name or UUID, whose connections are created on the target"),
    )
    prune = serializers.BooleanField(
        default=None,
        allow_null=True,
        help_text=_("delete charts and datasets of the target that nothing uses afterwards; null: as before"),
    )


class RemarkSerializer(StrictSerializer):
    note = serializers.CharField(**NOTE, default="", allow_blank=True)


class CommentSerializer(StrictSerializer):
    note = serializers.CharField(**NOTE)


class ApproveSerializer(RemarkSerializer):
    checksum = serializers.CharField(**CHECKSUM)


class RejectSerializer(CommentSerializer):
    checksum = serializers.CharField(**CHECKSUM, required=False)
