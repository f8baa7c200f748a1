# [DEF:superset.content.annotation_layers:Module]
# @COMPLEXITY: 2
# @PURPOSE: The annotation layers in the settings of a chart, and the charts that one chart shows by number.
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> superset.references.reference
"""`value` is the number of an annotation layer (`sourceType` NATIVE) or of a chart (`line`, `table`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.references.reference import number_in

LAYERS = "annotation_layers"
NATIVE = "NATIVE"
OF_CHARTS = ("line", "table")
DECK = "deck_slices"

Layer = Mapping[str, Any]


def layers_in(settings: Any) -> list[Layer]:
    """Without formulas, which the documents carry."""
    found = settings.get(LAYERS) if isinstance(settings, Mapping) else None
    return [each for each in found if is_cut(each)] if isinstance(found, list) else []


def is_cut(layer: Any) -> bool:
    """Whether an import removes it."""
    return isinstance(layer, Mapping) and layer.get("annotationType") != "FORMULA"


def charts_layered(settings: Any) -> Iterator[int]:
    """The numbers of the charts that its layers show."""
    numbers = (number_in(each.get("value")) for each in layers_in(settings) if each.get("sourceType") in OF_CHARTS)
    yield from (number for number in numbers if number is not None)


def charts_shown(settings: Any) -> Iterator[int]:
    """The numbers of the charts that its layers show, and of the layers of a map."""
    yield from charts_layered(settings)
    deck = settings.get(DECK) if isinstance(settings, Mapping) else None
    numbers = map(number_in, deck if isinstance(deck, list) else ())
    yield from (number for number in numbers if number is not None)


def parsed(text: Any) -> Any:
    """The value of a JSON text; None if it is not JSON."""
    try:
        return load_json(text).value if isinstance(text, str) else None
    except JsonRefused:
        return None
