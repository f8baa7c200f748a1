"""The databases behind a Superset in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.superset.assets import Kind
from apps.superset.errors import SupersetError

if TYPE_CHECKING:
    from apps.superset.tests.fake_superset import FakeSuperset


class FakeProbe:
    """Asks the databases of a `FakeSuperset`."""

    def __init__(self, server: FakeSuperset) -> None:
        self._server = server

    def _behind(self, what: str) -> dict[str, dict[str, list[str]]]:
        self._server.asked.append(what)
        if isinstance(self._server.tables_of, SupersetError):
            raise self._server.tables_of
        return self._server.tables_of

    def schemas(self, database_id: int, *, catalog: str) -> list[str]:
        return list(self._behind("schemas"))

    def tables(self, database_id: int, *, catalog: str, schema: str, fresh: bool = False) -> list[str]:
        return list(self._behind(f"tables of {schema}{' anew' if fresh else ''}")[schema])

    def columns(self, database_id: int, table: str, *, catalog: str, schema: str) -> list[str]:
        return self._behind(f"columns of {table}")[schema or "main"].get(table, [])

    def chart_error(self, chart_id: int) -> str | None:
        self._server.asked.append(f"chart {chart_id}")
        document = self._server.documents[Kind.CHART][chart_id]
        found = self._server.query_errors.get(document["uuid"], "")
        if isinstance(found, SupersetError):
            raise found
        return found or ("" if document.get("query_context") else None)
