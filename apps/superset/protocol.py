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
from apps.superset.releases.base import Release

EVERYTHING: Mapping[str, int] = {}


class Client(Protocol):
    """One environment. Every method raises a `SupersetError` that names the environment.

    Reads may be repeated by the client, and are given up when the run is cancelled; a write is sent again only after an
    answer that says it was not looked at (a token refused, 429), and its answer is awaited.
    """

    @property
    def environment(self) -> str:
        """The name of the environment, for messages."""

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""

    def uninterrupted(self) -> AbstractContextManager[None]:
        """Inside, reads are finished although the run is cancelled, for some seconds: to find out what a write has
        done."""

    def fenced(self, leaving: Callable[[], None]) -> AbstractContextManager[None]:
        """Inside, `leaving` is called right before each write leaves, when all it needs (sign-in, CSRF token) is there.
        What it raises goes on to the caller, and the write stays unsent."""

    def release(self) -> Release:
        """The release that answers (asked once, then remembered); NotConfigured for one that is not supported."""

    @property
    def profile(self) -> Release:
        """The same without a request: of the latest supported release while the server has not been asked."""

    def account(self) -> Account:
        """Who is signed in (asked once, then remembered)."""

    def embedding(self, dashboard_id: int) -> dict[str, Any] | None:
        """How a dashboard may be embedded; None where nothing is configured."""

    def report(self, report_id: int) -> dict[str, Any] | None:
        """An alert or report with its `extra`, which no list shows; None where there is none."""

    def dashboard_owners(self, uuid: str) -> list[int] | None:
        """Who owns the dashboard with this UUID, also if no list shows it to the account; None where there is none."""

    def probe(self) -> AbstractContextManager[Probe]:
        """One more connection of the same account, to ask the databases behind the environment; for one thread."""

    def list_rows(
        self, resource: str, columns: Sequence[str], *, where: Mapping[str, int] = EVERYTHING
    ) -> list[dict[str, Any]]:
        """All rows of a list resource (`dashboard`, `rowlevelsecurity`), page after page of 100; `where` chooses those
        whose columns have these numbers."""

    def list_newest(self, resource: str, columns: Sequence[str], *, page: int) -> tuple[list[dict[str, Any]], int]:
        """One page of a list, the last changed row first, and how many rows the list has. Pages count from 0."""

    def export(self, kind: Kind, ids: Sequence[int]) -> bytes:
        """The ZIP of these assets and all they depend on; NotFound if one of the ids is not there."""

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        """The `result` of one asset."""

    def import_assets(self, bundle: bytes) -> None:
        """Create or overwrite exactly what the bundle holds; other assets are only referred to."""

    def import_dashboards(self, bundle: bytes) -> None:
        """Create or overwrite the bundle's dashboards; datasets, charts and connections that exist are left alone."""

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        """Set some fields of one asset (PUT)."""

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        """Delete these assets."""


class Act(StrEnum):
    """What a request that writes does."""

    IMPORT = "import"
    REPAIR = "repair"
    """An import of what was imported before, with the numbers that the target has given since."""

    UPDATE = "update"
    DELETE = "delete"


class Outcome(StrEnum):
    """What is known of a request that writes."""

    INTENDED = "intended"
    """It did not leave."""

    SENT = "sent"
    """It left, and nobody knows yet what came of it."""

    WRITTEN = "written"
    REFUSED = "refused"
    """The target certainly did not carry it out."""

    ABSENT = "absent"
    """Its answer never came, and nothing of it has appeared in all the time in which it could."""


class Ledger(Protocol):
    """Where a run keeps what must outlive its process: each request before it leaves, and then what came of it.

    Whatever `snapshot`, `intend` and `leaving` raise stops the run before its request.
    """

    def snapshot(self, content: bytes) -> None:
        """The ZIP of what will be overwritten; once, before the first write."""

    def intend(self, act: Act, keys: Sequence[Key]) -> int:
        """A request about these is to be sent; its number in the ledger. Durable when this returns."""

    def leaving(self, number: int) -> None:
        """It leaves now, if the run still is this process' own. From here on its outcome is SENT."""

    def settle(self, number: int, outcome: Outcome) -> None:
        """What came of it. SENT again, where the target shows nothing of what was answered well."""


class Reporter(Protocol):
    """Where a run reports its progress. Calls are cheap and never fail; several threads may make them."""

    def log(self, text: str, *, level: str = "info", **facts: Any) -> None:
        """One line; level is `debug`, `info`, `warning` or `error`."""

    def stage(self, name: str, number: int, total: int) -> None:
        """A stage begins: the `number`th of `total`, counted from 1. The one before it is done."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of what `stage` names, within the stage that has begun."""

    def check_cancelled(self) -> None:
        """Raise Cancelled if the run is to stop. Asked before each request that can still be left out, and several
        times a second while the answer to a read is awaited."""


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
