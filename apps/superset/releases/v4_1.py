# [DEF:superset.releases.v4_1:Module]
# @COMPLEXITY: 2
# @PURPOSE: The facts about Superset 4.1, as differences from 5.0.
"""Seen on a running 4.1.4, or read in its package where a file is named."""

from __future__ import annotations

from dataclasses import replace

from apps.superset.releases import v5_0

RELEASE = replace(
    v5_0.RELEASE,
    version="4.1",
    line="4.1",
    undrawn=frozenset({"cartodiagram", "gantt_chart", "ag-grid-table"}),  # not in its front end
)
