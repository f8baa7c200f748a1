# [DEF:schedules.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about schedules, for commands.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "schedules.list": _("List schedules with `manage.py schedule list`."),
    "schedules.remove": _(
        "Remove them with `manage.py schedule remove NAME`, or change their environment with "
        "`manage.py schedule edit NAME --environment OTHER`."
    ),
}
