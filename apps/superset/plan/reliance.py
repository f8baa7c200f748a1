# [DEF:superset.plan.reliance:Module]
# @COMPLEXITY: 2
# @PURPOSE: What of the target's own a plan counts on, and does not set: roles of a dashboard, rules on a dataset.
# @RELATION DEPENDS_ON -> superset.plan.attachment

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from apps.superset.assets import Key
from apps.superset.plan.attachment import Item, Items


@dataclass(frozen=True, slots=True)
class Reliance:
    """Of a dashboard, the roles that restrict it on the target, and stay: those who have others do not see it; `facts`
    say whether the target shows that roles restrict. Of a dataset, the rules there that equal one of the source;
    `facts` have a hash of what each says, and of each other rule in its group."""

    key: Key
    name: str
    items: Items

    def to_json(self) -> dict[str, Any]:
        asset = {"kind": self.key.kind.value, "uuid": self.key.uuid, "name": self.name}
        return {**asset, "items": [item.to_json() for item in self.items]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(Key.parse(f"{data['kind']}/{data['uuid']}"), data["name"], tuple(map(Item.from_json, data["items"])))
