# [DEF:superset.releases.v6_1:Module]
# @COMPLEXITY: 2
# @PURPOSE: The facts about Superset 6.1.
"""All facts were read in the installed package of 6.1.0 (files are named) and observed on a running server."""

from __future__ import annotations

from apps.superset.assets import Kind
from apps.superset.releases.base import Access, Endpoint, Fault, Importer, ListColumns, Permissions, Release

OWNERS = ("owners.id", "owners.first_name", "owners.last_name")
TAGS = ("tags.name", "tags.type")

COLUMNS = ListColumns(
    identity={
        Kind.DATABASE: ("id", "uuid", "database_name", "backend"),
        Kind.DATASET: ("id", "uuid", "table_name", "schema", "catalog", "database.id", "database.uuid"),
        Kind.CHART: ("id", "uuid", "slice_name", "datasource_id"),
        Kind.DASHBOARD: ("id", "uuid", "dashboard_title", "slug", "published"),
    },
    people={
        Kind.DATASET: ("owners.id",),
        Kind.CHART: ("owners.id", *TAGS),
        Kind.DASHBOARD: ("owners.id", "roles.name", *TAGS),
    },
    usage={Kind.CHART: ("dashboards.id",)},
    catalogue={
        Kind.DATABASE: ("id", "uuid", "database_name", "backend", "changed_on"),
        Kind.DATASET: ("id", "uuid", "table_name", "changed_on_utc", "database.uuid", *OWNERS),
        Kind.CHART: ("id", "uuid", "slice_name", "changed_on_utc", *OWNERS, *TAGS),
        Kind.DASHBOARD: ("id", "uuid", "dashboard_title", "slug", "published", "changed_on_utc", *OWNERS, *TAGS),
    },
    attachments={
        Kind.DATASET: ("id", *OWNERS),
        Kind.CHART: ("id", *OWNERS),
        Kind.DASHBOARD: ("id", *OWNERS, "roles.id", "roles.name"),
    },
    carried={
        Kind.DATASET: ("id", *OWNERS),
        Kind.CHART: ("id", *OWNERS, "tags.id", *TAGS),
        Kind.DASHBOARD: ("id", *OWNERS, "roles.id", "roles.name", "tags.id", *TAGS),
    },
    rules=("id", "name", "clause", "filter_type", "group_key", "tables.id", "roles.id", "roles.name"),
    reports=("id", "name", "type", "active", "chart_id", "dashboard_id"),
    changes=("id", "uuid", "changed_on_utc"),
    editors=("id", "changed_by.first_name", "changed_by.last_name", "changed_on_utc"),
)
"""`list_columns` of databases/api.py, datasets/api.py, charts/api.py, dashboards/api.py, reports/api.py and
row_level_security/api.py. A list of reports with `extra` among its columns fails with 500 (seen). Connections have no
`changed_on_utc`, datasets no tags. Each relation costs a query a row on the server, so each is requested only where it
is needed."""

PERMISSIONS = Permissions(
    admin_role="Admin",
    public_role="Public",
    all_data="all_datasource_access",
    all_databases="all_database_access",
    read="can_read",
    export="can_export",
    write="can_write",
    views={kind: kind.value.capitalize() for kind in Kind},
    importing=(("can_import_", "ImportExportRestApi"),),
    read_rules=("can_read", "Row Level Security"),
    write_rules=("can_write", "Row Level Security"),
    write_tags=("can_write", "Tag"),
    set_embedding=("can_set_embedded", "Dashboard"),
    write_annotations=("can_write", "Annotation"),
    write_themes=("can_write", "Theme"),
    write_css=("can_write", "CssTemplate"),
    write_queries=("can_write", "SavedQuery"),
    write_reports=("can_write", "ReportSchedule"),
)
"""config.py: AUTH_ROLE_ADMIN, AUTH_ROLE_PUBLIC; dashboards/api.py: set_embedded; security/manager.py;
databases/filters.py; constants.py: MODEL_API_RW_METHOD_PERMISSION_MAP. Admin and Alpha may import, Gamma may not; only
Admin reads row level security."""

IMPORTERS = {
    Endpoint.ASSETS: Importer("bundle", {"sparse": "true"}, "assets"),
    Endpoint.DATASETS: Importer("formData", {"overwrite": "true"}, "SqlaTable"),
    Endpoint.CHARTS: Importer("formData", {"overwrite": "true"}, "Slice"),
    Endpoint.DASHBOARDS: Importer("formData", {"overwrite": "true"}, "Dashboard"),
}
"""With `sparse`, assets/import overwrites exactly the files given and finds everything else on the target
(commands/importers/v1/assets.py)."""

IMPORT_FAULTS = (
    Fault(r"doesn't have permissions? to overwrite", "not_owner", is_permission=True),
    Fault(r"^Import failed for an unknown reason", "assets"),
    Fault(r"failed for an unknown reason", "unknown"),
    Fault(r"Expecting value: line \d+ column \d+", "no_zip"),
    Fault(r"division by zero", "empty"),
    Fault(r"cannot access local variable 'config'", "yaml"),
    Fault(r"^\(\)$", "no_driver"),
)
"""The last is that of a BigQuery connection without its driver. The first of the two "unknown reasons" is that of
/assets/import/, which turns every error into it, those of validation included (commands/importers/v1/assets.py, `run`);
/dashboard/import/ validates first and answers 422 with the fields."""

CONVERTED_ON_IMPORT = frozenset(
    {
        *("treemap", "pivot_table", "dual_line", "sunburst", "line", "area", "bar", "dist_bar", "bubble", "heatmap"),
        *("histogram", "sankey"),
    }
)
"""commands/chart/importers/v1/utils.py: migrate_chart, with migrations/shared/migrate_viz/processors.py."""

PAGES = {
    Kind.DASHBOARD: "/superset/dashboard/{uuid}/",
    Kind.CHART: "/explore/?slice_id={id}",
    Kind.DATASET: "/explore/?datasource_type=table&datasource_id={id}",
}
"""models/dashboard.py: id_or_slug_filter, which takes a UUID too; models/slice.py: url; connectors/sqla/models.py:
explore_url."""

RELEASE = Release(
    version="6.1",
    line="6.1",
    page_size=100,  # asking for more silently returns this many
    list_order={
        "database": "database_name",
        "dataset": "table_name",
        "chart": "slice_name",
        "dashboard": "dashboard_title",
        "rowlevelsecurity": "name",
        "report": "name",
        "css_template": "template_name",
        "saved_query": "label",
        "theme": "theme_name",
        "tag": "name",
        "security/users": "username",
        "security/groups": "name",
    },
    newest_first={"order_column": "changed_on_delta_humanized", "order_direction": "desc"},
    columns=COLUMNS,
    permissions=PERMISSIONS,
    importers=IMPORTERS,
    connection_fields=("uuid", "database_name", "sqlalchemy_uri", "version"),
    keeps_old_charts=False,
    account_by_token=True,
    lists_database_uuids=True,
    access=Access.OWNERS,
    is_known=True,
    currency_is_text=False,
    undrawn=frozenset({"event_flow"}),  # only 4.1 still draws it
    unused_settings=frozenset(),
    assets_import_needs_charts=True,  # otherwise it leaves a (NULL, NULL) row in dashboard_slices
    export_batch={Kind.DASHBOARD: 50, Kind.CHART: 100, Kind.DATASET: 100, Kind.DATABASE: 100},
    import_batch=200,
    no_bulk_delete=frozenset({Kind.DATABASE}),  # DELETE /api/v1/database/?q=!(1) is answered 405
    removed_on_import=frozenset({"filter_box"}),  # commands/importers/v1/assets.py
    converted_on_import=CONVERTED_ON_IMPORT,
    import_faults=IMPORT_FAULTS,
    query_failures=frozenset({400, 403, 404, 422, 500}),  # charts/data/api.py
    pages=PAGES,
    custom_tag=1,  # tags/models.py; others are Superset's own, for types and owners
)
"""Lists: without an order, charts and dashboards come by date of change and the others in no order at all. A column
that is named gets the primary key as tie-breaker (flask_appbuilder/models/sqla/interface.py); the key itself cannot be
named (400). The column for the newest first is text, but sorts by date. Batches: past fifty dashboards an export nears
gunicorn's thirty seconds, and an import of 200 assets takes about ten on one worker."""
