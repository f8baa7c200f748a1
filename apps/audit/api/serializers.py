# [DEF:audit.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Audit entries as the API shows them.
# @RELATION DEPENDS_ON -> audit.models

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.audit.models import AuditEntry

FIELDS = (
    *("id", "number", "at", "actor", "os_user", "source", "address", "request_id"),
    *("action", "object_type", "object_id", "object_name", "before", "after"),
)


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    actor = serializers.CharField(allow_null=True, help_text="user name")
    before: Any = serializers.DictField(allow_null=True, help_text="what was changed, before; without secrets")
    after: Any = serializers.DictField(allow_null=True)

    class Meta:
        model = AuditEntry
        fields: ClassVar[tuple[str, ...]] = FIELDS
        read_only_fields: ClassVar[tuple[str, ...]] = FIELDS
