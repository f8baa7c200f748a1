# [DEF:users.admin:Module]
# @COMPLEXITY: 2
# @PURPOSE: Registers the admin pages of accounts, grants, groups, roles and tokens by importing them.

from __future__ import annotations

from apps.users.admin_pages import accounts, grants, groups, roles, tokens

__all__ = ["accounts", "grants", "groups", "roles", "tokens"]
