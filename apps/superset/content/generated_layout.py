# [DEF:superset.content.generated_layout:Module]
# @COMPLEXITY: 2
# @PURPOSE: Stable ids for layout nodes that an export invents.
"""Charts that are linked to a dashboard but not laid out are appended by every export under new random ids: a row
`ROW-N-XXXXXXXX` at the end of the grid with `CHART-XXXXXXXX` in it in any order, or loose charts where there is no grid
(source: 6.1.0, commands/dashboard/export.py: append_charts). Imported, they stay in the target under the ids of that
export, so two exports of the same dashboard would never compare equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

ROW = re.compile(r"ROW-N-[A-Z0-9]{8}")
CHART = re.compile(r"CHART-[A-Z0-9]{8}")
UNTOUCHED = {"height": 50, "width": 4}
"""The size an export gives (same file, DEFAULT_CHART_HEIGHT). A row of such charts has no order of its own."""


def with_stable_ids(position: Any) -> Any:
    """The layout with generated ids replaced: charts are named by UUID, rows are counted from the top of the grid."""
    if not isinstance(position, Mapping):
        return position
    rows = [name for name in _children(position, "GRID_ID") if ROW.fullmatch(name) and _is_node(position.get(name))]
    if not rows and not _loose_charts(position):
        return position
    position = {**position, **{row: _sorted_row(position, row) for row in rows}}
    return _renamed(position, _new_ids(position, rows))


def _new_ids(position: Mapping[str, Any], rows: list[str]) -> dict[str, str]:
    charts = [name for row in rows for name in _children(position, row)] + _loose_charts(position)
    wanted = {row: f"ROW-N-{number}" for number, row in enumerate(rows, start=1)}
    wanted |= {name: f"CHART-{uuid}" for name in charts if CHART.fullmatch(name) and (uuid := _uuid(position, name))}
    taken = set(position)
    result: dict[str, str] = {}
    for old, new in wanted.items():
        number = 1
        while (free := new if number == 1 else f"{new}-{number}") in taken:
            number += 1
        taken.add(free)
        result[old] = free
    return result


def _loose_charts(position: Mapping[str, Any]) -> list[str]:
    """Charts outside the tree: they have no parents, and no list of children names them."""
    loose = [
        name
        for name, node in position.items()
        if CHART.fullmatch(str(name)) and _is_node(node) and "parents" not in node and _uuid(position, name)
    ]
    held = {child for name in position for child in _children(position, name)} if loose else set()
    return sorted((name for name in loose if name not in held), key=lambda name: _uuid(position, name))


def _sorted_row(position: Mapping[str, Any], row: str) -> dict[str, Any]:
    children = _children(position, row)
    if all(CHART.fullmatch(name) and _is_untouched(position.get(name)) for name in children):
        children = sorted(children, key=lambda name: _uuid(position, name))
    return {**position[row], "children": children}


def _renamed(position: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {ids.get(name, name): _renamed_node(node, ids) for name, node in position.items()}


def _renamed_node(node: Any, ids: Mapping[str, str]) -> Any:
    if not _is_node(node):
        return node
    result = {**node, "id": ids.get(node["id"], node["id"])} if isinstance(node.get("id"), str) else dict(node)
    for relation in ("children", "parents"):
        if isinstance(names := result.get(relation), list):
            result[relation] = [ids.get(name, name) if isinstance(name, str) else name for name in names]
    return result


def _is_node(node: Any) -> bool:
    return isinstance(node, Mapping)


def _is_untouched(node: Any) -> bool:
    meta = _meta(node)
    return all(meta.get(name) == size for name, size in UNTOUCHED.items())


def _children(position: Mapping[str, Any], name: str) -> list[str]:
    node = position.get(name)
    children = node.get("children") if isinstance(node, Mapping) else None
    return [child for child in children if isinstance(child, str)] if isinstance(children, list) else []


def _uuid(position: Mapping[str, Any], name: str) -> str:
    return str(_meta(position.get(name)).get("uuid") or "")


def _meta(node: Any) -> Mapping[str, Any]:
    meta = node.get("meta") if isinstance(node, Mapping) else None
    return meta if isinstance(meta, Mapping) else {}
