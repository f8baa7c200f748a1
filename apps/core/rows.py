# [DEF:core.rows:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changing a row only if it still is what it was thought to be.

from __future__ import annotations

from typing import Any

from django.db import models


def compare_and_set(row: models.Model, *, expected: dict[str, Any], **changes: Any) -> bool:
    """Set fields of one row where the expected ones still have their old values; True if this call did it.

    One UPDATE, so of several callers at most one wins. The instance in hand gets the changes only on success.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    if manager.filter(pk=row.pk, **expected).update(**changes) != 1:
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True
