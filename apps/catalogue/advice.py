# [DEF:catalogue.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "catalogue.mappings": _("See the list of mappings."),
    "catalogue.pairings": _("See the list of pairings."),
}
