# [DEF:superset.releases.base:Module]
# @COMPLEXITY: 2
# @PURPOSE: The profile of a Superset release: every fact in which releases may differ, as one value.
"""A field is added here once and given by every `v*.py`, so that a new release is a file of facts and no search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.superset.assets import Kind
from apps.superset.messages.message import Message

Right = tuple[str, str]
"""A permission and what it is on: `can_write`, `Dataset`."""

Columns = tuple[str, ...]


class Endpoint(StrEnum):
    """The endpoints that import a bundle."""

    ASSETS = "assets/import"
    DASHBOARDS = "dashboard/import"


@dataclass(frozen=True, slots=True)
class Importer:
    """How one of them is called: the field of the form that holds the ZIP, the other fields, and the `type` that it
    expects in metadata.yaml."""

    field: str
    form: Mapping[str, str]
    bundle_type: str


@dataclass(frozen=True, slots=True)
class Permissions:
    """The names by which a release grants things. `views` are the assets as its permissions call them."""

    admin_role: str
    all_data: str
    all_databases: str
    read: str
    export: str
    write: str
    views: Mapping[Kind, str]
    import_assets: Right
    read_rules: Right

    def on(self, permission: str, kind: Kind) -> Right:
        return permission, self.views[kind]


@dataclass(frozen=True, slots=True)
class ListColumns:
    """What its lists are asked for. By kind of asset: `identity` always; of a source `people`, who and what hangs on
    its assets; of a target `usage`, which dashboards a chart is on; for a catalogue `catalogue`; around an overwrite
    `attachments`. `rules` are row level security, `reports` alerts and reports, `changes` distinguish two servers, and
    `editors` who changed an asset when."""

    identity: Mapping[Kind, Columns]
    people: Mapping[Kind, Columns]
    usage: Mapping[Kind, Columns]
    catalogue: Mapping[Kind, Columns]
    attachments: Mapping[Kind, Columns]
    rules: Columns
    reports: Columns
    changes: Columns
    editors: Columns


@dataclass(frozen=True, slots=True)
class Fault:
    """What a 500 of an import really means. `is_permission`: the account lacks a right, the bundle is fine."""

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
    """One release line; `version` is what a server says, else the line itself."""

    version: str
    line: str
    """Names the importer's schemas (`importer_schemas/v6_1.json`)."""

    page_size: int
    """The most rows that a list gives and that one request deletes."""

    list_order: Mapping[str, str]
    """By list, the column to order it by, so that an edit between two pages moves no row."""

    newest_first: Mapping[str, str]
    """The parameters that give a list with the last change first."""

    columns: ListColumns
    permissions: Permissions

    importers: Mapping[Endpoint, Importer]
    assets_import_needs_charts: bool
    """`assets/import` spoils a dashboard without charts, so those go through `dashboard/import`."""

    export_batch: Mapping[Kind, int]
    """Assets for each export request."""

    import_batch: int
    """Assets for each import request."""

    no_bulk_delete: frozenset[Kind]
    """Kinds that are deleted one by one."""

    removed_on_import: frozenset[str]
    """Chart types that an import deletes right away."""

    converted_on_import: frozenset[str]
    """Chart types that an import rewrites to their successors, settings included."""

    import_faults: tuple[Fault, ...]
    """The messages of imports that are answered 500 though the server is well; the first match counts."""

    query_failures: frozenset[int]
    """The statuses by which Superset itself answers a query that fails."""

    pages: Mapping[Kind, str]
    """The address of an asset in the browser, below that of the server, with its `id` or `uuid`. Connections have
    none."""

    custom_tag: int
    """The type of a tag that a person gave."""

    def known_fault(self, message: str) -> Fault | None:
        """What is known of a message that came with a 500 for an import."""
        return next((fault for fault in self.import_faults if re.search(fault.pattern, message)), None)
