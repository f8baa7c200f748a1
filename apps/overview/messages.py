# [DEF:overview.messages:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the results of a search say besides their names.

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

MIGRATION_HINT = _("Migration {number}: {source} → {target}")
TASK_HINT = _("Task {number}: {state}")
