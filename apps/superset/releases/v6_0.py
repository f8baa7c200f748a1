# [DEF:superset.releases.v6_0:Module]
# @COMPLEXITY: 2
# @PURPOSE: The facts about Superset 6.0, as differences from 6.1.
"""Seen on a running 6.0.0, or read in its package where a file is named."""

from __future__ import annotations

from dataclasses import replace

from apps.superset.releases import v6_1

RELEASE = replace(
    v6_1.RELEASE,
    version="6.0",
    line="6.0",
    keeps_old_charts=True,  # links are only added; assets/import with `sparse` replaces them
    account_by_token=False,  # /api/v1/me/ answers 401 to a valid token
    unused_settings=frozenset({"chart_customization_config"}),  # not in dashboards/schemas.py, nor in its front end
)
