# [DEF:audit.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a finding or a refusal of the audit, in the admin and the API.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADVICE: Mapping[str, Promise] = {
    "audit.verify": _("Ask an operator to verify the audit."),
    "audit.anchor": _("Ask an operator to rewrite the head."),
    "audit.restore_key": _("Restore it from the backup: audit_key in the data directory, or LOCKSTEP_AUDIT_KEYS_OLD."),
    "audit.restore_segment": _("Restore the file."),
}
