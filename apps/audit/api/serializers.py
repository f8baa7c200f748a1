# [DEF:audit.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: The shape of audit entries in the API.
# @RELATION DEPENDS_ON -> audit.models

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.audit.models import AuditEntry

FIELDS = (
    *("id", "number", "at", "actor", "os_user", "source", "address", "request_id"),
    *("action", "object_type", "object_id", "object_name", "before", "after"),
)


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.CharField(allow_null=True, help_text=_("user name"))
    before: Any = serializers.DictField(allow_null=True, help_text=_("values before the change; without secrets"))
    after: Any = serializers.DictField(allow_null=True, help_text=_("values after the change"))

    class Meta:
        model = AuditEntry
        fields: ClassVar[tuple[str, ...]] = FIELDS
        read_only_fields: ClassVar[tuple[str, ...]] = FIELDS
