# [DEF:environments.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "environments.add": _("Add one with `{program} environment add NAME URL`."),
    "environments.ask_for_role": _("If you should see one, ask an administrator for a role."),
    "environments.credentials": _("Store a new one with `{program} environment credentials {environment}`."),
    "environments.disable": _("Disable it instead with `{program} environment disable {environment}`."),
    "environments.enable": _("Enable it with `{program} environment enable {environment}`."),
    "environments.username": _("Pass one with --username."),
}
