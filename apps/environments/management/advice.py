# [DEF:environments.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "environments.add": _("Add one with `{program} environment add NAME URL`."),
    "environments.credentials": _("Store a new one with `{program} environment credentials {environment}`."),
    "environments.disable": _("Disable it instead with `{program} environment disable {environment}`."),
    "environments.enable": _("Enable it with `{program} environment enable {environment}`."),
    "environments.username": _("Pass one with --username."),
}
