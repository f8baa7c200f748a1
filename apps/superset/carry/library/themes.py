# [DEF:superset.carry.library.themes:Module]
# @COMPLEXITY: 3
# @PURPOSE: Themes of dashboards that travel: the one of the same name on the target, created if it has none.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> contracts.plain_text
"""Superset has themes since 6.0; before, the list is answered with 404. A dashboard shows its theme with number, name
and settings (source: 6.1.0, dashboards/schemas.py: ThemeSchema), lists do not. A theme that is deleted is taken from
the dashboards that have it (commands/theme/delete.py), so nothing in use is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key, Kind
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Item, Items
from apps.superset.protocol import Client
from apps.superset.shapes import is_id

RESOURCE = "theme"
COLUMNS = ("id", "theme_name", "json_data", "is_system", "is_system_default", "is_system_dark")
MOST = 500
"""Maximum number of dashboards that are asked for their theme before one is deleted: about 25 ms each."""

Row = Mapping[str, Any]


def read_themes(client: Client) -> dict[str, Row]:
    """By name; of several with one name Superset's own, else the oldest."""
    rows = client.list_rows(RESOURCE, COLUMNS)
    ordered = sorted(rows, key=lambda row: (not row.get("is_system"), row["id"]), reverse=True)
    return {one_line(row.get("theme_name")): row for row in ordered}


def theme_of(client: Client, key: Key, inventory: Inventory) -> Items:
    """Empty for a dashboard without a theme, or that does not exist."""
    number = inventory.id_of(key)
    theme = client.get(Kind.DASHBOARD, number).get("theme") if number is not None else None
    if not isinstance(theme, Mapping) or not is_id(theme.get("id")):
        return ()
    facts = {"json_data": str(theme.get("json_data") or "")}
    return (Item(theme["id"], one_line(theme.get("theme_name")), facts),)


@dataclass(slots=True)
class Themed:
    """What a plan sets, and the names of themes that the target has with other settings."""

    attachments: list[Attachment] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def plan_themes(
    dashboards: Iterable[tuple[Key, Asset]], clients: tuple[Client, Client], here: Inventory, there: Inventory
) -> Themed:
    """`dashboards` are those with a theme, as on the source, by their key on the target; one of HIDDEN if that has no
    themes. A source without a theme changes nothing."""
    source, target = clients
    found, theirs = Themed(), read_themes(target)
    for key, asset in dashboards:
        for theme in theme_of(source, asset.key, here):
            known = theirs.get(theme.name)
            if known and not same_settings(known.get("json_data"), theme.facts["json_data"]):
                found.differing.append(f"{asset}: {theme.name}")
            after = Item(known["id"], theme.name) if known else Item(None, theme.name, theme.facts)
            before = tuple(Item(each.id, each.name) for each in theme_of(target, key, there))
            if [each.id for each in before] != [after.id]:
                found.attachments.append(Attachment(key, Aspect.THEMES, asset.name, before, (after,)))
    return found


def same_settings(one: Any, other: Any) -> bool:
    try:
        return bool(load_json(str(one)).value == load_json(str(other)).value)
    except JsonRefused:
        return str(one) == str(other)


def created_by(attachments: Iterable[Attachment]) -> Iterator[tuple[Item, Key]]:
    """Of an undo: the themes that the run created, each with a dashboard that got it."""
    seen: set[str] = set()
    for each in attachments:
        for item in each.before if each.aspect is Aspect.THEMES else ():
            if item.id is None and item.name not in seen:
                seen.add(item.name)
                yield item, each.key


def is_gone(client: Client, each: Attachment) -> bool:
    """Whether it sets a theme that the target had, and that somebody has deleted since."""
    if each.aspect is not Aspect.THEMES or not each.after or each.after[0].id is None:
        return False
    return each.after[0].name not in read_themes(client)


def removable(client: Client, items: Iterable[tuple[Item, Key]], inventory: Inventory) -> Iterator[tuple[Key, int]]:
    """The numbers of those that still are what the run made of them, and that nothing uses. Only an administrator sees
    the drafts of others, so nobody else can tell; nor is it asked of very many dashboards."""
    dashboards = inventory.of_kind(Kind.DASHBOARD)
    known = [(key, row) for item, key in items if (row := _unchanged(client, item)) is not None]
    if not known or not client.account().is_admin or len(dashboards) > MOST:
        return
    used = {each.id for entry in dashboards for each in theme_of(client, entry.key, inventory)}
    yield from ((key, row["id"]) for key, row in known if row["id"] not in used)


def _unchanged(client: Client, item: Item) -> Row | None:
    row = read_themes(client).get(item.name)
    if row is None or any(row.get(name) for name in COLUMNS[3:]):
        return None
    return row if same_settings(row.get("json_data"), item.facts["json_data"]) else None
