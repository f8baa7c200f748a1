# [DEF:superset.checks.suspects:Module]
# @COMPLEXITY: 2
# @PURPOSE: Finds values in a symbolic asset that look like references but are not known as such.
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> contracts.plain_text
"""A symbolic asset has no numbers for known references. So a number below a name such as `report_id`, or a text such as
`5__table`, is at a place that is not in the table: it is sent unchanged, and may mean something else on the target.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Kind
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.plan.plan import Note
from apps.superset.references.reference import Packed

NOUNS = frozenset({"chart", "slice", "dashboard", "dataset", "datasource", "database", "layer", "theme", "report"})
NUMBERED = frozenset({"id", "ids", "pk", "pks"})
NAMED = NUMBERED | {"ref", "refs", "number", "numbers", "no", "key", "keys"}
SCOPES = frozenset({"excluded", "immune"})
STATES = frozenset({"scope", "dataMask", "crossFilters", "ownFilters", "chartStates"})
"""Names in a dashboard's state below which charts are listed, or are the keys."""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

NUMBER = re.compile(r"[1-9][0-9]{0,17}")
OF_A_CHART = re.compile(r"(params|query_context\.(form_data|queries\.\d+))$")
SPELLED = re.compile(r"[1-9][0-9]*__[a-z_]+|chart-[1-9][0-9]*-layer-[0-9]+")
"""A dataset or query with its type, and a layer of a chart: reported wherever they occur."""

NOT_REFERENCES: Mapping[str, str] = {
    "remote_id": "the id on the server that an old import came from: commands/dashboard/importers/v0.py",
    "root_node_id": "a value in the data of a tree chart: front end, Tree chart",
    "native_filter_id": "the name of a native filter, which is the same on every server",
}
"""Names that look like references, and what they are instead."""

OF_THE_DATA = frozenset({"filterState", "ownState", "label_colors", "map_label_colors", "column_config"})
"""Their content is keyed by columns and labels and consists of data values: nothing in it names an asset."""

OF_THE_USER = frozenset({"url_params", "template_params", "custom_params"})
"""Their content has user-defined names: `customer_id` does not belong to Superset, `dataset_id` may."""

LAYER_VISIBILITY = "chart_customization_deckgl_layer_visibility"
SHOWN = 5
"""Maximum number of suspects per asset that a note names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """One value that looks like a reference: `metadata.chart_customization_config.0.report_id`, 5."""

    path: str
    value: int | str


def suspects(asset: Asset) -> Iterator[Suspect]:
    """Everything in a symbolic asset that still looks like a reference: at an unknown place, or in an unknown notation.

    A connection is never migrated, so nothing in one is reported.
    """
    waiting = [] if asset.kind is Kind.DATABASE else [_Holder("", asset.document)]
    while waiting:
        holder = waiting.pop()
        yield from holder.found()
        waiting.extend(reversed(holder.inner()))


def suspect_notes(members: Iterable[Asset]) -> tuple[Note, ...]:
    """One warning for everything that looks like a reference, naming asset, path and value."""
    lines = tuple(line for asset in members for line in _lines(asset, list(suspects(asset))))
    return (Note.of("unknown_references", lines),) if lines else ()


@lru_cache(maxsize=4096)
def is_reference_name(name: str) -> bool:
    """Whether a number below this name would be an id: `report_id`, `deckSlices`, `excluded`."""
    words = [word.lower() for word in WORD.findall(name)]
    if not words or name in NOT_REFERENCES:
        return False
    last = words[-1]
    about = any(_singular(word) in NOUNS for word in words)
    is_distinctive = last in NUMBERED or last in SCOPES or _singular(last) in NOUNS
    return is_distinctive or name in STATES or (about and _ends_as_one(words))


def names_an_asset(name: str) -> bool:
    """As `is_reference_name`, for names with a noun that Superset uses."""
    return is_reference_name(name) and any(_singular(word.lower()) in NOUNS for word in WORD.findall(name))


def _ends_as_one(words: list[str]) -> bool:
    return words[-1] in NAMED or words[-2:] == ["in", "scope"]


def _singular(word: str) -> str:
    return word.removesuffix("s")


@dataclass(slots=True)
class _Holder:
    """A mapping or a list of a document, or the JSON in one of its texts."""

    path: str
    value: Mapping[Any, Any] | Sequence[Any]
    of_the_user: bool = False

    def found(self) -> Iterator[Suspect]:
        """The suspects among its own items, not below them."""
        if isinstance(self.value, Mapping):
            yield from _annotated(self.path, self.value)
            yield from _layers_shown(self.path, self.value)
        for name, item in self.items():
            if type(item) is str and SPELLED.fullmatch(item):
                yield Suspect(self.below(name), item)
            elif item and type(name) is str and self.is_distinctive(name):
                yield from _numbers(self.below(name), item)

    def is_distinctive(self, name: str) -> bool:
        return names_an_asset(name) if self.of_the_user else is_reference_name(name)

    def items(self) -> Iterable[tuple[Any, Any]]:
        if not isinstance(self.value, Mapping):
            return enumerate(self.value)
        return [each for each in self.value.items() if not self.is_left_out(each[0])]

    def inner(self) -> list[_Holder]:
        unpacked = ((name, _unpacked(item)) for name, item in self.items())
        return [
            _Holder(self.below(name), item, self.of_the_user or name in OF_THE_USER)
            for name, item in unpacked
            if item and isinstance(item, dict | list | tuple | Mapping)
        ]

    def is_left_out(self, name: Any) -> bool:
        """Data; the annotation layers of a chart and of its stored query, which travel by choice or are listed as
        losses; ids that add nothing to the name next to them, or are the name of a column."""
        if name == "id":
            named = "column_name" in self.value or "metric_name" in self.value
            return named or self.path == "params" or self.path.endswith("form_data")
        return name in OF_THE_DATA or (name == "annotation_layers" and OF_A_CHART.match(self.path) is not None)

    def below(self, name: Any) -> str:
        return f"{self.path}.{name}" if self.path else str(name)


def _unpacked(item: Any) -> Any:
    """The value, or the JSON in a text; None if it is not JSON."""
    if isinstance(item, Packed):
        return item.value
    if type(item) is not str:
        return item
    try:
        return load_json(item).value if item[:1] in ("{", "[") else None
    except JsonRefused:
        return None


def _numbers(path: str, value: Any) -> Iterator[Suspect]:
    """The numbers of a value below a distinctive name: `5`, `"5"`, `{"value": 5}`, a list of these, keys of a
    mapping."""
    if _is_number(value):
        yield Suspect(path, value)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            if not isinstance(item, list | tuple):
                yield from _numbers(f"{path}.{number}", item)
    elif isinstance(value, Mapping):
        if _is_number(value.get("value")) and "annotationType" not in value:
            yield Suspect(f"{path}.value", value["value"])
        for key in value:
            if _is_number(key):
                yield Suspect(f"{path}.{key}", key)


def _is_number(value: Any) -> bool:
    """A positive integer or the text of one; a known reference has another type."""
    return (type(value) is int and value > 0) or (type(value) is str and NUMBER.fullmatch(value) is not None)


def _annotated(path: str, layer: Mapping[str, Any]) -> Iterator[Suspect]:
    """An annotation layer has a chart or a layer as its `value`; a formula layer has the formula there."""
    if layer.get("sourceType") and layer.get("annotationType") != "FORMULA" and "value" in layer:
        yield from _numbers(f"{path}.value", layer["value"])


def _layers_shown(path: str, holder: Mapping[str, Any]) -> Iterator[Suspect]:
    """A choice of deck.gl layers is a choice of chart ids."""
    mask = holder.get("defaultDataMask")
    state = mask.get("filterState") if isinstance(mask, Mapping) else None
    if holder.get("filterType") == LAYER_VISIBILITY and isinstance(state, Mapping):
        yield from _numbers(f"{path}.defaultDataMask.filterState.value", state.get("value"))


def _lines(asset: Asset, found: list[Suspect]) -> Iterator[str]:
    for each in found[:SHOWN]:
        yield one_line(f"{asset}: {each.path} = {each.value}")
    if len(found) > SHOWN:
        yield one_line(f"{asset}: {len(found) - SHOWN} more")
