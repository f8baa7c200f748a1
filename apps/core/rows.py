# [DEF:core.rows:Module]
# @COMPLEXITY: 3
# @PURPOSE: Changing a row only if it still is what it was thought to be.
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models

from apps.core.errors import NotThere

Row = TypeVar("Row", bound=models.Model)


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


def held(row: Row) -> Row:
    """The row as it is now. Whoever decides by it inside of a transaction is alone with it until that ends.

    PostgreSQL locks the row; on SQLite every transaction is alone.
    """
    manager = type(row)._default_manager  # noqa: SLF001 - the documented way to a model's manager
    found = manager.select_for_update(no_key=True).filter(pk=row.pk).first()
    if found is None:
        raise NotThere(f"“{row}” was removed in the meantime.")
    return found
