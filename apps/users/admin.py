# [DEF:users.admin:Module]
# @COMPLEXITY: 2
# @PURPOSE: Who may sign in, and what each may do: the pages are in `admin_pages/`, and registered by being imported.

from __future__ import annotations

from apps.users.admin_pages import accounts, grants, groups, roles, tokens

__all__ = ["accounts", "grants", "groups", "roles", "tokens"]
