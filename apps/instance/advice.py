# [DEF:instance.advice:Module]
# @COMPLEXITY: 2
# @PURPOSE: What to do about a refused backup or restore, elsewhere than at a terminal: nothing is backed up there.

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise

ADVICE: Mapping[str, Promise] = {}
