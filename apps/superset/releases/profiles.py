# [DEF:superset.releases.profiles:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is particular to a release of Superset, in one place.
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> contracts.plain_text
"""Every fact was read in the installed package of that release and seen on a running server."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.contracts.plain_text import name
from apps.superset.errors import NotConfigured

PAGE_SIZE = 100
"""The most rows a list gives; asking for more silently gives these (seen on 6.1.0)."""

LIST_ORDER: Mapping[str, str] = {
    "database": "database_name",
    "dataset": "table_name",
    "chart": "slice_name",
    "dashboard": "dashboard_title",
    "rowlevelsecurity": "name",
    "report": "name",
}
"""The column to order a list by, so that an edit between two pages moves no row: without one, charts and dashboards
come by date of change and the others in no order at all. A column that is named gets the primary key as tie-breaker
(source: flask_appbuilder/models/sqla/interface.py of 6.1.0); the key itself cannot be named (400 on 6.1.0)."""

NEWEST: Mapping[str, str] = {"order_column": "changed_on_delta_humanized", "order_direction": "desc"}
"""The order of a list that has the last change first: the column is text, but sorts by date (seen on 6.1.0)."""

ADMIN_ROLE = "Admin"
"""The role that sees and may change everything (source: 6.1.0, config.py: AUTH_ROLE_ADMIN)."""

ALL_DATA = "all_datasource_access"
"""The permission that shows all datasets and charts (source: 6.1.0, security/manager.py)."""

ALL_DATABASES = "all_database_access"
"""The permission that shows all connections (source: 6.1.0, databases/filters.py)."""

READ, EXPORT, WRITE = "can_read", "can_export", "can_write"
"""Permissions on `Database`, `Dataset`, `Chart` and `Dashboard` (source: 6.1.0, constants.py:
MODEL_API_RW_METHOD_PERMISSION_MAP; seen in /api/v1/me/roles/)."""

IMPORT_ASSETS = ("can_import_", "ImportExportRestApi")
"""What POST /api/v1/assets/import/ asks for (seen on 6.1.0: Admin and Alpha have it, Gamma has not)."""

READ_RULES = ("can_read", "Row Level Security")
"""What the list of row level security asks for (source: 6.1.0, row_level_security/api.py; only Admin has it)."""

NO_BULK_DELETE = frozenset({"database"})
"""`DELETE /api/v1/database/?q=!(1)` is answered 405 (seen on 6.1.0); one at a time works."""

REMOVED_ON_IMPORT = frozenset({"filter_box"})
"""Chart types that an import deletes right away (source: 6.1.0, commands/importers/v1/assets.py; seen)."""

CONVERTED_ON_IMPORT = frozenset(
    {
        *("treemap", "pivot_table", "dual_line", "sunburst", "line", "area", "bar", "dist_bar", "bubble", "heatmap"),
        *("histogram", "sankey"),
    }
)
"""Chart types that an import rewrites to their successors, settings included (source: 6.1.0,
commands/chart/importers/v1/utils.py: migrate_chart, with migrations/shared/migrate_viz/processors.py; seen)."""


@dataclass(frozen=True, slots=True)
class Release:
    """The capability profile of one release line.

    `sparse_assets_import`: POST /api/v1/assets/import/ takes `sparse=true`, overwrites exactly the files given and
    finds everything else in the target (source: 6.1.0, commands/importers/v1/assets.py).
    `assets_import_needs_charts`: the same endpoint leaves a (NULL, NULL) row in dashboard_slices for a dashboard
    without charts, so those go through POST /api/v1/dashboard/import/ (seen on 6.1.0).
    """

    version: str
    sparse_assets_import: bool
    assets_import_needs_charts: bool
    page_size: int = PAGE_SIZE


SUPPORTED = {"6.1": Release("6.1", sparse_assets_import=True, assets_import_needs_charts=True)}


def release_of(version: str, *, environment: str = "") -> Release:
    """The profile for a version string such as `6.1.0`; NotConfigured where there is none."""
    version = name(version)[:LONGEST_VERSION]
    match = re.match(r"\d+\.\d+", version)
    line = match.group() if match else version
    if line not in SUPPORTED:
        raise NotConfigured(
            f"Superset {version or 'of unknown version'} is not supported (supported: {', '.join(SUPPORTED)})",
            environment=environment,
            next_step="Use a supported release on both sides.",
        )
    return replace(SUPPORTED[line], version=version)


LONGEST_VERSION = 40

VERSION_PATH = "/version"
"""JSON, anonymous; 6.1 only."""

LOGIN_PAGE_PATH = "/login/"
"""HTML, anonymous; carries the version on 4.1 to 6.1 (seen on running servers)."""


def version_in_json(answer: Any) -> str:
    """The version in the answer of VERSION_PATH, empty if there is none."""
    version = answer.get("version_string") if isinstance(answer, dict) else None
    return version if isinstance(version, str) else ""


def version_in_page(page: str) -> str:
    """The version in the HTML of LOGIN_PAGE_PATH, where it lies in JSON with escaped quotes; empty if there is none."""
    match = re.search(r'"version_string"\s*:\s*"([^"]+)"', html.unescape(page))
    return match.group(1) if match else ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a 500 of an import really means. `is_permission`: the account lacks a right, the bundle is fine."""

    pattern: str
    meaning: str
    next_step: str
    is_permission: bool = False


IMPORT_FAULTS = (
    Fault(
        r"doesn't have permissions? to overwrite",
        "the account may not overwrite what is there: it is neither its owner nor an administrator",
        "Make the account an owner of it, or use an administrator's.",
        is_permission=True,
    ),
    Fault(
        r"^Import failed for an unknown reason",
        "Superset refused the bundle and gives no cause: a field or YAML that it does not take, a password that it"
        " misses, a dangling reference, or something that the account may not overwrite",
        "See Superset's own log for the cause.",
    ),
    Fault(
        r"failed for an unknown reason",
        "the import failed and Superset gives no cause: most often the bundle lacks a dataset, a chart or a connection"
        " that it refers to, or names a chart that is not in the layout",
        "Look for dangling references in the bundle, and in Superset's own log.",
    ),
    Fault(
        r"Expecting value: line \d+ column \d+",
        "the file is not a ZIP with a metadata.yaml of version 1.0.0 under one root folder",
        "Export the bundle anew.",
    ),
    Fault(r"division by zero", "the ZIP is empty", "Export the bundle anew."),
    Fault(
        r"cannot access local variable 'config'",
        "a file in the bundle is not valid YAML",
        "Correct the YAML of the bundle.",
    ),
    Fault(
        r"^\(\)$",
        "the server has no driver for a database of the bundle",
        "Install the driver there, or map the database to a connection that the server has.",
    ),
)
"""The messages of imports that are answered 500 though the server is well, the first match counts (all seen on 6.1.0;
the last one for a BigQuery connection without its driver). The first of the two "unknown reasons" is that of
/assets/import/, which turns every error into it, those of validation included (commands/importers/v1/assets.py, `run`);
/dashboard/import/ validates first and answers 422 with the fields."""


def known_fault(message: str) -> Fault | None:
    """What is known of a message that came with a 500 for an import."""
    return next((fault for fault in IMPORT_FAULTS if re.search(fault.pattern, message)), None)
