# [DEF:audit.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a finding or a refusal of the audit, for a person at a terminal.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADVICE: Mapping[str, Promise] = {
    "audit.verify": _("Run `{program} audit verify`."),
    "audit.anchor": _("`{program} audit anchor` rewrites the head and records that in the audit."),
    "audit.restore_key": _("Restore it from the backup: audit_key in the data directory, or LOCKSTEP_AUDIT_KEYS_OLD."),
    "audit.restore_segment": _("Restore the file, or name its directory with --files."),
}
