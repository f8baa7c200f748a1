# [DEF:superset.carry.access:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who can see a dashboard of the target before and after a migration, by Superset's own rule.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.carry.people
# @RELATION DEPENDS_ON -> superset.carry.holdings
# @RELATION CALLS -> superset.references.graph
"""The rule of 6.1.0 (dashboards/filters.py: DashboardAccessFilter; utils/filters.py: get_dataset_access_filters):
administrators and owners always; if published, and restricted to roles where DASHBOARD_RBAC is on, who has one of them;
otherwise, if published, who may read the data of at least one of its charts. Who has not signed in has the role of the
public (security/manager.py: get_user_roles). Guests of embedded dashboards are not
accounts, and are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind, objects
from apps.superset.carry.holdings import Holdings
from apps.superset.carry.people import People, Person, read_people
from apps.superset.errors import NotFound
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import ANYONE, Aspect, Attachment
from apps.superset.plan.attachment import Access as Seen
from apps.superset.protocol import Client
from apps.superset.references.graph import dependencies
from apps.superset.releases.base import Access, Right
from apps.superset.remote.optional_lists import HIDDEN
from apps.superset.remote.sign_in_page import DASHBOARD_RBAC

SEEN_BY = (Aspect.OWNERS, Aspect.ROLES)
"""What decides, besides rights and publication, who sees a dashboard."""

NUMBER = re.compile(r"\(id:(\d+)\)$")
"""The end of the name of a connection or dataset in a permission."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What decides about one dashboard: `datasets` are those of its charts."""

    published: bool
    owners: frozenset[int]
    roles: frozenset[int]
    datasets: tuple[Asset, ...]


@dataclass(frozen=True, slots=True)
class Viewers:
    """The accounts of a target, what their roles allow, and whether dashboards are restricted by roles there."""

    people: People
    rights: Mapping[int, frozenset[Right]]
    administrators: frozenset[int]
    """The numbers of their roles."""

    public: int | None
    """The number of the role of those who have not signed in, if it may read dashboards."""

    restricts: bool
    there: Inventory

    def of(self, shown: Shown) -> tuple[str, ...]:
        names = sorted(each.handle for each in self.people.by_id.values() if each.active and self._sees(each, shown))
        return (*names, *((ANYONE,) if self._seen_by_anyone(shown) else ()))

    def _seen_by_anyone(self, shown: Shown) -> bool:
        return self.public is not None and self._may_see(frozenset({self.public}), shown)

    def _sees(self, person: Person, shown: Shown) -> bool:
        if person.roles & self.administrators or person.id in shown.owners:
            return True
        return self._may_see(person.roles, shown)

    def _may_see(self, roles: frozenset[int], shown: Shown) -> bool:
        if not shown.published:
            return False
        if self.restricts and shown.roles:
            return bool(roles & shown.roles)
        rights = frozenset[Right]().union(*(self.rights.get(role, frozenset()) for role in roles))
        return any(self._reads(dataset, rights) for dataset in shown.datasets)

    def _reads(self, dataset: Asset, rights: frozenset[Right]) -> bool:
        everything = {("all_datasource_access",) * 2, ("all_database_access",) * 2}
        return not rights.isdisjoint(everything) or any(self._grants(right, dataset) for right in rights)

    def _grants(self, right: Right, dataset: Asset) -> bool:
        permission, view = right
        database = self.there.get(Key(Kind.DATABASE, str(dataset.document.get("database_uuid"))))
        match permission:
            case "datasource_access":
                return _number(view) is not None and _number(view) == self.there.id_of(dataset.key)
            case "database_access":
                return database is not None and _number(view) == database.id
            case "schema_access" | "catalog_access":
                return database is not None and view in _views(database.name, dataset)[permission]
        return False


def _views(database: str, dataset: Asset) -> Mapping[str, frozenset[str]]:
    """The names of its schema and catalog in permissions (security/manager.py: get_schema_perm, get_catalog_perm)."""
    catalog, schema = (dataset.document.get(name) for name in ("catalog", "schema"))
    schemas = {f"[{database}].[{schema}]", f"[{database}].[{catalog}].[{schema}]"} if schema else set()
    return {
        "schema_access": frozenset(schemas),
        "catalog_access": frozenset({f"[{database}].[{catalog}]"} if catalog else set()),
    }


def read_viewers(target: Client, there: Inventory) -> Viewers | None:
    """None if the account may not read users and roles, or the server has another rule. One request for each role that
    somebody has, or the public, and that is not the administrators'."""
    if target.access() is not Access.OWNERS:
        return None
    try:
        people = read_people(target)
        if not people.complete:
            return None
        roles = target.list_rows("security/roles", ("id", "name"))
        permissions = target.profile.permissions
        administrators = _named(roles, permissions.admin_role)
        anyone = _named(roles, permissions.public_role)
        people = _with_groups(target, people)
        asked = (_held(people) | anyone) - administrators
        rights = {number: _rights(target.row("security/roles", f"{number}/permissions/")) for number in sorted(asked)}
    except HIDDEN:
        return None
    reads = permissions.on(permissions.read, Kind.DASHBOARD)
    public = next((number for number in anyone if reads in rights[number]), None)
    return Viewers(people, rights, administrators, public, DASHBOARD_RBAC in target.features(), there)


def access_of(
    keys: Iterable[Key],
    viewers: Viewers | None,
    names: Callable[[Key], str],
    before: Callable[[Key], Shown | None],
    after: Callable[[Key], Shown],
) -> Iterator[Seen]:
    """One for each dashboard; nobody sees one that does not exist yet."""
    for key in keys:
        if viewers is None:
            yield Seen(key, names(key), None, None)
        else:
            was = before(key)
            yield Seen(key, names(key), viewers.of(was) if was else (), viewers.of(after(key)))


def holders(held: Holdings, key: Key) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of its owners and roles."""
    found = held.get(key, {})
    owners, roles = (frozenset(item.id for item in found.get(aspect, ()) if item.id is not None) for aspect in SEEN_BY)
    return owners, roles


def access_after(
    asset: Asset, desired: Bundle, held: Holdings, attachments: Iterable[Attachment], there: Inventory, account: int
) -> Shown:
    """A dashboard as a plan makes it: the account owns what it creates, and nobody else, unless owners travel."""
    owners, roles = holders(held, asset.key)
    if asset.key not in there:
        owners = frozenset({account})
    for each in attachments:
        numbers = frozenset(item.id for item in each.after if item.id is not None)
        if each.key == asset.key and each.aspect is Aspect.OWNERS:
            owners = numbers
        if each.key == asset.key and each.aspect is Aspect.ROLES:
            roles = numbers
    return Shown(bool(asset.document.get("published")), owners, roles, datasets_of(asset, desired))


def datasets_of(dashboard: Asset, content: Bundle) -> tuple[Asset, ...]:
    """Those of the charts on it; filters do not count."""
    charts = [content.get(key) for key in dependencies(dashboard) if key.kind is Kind.CHART]
    keys = {key for chart in charts if chart for key in dependencies(chart) if key.kind is Kind.DATASET}
    return tuple(asset for key in sorted(keys, key=str) if (asset := content.get(key)))


def _with_groups(target: Client, people: People) -> People:
    """A member of a group has its roles (flask_appbuilder/security/manager.py: get_user_roles)."""
    try:
        groups = target.list_rows("security/groups", ("id", "name", "roles.id", "users.id"))
    except NotFound:
        return people
    by_id = dict(people.by_id)
    for group in groups:
        roles = frozenset(role["id"] for role in objects(group.get("roles")))
        for member in objects(group.get("users")):
            if person := by_id.get(member["id"]):
                by_id[person.id] = Person(
                    person.id, person.name, person.username, person.email, person.active, person.roles | roles
                )
    return People(by_id, people.complete)


def _named(roles: Iterable[Mapping[str, Any]], name: str) -> frozenset[int]:
    return frozenset(row["id"] for row in roles if row.get("name") == name)


def _held(people: People) -> frozenset[int]:
    return frozenset().union(*(person.roles for person in people.by_id.values() if person.active))


def _rights(rows: object) -> frozenset[Right]:
    return frozenset((str(row.get("permission_name")), str(row.get("view_menu_name"))) for row in objects(rows))


def _number(view: str) -> int | None:
    match = NUMBER.search(view)
    return int(match.group(1)) if match else None
