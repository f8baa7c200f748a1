# [DEF:superset.account:Module]
# @COMPLEXITY: 2
# @PURPOSE: The account signed in to a Superset: what it sees, and what its roles allow.
# @RELATION CALLS -> superset.shapes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.releases.base import Permissions, Right
from apps.superset.shapes import is_id


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in to an environment.

    Only an administrator sees other people's drafts and can leave an asset's owners; all datasets and charts are
    visible to anyone with access to all data (source: 6.1.0, dashboards/filters.py, charts/filters.py,
    commands/utils.py: populate_owner_list).
    """

    id: int
    is_admin: bool
    sees_all_data: bool = True
    name: str = ""
    rights: frozenset[Right] = frozenset()
    """What its roles allow; empty if the server does not show it."""

    observed: frozenset[str] | None = None
    """The views whose rights were asked for one by one, on a server that does not show the roles: nothing is known of
    any other, nor of access to all data. None: the rights are complete."""

    def may(self, permission: str, view: str) -> bool:
        """As far as known: administrators also need these pairs, and are refused without them."""
        if self.observed is not None and view not in self.observed:
            return True
        return (not self.rights and self.observed is None) or (permission, view) in self.rights

    def sees_all_databases(self, permissions: Permissions) -> bool:
        """Other accounts see only the connections they have access to (source: 6.1.0, databases/filters.py)."""
        return self.is_admin or not self.rights or any(permissions.all_databases in right for right in self.rights)


def account_of(answer: Mapping[str, Any], permissions: Permissions) -> Account | None:
    """Roles by name, each with its pairs of permission and view; `userId` (source: 6.1.0, views/utils.py)."""
    number, roles = answer.get("userId"), answer.get("roles")
    if not isinstance(number, int) or not is_id(number):
        return None
    named = roles if isinstance(roles, Mapping) else {}
    pairs = [pair for each in named.values() if isinstance(each, list) for pair in each if isinstance(pair, list)]
    is_admin = permissions.admin_role in named
    return Account(
        number,
        is_admin,
        sees_all_data=is_admin or any(permissions.all_data in pair for pair in pairs),
        name=one_line(answer.get("username") or ""),
        rights=frozenset((str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2),
    )


def observed_account(number: int, rights: Mapping[str, frozenset[str]], permissions: Permissions) -> Account:
    """From its number and its permissions by view. Only an administrator changes row-level security (seen on 4.1 to 6.1
    with the roles Admin, Alpha and Gamma; others may have been allowed to read it, for a plan to know the rules), and
    no request tells whether anybody else sees all data."""
    read, view = permissions.read_rules
    is_admin = {read, permissions.write} <= rights.get(view, frozenset())
    return Account(
        number,
        is_admin,
        sees_all_data=is_admin,
        rights=frozenset((each, view) for view, found in rights.items() for each in found),
        observed=frozenset(rights),
    )
