"""Connections of a Superset in memory, ours and those to databases: signing in, `POST /api/v1/database/`, its test."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from apps.superset.assets import Kind
from apps.superset.errors import BundleRefused
from apps.superset.remote.pulse import Pulse
from apps.superset.remote.sign_in_page import SignInKind
from apps.superset.tests.fake_people import FakePeople

MASK = "XXXXXXXXXX"
TUNNEL = ("password", "private_key", "private_key_password")


class FakeConnections(FakePeople):
    environment: str
    documents: dict[Kind, dict[int, dict[str, Any]]]
    next_id: int

    def __init__(self) -> None:
        super().__init__()
        self.passwords: dict[str, str] = {}  # of the connections that were created here, by UUID
        self.found_pulse = Pulse(0.02, 0.0)
        self.accepts: str | None = None  # the only password that their databases accept
        self.sign_in: SignInKind | None = SignInKind.DB
        self.api_keys = False

    def sign_in_kind(self) -> SignInKind | None:
        return self.sign_in

    def sign_in_kinds(self) -> list[SignInKind]:
        keys = [SignInKind.API_KEY] if self.api_keys else []
        return [self.sign_in, *keys] if self.sign_in else keys

    def pulse(self) -> Pulse:
        return self.found_pulse

    def create_row(self, resource: str, fields: Mapping[str, Any]) -> None:
        if not resource.startswith(Kind.DATABASE):
            super().create_row(resource, fields)
            return
        self.arrived(f"POST {resource}")
        password = self._connected(fields)
        if resource == Kind.DATABASE:
            self._create(fields, password)

    def _connected(self, fields: Mapping[str, Any]) -> str:
        """commands/database/test_connection.py; creating one tests it, too (commands/database/create.py)."""
        match = re.search(r"://[^:/@]*:([^@/]*)@", fields["sqlalchemy_uri"])
        password = unquote(match[1]) if match else ""
        if self.accepts is not None and password != self.accepts:
            said = f'FATAL: password authentication failed for "ada" ({password})'
            raise BundleRefused(said, environment=self.environment, context={"fields": {"uri": password}})
        return password

    def _create(self, fields: Mapping[str, Any], password: str) -> None:
        """databases/api.py: post; what an export of it says afterwards (commands/database/export.py)."""
        rows = self.documents[Kind.DATABASE].values()
        if any(row["database_name"] == fields["database_name"] for row in rows):
            raise BundleRefused("A database with the same name already exists.", environment=self.environment)
        document = dict(fields)
        if password:
            document["sqlalchemy_uri"] = re.sub(r":[^@/:]*@", f":{MASK}@", document["sqlalchemy_uri"])
        document["extra"] = json.loads(document.get("extra") or "{}")
        if tunnel := document.get("ssh_tunnel"):
            document["ssh_tunnel"] = {**tunnel, **{name: MASK for name in TUNNEL if tunnel.get(name)}}
        self.passwords[document["uuid"]] = password
        self.documents[Kind.DATABASE][self.next_id] = {**document, "impersonate_user": False, "version": "1.0.0"}
        self.next_id += 1

    def as_exported(self, kind: Kind, document: dict[str, Any]) -> dict[str, Any]:
        """Its own export has older names (commands/database/export.py)."""
        if kind is not Kind.DATABASE:
            return document
        return {"allow_csv_upload" if name == "allow_file_upload" else name: each for name, each in document.items()}

    def require_unused(self, asset_id: int) -> None:
        """commands/database/delete.py"""
        uuid = self.documents[Kind.DATABASE][asset_id]["uuid"]
        if any(each["database_uuid"] == uuid for each in self.documents[Kind.DATASET].values()):
            said = "Cannot delete a database that has datasets attached"
            raise BundleRefused(said, environment=self.environment)
