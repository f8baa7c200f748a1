# [DEF:superset.references.spelling:Module]
# @COMPLEXITY: 2
# @PURPOSE: How a value spells the number of an asset: alone, as a datasource (`5__table`), or as a layer of a chart.
# @RELATION CALLS -> superset.references.reference

from __future__ import annotations

import re
from typing import Any

from apps.superset.references.reference import Form, number_in

OF_TABLE = re.compile(r"(\d{1,18})(__\w+)", re.ASCII)
LAYER = re.compile(r"chart-(\d{1,18})-layer-(\d+)", re.ASCII)


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


def is_word(value: Any) -> bool:
    """A text without a number is not a reference by number: it is a slug, or a user-defined parameter of the same
    name."""
    return isinstance(value, str) and value != "" and spelled(value)[0] is None
