# [DEF:catalogue.lookups:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether a JSON list holds a text, on SQLite and PostgreSQL.

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Func, TextField, Value


class Holds(Func):
    """Is true of rows whose JSON list at `path` holds this text."""

    output_field = BooleanField()
    template = "(SELECT count(*) > 0 FROM json_each(%(expressions)s)"
    arg_joiner = ") WHERE VALUE="

    def __init__(self, path: str, text: str, **extra: Any) -> None:
        super().__init__(path, Value(text, TextField()), **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)", arg_joiner="?", **context)
