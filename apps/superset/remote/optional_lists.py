# [DEF:superset.remote.optional_lists:Module]
# @COMPLEXITY: 2
# @PURPOSE: Lists that a server may not show: alerts and reports, and row-level security.
# @RELATION DEPENDS_ON -> superset.protocol

from __future__ import annotations

from typing import Any

from apps.superset.errors import NotConfigured, NotFound, NotPermitted, ServerFault
from apps.superset.protocol import Client

HIDDEN = (NotFound, NotPermitted, NotConfigured, ServerFault)
"""Errors of a server that does not show a list: also a gateway's page (404), or a fault in an unrelated row."""


def read_reports(client: Client) -> list[dict[str, Any]] | None:
    """All alerts and reports that the account sees; None if the feature is off (404) or access is denied (403)."""
    return _rows_if_shown(client, "report", client.profile.columns.reports)


def read_rules(client: Client) -> list[dict[str, Any]] | None:
    """The row-level security rules of an environment; None if it does not show them to the account."""
    return _rows_if_shown(client, "rowlevelsecurity", client.profile.columns.rules)


def _rows_if_shown(client: Client, resource: str, columns: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """None if the server does not show the list, for any reason: it must not stop a run that does not depend on it."""
    try:
        return client.list_rows(resource, columns)
    except HIDDEN:
        return None
