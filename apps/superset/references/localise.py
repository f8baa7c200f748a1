# [DEF:superset.references.localise:Module]
# @COMPLEXITY: 2
# @PURPOSE: Replaces the references of a symbolic asset by the ids of one environment.
"""The importer of 6.1.0 remaps only some of the places (commands/dashboard/importers/v1/utils.py: update_id_refs); it
leaves every `chartsInScope`, `params.slice_id`, `params.dashboards`, `query_context.form_data`, `metrics[].column.id`,
`chart_customization_config[].targets[].datasetId` and all texts as they came (seen on running servers).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.references.places import LAID_OUT, UUIDS
from apps.superset.references.reference import Column, Form, Numbers, Own, Packed, Ref, Template, is_chart, symbols

GONE = object()


def localise(asset: Asset, numbers: Numbers) -> Asset:
    """The asset with the ids of this environment, ready to be sent.

    A reference without a number in this environment is removed from sets and tables, and stays in a text as it was
    written; a chart in the layout without a number keeps only its UUID.
    """
    writer = _Writer(asset, numbers)
    document = writer.write(asset.document)
    if asset.kind is Kind.DASHBOARD:
        document["position"] = {name: writer.node(node) for name, node in document["position"].items()}
    if asset.kind is Kind.CHART and document.get("query_context") is not None:
        document["query_context"] = json.dumps(document["query_context"])
    return asset.with_document(document)


def column_references(asset: Asset) -> set[str]:
    """The names of the dataset columns that a symbolic chart refers to by number."""
    return {each.name for each in symbols(asset.document) if isinstance(each, Column)}


@dataclass(frozen=True, slots=True)
class _Writer:
    asset: Asset
    numbers: Numbers

    def write(self, value: Any) -> Any:
        """Numbers for references, recursively; references without a number are left out."""
        match value:
            case Mapping():
                return GONE if self.loses_value(value) else dict(self.items(value))
            case list() | tuple():
                return [item for item in map(self.write, value) if item is not GONE]
            case Ref():
                number = self.numbers.id_of(value.key)
                return GONE if number is None else value.spelled(number)
            case Own(form):
                number = self.numbers.id_of(self.asset.key)
                return GONE if number is None else str(number) if form is Form.TEXT else number
            case Column(name):
                number = self.numbers.column_id_of(str(self.asset.document.get(UUIDS[Kind.CHART].field) or ""), name)
                return GONE if number is None else number
            case Template(parts):
                return "".join(part if isinstance(part, str) else self.text(part) for part in parts)
            case Packed(packed):
                return json.dumps(self.write(packed))
        return value

    def items(self, table: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
        for name, item in table.items():
            key, found = (self.write(name) if isinstance(name, Ref) else name), self.write(item)
            if key is GONE or found is GONE:
                continue
            yield str(key) if isinstance(name, Ref) else key, found

    def loses_value(self, table: Mapping[Any, Any]) -> bool:
        """A choice `{"value": 5}` is removed with its value."""
        return isinstance(table.get("value"), Ref) and self.write(table["value"]) is GONE

    def text(self, ref: Ref) -> str:
        number = self.numbers.id_of(ref.key)
        return ref.written if number is None else str(number)

    def node(self, node: Any) -> Any:
        if not is_chart(node) or LAID_OUT.beside not in node["meta"]:
            return node
        chart_id = self.numbers.id_of(Key(Kind.CHART, node["meta"][LAID_OUT.beside]))
        return node if chart_id is None else {**node, "meta": {**node["meta"], LAID_OUT.key: chart_id}}
