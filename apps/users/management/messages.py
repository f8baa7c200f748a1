# [DEF:users.management.messages:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

HELP_BY = _("only those {what} by this user")
