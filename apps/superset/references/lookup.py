# [DEF:superset.references.lookup:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a number in a document refers to in its own environment, and which numbers refer to nothing.
# @RELATION CALLS -> superset.references.spelling
# @RELATION DEPENDS_ON -> superset.inventory

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.inventory import Inventory
from apps.superset.references.places import UUIDS, Means, Place, Unknown
from apps.superset.references.reference import SYMBOLS, Form, Own, Ref, is_chart, is_provisional, number_in
from apps.superset.references.spelling import is_word, spelled

GONE = object()


@dataclass(frozen=True, slots=True)
class Stale:
    """A number that refers to nothing in its own environment."""

    asset: Key
    path: str
    value: Any


class Lookup:
    """For the numbers of one document; collects those that refer to nothing. `trail` is the place in the document."""

    def __init__(self, asset: Asset, inventory: Inventory) -> None:
        self.asset = asset
        self.inventory = inventory
        self.stale: list[Stale] = []
        self.trail: list[str] = []
        self.members = members(asset.document)
        self.dataset = str(asset.document.get(UUIDS[Kind.CHART].field) or "").lower()

    def chosen(self, value: Any, place: Place) -> Any:
        """A number, or a choice `{"value": 5}`, which is removed with its value."""
        if not is_choice(value):
            return self.one(value, place)
        found = self.one(value["value"], place)
        return found if found is GONE or place.in_numbers else {**value, "value": found}

    def one(self, value: Any, place: Place) -> Any:
        """A reference for one number, in any notation. If it refers to nothing, it is removed or kept, as the table
        says."""
        if isinstance(value, SYMBOLS):
            return value
        found = self.meant(value, place)
        if found is None and place.unknown is Unknown.KEPT:
            return value
        if found is None and place.layers and spelled(value)[0] is None:
            return value
        if found is None and not (place.in_numbers or place.among) and is_word(value):
            return value
        if found is None:
            self.note(value)
            return GONE
        return found

    def meant(self, value: Any, place: Place) -> Ref | None:
        number, form, more = spelled(value)
        if place.in_numbers and not more:
            form = Form.NUMBER
        if number is None or (place.in_numbers and more) or _is_query(place, form, more):
            return None
        if place.names is Means.DATASET_OF_CHART:
            key = Key(Kind.DATASET, self.dataset) if self.dataset else None
        else:
            key = self.key_of(Kind(place.names), number)
        if key is None or (place.among and key.uuid not in self.members):
            return None
        return Ref(key, form, more, str(value), place.follows)

    def own(self, value: Any) -> Own:
        self.note_unfinished(value)
        return Own(Form.TEXT if isinstance(value, str) else Form.NUMBER, str(value))

    def key_of(self, kind: Kind, value: Any) -> Key | None:
        number = number_in(value)
        key = None if number is None else self.inventory.key_of(kind, number)
        if key is not None:
            self.note_unfinished(number)
        return key

    def known(self, key: Key) -> Key | None:
        return key if key in self.inventory else None

    def note_unfinished(self, number: Any) -> None:
        """A number that would otherwise be read as a reference, whatever it is."""
        if is_provisional(number):
            self.note(number)

    def note(self, value: Any) -> None:
        self.stale.append(Stale(self.asset.key, ".".join(self.trail), value))


def is_choice(value: Any) -> bool:
    return isinstance(value, Mapping) and "value" in value


def _is_query(place: Place, form: Form, more: str) -> bool:
    """`5__query` is query 5, not a dataset."""
    return form is Form.TABLE and place.names is Kind.DATASET and more != "__table"


def members(document: Mapping[str, Any]) -> set[str]:
    """The charts in a dashboard's layout, by UUID."""
    nodes = (document.get("position") or {}).values()
    return {node["meta"]["uuid"] for node in nodes if is_chart(node) and node["meta"].get("uuid")}
