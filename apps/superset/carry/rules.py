# [DEF:superset.carry.rules:Module]
# @COMPLEXITY: 3
# @PURPOSE: Row level security that travels with datasets: rules by name, with the target's roles and tables.
# @RELATION DEPENDS_ON -> superset.carry.counterparts
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.remote.optional_lists
# @RELATION DEPENDS_ON -> contracts.plain_text
"""A rule is unique by name, has no UUID, and a PUT that leaves out tables or roles empties them (seen on 4.1 to 6.1;
source: 6.1.0, commands/security/update.py): every request sends all of it.

A rule of the target keeps its tables outside the plan. The rules of a dataset that only the target has stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Bundle, Key, Kind, objects
from apps.superset.carry.counterparts import Counterparts
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Attachment, Item
from apps.superset.protocol import Client
from apps.superset.remote.optional_lists import HIDDEN, read_rules

RESOURCE = "rowlevelsecurity"
WORDS = ("filter_type", "clause", "group_key", "description")

Row = Mapping[str, Any]
Table = str | int
"""A dataset by its key; by number if the account does not see it."""


def plan_rules(
    desired: Bundle,
    sources: Mapping[Key, Key],
    here: Inventory,
    rules: Iterable[Row],
    clients: tuple[Client, Client],
    there: Inventory,
    parts: Counterparts,
) -> Iterator[Attachment]:
    """One for each rule of the source, `rules`, on a desired dataset, whose roles all exist on the target."""
    source, target = clients
    datasets = {sources.get(asset.key, asset.key): asset.key for asset in desired.of_kind(Kind.DATASET)}
    ours = [(row, keys) for row in rules if (keys := sorted(_mapped(row, here, datasets), key=str))]
    if not ours or Aspect.RULES not in parts.carry or (theirs := read_rules(target)) is None:
        return
    named = {one_line(row.get("name")): row for row in theirs}
    planned = frozenset(datasets.values())
    for row, keys in ours:
        if not role_names(row) <= parts.rule_roles:
            continue
        found = named.get(one_line(row.get("name")))
        before = rule_item(target, found, there) if found else None
        kept = [table for table in (before.facts["tables"] if before else ()) if table not in set(map(str, planned))]
        roles = [[item.id, item.name] for item in parts.role_items(role_names(row))]
        words = _kept_description(words_of(source, row), before)
        facts: dict[str, Any] = {**words, "roles": roles, "tables": _sorted([*kept, *map(str, keys)])}
        after = Item(before.id if before else None, sentence(row, facts), facts)
        if before is None or before.facts != after.facts:
            yield Attachment(keys[0], Aspect.RULES, one_line(row.get("name")), (before,) if before else (), (after,))


def carried_rules(parts: Counterparts, rows: Iterable[Row], *, readable: bool) -> frozenset[str]:
    """The names of the rules that a migration can set on the target."""
    if not readable:
        return frozenset()
    return frozenset(one_line(row.get("name")) for row in rows if role_names(row) <= parts.rule_roles)


def role_names(row: Row) -> frozenset[str]:
    return frozenset(one_line(role.get("name")) for role in objects(row.get("roles")))


def rules_named(client: Client, names: Collection[str], inventory: Inventory) -> Mapping[str, Item]:
    """The rules of the target with these names, as they are now: one list, and one request for each of them."""
    rows = (read_rules(client) or ()) if names else ()
    return {name: rule_item(client, row, inventory) for row in rows if (name := one_line(row.get("name"))) in names}


def rule_item(client: Client, row: Row, inventory: Inventory) -> Item:
    roles = sorted([role["id"], one_line(role.get("name"))] for role in objects(row.get("roles")))
    tables: list[Table] = []
    for table in objects(row.get("tables")):
        key = inventory.key_of(Kind.DATASET, table["id"])
        tables.append(str(key) if key else table["id"])
    facts: dict[str, Any] = {**words_of(client, row)}
    facts |= {"roles": sorted(roles, key=lambda role: str(role[1])), "tables": _sorted(tables)}
    return Item(row["id"], sentence(row, facts), facts)


def words_of(client: Client, row: Row) -> dict[str, str | None]:
    """Lists do not show the description; None if the account may not read it."""
    try:
        whole = client.row(RESOURCE, row["id"])
    except HIDDEN:
        whole = None
    found = {**row, "description": whole.get("description") if isinstance(whole, Mapping) else None}
    words: dict[str, str | None] = {name: str(found.get(name) or "") for name in WORDS}
    return words if isinstance(whole, Mapping) else {**words, "description": None}


def _kept_description(words: dict[str, str | None], before: Item | None) -> dict[str, str | None]:
    """What cannot be read on one side is not overwritten there: nobody could restore it."""
    if before and (words["description"] is None or before.facts["description"] is None):
        return {**words, "description": before.facts["description"]}
    return words


def sentence(row: Row, facts: Mapping[str, Any]) -> str:
    """`EU: region = 'EU' (Regular, Gamma, 2 datasets)`"""
    roles = ", ".join(str(name) for _, name in facts["roles"])
    tables = len(facts["tables"])
    parts = (facts["filter_type"], facts["group_key"], roles, f"{tables} dataset{'s' if tables != 1 else ''}")
    return one_line(f"{row.get('name')}: {facts['clause']} ({', '.join(filter(None, parts))})")


def request_of(name: str, item: Item, inventory: Inventory) -> dict[str, Any]:
    """All of a rule, as a request has to hold it; tables that no longer exist are left out. An update keeps the
    description that it does not name (commands/security/update.py)."""
    numbers = [table if isinstance(table, int) else inventory.id_of(Key.parse(table)) for table in item.facts["tables"]]
    words = {word: item.facts[word] for word in WORDS if item.facts[word] is not None}
    roles = [number for number, _ in item.facts["roles"]]
    return {"name": name, **words, "roles": roles, "tables": sorted(number for number in numbers if number is not None)}


def _mapped(row: Row, here: Inventory, datasets: Mapping[Key, Key]) -> Iterator[Key]:
    for table in objects(row.get("tables")):
        key = here.key_of(Kind.DATASET, table["id"])
        if key is not None and key in datasets:
            yield datasets[key]


def _sorted(tables: Iterable[Table]) -> list[Table]:
    return sorted(set(tables), key=str)
