# [DEF:environments.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "environments.add": _("Add one on the Environments page."),
    "environments.ask_for_role": _("If you should see one, ask an administrator for a role."),
    "environments.credentials": _("Edit the environment to store a new one."),
    "environments.disable": _("Disable it instead."),
    "environments.enable": _("Enable it first."),
    "environments.username": _("Enter one."),
}
