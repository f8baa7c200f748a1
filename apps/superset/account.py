# [DEF:superset.account:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who is signed in to a Superset, and what of it that account sees.
# @RELATION DEPENDS_ON -> superset.releases
# @RELATION CALLS -> superset.shapes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.releases import ADMIN_ROLE, ALL_DATA
from apps.superset.shapes import is_id


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in to an environment.

    Only an administrator sees the drafts of others, and takes himself out of an asset's owners; datasets and charts are
    all seen by whoever has access to all data (source: 6.1.0, dashboards/filters.py, charts/filters.py,
    commands/utils.py: populate_owner_list).
    """

    id: int
    is_admin: bool
    sees_all_data: bool = True


def account_of(told: Mapping[str, Any]) -> Account | None:
    """Roles by name, each with its pairs of permission and view; `userId` (source: 6.1.0, views/utils.py)."""
    number, roles = told.get("userId"), told.get("roles")
    if not isinstance(number, int) or not is_id(number):
        return None
    named = roles if isinstance(roles, Mapping) else {}
    pairs = [pair for each in named.values() if isinstance(each, list) for pair in each if isinstance(pair, list)]
    is_admin = ADMIN_ROLE in named
    return Account(number, is_admin, sees_all_data=is_admin or any(ALL_DATA in pair for pair in pairs))
