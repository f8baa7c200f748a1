# [DEF:superset.references.symbolise:Module]
# @COMPLEXITY: 2
# @PURPOSE: Replaces the ids in an exported document by references.
# @RELATION CALLS -> superset.references.templates

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.superset.assets import NAME_FIELDS, Asset, Key, Kind
from apps.superset.bundle.safe_json import Cleaned, JsonRefused, load_json
from apps.superset.inventory import Inventory
from apps.superset.references.places import LAID_OUT, UUIDS, VALUES, Means, Place, Unknown
from apps.superset.references.reference import (
    SYMBOLS,
    Column,
    Form,
    Own,
    Ref,
    Template,
    is_chart,
    is_provisional,
    number_in,
    packed,
    shown,
)
from apps.superset.references.templates import template
from apps.superset.references.walk import TABLE, Spot

OF_TABLE = re.compile(r"(\d{1,18})(__\w+)", re.ASCII)
LAYER = re.compile(r"chart-(\d{1,18})-layer-(\d+)", re.ASCII)
GONE = object()
NOTHING_KNOWN = object()


@dataclass(frozen=True, slots=True)
class Stale:
    """A number that refers to nothing in its own environment."""

    asset: Key
    path: str
    value: Any


def symbolise(asset: Asset, inventory: Inventory) -> tuple[Asset, tuple[Stale, ...]]:
    """The asset with references for its numbers, and the numbers that meant nothing.

    Takes the document as exported; `query_context` becomes a mapping, None where it is no JSON, as on import.
    """
    reader = _Reader(asset, inventory)
    asset = asset.with_document(reader.document(asset.document))
    if reader.escaped:
        asset = replace(asset, escaped=(*asset.escaped, *reader.escaped))
    return asset, tuple(reader.stale)


def as_seen_in(asset: Asset, inventory: Inventory) -> Asset:
    """A symbolic asset whose numbers left meant nothing where they came from: those of them that mean something here
    become references, as they will once they stand here."""
    reader = _Reader(asset, inventory)
    return asset.with_document(reader.fields(asset.document))


class _Reader:
    """One pass over one document; collects what refers to nothing. `trail` is where it is."""

    def __init__(self, asset: Asset, inventory: Inventory) -> None:
        self.asset = asset
        self.inventory = inventory
        self.stale: list[Stale] = []
        self.escaped: list[str] = []
        self.trail: list[str] = []
        self.members = _members(asset.document)
        self.dataset = str(asset.document.get(UUIDS[Kind.CHART].field) or "").lower()

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        document = dict(document)
        if self.asset.kind is Kind.DASHBOARD:
            document["position"] = {name: self.node(node) for name, node in (document.get("position") or {}).items()}
            self.members = _members(document)
            metadata = document.get("metadata") or {}
            document["metadata"] = {name: value for name, value in metadata.items() if name != "default_filters"}
        elif self.asset.kind is Kind.CHART:
            document["params"] = document.get("params") or {}
            document["query_context"] = self.query_context(document.get("query_context"))
        return self.fields(document)

    def fields(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """All of it but the name, which is what people know the asset by: it stays as it is written."""
        name = NAME_FIELDS[self.asset.kind]
        found = self.walk(document, TABLE[self.asset.kind])
        return {**found, name: document[name]} if name in document else dict(found)

    def node(self, node: Any) -> Any:
        """What the browser shows is the chart with this chartId, so where both are there it decides over meta.uuid.

        A chart that was deleted stays in the layout; it keeps its number alone. With a UUID that the target does not
        have the importer fails, or stops linking charts (source: 6.1.0, commands/importers/v1/assets.py; seen).
        """
        if not is_chart(node):
            return node
        meta = {name: value for name, value in node["meta"].items() if name not in (LAID_OUT.key, LAID_OUT.beside)}
        chart_id = node["meta"].get(LAID_OUT.key)
        self.trail = ["position"]
        key = self.key_of(Kind.CHART, chart_id)
        self.trail = []
        key = key or self.known(Key(Kind.CHART, str(node["meta"].get(LAID_OUT.beside) or "").lower()))
        return {**node, "meta": {**meta, LAID_OUT.beside: key.uuid} if key else {**meta, LAID_OUT.key: chart_id}}

    def query_context(self, text: Any) -> Any:
        """The stored query of a chart: a JSON string on the wire. Older imports wrote the settings in it as JSON text
        again, on which Superset fails."""
        try:
            read = load_json(text) if isinstance(text, str) else Cleaned(text)
        except JsonRefused:
            self.stale.append(Stale(self.asset.key, "query_context", "not JSON"))
            return None
        context = read.value
        self.escaped += (f"query_context.{place}" for place in read.escaped)
        if not isinstance(context, Mapping):
            return None
        if isinstance(settings := context.get("form_data"), str) and (found := parsed(settings)) is not None:
            self.escaped += (f"query_context.form_data.{place}" for place in found.escaped)
            return {**context, "form_data": found.value}
        return context

    # --- walking -----------------------------------------------------------------------------------------------------

    def walk(self, value: Any, spot: Spot, key: Any = None, above: Any = None) -> Any:
        """The value with references for its numbers. `key` is what it stands under, `above` what the mapping around it
        does, both symbolic."""
        if spot.place is not None:
            found = self.placed(value, spot.place, spot, above)
            if found is not NOTHING_KNOWN:
                return found
        if isinstance(value, str):
            return self.text(value, spot)
        if isinstance(value, Template):
            return self.template(value, spot)
        if isinstance(value, Mapping):
            return self.mapping(value, spot, key)
        if isinstance(value, list):
            return self.list(value, spot.below("*"))
        return value

    def mapping(self, value: Mapping[Any, Any], spot: Spot, above: Any) -> dict[Any, Any]:
        result = {}
        for name, item in value.items():
            key = name if spot.keys is None else _as_key(self.one(name, spot.keys))
            if key is GONE:
                continue
            text = str(name)
            self.trail.append(text)
            found = self.walk(item, spot.below(text), key, above)
            self.trail.pop()
            if found is not GONE:
                result[key] = found
        return result

    def list(self, value: list[Any], spot: Spot) -> list[Any]:
        result = []
        for number, item in enumerate(value):
            self.trail.append(str(number))
            result.append(self.walk(item, spot))
            self.trail.pop()
        return result

    def text(self, value: str, spot: Spot) -> Any:
        if spot.is_json and (read := parsed(value)) is not None:
            found = self.walk(read.value, spot)
            return value if found == read.value else packed(found)
        return self.template(value, spot)

    def template(self, value: str | Template, spot: Spot) -> str | Template:
        linked = VALUES.isdisjoint(self.trail)
        return template(
            value, self.inventory, rendered=spot.is_rendered, linked=linked, number_used=self.note_unfinished
        )

    # --- at a place --------------------------------------------------------------------------------------------------

    def placed(self, value: Any, place: Place, spot: Spot, above: Any) -> Any:
        """What stands for a value at a place of the table."""
        if isinstance(value, SYMBOLS):
            return value
        match place.names:
            case Means.KEY:
                return above if isinstance(above, Ref) else NOTHING_KNOWN
            case Means.SELF:
                return self.own(value)
            case Means.COLUMN:
                return self.column(value, spot) if _is_column(value) else NOTHING_KNOWN
        if place.in_numbers and place.unordered and (number_in(value) is not None or _is_choice(value)):
            value = [value]
        if isinstance(value, list):
            found = [each for item in value if (each := self.chosen(item, place)) is not GONE]
            return _as_set(found) if place.unordered else found
        if _is_choice(value):
            return self.chosen(value, place)
        return NOTHING_KNOWN if value is None or isinstance(value, Mapping) else self.one(value, place)

    def chosen(self, value: Any, place: Place) -> Any:
        """A number, or a choice `{"value": 5}`, which goes with its value."""
        if not _is_choice(value):
            return self.one(value, place)
        found = self.one(value["value"], place)
        return found if found is GONE or place.in_numbers else {**value, "value": found}

    def one(self, value: Any, place: Place) -> Any:
        """A reference for one number, however it is written. What names nothing is left out, or stays, as the table
        says."""
        if isinstance(value, SYMBOLS):
            return value
        found = self.meant(value, place)
        if found is None and place.unknown is Unknown.KEPT:
            return value
        if found is None and place.layers and not LAYER.fullmatch(str(value)):
            return value
        if found is None and not (place.in_numbers or place.among) and _is_word(value):
            return value
        if found is None:
            self.stale.append(Stale(self.asset.key, ".".join(self.trail), value))
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
        return Ref(key, form, more, follows=place.follows)

    def own(self, value: Any) -> Own:
        self.note_unfinished(value)
        return Own(Form.TEXT) if isinstance(value, str) else Own()

    def column(self, column: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        self.note_unfinished(column["id"])
        return {**self.mapping(column, spot, None), "id": Column(column["column_name"])}

    def key_of(self, kind: Kind, value: Any) -> Key | None:
        number = number_in(value)
        key = None if number is None else self.inventory.key_of(kind, number)
        if key is not None:
            self.note_unfinished(number)
        return key

    def known(self, key: Key) -> Key | None:
        return key if key in self.inventory else None

    def note_unfinished(self, number: Any) -> None:
        """A number that would else be read as what it stands for, whatever it is."""
        if is_provisional(number):
            self.stale.append(Stale(self.asset.key, ".".join(self.trail), number))


def spelled(value: Any) -> tuple[int | None, Form, str]:
    """The number that a value is or spells, how, and what is spelled with it; None for what spells none."""
    if (number := number_in(value)) is not None:
        return number, Form.TEXT if isinstance(value, str) else Form.NUMBER, ""
    if not isinstance(value, str):
        return None, Form.NUMBER, ""
    if match := OF_TABLE.fullmatch(value):
        return int(match[1]), Form.TABLE, match[2]
    if match := LAYER.fullmatch(value):
        return int(match[1]), Form.LAYER, match[2]
    return None, Form.TEXT, ""


def _is_word(value: Any) -> bool:
    """A text without a number names nothing by one: a slug, or a parameter of the user's own that is called alike."""
    return isinstance(value, str) and value != "" and spelled(value)[0] is None


def _is_choice(value: Any) -> bool:
    return isinstance(value, Mapping) and "value" in value


def _as_set(found: list[Any]) -> list[Any]:
    """Each once, in an order that numbers have no part in."""
    unique = {str(shown(each)): each for each in found}
    return [unique[name] for name in sorted(unique)]


def _is_query(place: Place, form: Form, more: str) -> bool:
    """`5__query` is the fifth query, and no dataset."""
    return form is Form.TABLE and place.names is Kind.DATASET and more != "__table"


def _as_key(found: Any) -> Any:
    """Keys are always texts, so how the number is written says nothing."""
    return replace(found, form=Form.NUMBER) if isinstance(found, Ref) else found


def parsed(text: str) -> Cleaned | None:
    """The JSON object or list that a text holds; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return load_json(text)
    except JsonRefused:
        return None


def _members(document: Mapping[str, Any]) -> set[str]:
    """The charts that a dashboard lays out, by UUID."""
    nodes = (document.get("position") or {}).values()
    return {node["meta"]["uuid"] for node in nodes if is_chart(node) and node["meta"].get("uuid")}


def _is_column(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("column_name"), str)
        and number_in(value.get("id")) is not None
    )
