# [DEF:superset.references.planned_texts:Module]
# @COMPLEXITY: 2
# @PURPOSE: Reads texts of the target as the plan meant them if both are written the same.
# @RELATION CALLS -> superset.references.list_items
# @RELATION CALLS -> superset.references.templates
"""A number that referred to nothing when a plan was made stays in a text, with a warning. An asset created later, most
likely by the plan itself, may get that number: then the target's text reads as a reference although nobody has changed
it. And once that asset is removed, the text no longer reads as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apps.superset.assets import Asset, Bundle
from apps.superset.inventory import Inventory
from apps.superset.references.list_items import paired
from apps.superset.references.reference import Packed, Ref, Template
from apps.superset.references.templates import places

ROW_NAMES = ("column_name", "metric_name")
"""Rows of a dataset have no fixed order: each is compared with the one of the same name."""


def as_planned(found: Bundle, planned: Bundle, inventory: Inventory) -> Bundle:
    """Symbolic assets of a target, with the texts of the planned ones if they are the same on the wire."""
    return Bundle({key: _asset(asset, planned.get(key), inventory) for key, asset in found.assets.items()})


def _asset(found: Asset, planned: Asset | None, inventory: Inventory) -> Asset:
    return found.with_document(_value(found.document, planned.document, inventory)) if planned else found


def _value(found: Any, planned: Any, inventory: Inventory) -> Any:
    match found, planned:
        case Mapping(), Mapping():
            return {
                name: _value(item, planned[name], inventory) if name in planned else item
                for name, item in found.items()
            }
        case list(), list():
            return [_value(item, other, inventory) for item, other in paired(found, planned, ROW_NAMES)]
        case Packed(), Packed():
            return Packed(_value(found.value, planned.value, inventory))
        case (Template(), str() | Template()) | (str(), Template()):
            return planned if _writes(found, planned, inventory) else found
        case Ref(), int() | str() if not isinstance(planned, bool):
            return planned if _number(found, inventory) == planned else found
    return found


def _writes(found: str | Template, planned: str | Template, inventory: Inventory) -> bool:
    """Whether the text is how this environment would write the planned one. The number of a deleted asset is no longer
    known: any number that refers to nothing matches it."""
    parts = planned.parts if isinstance(planned, Template) else (planned,)
    pattern = "".join(re.escape(part) if isinstance(part, str) else _digits(part, inventory) for part in parts)
    match = re.fullmatch(pattern, found if isinstance(found, str) else found.written)
    named = {start for start, _ in places(found)}
    return match is not None and not any(match.start(each) in named for each in range(1, len(match.groups()) + 1))


def _digits(ref: Ref, inventory: Inventory) -> str:
    number = _number(ref, inventory)
    return r"(\d{1,18})" if number is None else re.escape(str(number))


def _number(ref: Ref, inventory: Inventory) -> int | str | None:
    number = inventory.id_of(ref.key)
    return None if number is None else ref.spelled(number)
