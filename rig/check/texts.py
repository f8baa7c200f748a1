"""Numbers of assets inside texts: Jinja macros of SQL, and links."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

NUMBERED = (
    (re.compile(r"(\bdataset\()(\d+)(?=\))"), "dataset"),
    (re.compile(r"(\bmetric\('[^']*', )(\d+)(?=\))"), "dataset"),
    (re.compile(r"(/superset/dashboard/)(\d+)(?=/)"), "dashboard"),
    (re.compile(r"(\bslice_id=)(\d+)\b"), "chart"),
)
"""What names an asset by its number, and of which kind."""


def with_names(value: Any, refer: Callable[[str, Any], str | None]) -> Any:
    """A copy of a document whose texts have canonical names for numbers; those that name nothing stay."""
    if isinstance(value, dict):
        return {name: with_names(each, refer) for name, each in value.items()}
    if isinstance(value, list):
        return [with_names(each, refer) for each in value]
    if not isinstance(value, str):
        return value
    for pattern, kind in NUMBERED:
        value = pattern.sub(lambda match, kind=kind: match[1] + (refer(kind, match[2]) or match[2]), value)  # type: ignore[misc]
    return value
