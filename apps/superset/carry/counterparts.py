# [DEF:superset.carry.counterparts:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who and what on the target corresponds to the people and roles of the source.
# @RELATION CALLS -> superset.carry.people
# @RELATION DEPENDS_ON -> superset.remote.sign_in_page
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.carry.people import People, Person, read_people, read_role_numbers
from apps.superset.plan.attachment import Aspect, Item, Items
from apps.superset.protocol import Client
from apps.superset.releases.base import Access, Release
from apps.superset.remote.sign_in_page import DASHBOARD_RBAC

NOBODY = People({})


@dataclass(frozen=True, slots=True)
class Counterparts:
    """`roles` are those of the target by name; `restricts`: the roles of a dashboard restrict it there."""

    carry: frozenset[Aspect] = frozenset()
    here: People = NOBODY
    there: People = NOBODY
    roles: Mapping[str, int] = field(default_factory=dict)
    restricts: bool = False
    tags: Mapping[str, int] = field(default_factory=dict)
    """The custom tags of the target by name."""

    @property
    def restrictable(self) -> frozenset[str]:
        """The names of the roles that a migration can restrict a dashboard to."""
        return frozenset(self.roles) if Aspect.ROLES in self.carry and self.restricts else frozenset()

    @property
    def rule_roles(self) -> frozenset[str]:
        """The names of the roles that a rule can be set for."""
        return frozenset(self.roles) if Aspect.RULES in self.carry else frozenset()

    def owner(self, number: int) -> Person | None:
        """The counterpart of an owner on the source."""
        person = self.here.by_id.get(number)
        return self.there.counterpart(person) if person else None

    def role_items(self, names: Iterable[str]) -> Items:
        return tuple(Item(self.roles[name], name) for name in sorted(set(names)) if name in self.roles)


def read_counterparts(source: Client, target: Client, carry: Collection[Aspect]) -> Counterparts:
    """Reads only what is needed to carry these. Owners and roles travel between servers that have them: one with
    editors and viewers instead, or that does not say which it has, neither gives nor gets any."""
    if any(side.access() is not Access.OWNERS for side in (source, target)):
        carry = {*carry} - {Aspect.OWNERS, Aspect.ROLES, Aspect.RULES}
    owners, roles = Aspect.OWNERS in carry, not {Aspect.ROLES, Aspect.RULES}.isdisjoint(carry)
    return Counterparts(
        frozenset(carry),
        read_people(source) if owners else NOBODY,
        read_people(target) if owners else NOBODY,
        read_role_numbers(target) if roles else {},
        restricts=Aspect.ROLES in carry and DASHBOARD_RBAC in target.features(),
        tags=read_tags(target) if Aspect.TAGS in carry else {},
    )


def read_tags(client: Client) -> dict[str, int]:
    """The custom tags by name."""
    rows = client.list_rows("tag", ("id", "name", "type"))
    return {one_line(row.get("name")): row["id"] for row in rows if is_custom(row, client.profile)}


def is_custom(tag: Mapping[str, Any], release: Release) -> bool:
    """Others are Superset's own. A list gives the number of the type, or its name."""
    kind = tag.get("type")
    return kind == release.custom_tag or str(kind).rpartition(".")[2] == "custom"
