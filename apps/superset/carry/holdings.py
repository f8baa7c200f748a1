# [DEF:superset.carry.holdings:Module]
# @COMPLEXITY: 3
# @PURPOSE: What hangs on assets of the target now, in the terms of a plan: owners, roles and tags by number.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.carry.people
# @RELATION DEPENDS_ON -> superset.carry.counterparts
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Key, Kind, objects
from apps.superset.carry.counterparts import is_custom
from apps.superset.carry.people import People
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Item, Items
from apps.superset.protocol import Client
from apps.superset.releases.base import Release
from apps.superset.remote.attachments import rows_of
from apps.superset.shapes import is_id

Holdings = Mapping[Key, Mapping[Aspect, Items]]
"""By existing asset and aspect; rules and embedding are not among them (see `carry.rules` and
`carry.embedding`)."""

ON_ASSETS = (Aspect.OWNERS, Aspect.ROLES, Aspect.TAGS)


def read_holdings(
    client: Client, inventory: Inventory, keys: Iterable[Key], aspects: Collection[Aspect], people: People
) -> Holdings:
    """Of the existing assets among these keys."""
    wanted = [aspect for aspect in ON_ASSETS if aspect in aspects]
    entries = [entry for key in keys if (entry := inventory.get(key))]
    found: dict[Key, dict[Aspect, Items]] = {}
    for kind in Kind:
        own = [aspect for aspect in wanted if kind in aspect.kinds]
        held = [each for each in entries if each.key.kind is kind] if own else []
        for entry, row in rows_of(client, inventory, held, client.profile.columns.carried):
            found[entry.key] = {aspect: _items(aspect, row, people, client.profile) for aspect in own}
    return found


def _items(aspect: Aspect, row: Mapping[str, Any], people: People, release: Release) -> Items:
    rows = [each for each in objects(row.get(aspect.value)) if is_id(each.get("id"))]
    match aspect:
        case Aspect.OWNERS:
            found = [Item(each["id"], _person(each, people)) for each in rows]
        case Aspect.TAGS:
            found = [Item(each["id"], one_line(each.get("name"))) for each in rows if is_custom(each, release)]
        case _:
            found = [Item(each["id"], one_line(each.get("name"))) for each in rows]
    return in_order(found)


def in_order(items: Iterable[Item]) -> Items:
    return tuple(sorted(items, key=lambda item: (item.name, item.id or 0)))


def _person(row: Mapping[str, Any], people: People) -> str:
    if known := people.by_id.get(row["id"]):
        return known.label
    names = (one_line(row.get(part) or "") for part in ("first_name", "last_name"))
    return " ".join(filter(None, names)) or f"account {row['id']}"
