# [DEF:superset.remote.rest_probe:Module]
# @COMPLEXITY: 3
# @PURPOSE: Queries to the databases behind one Superset through its REST API (`probe.Probe`).
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION DEPENDS_ON -> superset.probe
# @RELATION DEPENDS_ON -> superset.http.transport
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import rison  # type: ignore[import-untyped]

from apps.contracts.plain_text import one_line
from apps.superset.assets import objects
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.errors import ServerFault
from apps.superset.http.auth import AccessToken
from apps.superset.http.limits import Timeouts
from apps.superset.http.pace import Pace
from apps.superset.http.response_errors import Subject, refusal, unexpected
from apps.superset.http.responses import Response
from apps.superset.http.retry import Backoff
from apps.superset.http.session import Session
from apps.superset.http.transport import Call, Transport
from apps.superset.messages.message import Message
from apps.superset.probe import LONGEST_REASON
from apps.superset.protocol import Reporter

PATIENCE = Timeouts(connect=5.0, read=15.0, total=20.0)
"""Seconds per query: a database that accepts a connection but never responds hangs Superset's request (seen)."""


def probe_session(transport: Transport, token: str, environment: str, reporter: Reporter) -> Session:
    """Every query is sent once."""
    pace = Pace(backoff=Backoff(tries=1))
    return Session(transport, AccessToken(token), environment=environment, pace=pace, reporter=reporter)


class RestProbe:
    """`failures` are the server's statuses for a failed query."""

    def __init__(self, session: Session, failures: Collection[int]) -> None:
        self._session, self._failures = session, failures
        self._subject = Subject(session.environment)

    def schemas(self, database_id: int, *, catalog: str) -> list[str]:
        filters = {"catalog": catalog} if catalog else {}
        found = self._read(f"/api/v1/database/{database_id}/schemas/", q=rison.dumps(filters)).get("result")
        return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []

    def tables(self, database_id: int, *, catalog: str, schema: str, fresh: bool = False) -> list[str]:
        filters = {"schema_name": schema, "force": fresh, **({"catalog_name": catalog} if catalog else {})}
        rows = self._read(f"/api/v1/database/{database_id}/tables/", q=rison.dumps(filters)).get("result")
        return [str(row.get("value")) for row in objects(rows)]

    def columns(self, database_id: int, table: str, *, catalog: str, schema: str) -> list[str]:
        """For a missing table, most engines answer 500 with its name (sqlalchemy: NoSuchTableError)."""
        filters = {"name": table, "schema": schema, "catalog": catalog}
        given = {name: value for name, value in filters.items() if value}
        answer = self._response(Call("GET", f"/api/v1/database/{database_id}/table_metadata/?{urlencode(given)}"))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and answer.message.rpartition(".")[2] == table:
            return []
        return [str(row.get("name")) for row in objects(self._accepted(answer).fields.get("columns"))]

    def chart_error(self, chart_id: int) -> str | None:
        chart = self._accepted(self._response(Call("GET", f"/api/v1/chart/{chart_id}"))).fields.get("result")
        context = _stored_queries(chart)
        if context is None:
            return None
        answer = self._response(Call("POST", "/api/v1/chart/data", json=_for_one_row(context)))
        if answer.status == HTTPStatus.OK and answer.json is not None:
            said = [row["error"] for row in objects(answer.fields.get("result")) if row.get("error")]
            return one_line(said[0], LONGEST_REASON) if said else ""
        if answer.status in self._failures and answer.json is not None:
            return one_line(answer.message or f"answered {answer.status}", LONGEST_REASON)
        if answer.status == HTTPStatus.ACCEPTED:
            raise ServerFault(Message("error.answers_later"), environment=self._subject.environment)
        raise refusal(replace(answer, method="GET"), self._subject)  # it was not a write

    def _read(self, path: str, *, q: str) -> Mapping[str, Any]:
        return self._accepted(self._response(Call("GET", f"{path}?{urlencode({'q': q})}"))).fields

    def _response(self, call: Call) -> Response:
        return self._session.ask(call)

    def _accepted(self, answer: Response) -> Response:
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(answer, self._subject)
        if answer.json is None:
            raise unexpected(answer, self._subject, Message("error.wanted.json"))
        return answer


def _stored_queries(chart: Any) -> Mapping[str, Any] | None:
    """The query that a chart was saved with; a chart that was never saved in a browser has none."""
    text = chart.get("query_context") if isinstance(chart, Mapping) else None
    try:
        context = load_json(text).value if isinstance(text, str) else None
    except JsonRefused:
        return None
    return context if isinstance(context, Mapping) and objects(context.get("queries")) else None


def _for_one_row(context: Mapping[str, Any]) -> dict[str, Any]:
    queries = [{**query, "row_limit": 1, "row_offset": 0} for query in objects(context.get("queries"))]
    return {**context, "queries": queries, "result_type": "full", "result_format": "json", "force": False}
