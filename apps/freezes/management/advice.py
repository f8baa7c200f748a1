# [DEF:freezes.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {"freezes.list": _("See `{program} freeze list`.")}
