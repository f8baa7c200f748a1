# [DEF:environments.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "environments.add": _("Add one with `manage.py environment add NAME URL`."),
    "environments.credentials": _("Store a new one with `manage.py environment credentials {environment}`."),
    "environments.disable": _("Disable it instead with `manage.py environment disable {environment}`."),
    "environments.enable": _("Enable it with `manage.py environment enable {environment}`."),
    "environments.username": _("Pass one with --username."),
}
