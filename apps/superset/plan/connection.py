# [DEF:superset.plan.connection:Module]
# @COMPLEXITY: 2
# @PURPOSE: A connection that a plan creates on the target, and what has to be asked for then.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NewConnection:
    """`secrets` are the names of what the run asks for (`connections.document.Secret`)."""

    uuid: str
    name: str
    secrets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"uuid": self.uuid, "name": self.name, "secrets": list(self.secrets)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NewConnection:
        return cls(data["uuid"], data["name"], tuple(data["secrets"]))
