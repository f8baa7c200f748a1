# [DEF:superset.content.normalize:Module]
# @COMPLEXITY: 2
# @PURPOSE: The normal form of an asset: everything that must be equal in two environments.
"""Accepts symbolic assets (`symbolise`), and wire documents, whose numbers are then kept and compared. Everything that
is left out or tidied is in `ignored_keys.RULES`; all other content is kept.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Document, Kind
from apps.superset.content.generated_layout import with_stable_ids
from apps.superset.content.ignored_keys import GONE, RULES, Treatment, canonical_json


def normalize(asset: Asset) -> Asset:
    """The asset with the normal form of its document. Normalising twice changes nothing."""
    return asset.with_document(_SHAPES.get(asset.kind, dict)(ruled(asset)))


def ruled(asset: Asset) -> Document:
    """The document without what RULES leave out, in the shape that it had."""
    document: Document = _RULES_BY_KIND[asset.kind].inside(asset.document)
    return document


def content_hash(asset: Asset) -> str:
    """SHA-256 (hex) of the normal form; equal for assets that differ only in what RULES leaves out."""
    return digest(normalize(asset).document)


def digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


class _Rules:
    """The rules that apply at one place of a document: what to do with the value there, and what lies below it.

    Computed once per kind of place and cached, since a document needs the same few again and again.
    """

    def __init__(self, rules: Iterable[tuple[tuple[str, ...], Treatment]]) -> None:
        rules = list(rules)
        self.treatments = [treat for path, treat in rules if not path]
        self.rest = [(path, treat) for path, treat in rules if path]
        self.names = {name for path, _ in self.rest for name in path[:2]}
        self.places: dict[str, _Rules] = {}

    def below(self, name: str) -> _Rules:
        """The rules one level down, under that key; all keys without a rule of their own share one."""
        name = name if name in self.names else "*"
        if name not in self.places:
            self.places[name] = _Rules(
                found for path, treat in self.rest for found in _one_level_down(path, treat, name)
            )
        return self.places[name]

    def apply(self, value: Any) -> Any:
        """The normal form of the value; inner rules first, so that an outer rule sees the result."""
        if self.rest:
            value = self.inside(value)
        for treat in self.treatments:
            if value is not GONE:
                value = treat(value)
        return value

    def inside(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            pairs = ((name, self.below(str(name)).apply(item)) for name, item in value.items())
            return {name: item for name, item in pairs if item is not GONE}
        if isinstance(value, list):
            each = self.below("*")
            return [item for item in map(each.apply, value) if item is not GONE]
        return value


def _one_level_down(path: tuple[str, ...], treat: Treatment, name: str) -> Iterator[tuple[tuple[str, ...], Treatment]]:
    if path[0] == "**":
        yield path, treat
        path = path[1:]
    if path[0] in ("*", name):
        yield path[1:], treat


_RULES_BY_KIND = {
    kind: _Rules((tuple(path.split(".")), treat) for kinds, path, treat, _ in RULES if kind in kinds) for kind in Kind
}


def _dataset(document: Document) -> Document:
    columns = _by_name(document.get("columns", ()), "column_name")
    return {**document, "columns": columns, "metrics": _by_name(document.get("metrics", ()), "metric_name")}


def _by_name(items: Any, name_field: str) -> Any:
    """Columns or metrics by their name; a second one of the same name gets a number."""
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        return items
    by_name: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        by_name[str(item.get(name_field))].append(item)
    result = {name: same[0] for name, same in by_name.items() if len(same) == 1}
    for name, same in by_name.items():
        if len(same) > 1:
            ordered = sorted(same, key=canonical_json)
            result |= {f"{name} ({number})": item for number, item in enumerate(ordered, start=1)}
    return result


def _chart(document: Document) -> Document:
    return {"params": {}, **document}


def _dashboard(document: Document) -> Document:
    """Missing metadata means none: an import without it writes nothing, one with {} an empty one."""
    document = {"metadata": {}, "position": {}, **document}
    return {**document, "position": with_stable_ids(document["position"])}


FILE_UPLOAD = {
    "allow_csv_upload": "allow_file_upload",
    "schemas_allowed_for_csv_upload": "schemas_allowed_for_file_upload",
}
"""The export of a connection has the older name of each, that of what stands on it the newer one
(commands/database/export.py, commands/dataset/export.py; 4.1.4 to 6.1.0)."""


def _database(document: Document) -> Document:
    result = {FILE_UPLOAD.get(name, name): value for name, value in document.items()}
    if isinstance(extra := result.get("extra"), Mapping):
        result["extra"] = {FILE_UPLOAD.get(name, name): value for name, value in extra.items()}
    return result


_SHAPES: dict[Kind, Callable[[Document], Document]] = {
    Kind.DATABASE: _database,
    Kind.DATASET: _dataset,
    Kind.CHART: _chart,
    Kind.DASHBOARD: _dashboard,
}
