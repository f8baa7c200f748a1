# [DEF:doctor.management.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the command `doctor` says beside its findings.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP = _(
    "Examine the installation and its environments: what is wrong, and what to do. Ends with 0 if all is well, with 2 "
    "if there are only warnings, with 1 if something failed."
)
HELP_ENVIRONMENT = _("examine only this environment; can be repeated (default: all that are enabled)")
HELP_OFFLINE = _("send no request to any environment")
ASKING = _("Asking “{environment}” …")
WHERE = _("{environment}: {check}")
