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

from apps.superset.assets import Kind, objects
from apps.superset.errors import ServerFault
from apps.superset.http.limits import ListLimits
from apps.superset.http.response_errors import Subject, unexpected
from apps.superset.http.session import Session
from apps.superset.http.transport import Call
from apps.superset.messages.message import Message
from apps.superset.protocol import Reporter
from apps.superset.releases.base import Release
from apps.superset.remote.pages import Collected, Page, read_page, require_countable, with_uuid
from apps.superset.remote.query import rison_query
from apps.superset.shapes import is_id


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

    def archived(self, kind: Kind, release: Release) -> frozenset[str]:
        """The UUIDs of deleted assets that a server keeps, by a filter of that name. A server that does not know the
        filter ignores it, and returns the others."""
        only = [{"col": "id", "opr": f"{kind}_deleted_state", "value": "only"}]
        found = self._filtered(kind, ("id", "uuid"), only, release)
        return frozenset(str(row["uuid"]).lower() for row in self._usable(list(found.rows.values()), ("uuid",), kind))

    def _pages(self, resource: str, columns: Sequence[str], where: Mapping[str, int], release: Release) -> Collected:
        filters = [{"col": name, "opr": "eq", "value": value} for name, value in where.items()]
        return self._filtered(resource, columns, filters, release)

    def _filtered(
        self, resource: str, columns: Sequence[str], filters: list[dict[str, Any]], release: Release
    ) -> Collected:
        """All distinct rows, and the server's total on the last page."""
        order: dict[str, Any] = {}
        if column := release.list_order.get(resource):
            order = {"order_column": column, "order_direction": "asc"}
        if filters:
            order["filters"] = filters
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


MOST_PAGES = 200
"""Of what is offered for a relation."""


def read_related(session: Session, resource: str, column: str, page_size: int) -> list[Mapping[str, Any]]:
    """What a form offers for a relation: owners, roles. Open to every login on 4.1 to 6.1 (seen), unlike the lists of
    users and roles, which want an administrator. A page without new ones is the last, regardless of the count."""
    subject = Subject(session.environment, f"{resource} {column}")
    found: dict[int, Mapping[str, Any]] = {}
    for page in itertools.islice(itertools.count(), MOST_PAGES):
        query = rison_query({"page": page, "page_size": page_size})
        answer = session.read(Call("GET", f"/api/v1/{resource}/related/{column}?{query}"), subject)
        if not isinstance(answer.fields.get("result"), list):
            raise unexpected(answer, subject, Message("error.wanted.rows"))
        before = len(found)
        found |= {each["value"]: each for each in objects(answer.fields["result"]) if is_id(each.get("value"))}
        if len(found) == before or len(found) >= (answer.fields.get("count") or 0):
            break
    return list(found.values())
