# [DEF:superset.remote.client:Module]
# @COMPLEXITY: 3
# @PURPOSE: The client of one Superset (`protocol.Client`) over its REST API.
# @RELATION DEPENDS_ON -> superset.http.session
# @RELATION DEPENDS_ON -> superset.releases.supported
# @RELATION CALLS -> superset.remote.accounts
# @RELATION CALLS -> superset.remote.dataset_databases
# @RELATION CALLS -> superset.remote.pagination
# @RELATION CALLS -> superset.remote.pulse
# @RELATION DEPENDS_ON -> superset.remote.rest_probe
# @RELATION CALLS -> superset.remote.sign_in_page

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from apps.superset.account import Account
from apps.superset.assets import Kind, objects
from apps.superset.errors import NotConfigured, NotFound, NotPermitted
from apps.superset.http.auth import Credentials
from apps.superset.http.limits import Sizes, Timeouts
from apps.superset.http.pace import Pace
from apps.superset.http.response_errors import Subject, unexpected
from apps.superset.http.responses import Response
from apps.superset.http.session import Session
from apps.superset.http.transport import Call, Transport
from apps.superset.http.url import base_url
from apps.superset.messages.message import Message
from apps.superset.probe import Probe
from apps.superset.protocol import EVERYTHING, Reporter, Silent
from apps.superset.releases.base import Access, Endpoint, Release
from apps.superset.releases.supported import release_of
from apps.superset.remote.accounts import probe_access, read_account, read_user
from apps.superset.remote.bisection import batches
from apps.superset.remote.dataset_databases import served_columns, with_databases
from apps.superset.remote.pages import malformed
from apps.superset.remote.pagination import Paginator, read_related
from apps.superset.remote.pulse import Pulse, read_pulse
from apps.superset.remote.query import rison_query
from apps.superset.remote.rest_probe import PATIENCE, RestProbe, probe_session
from apps.superset.remote.sign_in_page import SignInKind, features_in_page, read_sign_in_page, sign_in_kind
from apps.superset.remote.version import read_version
from apps.superset.shapes import asset_problem, embedding_problem, is_id

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
        self._release: Release | None = None
        self._account: Account | None = None
        self._access: Access | None = None
        self._features: frozenset[str] | None = None
        self._ca_bundle = ca_bundle
        try:
            self.url = base_url(url)
            transport = Transport(self.url, ca_bundle=ca_bundle, timeouts=timeouts, sizes=sizes)
        except NotConfigured as error:
            raise NotConfigured(error.message, environment=environment, next_step=error.advice) from None
        self._session = Session(
            transport, credentials, environment=environment, pace=pace or Pace(), reporter=self._reporter
        )
        self._paginator = Paginator(self._session, (sizes or Sizes()).lists, self._reporter)

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
        """Signed in with the token of this client, which outlives one round of queries."""
        transport = Transport(self.url, ca_bundle=self._ca_bundle, timeouts=PATIENCE)
        session = probe_session(transport, self._session.token(), self._environment, self._reporter)
        try:
            yield RestProbe(session, self.profile.query_failures)
        finally:
            session.close()
            self.requests.update(transport.requests)

    def sign_in_kind(self) -> SignInKind | None:
        """How the server signs people in, asked anonymously; None if it does not say."""
        return sign_in_kind(read_sign_in_page(self._session))

    def sign_in_kinds(self) -> list[SignInKind]:
        """What the server offers, as far as it says and shows to this account; empty if nothing is known.

        The list of API keys is there only with `FAB_API_KEY_ENABLED` (source: flask_appbuilder,
        security/sqla/manager.py, register_views; seen on 6.1.0)."""
        stated = self.sign_in_kind()
        keys = self._session.ask(Call("GET", "/api/v1/security/api_keys/"))
        offers_keys = keys.status == HTTPStatus.OK and isinstance(keys.fields.get("result"), list)
        return [*([stated] if stated else []), *([SignInKind.API_KEY] if offers_keys else [])]

    def pulse(self) -> Pulse:
        """Asked without signing in."""
        return read_pulse(self._session)

    def whoami(self) -> dict[str, Any]:
        """The account that is signed in: `username`, `first_name`, `last_name`, `email` and so on, or just its `id`
        where the server shows no more."""
        return read_user(self._session, self.release())

    def account(self) -> Account:
        if self._account is None:
            self._account = read_account(self._session, self.release())
        return self._account

    def access(self) -> Access:
        if self._access is None:
            self._access = self.release().access or probe_access(self._session)
        return self._access

    def embedding(self, dashboard_id: int) -> dict[str, Any] | None:
        settings = self._result_if_there(f"/api/v1/dashboard/{dashboard_id}/embedded")
        if settings is not None and (problem := embedding_problem(settings)):
            raise malformed(self._subject(Kind.DASHBOARD, [dashboard_id]), problem)
        return settings

    def embed(self, dashboard_id: int, domains: Sequence[str] | None) -> None:
        path = f"/api/v1/dashboard/{dashboard_id}/embedded"
        body = None if domains is None else {"allowed_domains": list(domains)}
        call = Call("DELETE", path) if body is None else Call("POST", path, json=body)
        self._write(call, self._subject(Kind.DASHBOARD, [dashboard_id]))

    def report(self, report_id: int) -> dict[str, Any] | None:
        return self._result_if_there(f"/api/v1/report/{report_id}")

    def dashboard_owners(self, uuid: str) -> list[int] | None:
        """6.1.0 shows other people's drafts to anyone who knows the UUID (source: daos/dashboard.py,
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

    def features(self) -> frozenset[str]:
        if self._features is None:
            self._features = features_in_page(read_sign_in_page(self._session))
        return self._features

    def related(self, resource: str, column: str) -> list[Mapping[str, Any]]:
        return read_related(self._session, resource, column, self.profile.page_size)

    def row(self, resource: str, row_id: int | str) -> Any:
        subject = Subject(self._environment, f"{resource} {row_id}")
        answer = self._read(f"/api/v1/{resource}/{row_id}", subject)
        if "result" not in answer.fields:
            raise unexpected(answer, subject, Message("error.wanted.rows"))
        return answer.fields["result"]

    def release(self) -> Release:
        if self._release is None:
            self._release = release_of(read_version(self._session, self.url), environment=self._environment)
        return self._release

    @property
    def profile(self) -> Release:
        return self.release()

    def list_rows(
        self, resource: str, columns: Sequence[str], *, where: Mapping[str, int] = EVERYTHING
    ) -> list[dict[str, Any]]:
        served = served_columns(resource, columns, self.profile)
        rows = self._paginator.rows(resource, served, where, self.profile)
        return rows if served == tuple(columns) else self._with_databases(rows)

    def list_newest(self, resource: str, columns: Sequence[str], *, page: int) -> tuple[list[dict[str, Any]], int]:
        served = served_columns(resource, columns, self.profile)
        rows, count = self._paginator.newest(resource, served, page, self.profile)
        return rows if served == tuple(columns) else self._with_databases(rows), count

    def _with_databases(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return with_databases(rows, self._paginator.rows(Kind.DATABASE, ("id", "uuid"), EVERYTHING, self.profile))

    def archived(self, kind: Kind) -> frozenset[str]:
        return self._paginator.archived(kind, self.profile)

    def export(self, kind: Kind, ids: Sequence[int]) -> bytes:
        """The ids are in the URL: gunicorn accepts 4,094 bytes by default, about 600 ids."""
        subject = self._subject(kind, ids)
        answer = self._read(f"/api/v1/{kind}/export/?{rison_query(list(ids))}", subject, bundle=True)
        if not answer.body.startswith(b"PK"):
            raise unexpected(answer, subject, Message("error.wanted.zip"))
        return answer.body

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        subject = self._subject(kind, [asset_id])
        result = self._result(self._read(f"/api/v1/{kind}/{asset_id}", subject), subject)
        if problem := asset_problem(kind, result):
            raise malformed(subject, problem)
        return result

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        importer = self.profile.importers[endpoint]
        files: Files = {importer.field: ("bundle.zip", bundle, "application/zip")}
        call = Call("POST", f"/api/v1/{endpoint}/", form=importer.form, files=files, bundle=True)
        self._write(call, Subject(self._environment, importing=self.profile))

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        self._write(Call("PUT", f"/api/v1/{kind}/{asset_id}", json=fields), self._subject(kind, [asset_id]))

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        """One request per hundred: all of them are deleted or none. Connections can only be deleted one by one."""
        if kind in self.profile.no_bulk_delete:
            for asset_id in ids:
                self._write(Call("DELETE", f"/api/v1/{kind}/{asset_id}"), self._subject(kind, [asset_id]))
            return
        for batch in batches(list(ids), self.profile.page_size):
            self._write(Call("DELETE", f"/api/v1/{kind}/?{rison_query(batch)}"), self._subject(kind, batch))

    def create_row(self, resource: str, fields: Mapping[str, Any]) -> None:
        self._write(Call("POST", f"/api/v1/{resource}/", json=dict(fields)), Subject(self._environment, resource))

    def update_row(self, resource: str, row_id: int, fields: Mapping[str, Any]) -> None:
        subject = Subject(self._environment, f"{resource} {row_id}")
        self._write(Call("PUT", f"/api/v1/{resource}/{row_id}", json=dict(fields)), subject)

    def delete_rows(self, resource: str, names: Sequence[int | str]) -> None:
        call = Call("DELETE", f"/api/v1/{resource}/?{rison_query(list(names))}")
        self._write(call, Subject(self._environment, resource))

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
        return Subject.of_assets(self._environment, kind, ids)
