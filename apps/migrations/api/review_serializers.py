# [DEF:migrations.api.review_serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: The page of a plan as the API shows it, for the reader of the document, and what it takes.
# @RELATION DEPENDS_ON -> core.api.strict
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from apps.catalogue.models import AssetKind
from apps.core.api.serializers import VerdictSerializer, pair_of
from apps.core.api.strict import StrictSerializer
from apps.migrations.api.plan_serializers import ASPECTS, EndpointSerializer, MappedSerializer
from apps.migrations.api.serializers import (
    ApprovalsSerializer,
    CountsSerializer,
    DecisionSerializer,
    MigrationDetailSerializer,
    RunSerializer,
)
from apps.superset.plan.plan import Action

ACTIONS = [(each.value, each.name) for each in Action]
MOST_CHANGES = 100
Shape = serializers.Serializer[Any]


class MigrationHeadSerializer(MigrationDetailSerializer):
    """A migration without its plan."""

    plan: Any = None

    class Meta(MigrationDetailSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = tuple(
            name for name in MigrationDetailSerializer.Meta.fields if name != "plan"
        )


class ReferenceSerializer(Shape):
    uuid = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    url = serializers.CharField(help_text=_("its page in Superset, empty if unknown"))


class OutsideUserSerializer(Shape):
    uuid = serializers.CharField(help_text=_("empty if unknown"))
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField()
    url = serializers.CharField(help_text=_("its page in Superset, empty if unknown"))


class RiskSerializer(Shape):
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=["risk", "loss", "note"])
    title = serializers.CharField()
    text = serializers.CharField()
    assets = serializers.ListField(child=serializers.CharField(), help_text=_("UUIDs of assets of the plan"))
    lines = serializers.ListField(child=serializers.CharField(), help_text=_("what it is about, in words"))
    acknowledged = serializers.BooleanField()
    acknowledge = serializers.CharField(allow_null=True, help_text=_("name to plan again with"))


class PlanNodeSerializer(Shape):
    uuid = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField()
    action = serializers.ChoiceField(choices=ACTIONS)
    differences = serializers.IntegerField()
    risks = serializers.IntegerField()
    fingerprint = serializers.CharField(help_text=_("the same in another plan with the same change"))
    seen = serializers.BooleanField()
    new = serializers.BooleanField(help_text=_("not in the plan of `since`"))
    depends_on = serializers.ListField(child=serializers.CharField(), help_text=_("UUIDs of nodes"))
    unchanged_below = serializers.IntegerField(help_text=_("assets below it that are left out"))
    source = ReferenceSerializer(allow_null=True)  # type: ignore[assignment]
    target = ReferenceSerializer(allow_null=True)
    used_by = OutsideUserSerializer(many=True, help_text=_("on the target, outside of the plan"))


class SinceSerializer(Shape):
    decision = serializers.IntegerField()
    actor = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    checksum = serializers.CharField()
    beside = serializers.BooleanField(
        help_text=_("whether what travels beside the documents, or who can see a dashboard, differs from then")
    )


class RulesSerializer(Shape):
    hidden = serializers.IntegerField(help_text=_("differences that are not compared"))
    text = serializers.CharField()


class CheckSerializer(Shape):
    code = serializers.CharField()
    text = serializers.CharField()
    ok = serializers.BooleanField(allow_null=True, help_text=_("null if unknown"))


class BesideSerializer(Shape):
    title = serializers.CharField(help_text=_("owners, roles …; empty of access"))
    subject = serializers.CharField(help_text=_("the asset or rule"))
    text = serializers.CharField()
    added = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())


class ReviewedPlanSerializer(Shape):
    number = serializers.IntegerField(allow_null=True)
    checksum = serializers.CharField()
    planned_at = serializers.DateTimeField(allow_null=True)
    planned_by = serializers.CharField(allow_null=True)
    expires = serializers.DateTimeField(allow_null=True)
    source = EndpointSerializer()  # type: ignore[assignment]
    target = EndpointSerializer()
    databases = MappedSerializer(many=True)
    sentence = serializers.CharField()
    counts = CountsSerializer()
    risks = RiskSerializer(many=True, help_text=_("the gravest first"))
    roots = serializers.ListField(child=serializers.CharField(), help_text=_("UUIDs of the dashboards"))
    nodes = PlanNodeSerializer(many=True)
    carry = serializers.ListField(
        child=serializers.ChoiceField(choices=ASPECTS), help_text=_("what travels beside the documents")
    )
    attachments = BesideSerializer(many=True, help_text=_("what is set beside the documents"))
    access = BesideSerializer(many=True, help_text=_("who can see the dashboards, before and after"))
    since = SinceSerializer(allow_null=True, help_text=_("the decision that `new` is measured against"))
    seen = serializers.IntegerField()
    total = serializers.IntegerField(help_text=_("changes that can be seen"))
    rules = RulesSerializer()
    checks = CheckSerializer(many=True)


class RepairedSerializer(Shape):
    asset = serializers.CharField()
    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class UndoSerializer(Shape):
    possible = serializers.BooleanField()
    sentence = serializers.CharField()


class OutcomeSerializer(RunSerializer):
    repaired = RepairedSerializer(many=True)
    attached = BesideSerializer(many=True, help_text=_("what was set beside the documents"))
    kept = serializers.ListField(
        child=serializers.CharField(), help_text=_("what the run left to others, a sentence each")
    )
    verified = serializers.IntegerField(help_text=_("assets that were read back as planned"))
    seconds = serializers.FloatField(allow_null=True)
    undo = UndoSerializer()

    class Meta(RunSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *RunSerializer.Meta.fields,
            *("repaired", "attached", "kept", "verified", "seconds", "undo"),
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class PlanViewSerializer(Shape):
    migration = MigrationHeadSerializer(allow_null=True)
    plan = ReviewedPlanSerializer()
    run = OutcomeSerializer(allow_null=True, help_text=_("latest run"))
    decisions = DecisionSerializer(many=True)
    approvals = ApprovalsSerializer(allow_null=True)
    allowed_actions = serializers.DictField(child=VerdictSerializer())


class BoxSerializer(Shape):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["chart", "markdown", "header", "tabs", "divider", "other"])
    name = serializers.CharField()
    chart = serializers.CharField(allow_null=True, help_text=_("UUID"))
    tab = serializers.CharField(help_text=_("titles of the tabs it is in"))
    row = serializers.IntegerField()
    x = serializers.IntegerField(help_text=_("columns, 0 to 12"))
    y = serializers.IntegerField(help_text=_("units of 8 pixels"))
    width = serializers.IntegerField(help_text=_("columns, 1 to 12"))
    height = serializers.IntegerField(help_text=_("units of 8 pixels"))
    state = serializers.ChoiceField(choices=["same", "moved", "resized", "added", "removed"])


class LayoutSectionSerializer(Shape):
    kind = serializers.ChoiceField(choices=["layout"])
    title = serializers.CharField()
    summary = serializers.CharField()
    before = BoxSerializer(many=True)
    after = BoxSerializer(many=True)


MARKS = {"type": "array", "items": pair_of("integer")}


@extend_schema_field(MARKS)
class MarksField(serializers.JSONField):
    pass


def marks() -> MarksField:
    return MarksField(help_text=_("[start, end) of what differs, in UTF-16 code units"))


class FieldRowSerializer(Shape):
    name = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    secret = serializers.BooleanField(help_text=_("the values differ and are not shown"))
    sentence = serializers.CharField()
    marks_before = marks()
    marks_after = marks()


class FieldsSectionSerializer(Shape):
    kind = serializers.ChoiceField(choices=["fields"])
    code = serializers.ChoiceField(choices=["settings", "filters", "metrics", "columns", "access", "other"])
    title = serializers.CharField()
    rows = FieldRowSerializer(many=True)


LINE_SIDE = {
    "type": ["array", "null"],
    "minItems": 3,
    "maxItems": 3,
    "prefixItems": [{"type": "integer"}, {"type": "string"}, MARKS],
}
"""Line number, text, marks."""


@extend_schema_field(LINE_SIDE)
class LineSideField(serializers.JSONField):
    pass


class DiffLineSerializer(Shape):
    before = LineSideField()
    after = LineSideField()
    state = serializers.ChoiceField(choices=["same", "changed", "added", "removed"])


class DiffHunkSerializer(Shape):
    skipped = serializers.IntegerField(help_text=_("equal lines before it"))
    equal = serializers.ListField(child=serializers.CharField(), help_text=_("these lines; empty if they are too many"))
    lines = DiffLineSerializer(many=True)


class TextSectionSerializer(Shape):
    kind = serializers.ChoiceField(choices=["text"])
    title = serializers.CharField()
    language = serializers.ChoiceField(choices=["sql", "css", "markdown", "json"])
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    hunks = DiffHunkSerializer(many=True)
    skipped_after = serializers.IntegerField(help_text=_("equal lines after the last one"))
    equal_after = serializers.ListField(
        child=serializers.CharField(), help_text=_("these lines; empty if they are too many")
    )


SECTION = PolymorphicProxySerializer(
    component_name="ChangeSection",
    serializers=[LayoutSectionSerializer, FieldsSectionSerializer, TextSectionSerializer],
    resource_type_field_name=None,
    many=True,
)


@extend_schema_field(SECTION)
class SectionsField(serializers.JSONField):
    pass


class ChangeViewSerializer(Shape):
    uuid = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    name = serializers.CharField()
    action = serializers.ChoiceField(choices=ACTIONS)
    fingerprint = serializers.CharField()
    sections = SectionsField()
    hidden = serializers.IntegerField(help_text=_("differences that are not compared"))


class ChangeViewsSerializer(Shape):
    count = serializers.IntegerField(help_text=_("changes of the plan"))
    results = ChangeViewSerializer(many=True)


class RawChangeSerializer(Shape):
    before = serializers.CharField(allow_null=True, help_text=_("YAML"))
    after = serializers.CharField(allow_null=True, help_text=_("YAML"))


class SeenSerializer(StrictSerializer):
    fingerprints = serializers.ListField(child=serializers.CharField(max_length=32), max_length=10_000)
    seen = serializers.BooleanField()


class SeenProgressSerializer(Shape):
    seen = serializers.IntegerField()
    total = serializers.IntegerField()


class OverviewQuerySerializer(Shape):
    include = serializers.ChoiceField(choices=["unchanged"], required=False, help_text=_("also what stays as it is"))


class ChangesQuerySerializer(Shape):
    uuid = serializers.ListField(
        child=serializers.CharField(), required=False, max_length=MOST_CHANGES, help_text=_("only these")
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST_CHANGES, default=20)
    offset = serializers.IntegerField(min_value=0, default=0)
