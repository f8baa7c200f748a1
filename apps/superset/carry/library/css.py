# [DEF:superset.carry.library.css:Module]
# @COMPLEXITY: 2
# @PURPOSE: CSS templates that travel: those whose text is the CSS of a dashboard in the plan.
# @RELATION DEPENDS_ON -> superset.carry.library.records
# @RELATION CALLS -> contracts.plain_text

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from apps.contracts.belief import without_secret_texts
from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key
from apps.superset.carry.library.records import Facts, Place, Row, Wanted
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Item
from apps.superset.protocol import Client

FIELDS = ("template_name", "css")
SHOWN = 60
"""Characters of the text that a person reads."""


class Templates:
    aspect = Aspect.CSS
    resource = "css_template"

    def rows(self, client: Client) -> list[dict[str, Any]]:
        return client.list_rows(self.resource, ("id", *FIELDS))

    def place(self, row: Row, inventory: Inventory) -> Place:  # noqa: ARG002 - the protocol's
        return (one_line(row.get("template_name")),)

    def item(self, client: Client, row: Row, inventory: Inventory) -> Item:  # noqa: ARG002 - the protocol's
        facts = {name: str(row.get(name) or "") for name in FIELDS}
        return Item(row["id"], self.sentence(facts), facts)

    def sentence(self, facts: Row) -> str:
        return one_line(" ".join(without_secret_texts(str(facts["css"])).split()), SHOWN)

    def created(self, facts: Facts) -> Facts:
        return facts

    def updated(self, before: Row, facts: Facts) -> tuple[Facts, str]:  # noqa: ARG002 - the protocol's
        return facts, ""

    def left_alone(self, before: Item, facts: Facts, target: Client) -> str:  # noqa: ARG002 - the protocol's
        return ""

    def request(self, item: Item, inventory: Inventory, current: Row) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        return dict(item.facts)


def wanted_templates(rows: Iterable[Row], dashboards: Iterable[tuple[Key, Asset]]) -> Iterator[Wanted]:
    """Of the source; `dashboards` are those of the plan as they are there, by their key on the target."""
    used: dict[str, Key] = {}
    for key, asset in dashboards:
        if css := _normal(asset.document.get("css")):
            used.setdefault(css, key)
    for row in rows:
        css = _normal(row.get("css"))
        if css in used:
            name = one_line(row.get("template_name"))
            facts = {field: str(row.get(field) or "") for field in FIELDS}
            yield Wanted(used[css], name, facts, f"template “{name}”")


def _normal(css: Any) -> str:
    return " ".join(str(css or "").split())
