# [DEF:superset.carry.library.writing:Module]
# @COMPLEXITY: 3
# @PURPOSE: The requests of a run that set themes, CSS templates, saved queries, alerts and reports.
# @RELATION CALLS -> superset.carry.library.records
# @RELATION CALLS -> superset.carry.library.themes
# @RELATION DEPENDS_ON -> superset.carry.library.planning
"""Each yields a request for the run to send, so that all of them pass its ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

from apps.superset.assets import Key, Kind
from apps.superset.carry.library.planning import SHELVES
from apps.superset.carry.library.records import holds, records_now
from apps.superset.carry.library.themes import RESOURCE, created_by, read_themes, removable, theme_of
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Items
from apps.superset.protocol import Client

Request = Callable[[], None]
Place = tuple[Key, Aspect, str, tuple[str, ...]]

OWN = frozenset({*SHELVES, Aspect.THEMES})
"""What is read and set here."""


def read_library(client: Client, attachments: Iterable[Attachment], inventory: Inventory) -> dict[Place, Items]:
    """What the target has now in the place of each of them."""
    own = [each for each in attachments if each.aspect in OWN]
    found: dict[Place, Items] = {
        each.slot: theme_of(client, each.key, inventory) for each in own if each.aspect is Aspect.THEMES
    }
    for aspect in dict.fromkeys(each.aspect for each in own if each.aspect in SHELVES):
        found |= records_now(SHELVES[aspect], client, own, inventory)
    return found


def agrees(aspect: Aspect, side: Items, found: Items) -> bool:
    """Themes by name: one that the run creates has no number in its plan."""
    if aspect is Aspect.THEMES:
        return [item.name for item in side] == [item.name for item in found]
    return holds(side, found)


def requests_of(client: Client, each: Attachment, found: Items, inventory: Inventory) -> Iterator[Request]:
    """Those that turn what is `found` into what the attachment says."""
    if each.aspect is Aspect.THEMES:
        yield from _theme(client, each, inventory)
        return
    shelf = SHELVES[each.aspect]
    numbers = [item.id for item in found if item.id is not None]
    if not each.after:
        if numbers:
            yield partial(client.delete_rows, shelf.resource, numbers)
    elif numbers:
        current = client.row(shelf.resource, numbers[0])
        fields = shelf.request(each.after[0], inventory, current)
        yield partial(client.update_row, shelf.resource, numbers[0], fields)
    else:
        yield partial(client.create_row, shelf.resource, shelf.request(each.after[0], inventory, {}))


def _theme(client: Client, each: Attachment, inventory: Inventory) -> Iterator[Request]:
    """A dashboard takes its theme by number, so that exists first."""
    number: int | None = None
    if each.after:
        wanted = each.after[0]
        if wanted.id is None and wanted.name not in read_themes(client):
            fields = {"theme_name": wanted.name, "json_data": wanted.facts["json_data"]}
            yield partial(client.create_row, RESOURCE, fields)
        known = read_themes(client)
        number = wanted.id if any(row["id"] == wanted.id for row in known.values()) else known[wanted.name]["id"]
    yield partial(client.update, Kind.DASHBOARD, inventory.entries[each.key].id, {"theme_id": number})


def leftovers(
    client: Client, attachments: Iterable[Attachment], inventory: Inventory, others: Collection[str]
) -> Iterator[tuple[Key, Request]]:
    """Of an undo: the themes that the run created and nobody uses, but for those that `others` had created."""
    created = [(item, key) for item, key in created_by(attachments) if item.name not in others]
    for key, number in removable(client, created, inventory):
        yield key, partial(client.delete_rows, RESOURCE, [number])
