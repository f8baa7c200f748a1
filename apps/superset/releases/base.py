# [DEF:superset.releases.base:Module]
# @COMPLEXITY: 2
# @PURPOSE: The profile of a Superset release: all facts in which releases may differ, as one value.
"""A field is declared here and set by every `v*.py`, so a new release is a file of facts and needs no search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.superset.assets import Kind
from apps.superset.messages.message import Message

Right = tuple[str, str]
"""A permission and its view: `can_write`, `Dataset`."""

Columns = tuple[str, ...]


class Access(StrEnum):
    """Which fields of a dashboard say who may change it and who may see it."""

    OWNERS = "owners"
    """`owners` and `roles`."""

    SUBJECTS = "subjects"
    """`editors` and `viewers`."""

    UNKNOWN = "unknown"


class Endpoint(StrEnum):
    """The endpoints that import a bundle."""

    ASSETS = "assets/import"
    DATASETS = "dataset/import"
    CHARTS = "chart/import"
    DASHBOARDS = "dashboard/import"


@dataclass(frozen=True, slots=True)
class Importer:
    """How to call one of them: the form field for the ZIP, the other fields, and the `type` that it expects in
    metadata.yaml."""

    field: str
    form: Mapping[str, str]
    bundle_type: str


@dataclass(frozen=True, slots=True)
class Permissions:
    """The names of a release's permissions. `views` are the names of the asset kinds in them; `importing` are needed by
    its imports in addition to writing each kind."""

    admin_role: str
    public_role: str
    all_data: str
    all_databases: str
    read: str
    export: str
    write: str
    views: Mapping[Kind, str]
    importing: tuple[Right, ...]
    read_rules: Right
    write_rules: Right
    write_tags: Right
    set_embedding: Right
    write_annotations: Right
    write_themes: Right
    write_css: Right
    write_queries: Right
    write_reports: Right

    def on(self, permission: str, kind: Kind) -> Right:
        return permission, self.views[kind]


@dataclass(frozen=True, slots=True)
class ListColumns:
    """The requested list columns. By kind of asset: `identity` always; `people` for a source, who and what is attached
    to its assets; `usage` for a target, which dashboards a chart is on; `catalogue` for a catalogue; `attachments` for
    an overwrite; `carried` for what travels beside the documents. `rules` are row-level security, `reports` alerts and
    reports, `changes` distinguish two servers, and `editors` show who changed an asset and when."""

    identity: Mapping[Kind, Columns]
    people: Mapping[Kind, Columns]
    usage: Mapping[Kind, Columns]
    catalogue: Mapping[Kind, Columns]
    attachments: Mapping[Kind, Columns]
    carried: Mapping[Kind, Columns]
    rules: Columns
    reports: Columns
    changes: Columns
    editors: Columns


@dataclass(frozen=True, slots=True)
class Fault:
    """What a 500 of an import really means. `is_permission`: the account lacks a permission, the bundle is fine."""

    pattern: str
    key: str
    """Names what it means and what to do about it (`fault.…` among the messages)."""

    is_permission: bool = False

    @property
    def meaning(self) -> Message:
        return Message(f"error.fault.{self.key}")

    @property
    def next_step(self) -> Message:
        return Message(f"next.fault.{self.key}")


@dataclass(frozen=True, slots=True)
class Release:
    """One release line; `version` is the server's version if known, otherwise the line itself."""

    version: str
    line: str
    """Names the importer's schemas (`importer_schemas/v6_1.json`)."""

    page_size: int
    """Maximum number of rows per list page and per delete request."""

    list_order: Mapping[str, str]
    """By list, the column to order by, so that an edit between two pages does not move rows."""

    newest_first: Mapping[str, str]
    """The parameters to sort a list by most recent change."""

    columns: ListColumns
    permissions: Permissions

    importers: Mapping[Endpoint, Importer]
    """Without ASSETS, a run sends datasets, charts and dashboards one after another, each with everything below it."""

    connection_fields: Columns
    """What the file of a connection contains that accompanies assets: enough for the importer to find the target's
    connection by its UUID, and nothing that it could refuse."""

    keeps_old_charts: bool
    """`dashboard/import` leaves charts linked that the new layout no longer shows."""

    assets_import_needs_charts: bool
    """`assets/import` damages a dashboard without charts, so those go through `dashboard/import`."""

    account_by_token: bool
    """`/api/v1/me/` answers a bearer token; otherwise it wants the cookie of a session."""

    lists_database_uuids: bool
    """A list of datasets names their connections by UUID; otherwise it leaves that column out."""

    access: Access | None
    """None: it has to be probed."""

    is_known: bool
    """False for a release that is newer than all supported ones, and is treated like the newest of them."""

    currency_is_text: bool
    """A metric's currency is JSON as text."""

    undrawn: frozenset[str]
    """Chart types of other releases that it stores and cannot draw."""

    unused_settings: frozenset[str]
    """Keys of a dashboard's metadata that it stores and does not use."""

    export_batch: Mapping[Kind, int]
    """Assets per export request."""

    import_batch: int
    """Assets per import request."""

    no_bulk_delete: frozenset[Kind]
    """Kinds that are deleted one by one."""

    removed_on_import: frozenset[str]
    """Chart types that an import deletes."""

    converted_on_import: frozenset[str]
    """Chart types that an import converts to their successors, including settings."""

    import_faults: tuple[Fault, ...]
    """Messages of imports that are answered with 500 although the server is fine; the first match counts."""

    query_failures: frozenset[int]
    """Superset's own statuses for a failed query."""

    pages: Mapping[Kind, str]
    """The address of an asset in the browser, below that of the server, with its `id` or `uuid`. Connections have
    none."""

    custom_tag: int
    """The type of a user-defined tag."""

    def known_fault(self, message: str) -> Fault | None:
        """What is known about the message of a 500 for an import."""
        return next((fault for fault in self.import_faults if re.search(fault.pattern, message)), None)
