# [DEF:superset.references.symbolise:Module]
# @COMPLEXITY: 2
# @PURPOSE: Replaces the ids in an exported document by references.
# @RELATION CALLS -> superset.references.lookup
# @RELATION CALLS -> superset.references.templates

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.superset.assets import NAME_FIELDS, Asset, Key, Kind
from apps.superset.bundle.safe_json import Cleaned, JsonRefused, load_json
from apps.superset.inventory import Inventory
from apps.superset.references.lookup import GONE, Lookup, Stale, is_choice, members
from apps.superset.references.places import LAID_OUT, VALUES, Means, Place
from apps.superset.references.reference import (
    SYMBOLS,
    Column,
    Form,
    Ref,
    Template,
    is_chart,
    number_in,
    packed,
    shown,
)
from apps.superset.references.templates import template
from apps.superset.references.walk import TABLE, Spot

NOTHING_KNOWN = object()


def symbolise(asset: Asset, inventory: Inventory) -> tuple[Asset, tuple[Stale, ...]]:
    """The asset with references instead of numbers, and the numbers that refer to nothing.

    Expects the document as exported; `query_context` becomes a mapping, None if it is not JSON, as on import.
    """
    reader = _Reader(asset, inventory)
    asset = asset.with_document(reader.document(asset.document))
    if reader.escaped:
        asset = replace(asset, escaped=(*asset.escaped, *reader.escaped))
    return asset, tuple(reader.lookup.stale)


def as_seen_in(asset: Asset, inventory: Inventory) -> Asset:
    """A symbolic asset with numbers that referred to nothing at their origin: those that refer to something here become
    references, as they will once they are here."""
    reader = _Reader(asset, inventory)
    return asset.with_document(reader.fields(asset.document))


class _Reader:
    """One pass over one document."""

    def __init__(self, asset: Asset, inventory: Inventory) -> None:
        self.asset = asset
        self.escaped: list[str] = []
        self.lookup = Lookup(asset, inventory)

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        document = dict(document)
        if self.asset.kind is Kind.DASHBOARD:
            document["position"] = {name: self.node(node) for name, node in (document.get("position") or {}).items()}
            self.lookup.members = members(document)
            metadata = document.get("metadata") or {}
            document["metadata"] = {name: value for name, value in metadata.items() if name != "default_filters"}
        elif self.asset.kind is Kind.CHART:
            document["params"] = document.get("params") or {}
            document["query_context"] = self.query_context(document.get("query_context"))
        return self.fields(document)

    def fields(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Everything except the name that people know the asset by, which stays as written."""
        name = NAME_FIELDS[self.asset.kind]
        found = self.walk(document, TABLE[self.asset.kind])
        return {**found, name: document[name]} if name in document else dict(found)

    def node(self, node: Any) -> Any:
        """The browser shows the chart with this chartId, so it takes precedence over meta.uuid.

        A deleted chart stays in the layout with only its number. With a UUID that does not exist on the target, the
        importer fails, or stops linking charts (source: 6.1.0, commands/importers/v1/assets.py; seen).
        """
        if not is_chart(node):
            return node
        meta = {name: value for name, value in node["meta"].items() if name not in (LAID_OUT.key, LAID_OUT.beside)}
        chart_id = node["meta"].get(LAID_OUT.key)
        self.lookup.trail = ["position"]
        key = self.lookup.key_of(Kind.CHART, chart_id)
        self.lookup.trail = []
        key = key or self.lookup.known(Key(Kind.CHART, str(node["meta"].get(LAID_OUT.beside) or "").lower()))
        return {**node, "meta": {**meta, LAID_OUT.beside: key.uuid} if key else {**meta, LAID_OUT.key: chart_id}}

    def query_context(self, text: Any) -> Any:
        """The stored query of a chart: a JSON string on the wire. Older imports wrote the settings in it as JSON text
        again, on which Superset fails."""
        try:
            read = load_json(text) if isinstance(text, str) else Cleaned(text)
        except JsonRefused:
            self.lookup.stale.append(Stale(self.asset.key, "query_context", "not JSON"))
            return None
        context = read.value
        self.escaped += (f"query_context.{place}" for place in read.escaped)
        if not isinstance(context, Mapping):
            return None
        if isinstance(settings := context.get("form_data"), str) and (found := parsed(settings)) is not None:
            self.escaped += (f"query_context.form_data.{place}" for place in found.escaped)
            return {**context, "form_data": found.value}
        return context

    def walk(self, value: Any, spot: Spot, key: Any = None, above: Any = None) -> Any:
        """The value with references for its numbers. `key` is its key, `above` the key of the mapping around it, both
        symbolic."""
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
            key = name if spot.keys is None else _as_key(self.lookup.one(name, spot.keys))
            if key is GONE:
                continue
            text = str(name)
            self.lookup.trail.append(text)
            found = self.walk(item, spot.below(text), key, above)
            self.lookup.trail.pop()
            if found is not GONE:
                result[key] = found
        return result

    def list(self, value: list[Any], spot: Spot) -> list[Any]:
        result = []
        for number, item in enumerate(value):
            self.lookup.trail.append(str(number))
            result.append(self.walk(item, spot))
            self.lookup.trail.pop()
        return result

    def text(self, value: str, spot: Spot) -> Any:
        if spot.is_json and (read := parsed(value)) is not None:
            found = self.walk(read.value, spot)
            return value if found == read.value else packed(found)
        return self.template(value, spot)

    def template(self, value: str | Template, spot: Spot) -> str | Template:
        return template(
            value,
            self.lookup.inventory,
            rendered=spot.is_rendered,
            linked=VALUES.isdisjoint(self.lookup.trail),
            number_used=self.lookup.note_unfinished,
        )

    def placed(self, value: Any, place: Place, spot: Spot, above: Any) -> Any:
        """The symbolic form of a value at a place of the table."""
        if isinstance(value, SYMBOLS):
            return value
        match place.names:
            case Means.KEY:
                return above if isinstance(above, Ref) else NOTHING_KNOWN
            case Means.SELF:
                return self.lookup.own(value)
            case Means.COLUMN:
                return self.column(value, spot) if _is_column(value) else NOTHING_KNOWN
        if place.in_numbers and place.unordered and (number_in(value) is not None or is_choice(value)):
            value = [value]
        if isinstance(value, list):
            found = [each for item in value if (each := self.lookup.chosen(item, place)) is not GONE]
            return _as_set(found) if place.unordered else found
        if is_choice(value):
            return self.lookup.chosen(value, place)
        return NOTHING_KNOWN if value is None or isinstance(value, Mapping) else self.lookup.one(value, place)

    def column(self, column: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        self.lookup.note_unfinished(column["id"])
        return {**self.mapping(column, spot, None), "id": Column(column["column_name"], str(column["id"]))}


def _as_set(found: list[Any]) -> list[Any]:
    """Without duplicates, in an order that does not depend on numbers."""
    unique = {str(shown(each)): each for each in found}
    return [unique[name] for name in sorted(unique)]


def _as_key(found: Any) -> Any:
    """Keys are always texts, so the notation of the number has no meaning."""
    return replace(found, form=Form.NUMBER) if isinstance(found, Ref) else found


def parsed(text: str) -> Cleaned | None:
    """The JSON object or list in a text; None for any other text."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return load_json(text)
    except JsonRefused:
        return None


def _is_column(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("column_name"), str)
        and number_in(value.get("id")) is not None
    )
