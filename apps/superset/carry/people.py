# [DEF:superset.carry.people:Module]
# @COMPLEXITY: 3
# @PURPOSE: The people and roles of one Superset, as far as it shows them to the account.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> contracts.plain_text
"""An administrator reads the list of users (6.0 and later; earlier ones with FAB_ADD_SECURITY_API), with their user
names and roles. Every login sees who may own an asset: number, full name and mail, no user name (seen on 4.1 to 6.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import objects
from apps.superset.protocol import Client
from apps.superset.remote.optional_lists import HIDDEN

USERS = ("id", "username", "email", "first_name", "last_name", "active", "roles.id")


@dataclass(frozen=True, slots=True)
class Person:
    """One account of a Superset. `username` is empty if the server does not show it."""

    id: int
    name: str
    username: str = ""
    email: str = ""
    active: bool = True
    roles: frozenset[int] = frozenset()

    @property
    def label(self) -> str:
        """`Ada Lovelace (ada)`"""
        handle = self.username or self.email
        return f"{self.name} ({handle})" if self.name and handle else self.name or handle or f"account {self.id}"

    @property
    def handle(self) -> str:
        return self.username or self.email or self.name or f"account {self.id}"


@dataclass(frozen=True, slots=True)
class People:
    """By number. `complete`: with user names and roles, as an administrator reads them."""

    by_id: Mapping[int, Person]
    complete: bool = False

    def counterpart(self, other: Person) -> Person | None:
        """The active person with the same mail, else with the same user name."""
        for own in ("email", "username"):
            wanted = getattr(other, own).lower()
            found = [each for each in self._active() if wanted and getattr(each, own).lower() == wanted]
            if len(found) == 1:
                return found[0]
        return None

    def _active(self) -> Iterable[Person]:
        return (each for each in self.by_id.values() if each.active)


def read_people(client: Client) -> People:
    """From the list of users, else from what is offered as owners."""
    try:
        rows = client.list_rows("security/users", USERS)
    except HIDDEN:
        return People({person.id: person for person in map(_offered, client.related("dashboard", "owners"))})
    return People({row["id"]: _listed(row) for row in rows}, complete=True)


def read_role_numbers(client: Client) -> dict[str, int]:
    """The roles by name."""
    return {one_line(each.get("text")): each["value"] for each in client.related("dashboard", "roles")}


def _listed(row: Mapping[str, Any]) -> Person:
    names = (one_line(row.get(part) or "") for part in ("first_name", "last_name"))
    return Person(
        row["id"],
        " ".join(filter(None, names)),
        one_line(row.get("username") or ""),
        one_line(row.get("email") or ""),
        active=row.get("active") is not False,
        roles=frozenset(role["id"] for role in objects(row.get("roles"))),
    )


def _offered(each: Mapping[str, Any]) -> Person:
    extra = each.get("extra")
    extra = extra if isinstance(extra, Mapping) else {}
    email = one_line(extra.get("email") or "")
    return Person(each["value"], one_line(each.get("text") or ""), "", email, active=extra.get("active") is not False)
