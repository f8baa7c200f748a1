# [DEF:superset.protocol:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the engine needs from outside: a client for one Superset, a reporter and a ledger.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Protocol

from apps.superset.account import Account
from apps.superset.assets import Key, Kind
from apps.superset.probe import Probe
from apps.superset.releases.base import Access, Endpoint, Release

EVERYTHING: Mapping[str, int] = {}


class Client(Protocol):
    """One environment. Every method raises a `SupersetError` that names the environment.

    The client may retry reads, and abandons them when the run is cancelled. A write is sent again only after a response
    that proves it was not processed (a token refused, 429), and its response is awaited.
    """

    @property
    def environment(self) -> str:
        """The name of the environment, for messages."""

    @property
    def url(self) -> str:
        """The address of the server, without a trailing slash."""

    def uninterrupted(self) -> AbstractContextManager[None]:
        """Inside, reads continue for some seconds although the run is cancelled, to find out what a write has done."""

    def fenced(self, leaving: Callable[[], None]) -> AbstractContextManager[None]:
        """Inside, `leaving` is called right before each write is sent, after sign-in and CSRF token. Its exceptions are
        passed on to the caller, and the write is not sent."""

    def release(self) -> Release:
        """The server's release (requested once, then cached); NotConfigured if it is not supported."""

    @property
    def profile(self) -> Release:
        """The same, where its facts are meant."""

    def account(self) -> Account:
        """Who is signed in (requested once, then cached)."""

    def access(self) -> Access:
        """How the server says who may change and see a dashboard: by its release, or probed once if that is not
        known."""

    def embedding(self, dashboard_id: int) -> dict[str, Any] | None:
        """How a dashboard may be embedded: its `uuid`, and `allowed_domains` as a list of text; None if nothing is
        configured."""

    def embed(self, dashboard_id: int, domains: Sequence[str] | None) -> None:
        """Let these domains embed a dashboard, or any if the list is empty; None removes the configuration. One that
        exists keeps its UUID."""

    def report(self, report_id: int) -> dict[str, Any] | None:
        """An alert or report with its `extra`, which no list shows; None if it does not exist."""

    def dashboard_owners(self, uuid: str) -> list[int] | None:
        """The owners of the dashboard with this UUID, even if no list shows it to the account; None if it does not
        exist."""

    def features(self) -> frozenset[str]:
        """The names of the features that are switched on, such as DASHBOARD_RBAC (requested once, then cached); empty
        if the server does not show them."""

    def related(self, resource: str, column: str) -> list[Mapping[str, Any]]:
        """What assets of a resource may be related to by this column (owners, roles), as the server offers it to a
        form: `value` is the number, `text` the name, `extra` more."""

    def row(self, resource: str, row_id: int | str) -> Any:
        """The `result` of one row of a resource, or of what is below it (`security/roles`, `4/permissions/`)."""

    def probe(self) -> AbstractContextManager[Probe]:
        """Another connection of the same account, to query the databases behind the environment; for one thread."""

    def list_rows(
        self, resource: str, columns: Sequence[str], *, where: Mapping[str, int] = EVERYTHING
    ) -> list[dict[str, Any]]:
        """All rows of a list resource (`dashboard`, `rowlevelsecurity`), in pages of 100; `where` selects rows by the
        numbers in their columns."""

    def list_newest(self, resource: str, columns: Sequence[str], *, page: int) -> tuple[list[dict[str, Any]], int]:
        """One page of a list, the last changed row first, and how many rows the list has. Pages count from 0."""

    def archived(self, kind: Kind) -> frozenset[str]:
        """The UUIDs of assets that were deleted and that the server keeps, if it may be one that does. It may include
        others that were not deleted."""

    def export(self, kind: Kind, ids: Sequence[int]) -> bytes:
        """The ZIP of these assets and all dependencies; NotFound if one of the ids does not exist."""

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        """The `result` of one asset."""

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        """Create or overwrite the assets that the endpoint is for; ASSETS: exactly those in the bundle. It only refers
        to all others, and does not change them."""

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        """Set some fields of one asset (PUT)."""

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        """Delete these assets."""

    def create_row(self, resource: str, fields: Mapping[str, Any]) -> None:
        """Create a row of a resource that is no asset (`tag`, `rowlevelsecurity`)."""

    def update_row(self, resource: str, row_id: int, fields: Mapping[str, Any]) -> None:
        """Set fields of such a row (PUT)."""

    def delete_rows(self, resource: str, names: Sequence[int | str]) -> None:
        """Delete such rows, by number; tags by name."""


class Act(StrEnum):
    """What a request that writes does."""

    IMPORT = "import"
    REPAIR = "repair"
    """A second import of the same assets, with the numbers that the target has assigned."""

    UPDATE = "update"
    UNLINK = "unlink"
    """Takes a chart off a dashboard, which no export shows."""

    HIDE = "hide"
    """Makes a published dashboard a draft, until what restricts it is set."""

    ATTACH = "attach"
    """Sets what hangs on an asset beside its document."""

    PUBLISH = "publish"
    """The same of a dashboard that was sent as a draft, and publishes it."""

    DELETE = "delete"


class Outcome(StrEnum):
    """What is known of a request that writes."""

    INTENDED = "intended"
    """It was not sent."""

    SENT = "sent"
    """It was sent, and its outcome is not known yet."""

    WRITTEN = "written"
    REFUSED = "refused"
    """The target certainly did not carry it out."""

    ABSENT = "absent"
    """Its response never arrived, and no effect has appeared in all the time in which it could."""


class Ledger(Protocol):
    """Where a run stores what must outlive its process: each request before it is sent, and then its outcome.

    Exceptions from `snapshot`, `intend` and `leaving` stop the run before its request.
    """

    def snapshot(self, content: bytes) -> None:
        """The ZIP of what will be overwritten, before the first write; again where the run comes to set more."""

    def intend(self, act: Act, keys: Sequence[Key]) -> int:
        """A request about these will be sent; returns its number in the ledger. Durable when this returns."""

    def leaving(self, number: int) -> None:
        """It is sent now, if the run still belongs to this process. From here on its outcome is SENT."""

    def settle(self, number: int, outcome: Outcome) -> None:
        """Its outcome. SENT again, if it succeeded but the target shows no effect."""


class Reporter(Protocol):
    """Where a run reports its progress. Calls are cheap and never fail; several threads may make them."""

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        """One line; level is `debug`, `info`, `warning` or `error`."""

    def stage(self, name: str, number: int, total: int) -> None:
        """A stage begins: the `number`th of `total`, counted from 1. The previous one is done."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of what `stage` names, within the stage that has begun."""

    def check_cancelled(self) -> None:
        """Raise Cancelled if the run should stop. Called before each request that can still be skipped, and several
        times a second while waiting for the response to a read."""


class Silent:
    """A reporter that discards everything."""

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        pass

    def stage(self, name: str, number: int, total: int) -> None:
        pass

    def progress(self, stage: str, done: int, total: int) -> None:
        pass

    def check_cancelled(self) -> None:
        pass
