# [DEF:schedules.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: Next steps about schedules, for the admin, the API and mails.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "schedules.list": _("See the list of schedules."),
    "schedules.remove": _("Remove the schedules, or change their environment."),
}
