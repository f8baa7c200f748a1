# [DEF:superset.carry.library.queries:Module]
# @COMPLEXITY: 3
# @PURPOSE: Saved queries that travel: those of the account that read a table of a dataset in the plan.
# @RELATION DEPENDS_ON -> superset.carry.library.records
# @RELATION CALLS -> superset.texts.sql_names
# @RELATION CALLS -> contracts.plain_text
"""A server shows an account only its own (source: 6.1.0, queries/saved_queries/filters.py). One of the same label on
another connection or in another schema is another query.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.contracts.belief import without_secret_texts
from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.carry.library.records import Facts, Place, Row, Wanted
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Item
from apps.superset.protocol import Client
from apps.superset.texts.sql_names import named_tables

FIELDS = ("label", "description", "sql", "schema", "catalog", "template_parameters")
COLUMNS = ("id", "label", "schema", "sql", "db_id")
SHOWN = 80
"""Characters of the SQL that a person reads."""


class Queries:
    aspect = Aspect.QUERIES
    resource = "saved_query"

    def rows(self, client: Client) -> list[dict[str, Any]]:
        return client.list_rows(self.resource, COLUMNS)

    def place(self, row: Row, inventory: Inventory) -> Place:
        return label_of(row), str(database_of(row, inventory)), str(row.get("schema"))

    def item(self, client: Client, row: Row, inventory: Inventory) -> Item:
        facts = facts_of(client, row, database_of(row, inventory))
        return Item(row["id"], self.sentence(facts), facts)

    def sentence(self, facts: Row) -> str:
        return one_line(" ".join(without_secret_texts(str(facts["sql"])).split()), SHOWN)

    def created(self, facts: Facts) -> Facts:
        return facts

    def updated(self, before: Row, facts: Facts) -> tuple[Facts, str]:  # noqa: ARG002 - the protocol's
        return facts, ""

    def left_alone(self, before: Item, facts: Facts, target: Client) -> str:  # noqa: ARG002 - the protocol's
        return ""

    def request(self, item: Item, inventory: Inventory, current: Row) -> dict[str, Any]:
        """Null is sent only where it replaces something."""
        database = inventory.id_of(Key.parse(item.facts["database"]))
        fields = {name: item.facts[name] for name in FIELDS if current or item.facts[name] is not None}
        return {**fields, "db_id": database}


def facts_of(client: Client, row: Row, database: Key | None) -> Facts:
    """A list shows no parameters of templates."""
    whole = client.row(Queries.resource, row["id"])
    whole = whole if isinstance(whole, Mapping) else {}
    return {**{name: whole.get(name) for name in FIELDS}, "database": str(database) if database else None}


def wanted_queries(
    source: Client, rows: Iterable[Row], desired: Bundle, here: Inventory, mapping: Mapping[str, str]
) -> Iterator[Wanted]:
    """Of the source; `mapping` leads from its connections to those of the target."""
    read = [(asset, _tables(asset)) for asset in desired.of_kind(Kind.DATASET)]
    for row in rows:
        database = database_of(row, here)
        there = mapping.get(database.uuid) if database else None
        named = named_tables(str(row.get("sql") or ""))
        keys = [asset.key for asset, own in read if asset.document.get("database_uuid") == there and own & named]
        if there and keys:
            facts = facts_of(source, row, Key(Kind.DATABASE, there))
            yield Wanted(keys[0], label_of(row), facts, f"query “{label_of(row)}”")


def label_of(row: Row) -> str:
    return one_line(row.get("label") or "")


def database_of(row: Row, inventory: Inventory) -> Key | None:
    number = row.get("db_id")
    return inventory.key_of(Kind.DATABASE, number) if isinstance(number, int) else None


def _tables(dataset: Asset) -> frozenset[str]:
    """The table of a dataset, or those that the SQL of a virtual one reads."""
    if sql := dataset.document.get("sql"):
        return named_tables(str(sql))
    return frozenset({str(dataset.document.get("table_name") or "").casefold()} - {""})
