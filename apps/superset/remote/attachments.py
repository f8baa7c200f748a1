# [DEF:superset.remote.attachments:Module]
# @COMPLEXITY: 3
# @PURPOSE: What belongs to assets of a target without being in their documents: owners, roles, tags, theme,
#   embedding, row level security, alerts and reports. Read before a run writes and compared afterwards.
# @RELATION DEPENDS_ON -> superset.protocol
# @RELATION DEPENDS_ON -> superset.remote.exports
# @RELATION CALLS -> contracts.plain_text
"""A migration changes none of them. All importers of 6.1.0 make the account an owner of what they overwrite (source:
commands/{dashboard,chart,dataset}/importers/v1/utils.py, `owners.append(user)`; seen), which a run takes back; of the
rest they touch only what a bundle names, and no request of ours does (`untouched_keys.sendable`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import name
from apps.superset.assets import Asset, Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.messages.message import Message
from apps.superset.protocol import Client
from apps.superset.releases.base import Columns
from apps.superset.remote.exports import Exported
from apps.superset.remote.optional_lists import HIDDEN, read_reports, read_rules
from apps.superset.shapes import is_id

Aspect = Mapping[str, str]
"""What is attached, by number or UUID: its description."""

Attachments = Mapping[Key, Mapping[str, Aspect]]
"""By asset and aspect; an aspect that the account may not see is left out."""

OWNERS = "owners"
RULES = "row level security rules"
EMBEDDING = "embedding settings"
THEME = "theme"
REPORTS = "alerts and reports"
CARRYING = (Kind.DATASET, Kind.CHART, Kind.DASHBOARD)
"""Kinds with owners."""


DEARER = 16
"""How many list rows cost as much as reading one asset: 1 ms per relation and row, and 20 to 45 ms (measured)."""


def read_attachments(client: Client, inventory: Inventory, keys: Iterable[Key], content: Exported) -> Attachments:
    """The attachments of the existing assets among these keys; `content` is their export, with tags and theme."""
    entries = [entry for key in keys if key.kind in CARRYING and (entry := inventory.get(key))]
    found: dict[Key, dict[str, Aspect]] = {entry.key: _exported(content.wire.get(entry.key)) for entry in entries}
    for kind in CARRYING:
        for entry, row in rows_of(
            client,
            inventory,
            [entry for entry in entries if entry.key.kind is kind],
            client.profile.columns.attachments,
        ):
            found[entry.key] |= _people(row)
    for entry in entries:
        if entry.key.kind is Kind.DASHBOARD:
            found[entry.key] |= _embedding(client, entry)
    _add(found, entries, RULES, _rules(client, entries))
    _add(found, entries, REPORTS, _reports(client, entries))
    return found


def read_owners(client: Client, inventory: Inventory, keys: Iterable[Key]) -> Mapping[Key, Aspect]:
    """Only the owners."""
    entries = [entry for key in keys if key.kind in CARRYING and (entry := inventory.get(key))]
    found: dict[Key, Aspect] = {}
    for kind in CARRYING:
        for entry, row in rows_of(
            client,
            inventory,
            [entry for entry in entries if entry.key.kind is kind],
            client.profile.columns.attachments,
        ):
            found |= {entry.key: people[OWNERS]} if OWNERS in (people := _people(row)) else {}
    return found


def changed_attachments(before: Attachments, after: Attachments, names: Callable[[Key], str]) -> Iterator[str]:
    """One sentence for each asset and aspect that has changed."""
    for key, aspects in before.items():  # deleted or unreadable assets are reported elsewhere
        for aspect, was in aspects.items():
            now = after.get(key, {}).get(aspect)
            if now is not None and dict(now) != dict(was):
                facts = {"before": _listed(was), "after": _listed(now)}
                yield str(Message("deviation.attachment", asset=names(key), aspect=aspect, **facts))


def intended(before: Attachments, first: Attachments, account: int) -> Attachments:
    """The expected attachments after a run: those before it, except that the account is not an owner where it was not
    one `first`, that is before an earlier run that this one undoes."""
    return {
        key: {**aspects, OWNERS: _without(aspects[OWNERS], account)}
        if OWNERS in aspects and _came_later(first.get(key, {}).get(OWNERS), account)
        else aspects
        for key, aspects in before.items()
    }


def owners_to_set(wanted: Attachments, account: int) -> Iterator[tuple[Key, list[int]]]:
    """The owners to set for each asset that an import has just given to the account, or that it should lose."""
    for key, aspects in wanted.items():
        if OWNERS in aspects and str(account) not in aspects[OWNERS]:
            yield key, [int(owner) for owner in aspects[OWNERS]]


def to_document(aspects: Mapping[str, Aspect]) -> dict[str, Any]:
    """The attachments of one asset, as a snapshot stores them."""
    return {name: dict(aspect) for name, aspect in aspects.items()}


def from_document(document: Mapping[str, Any]) -> Mapping[str, Aspect]:
    """The inverse."""
    return {name: {str(each): str(label) for each, label in aspect.items()} for name, aspect in document.items()}


def _listed(aspect: Aspect) -> str:
    """The labels are text from outside."""
    return ", ".join(sorted(name(label) for label in aspect.values())) or str(Message("deviation.attachment.none"))


def _without(owners: Aspect, account: int) -> Aspect:
    return {owner: name for owner, name in owners.items() if owner != str(account)}


def _came_later(first: Aspect | None, account: int) -> bool:
    return first is not None and str(account) not in first


# --- reading ---------------------------------------------------------------------------------------------------------


def _exported(asset: Asset | None) -> dict[str, Aspect]:
    """Tags are exported if TAGGING_SYSTEM is on, without system tags; a theme by its UUID."""
    document = asset.document if asset else {}
    found: dict[str, Aspect] = {}
    if isinstance(tags := document.get("tags"), list):
        found["tags"] = {str(tag): str(tag) for tag in tags}
    if "theme_uuid" in document:
        theme = document["theme_uuid"]
        found[THEME] = {str(theme): str(theme)} if theme else {}
    return found


def rows_of(
    client: Client, inventory: Inventory, entries: list[Entry], columns: Mapping[Kind, Columns]
) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    """The rows of these assets of one kind: one by one if that costs less than the whole list with these columns."""
    if not entries:
        return
    kind = entries[0].key.kind
    if len(entries) * DEARER < len(inventory.of_kind(kind)):
        yield from ((entry, client.get(kind, entry.id)) for entry in entries)
        return
    rows = {row["id"]: row for row in client.list_rows(kind.value, columns[kind])}
    yield from ((entry, rows[entry.id]) for entry in entries if entry.id in rows)


def _people(row: Mapping[str, Any]) -> dict[str, Aspect]:
    found: dict[str, Aspect] = {}
    if isinstance(row.get("owners"), list):
        found[OWNERS] = {str(owner["id"]): _full_name(owner) for owner in _numbered(row["owners"])}
    if isinstance(row.get("roles"), list):
        found["roles"] = {str(role["id"]): str(role.get("name")) for role in _numbered(row["roles"])}
    return found


def _numbered(items: list[Any]) -> list[Mapping[str, Any]]:
    """Unlike a list, the response for a single asset has not been validated yet."""
    return [each for each in items if isinstance(each, Mapping) and is_id(each.get("id"))]


def _full_name(owner: Mapping[str, Any]) -> str:
    names = (owner.get("first_name"), owner.get("last_name"))
    return " ".join(str(part) for part in names if part) or f"account {owner['id']}"


def _embedding(client: Client, entry: Entry) -> dict[str, Aspect]:
    """404 if nothing is configured; the account may also lack the permission."""
    try:
        settings = client.embedding(entry.id)
    except HIDDEN:
        return {}
    if not settings:
        return {EMBEDDING: {}}
    label = f"{settings.get('uuid')} for {settings.get('allowed_domains')}"
    return {EMBEDDING: {str(settings.get("uuid")): label}}


def _add(
    found: dict[Key, dict[str, Aspect]], entries: list[Entry], name: str, by_key: Mapping[Key, Aspect] | None
) -> None:
    """For the kinds that can have one: an asset without entries has none."""
    if by_key is not None:
        for entry in entries:
            if entry.key.kind in CARRIERS[name]:
                found[entry.key][name] = by_key.get(entry.key, {})


CARRIERS = {RULES: (Kind.DATASET,), REPORTS: (Kind.CHART, Kind.DASHBOARD)}


def _rules(client: Client, entries: list[Entry]) -> Mapping[Key, Aspect] | None:
    keys = {entry.id: entry.key for entry in entries if entry.key.kind is Kind.DATASET}
    if not keys:
        return None
    rows = read_rules(client)
    if rows is None:
        return None
    found: dict[Key, dict[str, str]] = {}
    for row in rows:
        for table in row.get("tables") or ():
            if key := keys.get(table["id"]):
                found.setdefault(key, {})[str(row["id"])] = _rule(row)
    return found


def _rule(row: Mapping[str, Any]) -> str:
    roles = ", ".join(sorted(str(role.get("name")) for role in row.get("roles") or ()))
    parts = (row.get("filter_type"), row.get("group_key"), row.get("clause"), roles and f"for {roles}")
    return f"{row.get('name')} ({' '.join(str(part) for part in parts if part)})"


def _reports(client: Client, entries: list[Entry]) -> Mapping[Key, Aspect] | None:
    keys = {(kind, entry.id): entry.key for entry in entries if (kind := entry.key.kind) in CARRIERS[REPORTS]}
    rows = read_reports(client) if keys else None
    if rows is None:
        return None
    found: dict[Key, dict[str, str]] = {}
    for row in rows:
        for kind, number in ((Kind.CHART, row.get("chart_id")), (Kind.DASHBOARD, row.get("dashboard_id"))):
            if number is not None and (key := keys.get((kind, number))):
                off = "" if row.get("active", True) else ", off"
                found.setdefault(key, {})[str(row["id"])] = f"{row.get('name')}{off}"
    return found
