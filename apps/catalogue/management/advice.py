# [DEF:catalogue.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "catalogue.mappings": _("See `{program} mapping list {source} {target}`."),
    "catalogue.pairings": _("See `{program} mapping list {source} {target}`."),
}
