# [DEF:superset.remote.client:Module]
# @COMPLEXITY: 3
# @PURPOSE: The client of one Superset (`protocol.Client`) over its REST API.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION DEPENDS_ON -> superset.releases.supported
# @RELATION DEPENDS_ON -> superset.remote.rest_probe

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import rison  # type: ignore[import-untyped]

from apps.superset.account import Account, account_of
from apps.superset.assets import Kind, objects
from apps.superset.errors import NotConfigured, NotFound, NotPermitted, ServerFault
from apps.superset.http.auth import AccessToken, Credentials, PasswordLogin
from apps.superset.http.responses import Response, Subject, moved, refusal, unexpected
from apps.superset.http.retry import Backoff, is_temporary
from apps.superset.http.session import Pace, Session
from apps.superset.http.transport import Call, ListLimits, Sizes, Timeouts, Transport
from apps.superset.http.url import base_url
from apps.superset.messages.message import Message
from apps.superset.probe import Probe
from apps.superset.protocol import EVERYTHING, Reporter, Silent
from apps.superset.releases.base import Endpoint, Release
from apps.superset.releases.supported import (
    LATEST,
    LOGIN_PAGE_PATH,
    VERSION_PATH,
    release_of,
    version_in_json,
    version_in_page,
)
from apps.superset.remote.bisection import batches
from apps.superset.remote.pages import Collected, Page, malformed, read_page, require_countable, with_uuid
from apps.superset.remote.rest_probe import PATIENCE, RestProbe
from apps.superset.shapes import asset_problem, is_id

__all__ = [
    "AccessToken",
    "Credentials",
    "ListLimits",
    "Pace",
    "PasswordLogin",
    "Sizes",
    "SupersetClient",
    "Timeouts",
    "base_url",
]

Files = dict[str, tuple[str, bytes, str]]


class SupersetClient:
    """A signed-in client of one environment, signing in at its first request. For one thread at a time.

    `url` is taken as people write it (see `base_url`). `ca_bundle` is the path of a PEM file. `requests` counts what
    was sent, by method. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        environment: str,
        ca_bundle: str = "",
        timeouts: Timeouts | None = None,
        sizes: Sizes | None = None,
        pace: Pace | None = None,
        reporter: Reporter | None = None,
    ) -> None:
        self._environment = environment
        self._reporter = reporter or Silent()
        self._lists = (sizes or Sizes()).lists
        self._noted: set[str] = set()
        self._release: Release | None = None
        self._account: Account | None = None
        self._ca_bundle = ca_bundle
        try:
            self.url = base_url(url)
            transport = Transport(self.url, ca_bundle=ca_bundle, timeouts=timeouts, sizes=sizes)
        except NotConfigured as error:
            raise NotConfigured(error.message, environment=environment, next_step=error.advice) from None
        self._session = Session(
            transport, credentials, environment=environment, pace=pace or Pace(), reporter=self._reporter
        )

    def __repr__(self) -> str:
        return f"SupersetClient({self.url!r}, environment={self._environment!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections; a request after that opens new ones."""
        self._session.close()

    @property
    def environment(self) -> str:
        return self._environment

    @property
    def requests(self) -> Counter[str]:
        return self._session.requests

    def uninterrupted(self) -> AbstractContextManager[None]:
        return self._session.uninterrupted()

    def fenced(self, leaving: Callable[[], None]) -> AbstractContextManager[None]:
        return self._session.fenced(leaving)

    @contextmanager
    def probe(self) -> Iterator[Probe]:
        """Signed in by the token of this client, which outlives the questions of one round."""
        transport = Transport(self.url, ca_bundle=self._ca_bundle, timeouts=PATIENCE)
        session = Session(
            transport,
            AccessToken(self._session.token()),
            environment=self._environment,
            pace=Pace(backoff=Backoff(tries=1)),
            reporter=self._reporter,
        )
        try:
            yield RestProbe(session, self.profile.query_failures)
        finally:
            session.close()
            self.requests.update(transport.requests)

    def whoami(self) -> dict[str, Any]:
        """The account that is signed in: `username`, `first_name`, `last_name`, `email` and so on."""
        return self._result(self._read("/api/v1/me/"), Subject(self._environment))

    def account(self) -> Account:
        """An administrator by the role's default name; a Superset may name it otherwise (AUTH_ROLE_ADMIN)."""
        if self._account is None:
            subject = Subject(self._environment)
            answer = self._read("/api/v1/me/roles/", subject)
            self._account = account_of(self._result(answer, subject), self.profile.permissions)
            if self._account is None:
                raise unexpected(answer, subject, Message("error.wanted.account"))
        return self._account

    def embedding(self, dashboard_id: int) -> dict[str, Any] | None:
        return self._result_if_there(f"/api/v1/dashboard/{dashboard_id}/embedded")

    def dashboard_owners(self, uuid: str) -> list[int] | None:
        """6.1.0 shows a draft of somebody else to anyone who knows its UUID (source: daos/dashboard.py,
        get_by_id_or_slug; seen), and answers 403 for one that is restricted to roles."""
        try:
            dashboard = self._result_if_there(f"/api/v1/dashboard/{quote(uuid, safe='')}")
        except NotPermitted:
            return []
        if dashboard is None:
            return None
        return [owner["id"] for owner in objects(dashboard.get("owners")) if is_id(owner.get("id"))]

    def _result_if_there(self, path: str) -> dict[str, Any] | None:
        subject = Subject(self._environment)
        try:
            return self._result(self._read(path, subject), subject)
        except NotFound:
            return None

    def release(self) -> Release:
        if self._release is None:
            self._release = release_of(self._version(), environment=self._environment)
        return self._release

    @property
    def profile(self) -> Release:
        return self._release or LATEST

    def list_rows(
        self, resource: str, columns: Sequence[str], *, where: Mapping[str, int] = EVERYTHING
    ) -> list[dict[str, Any]]:
        """Rows that moved between two pages are counted once; a list that lacks some is read once more."""
        found = self._pages(resource, columns, where)
        if len(found.rows) != found.count:
            found = self._pages(resource, columns, where)
        if (given := len(found.rows)) != found.count:
            raise ServerFault(
                Message("error.list_changed", resource=resource, count=found.count, given=given),
                environment=self._environment,
                next_step=Message("next.list_changed"),
            )
        return self._usable(list(found.rows.values()), columns, resource)

    def list_newest(self, resource: str, columns: Sequence[str], *, page: int) -> tuple[list[dict[str, Any]], int]:
        self._session.check_cancelled()
        found = self._page(resource, columns, page, self.profile.newest_first)
        require_countable(found.count, resource, Subject(self._environment), self._lists)
        return self._usable(list(found.rows.values()), columns, resource), found.count

    def export(self, kind: Kind, ids: Sequence[int]) -> bytes:
        """The ids travel in the address: gunicorn takes 4,094 bytes of it by default, some 600 ids."""
        subject = self._subject(kind, ids)
        answer = self._read(f"/api/v1/{kind}/export/?q={_rison(list(ids))}", subject, bundle=True)
        if not answer.body.startswith(b"PK"):
            raise unexpected(answer, subject, Message("error.wanted.zip"))
        return answer.body

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        subject = self._subject(kind, [asset_id])
        result = self._result(self._read(f"/api/v1/{kind}/{asset_id}", subject), subject)
        if problem := asset_problem(kind, result):
            raise malformed(subject, problem)
        return result

    def import_assets(self, bundle: bytes) -> None:
        self._import(Endpoint.ASSETS, bundle)

    def import_dashboards(self, bundle: bytes) -> None:
        self._import(Endpoint.DASHBOARDS, bundle)

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        self._write(Call("PUT", f"/api/v1/{kind}/{asset_id}", json=fields), self._subject(kind, [asset_id]))

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        """One request for each hundred: all of them are deleted or none. Connections can only go one by one."""
        if kind in self.profile.no_bulk_delete:
            for asset_id in ids:
                self._write(Call("DELETE", f"/api/v1/{kind}/{asset_id}"), self._subject(kind, [asset_id]))
            return
        for batch in batches(list(ids), self.profile.page_size):
            self._write(Call("DELETE", f"/api/v1/{kind}/?q={_rison(batch)}"), self._subject(kind, batch))

    def _version(self) -> str:
        """Asked anonymously. A sign-in page elsewhere (OAuth) is a redirect, which says nothing."""
        answer = self._anonymous(VERSION_PATH)
        version = version_in_json(answer.json)
        version = version or version_in_page(self._anonymous(LOGIN_PAGE_PATH).body.decode(errors="replace"))
        if not version and answer.is_redirect:
            raise moved(answer, self.url, VERSION_PATH, Subject(self._environment))
        if not version:
            facts = {"version_path": VERSION_PATH, "login_path": LOGIN_PAGE_PATH, "url": self.url}
            message, step = Message("error.no_release", **facts), Message("next.check_address")
            raise NotConfigured(message, environment=self._environment, next_step=step)
        return version

    def _anonymous(self, path: str) -> Response:
        answer = self._session.anonymous(path)
        if is_temporary(answer):
            raise refusal(answer, Subject(self._environment))
        return answer

    def _pages(self, resource: str, columns: Sequence[str], where: Mapping[str, int]) -> Collected:
        """All distinct rows, and how many the server said there are when it gave the last page."""
        order: dict[str, Any] = {}
        if column := self.profile.list_order.get(resource):
            order = {"order_column": column, "order_direction": "asc"}
        if where:
            order["filters"] = [{"col": name, "opr": "eq", "value": value} for name, value in where.items()]
        found = Collected(resource, Subject(self._environment), self._lists)
        for page in itertools.count():
            self._session.check_cancelled()
            if not found.add(self._page(resource, columns, page, order)):
                break
        return found

    def _page(self, resource: str, columns: Sequence[str], page: int, order: Mapping[str, Any]) -> Page:
        query = {"columns": list(columns), "page": page, "page_size": self.profile.page_size, **order}
        subject = Subject(self._environment, f"{resource} list")
        answer = self._read(f"/api/v1/{resource}/?q={_rison(query)}", subject)
        found = read_page(answer, subject, columns, resource, most=self.profile.page_size)
        self._warn(found.notes)
        return found

    def _usable(self, rows: list[dict[str, Any]], columns: Sequence[str], resource: str) -> list[dict[str, Any]]:
        kept, notes = with_uuid(rows, columns, resource)
        self._warn(notes)
        return kept

    def _warn(self, notes: Iterable[str]) -> None:
        """Once each, however often a list is read."""
        for note in notes:
            if note not in self._noted:
                self._noted.add(note)
                self._reporter.log(f"{self._environment}: {note}", level="warning")

    def _import(self, endpoint: Endpoint, bundle: bytes) -> None:
        importer = self.profile.importers[endpoint]
        files: Files = {importer.field: ("bundle.zip", bundle, "application/zip")}
        call = Call("POST", f"/api/v1/{endpoint}/", form=importer.form, files=files, bundle=True)
        self._write(call, Subject(self._environment, importing=self.profile))

    def _read(self, path: str, subject: Subject | None = None, *, bundle: bool = False) -> Response:
        return self._session.read(Call("GET", path, bundle=bundle), subject or Subject(self._environment))

    def _write(self, call: Call, subject: Subject) -> None:
        answer = self._session.write(call, subject)
        if answer.json is None:
            raise unexpected(answer, subject, Message("error.wanted.json"))

    def _result(self, answer: Response, subject: Subject) -> dict[str, Any]:
        result = answer.fields.get("result")
        if not isinstance(result, dict):
            raise unexpected(answer, subject, Message("error.wanted.asset"))
        return result

    def _subject(self, kind: Kind, ids: Sequence[int]) -> Subject:
        shown = ", ".join(str(asset_id) for asset_id in ids[:5])
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        plural = "s" if len(ids) != 1 else ""
        return Subject(self._environment, f"{kind}{plural} {shown}{more}")


def _rison(value: Any) -> str:
    """As Superset's `q` takes it. Its punctuation stays as it is, so that ids take no three bytes for each comma."""
    return quote(rison.dumps(value), safe="!():,'*@$.-_~")
