# [DEF:core.append_only:Module]
# @COMPLEXITY: 3
# @PURPOSE: Rows that are only ever added.

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


class AppendOnlyError(Exception):
    """Something tried to change or delete such a row: a mistake in the code, not of the user."""


class AppendOnlyQuerySet(models.QuerySet[Row]):
    def update(self, **_: Any) -> NoReturn:
        raise AppendOnlyError(f"A {self.model.__name__} is never changed.")

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError(f"A {self.model.__name__} is never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnlyError(f"A {self.model.__name__} is never deleted.")


class AppendOnlyManager(models.Manager[Row]):
    def get_queryset(self) -> AppendOnlyQuerySet[Row]:
        return AppendOnlyQuerySet(self.model, using=self._db)


class AppendOnly(models.Model):
    """Base of models whose rows are written once; their `objects` is an `AppendOnlyManager`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError(f"A {type(self).__name__} is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnlyError(f"A {type(self).__name__} is never deleted.")
