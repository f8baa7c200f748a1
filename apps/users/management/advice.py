# [DEF:users.management.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a refusal of the users, for a person at a terminal.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ADVICE: Mapping[str, Promise] = {
    "users.check_actor": _("Check the name given with --as."),
    "users.other_actor": _("Name another user with --as."),
    "users.choose_actor": _("Choose one with --as USERNAME."),
    "users.create_admin": _("Create one with `{program} create_admin USERNAME`."),
}
