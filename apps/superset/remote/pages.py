# [DEF:superset.remote.pages:Module]
# @COMPLEXITY: 3
# @PURPOSE: The pages of a list: their shape, and the limits of what is read.
# @RELATION DEPENDS_ON -> superset.http.responses
# @RELATION DEPENDS_ON -> superset.shapes
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import name as plain_name
from apps.contracts.plain_text import one_line
from apps.superset.assets import NAME_FIELDS, Kind
from apps.superset.errors import ServerFault
from apps.superset.http.limits import ListLimits
from apps.superset.http.response_errors import Subject, unexpected
from apps.superset.http.responses import Response
from apps.superset.messages.message import Message
from apps.superset.shapes import is_id, is_uuid, row_problem


@dataclass(frozen=True, slots=True)
class Page:
    """Rows by id, the total according to the server, and notes about single rows."""

    rows: Mapping[int, dict[str, Any]]
    count: int
    size: int
    notes: tuple[str, ...] = ()


def read_page(answer: Response, subject: Subject, columns: Sequence[str], resource: str, *, most: int) -> Page:
    """ServerFault if a response is not a page of rows with these columns; `most` rows were requested."""
    ids, rows, count = (answer.fields.get(name) for name in ("ids", "result", "count"))
    if not (isinstance(ids, list) and isinstance(rows, list) and len(ids) == len(rows)):
        raise unexpected(answer, subject, Message("error.wanted.rows"))
    if not isinstance(count, int) or not is_id(count):
        raise unexpected(answer, subject, Message("error.wanted.rows"))
    if len(rows) > most:
        raise malformed(subject, Message("error.page_too_long", rows=len(rows), most=most))
    for number, (asset_id, row) in enumerate(zip(ids, rows, strict=True)):
        if not is_id(asset_id):
            raise malformed(subject, Message("error.row_without_id", number=number + 1))
        if problem := row_problem(row, columns) or _other_id(row, asset_id):
            raise malformed(subject, Message("error.row_malformed", number=number + 1, id=asset_id, problem=problem))
    found = dict(zip(ids, rows, strict=True))
    return Page(found, count, len(answer.body), tuple(_notes(answer, found, list(rows), resource)))


def _other_id(row: Mapping[str, Any], asset_id: int) -> Message | None:
    same = row.get("id", asset_id) == asset_id
    return None if same else Message("shape.other_id", id=one_line(row["id"], 20))


def _notes(
    answer: Response, found: Mapping[int, dict[str, Any]], rows: Sequence[dict[str, Any]], resource: str
) -> list[str]:
    """For each row with text that no database accepts, the affected columns."""
    ids = {id(row): asset_id for asset_id, row in found.items()}
    columns: dict[int, list[str]] = {}
    for path in answer.escaped:
        top, _, rest = path.partition(".")
        number, _, column = rest.partition(".")
        if top == "result" and number.isdecimal():
            columns.setdefault(int(number), []).append(column)
    return [
        f"{_named(resource, ids.get(id(rows[number])), rows[number])} contains characters that no database stores "
        f"({', '.join(names)}): they are shown as escapes (\\x00)"
        for number, names in columns.items()
    ]


class Collected:
    """The rows of one list, page by page; ServerFault if the list exceeds a limit."""

    def __init__(
        self, resource: str, subject: Subject, limits: ListLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.count = 0
        self._resource = resource
        self._subject = subject
        self._limits = limits
        self._clock = clock
        self._began = clock()
        self._pages = 0
        self._size = 0

    def add(self, page: Page) -> bool:
        """Whether there may be more. A page without new rows is the last, regardless of the count."""
        before = len(self.rows)
        self.rows.update(page.rows)
        self.count = page.count
        self._pages += 1
        self._size += page.size
        self._require_within_limits()
        return before < len(self.rows) < self.count

    def _require_within_limits(self) -> None:
        limits, taken = self._limits, self._clock() - self._began
        require_countable(max(self.count, len(self.rows)), self._resource, self._subject, limits)
        for used, limit, unit in (
            (self._pages, limits.pages, "pages"),
            (self._size, limits.size, "bytes"),
            (taken, limits.seconds, "seconds"),
        ):
            if used > limit:
                raise _too_long(self._resource, self._subject, unit, most=round(limit))


def require_countable(count: int, resource: str, subject: Subject, limits: ListLimits) -> None:
    if count > limits.rows:
        raise _too_long(resource, subject, "rows", count=count, most=limits.rows)


def with_uuid(
    rows: Sequence[dict[str, Any]], columns: Sequence[str], resource: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that are unambiguous, and a sentence about each other one: one broken row must not keep the others from
    being read."""
    if "uuid" not in columns:
        return list(rows), []
    kept: dict[str, dict[str, Any]] = {}
    notes = []
    for row in rows:
        uuid = row.get("uuid")
        named = _named(resource, row.get("id"), row)
        if not is_uuid(uuid):
            notes.append(f"{named} has no UUID and is left out")
        elif (first := kept.setdefault(str(uuid).lower(), row)) is not row:
            notes.append(f"{named} has the UUID of {resource} {first.get('id')} and is left out")
    return list(kept.values()), notes


def _named(resource: str, asset_id: Any, row: Mapping[str, Any]) -> str:
    title = row.get(NAME_FIELDS[Kind(resource)]) if resource in set(Kind) else row.get("name")
    return f"{resource} {asset_id} “{plain_name(title)}”" if title else f"{resource} {asset_id}"


def malformed(subject: Subject, detail: Message | str) -> ServerFault:
    return ServerFault(detail, environment=subject.environment, asset=subject.asset, next_step=Message("next.between"))


def _too_long(resource: str, subject: Subject, unit: str, **facts: int) -> ServerFault:
    detail = Message(f"error.list_too_long.{unit}", resource=resource, **facts)
    return ServerFault(detail, environment=subject.environment, next_step=Message("next.between"))
