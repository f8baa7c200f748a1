"""What a Superset in memory has beside its assets: people, roles, tags, rules and embedding, as in 6.1.0."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from apps.superset.assets import Key, Kind
from apps.superset.errors import NotFound, NotPermitted
from apps.superset.tests.fake_annotations import FakeAnnotations, is_of_layers
from apps.superset.tests.fake_library import LIBRARY, FakeLibrary

OTHERS = ("security/users", "security/roles", "security/groups", "tag", *LIBRARY)


class FakePeople(FakeLibrary):
    """Empty, it is a server whose users and roles the account may not read."""

    environment: str
    requests: Counter[str]
    rules: list[dict[str, Any]]
    annotations: FakeAnnotations

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[Key, list[int]] = defaultdict(list)
        self.roles: dict[Key, list[int]] = defaultdict(list)
        self.users: dict[int, dict[str, Any]] = {}
        """By number: `username`, `email`, `first_name`, `active`, and `roles` by number."""
        self.role_names: dict[int, str] = {}
        self.role_rights: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self.tags: dict[int, str] = {}
        self.tagged: dict[Key, list[int]] = defaultdict(list)
        self.embeddings: dict[Key, dict[str, Any]] = {}
        self.flags: frozenset[str] = frozenset()
        self.shows_users = True
        self.next_row = 9000

    def arrived(self, write: str) -> None:
        raise NotImplementedError

    def _key(self, kind: Kind, asset_id: int) -> Key:
        raise NotImplementedError

    def embedding(self, dashboard_id: int) -> dict[str, Any] | None:
        self.requests["GET"] += 1
        return self.embeddings.get(self._key(Kind.DASHBOARD, dashboard_id))

    def user(self, number: int, username: str, *roles: int, active: bool = True, email: str = "") -> None:
        self.users[number] = {
            "id": number,
            "username": username,
            "email": email or f"{username}@example.org",
            "first_name": username.capitalize(),
            "last_name": "",
            "active": active,
            "roles": [{"id": each} for each in roles],
        }

    # --- reads -------------------------------------------------------------------------------------------------------

    def features(self) -> frozenset[str]:
        return self.flags

    def other_rows(self, resource: str) -> list[dict[str, Any]]:
        if resource in LIBRARY:
            return self.library_rows(resource)
        if resource == "tag":
            return [{"id": number, "name": name, "type": 1} for number, name in self.tags.items()]
        if not self.users or not self.shows_users:
            raise NotPermitted("Forbidden", environment=self.environment)
        if resource == "security/users":
            return list(self.users.values())
        if resource == "security/roles":
            return [{"id": number, "name": name} for number, name in self.role_names.items()]
        return []

    def related(self, resource: str, column: str) -> list[Mapping[str, Any]]:
        if column == "roles":
            return [{"value": number, "text": name, "extra": {}} for number, name in self.role_names.items()]
        return [
            {
                "value": each["id"],
                "text": each["first_name"],
                "extra": {"email": each["email"], "active": each["active"]},
            }
            for each in self.users.values()
        ]

    def row(self, resource: str, row_id: int | str) -> Any:
        if is_of_layers(resource):
            return self.annotations.row(resource, int(row_id))
        if resource in LIBRARY:
            return self.library_row(resource, int(row_id))
        if resource == "report":
            return self.whole_report(int(row_id))
        if resource == "rowlevelsecurity":
            return next(row for row in self.rules if row["id"] == row_id)
        if resource == "security/roles":
            rights = self.role_rights[int(str(row_id).partition("/")[0])]
            return [{"permission_name": permission, "view_menu_name": view} for permission, view in rights]
        number = int(str(row_id).partition("=")[2])
        return [{"id": 1} for tags in self.tagged.values() if number in tags]

    # --- writes ------------------------------------------------------------------------------------------------------

    def create_row(self, resource: str, fields: Mapping[str, Any]) -> None:
        self.arrived(f"POST {resource}")
        if is_of_layers(resource):
            self.annotations.create(resource, fields)
            return
        self.next_row += 1
        if resource in LIBRARY:
            self.put_in_library(resource, self.next_row, fields)
        elif resource == "report":
            self.add_report(self.next_row, fields)
        elif resource == "tag":
            self.tags[self.next_row] = fields["name"]
        else:
            self.rules.append(self._rule(self.next_row, fields))

    def update_row(self, resource: str, row_id: int, fields: Mapping[str, Any]) -> None:
        """commands/security/update.py: what is not sent is emptied."""
        self.arrived(f"PUT {resource}/{row_id}")
        if is_of_layers(resource):
            self.annotations.update(resource, row_id, fields)
            return
        if resource in LIBRARY:
            self.put_in_library(resource, row_id, fields)
            return
        if resource == "report":
            self.change_report(row_id, fields)
            return
        at = next(place for place, row in enumerate(self.rules) if row["id"] == row_id)
        self.rules[at] = self._rule(row_id, {**self.rules[at], "tables": [], "roles": [], **fields})

    def embed(self, dashboard_id: int, domains: Sequence[str] | None) -> None:
        """What exists keeps its UUID."""
        self.arrived(f"{'DELETE' if domains is None else 'POST'} dashboard/{dashboard_id}/embedded")
        key = self._key(Kind.DASHBOARD, dashboard_id)
        if domains is None:
            del self.embeddings[key]
            return
        self.next_row += 1
        self.embeddings.setdefault(key, {"uuid": f"embedded-{self.next_row}"})["allowed_domains"] = list(domains)

    def delete_rows(self, resource: str, names: Sequence[int | str]) -> None:
        self.arrived(f"DELETE {resource} {list(names)}")
        if is_of_layers(resource):
            self.annotations.delete(resource, names)
        elif resource in LIBRARY:
            self.take_from_library(resource, names)
        elif resource == "report":
            self.reports[:] = [row for row in self.reports if row["id"] not in names]
        elif resource == "tag":
            gone = [number for number, name in self.tags.items() if name in names]
            if not gone:
                raise NotFound("Not found", environment=self.environment)
            for number in gone:
                del self.tags[number]
        else:
            self.rules[:] = [row for row in self.rules if row["id"] not in names]

    def _rule(self, number: int, fields: Mapping[str, Any]) -> dict[str, Any]:
        roles = [{"id": each, "name": self.role_names[each]} for each in fields["roles"]]
        return {**fields, "id": number, "roles": roles, "tables": [{"id": each} for each in fields["tables"]]}

    # --- what an asset's row shows -----------------------------------------------------------------------------------

    def people_of(self, kind: Kind, key: Key) -> dict[str, Any]:
        if kind is Kind.DATABASE:
            return {}
        row: dict[str, Any] = {"owners": [{"id": each} for each in self.owners[key]]}
        row |= {"tags": self.tag_rows(key)} if self.tagged[key] else {}
        return row | ({"roles": list(map(self.role_row, self.roles[key]))} if kind is Kind.DASHBOARD else {})

    def without_held(self, key: Key, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Takes roles, tags and theme of a PUT, and returns the rest of it."""
        if "theme_id" in fields:
            self.theme_of.pop(key, None)
            if fields["theme_id"] is not None:
                self.theme_of[key] = fields["theme_id"]
        for name, held in (("roles", self.roles), ("tags", self.tagged)):
            if name in fields:
                held[key] = fields[name]
        return {name: value for name, value in fields.items() if name not in ("roles", "tags", "theme_id")}

    def forget(self, key: Key) -> None:
        for held in (self.owners, self.roles, self.tagged, self.embeddings, self.theme_of):
            held.pop(key, None)

    def tag_rows(self, key: Key) -> list[dict[str, Any]]:
        return [{"id": each, "name": self.tags[each], "type": 1} for each in self.tagged[key]]

    def role_row(self, number: int) -> dict[str, Any]:
        return {"id": number, "name": self.role_names.get(number, f"role {number}")}
