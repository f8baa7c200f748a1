# [DEF:migrations.api.plan_serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: A plan as the API shows it, each difference with its sentence.
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION CALLS -> superset.view.masking

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.catalogue.models import AssetKind
from apps.superset.plan.attachment import Aspect
from apps.superset.plan.plan import Action, Plan
from apps.superset.view.masking import masked_plan

ASPECTS = [(each.value, each.value) for each in Aspect]
BESIDE: dict[str, Any] = {"carry": [], "attachments": [], "drafts": {}, "access": [], "relied": []}
BESIDE |= {"connections": [], "prune": False}
"""Of a plan that says nothing of it."""


class EndpointSerializer(serializers.Serializer[Any]):
    environment = serializers.CharField(help_text=_("name"))
    release = serializers.CharField()


class MappedSerializer(serializers.Serializer[Any]):
    source_uuid = serializers.CharField()
    source_name = serializers.CharField()
    target_uuid = serializers.CharField()
    target_name = serializers.CharField()


class DifferenceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text=_("such as `metric_added`"))
    subject = serializers.CharField(help_text=_("name of what differs within the asset"))
    path = serializers.CharField(help_text=_("its place in the asset"))
    before = serializers.JSONField(help_text=_("any JSON, null if there was nothing"))
    after = serializers.JSONField(help_text=_("any JSON, null if there is nothing"))
    text = serializers.CharField(help_text=_("unified diff, for texts of several lines"))
    sentence = serializers.CharField(help_text=_("the difference in one line"))


class ChangeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    uuid = serializers.CharField()
    name = serializers.CharField()
    action = serializers.ChoiceField(choices=[(each.value, each.name) for each in Action])
    before = serializers.CharField(allow_null=True, help_text=_("content hash; null if absent"))
    after = serializers.CharField(allow_null=True, help_text=_("content hash; null if absent"))
    differences = DifferenceSerializer(many=True)
    used_by = serializers.ListField(
        child=serializers.CharField(), help_text=_("other dashboards of the target that use it")
    )


class NoteSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    text = serializers.CharField()
    assets = serializers.ListField(child=serializers.CharField())


class ItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True, help_text=_("on the target; null if the apply creates it"))
    name = serializers.CharField()
    facts = serializers.DictField(
        required=False,
        help_text=_(
            "of a rule: its type, clause, roles and tables; of embedding: its domains; of a theme that is created: its "
            "settings; of a CSS template, saved query, alert or report: its fields"
        ),
    )


class AttachmentSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    uuid = serializers.CharField()
    name = serializers.CharField(help_text=_("of the asset; of a rule, template, query, alert or report its own"))
    aspect = serializers.ChoiceField(choices=ASPECTS)
    before = ItemSerializer(many=True)
    after = ItemSerializer(many=True)


class AccessSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField(help_text=_("of the dashboard"))
    name = serializers.CharField()
    before = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text=_("user names of those who can see it; null: unknown")
    )
    after = serializers.ListField(child=serializers.CharField(), allow_null=True)


class RelianceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    uuid = serializers.CharField()
    name = serializers.CharField()
    items = ItemSerializer(
        many=True,
        help_text=_("of a dashboard: its roles; of a dataset: rules there, with a hash of what each says"),
    )


class NewConnectionSerializer(serializers.Serializer[Any]):
    uuid = serializers.CharField()
    name = serializers.CharField()
    secrets = serializers.ListField(
        child=serializers.CharField(), help_text=_("what the run asks for before it creates the connection")
    )


class PlanSerializer(serializers.Serializer[Any]):
    format = serializers.IntegerField()
    source = EndpointSerializer()  # type: ignore[assignment]
    target = EndpointSerializer()
    dashboards = serializers.ListField(child=serializers.CharField(), help_text="`kind/uuid`")
    databases = MappedSerializer(many=True)
    changes = ChangeSerializer(many=True)
    warnings = NoteSerializer(many=True)
    losses = NoteSerializer(many=True, help_text=_("what is not migrated, and why"))
    content = serializers.CharField(help_text=_("SHA-256 of the content of the plan"))
    acknowledged = serializers.ListField(child=serializers.CharField(), help_text=_("names of acknowledged refusals"))
    carry = serializers.ListField(
        child=serializers.ChoiceField(choices=ASPECTS), help_text=_("what travels beside the documents")
    )
    attachments = AttachmentSerializer(many=True, help_text=_("what of it changes on the target"))
    drafts = serializers.DictField(
        child=serializers.CharField(), help_text=_("dashboards that are published last: content hash until then")
    )
    access = AccessSerializer(many=True, help_text=_("who can see the dashboards of the plan"))
    relied = RelianceSerializer(
        many=True, help_text=_("what of the target's own restricts them, and is checked again before the run writes")
    )
    connections = NewConnectionSerializer(many=True, help_text=_("connections that the plan creates on the target"))
    prune = serializers.BooleanField(help_text=_("whether orphans that nothing uses are deleted"))
    checksum = serializers.CharField(help_text=_("checksum of all of this; send it to apply the plan"))
    pending = serializers.BooleanField(help_text=_("whether the plan changes anything"))


def plan_data(plan: Plan) -> dict[str, Any]:
    """The plan, each difference with its sentence, secrets masked; the checksum is that of the plan as it is stored."""
    shown = masked_plan(plan)
    facts: dict[str, Any] = {
        **BESIDE,
        **shown.to_json(),
        "acknowledged": list(plan.acknowledged),
        "checksum": plan.checksum,
        "pending": plan.pending,
    }
    for change, changed in zip(shown.changes, facts["changes"], strict=True):
        for difference, differs in zip(change.differences, changed["differences"], strict=True):
            differs["sentence"] = difference.sentence(gettext)
    return facts
