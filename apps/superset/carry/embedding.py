# [DEF:superset.carry.embedding:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which domains may embed a dashboard: what a plan sets on the target, and what it leaves as it is there.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> contracts.plain_text
"""`/api/v1/dashboard/{id}/embedded`: 404 where nothing is configured. The UUID is the server's and survives a PUT; only
a DELETE loses it (seen on 4.1 to 6.1, with EMBEDDED_SUPERSET on or off). No domains at all means that any may embed the
dashboard (source: 6.1.0, embedded/view.py), so an empty list opens what other lists restrict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import ANY_DOMAIN, Aspect, Attachment, Item, Items
from apps.superset.plan.plan import Note, first
from apps.superset.protocol import Client
from apps.superset.remote.optional_lists import HIDDEN


def plan_embedding(
    desired: Bundle, sources: Mapping[Key, Key], clients: tuple[Client, Client], here: Inventory, there: Inventory
) -> tuple[tuple[Attachment, ...], tuple[Note, ...]]:
    """The target gets the domains of the source. It keeps its own where the source configures nothing, and where they
    restrict what the source does not."""
    found: list[Attachment] = []
    notes: dict[str, list[str]] = defaultdict(list)
    for asset in desired.of_kind(Kind.DASHBOARD):
        number = here.id_of(sources.get(asset.key, asset.key))
        if number is None:
            continue
        try:
            wanted = read_embedding(clients[0], number)
            before = embedding_on(clients[1], asset.key, there) if wanted else ()
        except HIDDEN:
            notes["embedding_unread"].append(str(asset))
            continue
        if kind := _concern(wanted, before):
            notes[kind].append(_named(asset, before))
        if wanted and kind != "embedding_kept" and domains_of(wanted) != domains_of(before):
            found.append(Attachment(asset.key, Aspect.EMBEDDING, asset.name, before, wanted))
    return tuple(found), tuple(Note.of(kind, first(lines)) for kind, lines in notes.items())


def embedding_on(client: Client, key: Key, inventory: Inventory) -> Items:
    number = inventory.id_of(key)
    return () if number is None else read_embedding(client, number)


def read_embedding(client: Client, dashboard_id: int) -> Items:
    """Empty if nothing is configured."""
    settings = client.embedding(dashboard_id)
    return () if settings is None else (_item(settings),)


def domains_of(items: Items) -> frozenset[str] | None:
    """None if nothing is configured; empty if any domain may embed."""
    return frozenset(items[0].facts["domains"]) if items else None


def _item(settings: Mapping[str, Any]) -> Item:
    domains = list(settings["allowed_domains"])
    return Item(None, ", ".join(map(one_line, domains)) or ANY_DOMAIN, {"domains": domains})


def _concern(wanted: Items, before: Items) -> str | None:
    """An empty list is said wherever it would open the target."""
    if domains_of(wanted) != frozenset() or domains_of(before) == frozenset():
        return None
    return "embedding_kept" if before else "embedding_any"


def _named(asset: Asset, before: Items) -> str:
    return f"{asset}: {before[0].name}" if before else str(asset)
