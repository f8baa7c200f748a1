# [DEF:users.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may sign in, and what each may do: the pages are in `pages/`, and registered by being imported.
# @RELATION DEPENDS_ON -> users.pages.accounts
"""Who may sign in, and what each may do: the pages are in `pages/`, and registered by being imported."""

from __future__ import annotations

from apps.users.pages import accounts, grants, groups, roles, tokens

__all__ = ["accounts", "grants", "groups", "roles", "tokens"]
