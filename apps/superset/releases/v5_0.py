# [DEF:superset.releases.v5_0:Module]
# @COMPLEXITY: 2
# @PURPOSE: The facts about Superset 5.0, as differences from 6.0.
"""Seen on a running 5.0.0, or read in its package where a file is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from apps.superset.assets import Kind
from apps.superset.releases import v6_0
from apps.superset.releases.base import Endpoint, Importer

STEPWISE: Mapping[Endpoint, Importer] = {
    endpoint: importer for endpoint, importer in v6_0.RELEASE.importers.items() if endpoint is not Endpoint.ASSETS
}
"""assets/import has no `sparse`: it wants the connection in the bundle, connects to it and overwrites it."""

EXPORT_BATCH: Mapping[Kind, int] = {**v6_0.RELEASE.export_batch, Kind.DATASET: 1}
"""commands/dataset/export.py: the name of a file is the table's without its id, and of two equal ones the second is
left out, without a word (seen). An export of a single dataset has no second one."""

RELEASE = replace(
    v6_0.RELEASE,
    version="5.0",
    line="5.0",
    importers=STEPWISE,
    permissions=replace(v6_0.RELEASE.permissions, importing=()),  # can_write of each kind is enough
    lists_database_uuids=False,  # datasets/api.py: list_columns; an unknown column is left out without an error
    export_batch=EXPORT_BATCH,
    currency_is_text=True,  # a mapping is refused: “Not a valid string.”
    undrawn=frozenset({"event_flow", "gantt_chart", "ag-grid-table"}),  # not in its front end
)
