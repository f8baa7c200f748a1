# [DEF:superset.remote.pagination:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads the lists of one Superset, page by page.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION CALLS -> superset.remote.pages
# @RELATION CALLS -> superset.remote.query

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from apps.superset.errors import ServerFault
from apps.superset.http.limits import ListLimits
from apps.superset.http.response_errors import Subject
from apps.superset.http.session import Session
from apps.superset.http.transport import Call
from apps.superset.messages.message import Message
from apps.superset.protocol import Reporter
from apps.superset.releases.base import Release
from apps.superset.remote.pages import Collected, Page, read_page, require_countable, with_uuid
from apps.superset.remote.query import rison_query


class Paginator:
    """Logs what is wrong with single rows, once each, even if a list is read several times."""

    def __init__(self, session: Session, limits: ListLimits, reporter: Reporter) -> None:
        self.limits = limits
        self._session = session
        self._reporter = reporter
        self._noted: set[str] = set()

    def rows(
        self, resource: str, columns: Sequence[str], where: Mapping[str, int], release: Release
    ) -> list[dict[str, Any]]:
        """Rows that moved between two pages are counted once; an incomplete list is read again once."""
        found = self._pages(resource, columns, where, release)
        if len(found.rows) != found.count:
            found = self._pages(resource, columns, where, release)
        if (given := len(found.rows)) != found.count:
            raise ServerFault(
                Message("error.list_changed", resource=resource, count=found.count, given=given),
                environment=self._session.environment,
                next_step=Message("next.list_changed"),
            )
        return self._usable(list(found.rows.values()), columns, resource)

    def newest(
        self, resource: str, columns: Sequence[str], page: int, release: Release
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of rows, and the total."""
        self._session.check_cancelled()
        found = self._page(resource, columns, page, release.newest_first, release)
        require_countable(found.count, resource, Subject(self._session.environment), self.limits)
        return self._usable(list(found.rows.values()), columns, resource), found.count

    def _pages(self, resource: str, columns: Sequence[str], where: Mapping[str, int], release: Release) -> Collected:
        """All distinct rows, and the server's total on the last page."""
        order: dict[str, Any] = {}
        if column := release.list_order.get(resource):
            order = {"order_column": column, "order_direction": "asc"}
        if where:
            order["filters"] = [{"col": name, "opr": "eq", "value": value} for name, value in where.items()]
        found = Collected(resource, Subject(self._session.environment), self.limits)
        for page in itertools.count():
            self._session.check_cancelled()
            if not found.add(self._page(resource, columns, page, order, release)):
                break
        return found

    def _page(
        self, resource: str, columns: Sequence[str], page: int, order: Mapping[str, Any], release: Release
    ) -> Page:
        query = {"columns": list(columns), "page": page, "page_size": release.page_size, **order}
        subject = Subject(self._session.environment, f"{resource} list")
        answer = self._session.read(Call("GET", f"/api/v1/{resource}/?{rison_query(query)}"), subject)
        found = read_page(answer, subject, columns, resource, most=release.page_size)
        self._warn(found.notes)
        return found

    def _usable(self, rows: list[dict[str, Any]], columns: Sequence[str], resource: str) -> list[dict[str, Any]]:
        kept, notes = with_uuid(rows, columns, resource)
        self._warn(notes)
        return kept

    def _warn(self, notes: Iterable[str]) -> None:
        for note in notes:
            if note not in self._noted:
                self._noted.add(note)
                self._reporter.log(f"{self._session.environment}: {note}", level="warning")
