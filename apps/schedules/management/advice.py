# [DEF:schedules.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about schedules, for commands.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "schedules.list": _("List schedules with `{program} schedule list`."),
    "schedules.remove": _(
        "Remove them with `{program} schedule remove NAME`, or change their environment with "
        "`{program} schedule edit NAME --environment OTHER`."
    ),
}
