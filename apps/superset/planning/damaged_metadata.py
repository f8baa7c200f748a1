# [DEF:superset.planning.damaged_metadata:Module]
# @COMPLEXITY: 3
# @PURPOSE: Broken metadata that an export hides: refused or reported in the plan, never treated as empty.
# @RELATION DEPENDS_ON -> superset.plan.refusal
# @RELATION DEPENDS_ON -> superset.planning.sources
# @RELATION DEPENDS_ON -> contracts.plain_text
"""An export contains metadata and a layout that are not JSON as empty, and an empty layout as a generated one (source:
6.1.0, commands/dashboard/export.py: _file_content, get_default_position). So a dashboard that is exported like that is
requested on its own: its REST response has both texts as stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Kind
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.content.generated_layout import ROW
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.plan import Note
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.sources import Gathered
from apps.superset.protocol import Client
from apps.superset.remote.exports import Exported

DAMAGED = "damaged"
STORED = {"metadata": "json_metadata", "position": "position_json"}
MADE_UP = frozenset({"DASHBOARD_VERSION_KEY", "ROOT_ID", "GRID_ID", "HEADER_ID"})
"""The nodes of a layout that an export generates; charts are then added in a separate row."""

FEW = 5
"""Maximum number of places in one layout that a warning names."""


def damaged(gathered: Gathered, source: Client) -> Iterator[Refusal]:
    """One refusal per text of a dashboard that its export has replaced, and per chart whose settings are not an object.
    If acknowledged by name, a dashboard arrives as exported."""
    for asset in gathered.members:
        wire = gathered.exported.wire.assets[asset.key]
        if broken := broken_texts(wire, gathered.inventories.here, source):
            yield _refusal(asset, broken)
        elif asset.kind is Kind.CHART and _is_other_json(wire.document.get("params")):
            yield Refusal(DAMAGED, asset.name, Message("refusal.damaged.settings", asset=asset))


def broken_texts(asset: Asset, inventory: Inventory, client: Client) -> list[str]:
    """The fields of a dashboard that its export has replaced; one request if the export suggests it."""
    parts = suspicious(asset)
    number = inventory.id_of(asset.key)
    if not parts or number is None:
        return []
    answer = client.get(Kind.DASHBOARD, number)
    return [STORED[part] for part in parts if _is_broken(answer.get(STORED[part]))]


def suspicious(asset: Asset) -> list[str]:
    """Which parts of an exported dashboard may replace a text that could not be parsed."""
    if asset.kind is not Kind.DASHBOARD:
        return []
    document = asset.document
    found = ["metadata"] if document.get("metadata") == {} else []
    return [*found, "position"] if is_made_up(document.get("position")) else found


def is_made_up(position: Any) -> bool:
    """Whether it is the layout that an export generates for a dashboard without one."""
    if not isinstance(position, Mapping) or not position.keys() >= MADE_UP:
        return False
    rows, tops = (_children(position, name) for name in ("GRID_ID", "ROOT_ID"))
    known = {*MADE_UP, *rows, *(chart for row in rows for chart in _children(position, row))}
    return tops == ["GRID_ID"] and all(ROW.fullmatch(row) for row in rows) and position.keys() <= known


def _children(position: Mapping[str, Any], name: str) -> list[str]:
    node = position.get(name)
    children = node.get("children") if isinstance(node, Mapping) else None
    return [str(each) for each in children] if isinstance(children, list) else []


def _refusal(dashboard: Asset, broken: list[str]) -> Refusal:
    message = Message("refusal.damaged", asset=dashboard, fields=" and ".join(broken))
    name = f"{DAMAGED}:{dashboard.key}"
    return Refusal(DAMAGED, dashboard.name, message, {"key": str(dashboard.key), "fields": broken}, acknowledge=name)


def _is_broken(text: Any) -> bool:
    """Whether a text contains something other than an object. A missing text was not lost."""
    if not isinstance(text, str) or not text:
        return False
    try:
        value = load_json(text).value
    except JsonRefused:
        return True
    return value is not None and not isinstance(value, Mapping)


def _is_other_json(params: Any) -> bool:
    """Settings that are JSON but empty and not an object; texts and non-empty lists are refused when sent."""
    return not params and params is not None and params != "" and not isinstance(params, Mapping)


# --- warnings --------------------------------------------------------------------------------------------------------


def overwritten_damage(
    overwritten: Iterable[Asset], found: Exported, there: Inventory, target: Client
) -> Iterator[Note]:
    """A warning about dashboards of the target that a snapshot contains as empty, because they are exported like
    that."""
    broken_ones = [
        f"{asset} ({', '.join(broken)})"
        for asset in overwritten
        if (broken := broken_texts(found.wire.assets[asset.key], there, target))
    ]
    if broken_ones:
        yield Note.of("damaged_on_target", broken_ones)


def damage_notes(gathered: Gathered) -> tuple[Note, ...]:
    """Warnings about content that arrives as broken as it is, and about stored queries that are left out."""
    layouts = [
        f"{asset}: {'; '.join(found[:FEW])}{f'; and {len(found) - FEW} more' if len(found) > FEW else ''}"
        for asset in gathered.members.of_kind(Kind.DASHBOARD)
        if (found := list(layout_faults(asset.document.get("position"))))
    ]
    queries = [str(asset) for asset in gathered.members.of_kind(Kind.CHART) if _lost_query(asset, gathered)]
    faults = (("layout_broken", layouts), ("query_context_broken", queries))
    return tuple(Note.of(kind, assets) for kind, assets in faults if assets)


def _lost_query(chart: Asset, gathered: Gathered) -> bool:
    stored = gathered.exported.wire.assets[chart.key].document.get("query_context")
    return bool(stored) and chart.document.get("query_context") is None


def layout_faults(position: Any) -> Iterator[str]:
    """The places in a layout that a browser cannot draw."""
    if not isinstance(position, Mapping) or not position:
        return
    for name in ("ROOT_ID", "GRID_ID"):
        if name not in position and not (name == "GRID_ID" and _has_tabs(position)):
            yield f"{name} is missing"
    for name, node in position.items():
        if not isinstance(node, Mapping):
            if name != "DASHBOARD_VERSION_KEY":
                yield one_line(f"{name} is no object")
        elif not isinstance(children := node.get("children", []), list):
            yield one_line(f"the children of {name} are no list")
        else:
            lost = [each for each in children if not isinstance(each, str) or each not in position]
            yield from (one_line(f"{name} holds {each}, which is not there") for each in lost)


def _has_tabs(position: Mapping[str, Any]) -> bool:
    """A dashboard with tabs at the top level needs no grid."""
    return any(child.startswith("TABS-") for child in _children(position, "ROOT_ID"))
