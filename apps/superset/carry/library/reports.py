# [DEF:superset.carry.library.reports:Module]
# @COMPLEXITY: 3
# @PURPOSE: Alerts and reports that travel: paused on arrival, with the numbers of the target, without secrets.
# @RELATION DEPENDS_ON -> superset.carry.library.records
# @RELATION DEPENDS_ON -> superset.plan.attachment
# @RELATION CALLS -> superset.plan.report_words
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> contracts.plain_text
"""Name and type are unique. A POST with `creation_method` charts or dashboards replaces the recipients with the mail of
the account, and so is `alerts_reports` here; it refuses tabs and filters that the dashboard does not have, and null
where a column takes none (source: 6.1.0, commands/report/{base,create}.py, reports/schemas.py). The address of a
webhook is a secret: it is neither read into a plan nor taken from a report that has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Key, Kind, objects
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.carry.library.records import Facts, Place, Row
from apps.superset.inventory import Inventory
from apps.superset.plan.attachment import Aspect, Item
from apps.superset.plan.report_words import report_words
from apps.superset.protocol import Client
from apps.superset.shapes import is_id

NULLABLE = ("description", "email_subject", "context_markdown", "custom_width")
FIXED = (
    *("crontab", "timezone", "sql", "validator_type", "log_retention", "grace_period", "working_timeout"),
    *("report_format", "force_screenshot"),
)
"""What takes no null, and keeps its value if it is not sent."""

TOLD = ("recipients", "about", "sql", "extra", "database")
"""What decides who is told what."""

ABOUT: Mapping[Kind, str] = {Kind.CHART: "chart", Kind.DASHBOARD: "dashboard"}
ALERT = "Alert"


class Reports:
    aspect = Aspect.REPORTS
    resource = "report"

    def rows(self, client: Client) -> list[dict[str, Any]]:
        return client.list_rows(self.resource, client.profile.columns.reports)

    def place(self, row: Row, inventory: Inventory) -> Place:  # noqa: ARG002 - the protocol's
        return one_line(row.get("name")), str(row.get("type"))

    def item(self, client: Client, row: Row, inventory: Inventory) -> Item:
        whole = client.row(self.resource, row["id"])
        facts = facts_of(whole if isinstance(whole, Mapping) else {}, inventory)
        return Item(row["id"], self.sentence(facts), facts)

    def sentence(self, facts: Row) -> str:
        return report_words(facts)

    def created(self, facts: Facts) -> Facts:
        return {**facts, "active": False}

    def updated(self, before: Row, facts: Facts) -> tuple[Facts, str]:
        """One that is on would tell other people, or something else, at its next time: it is paused."""
        told = any(name in facts and facts[name] != before.get(name) for name in TOLD)
        return ({**facts, "active": False}, "reports_paused") if told and before.get("active") else (facts, "")

    def left_alone(self, before: Item, facts: Facts, target: Client) -> str:
        if before.facts["about"] != facts["about"]:
            return "reports_elsewhere"
        account = target.account()
        return "" if account.is_admin or account.id in before.facts["owners"] else "reports_not_owned"

    def request(self, item: Item, inventory: Inventory, current: Row) -> dict[str, Any]:
        facts = item.facts
        fields = {name: facts[name] for name in ("name", "type", *NULLABLE) if name in facts}
        fields |= {name: facts[name] for name in FIXED if facts.get(name) is not None}
        about = Key.parse(facts["about"])
        fields |= {field: inventory.id_of(about) if kind is about.kind else None for kind, field in ABOUT.items()}
        if facts.get("database"):
            fields["database"] = inventory.id_of(Key.parse(facts["database"]))
        if facts.get("validator_config_json"):
            fields["validator_config_json"] = facts["validator_config_json"]
        if facts["extra"] or current:
            fields["extra"] = facts["extra"]
        own = [_sent(kind, config) for kind, config in facts["recipients"]]
        secret = [_sent(kind, config) for kind, config in _recipients(current) if _is_secret(kind, config)]
        fields["recipients"] = [*own, *secret]
        fields |= {name: facts[name] for name in ("owners", "active") if name in facts}
        return fields if current else {**fields, "creation_method": "alerts_reports"}


def facts_of(row: Row, inventory: Inventory) -> Facts:
    """Of the whole of one, as its own server shows it."""
    facts: Facts = {"name": row.get("name"), "type": row.get("type"), "about": _about(row, inventory)}
    facts["active"] = bool(row.get("active"))
    facts |= {name: row.get(name) for name in NULLABLE}
    facts |= {name: row[name] for name in FIXED if row.get(name) is not None}
    facts["database"] = _key(Kind.DATABASE, row.get("database"), inventory)
    facts["validator_config_json"] = _object(row.get("validator_config_json"))
    facts["extra"] = _object(row.get("extra"))
    facts["recipients"] = [list(each) for each in _recipients(row) if not _is_secret(*each)]
    facts["owners"] = sorted(owner["id"] for owner in objects(row.get("owners")) if is_id(owner.get("id")))
    return facts


def has_secrets(row: Row) -> bool:
    return any(_is_secret(*each) for each in _recipients(row))


def lost_anchors(facts: Facts, about: Asset) -> list[str]:
    """The tabs and filters that it shows and its dashboard will not have, which no server takes."""
    state = facts["extra"].get("dashboard")
    if about.kind is not Kind.DASHBOARD or not isinstance(state, Mapping):
        return []
    position, metadata = (about.document.get(name) or {} for name in ("position", "metadata"))
    filters = {each.get("id") for each in objects(metadata.get("native_filter_configuration"))}
    named = [str(each.get("nativeFilterId")) for each in objects(state.get("nativeFilters"))]
    return [tab for tab in _tabs(state) if tab not in position] + [each for each in named if each not in filters]


def _tabs(state: Row) -> Iterator[str]:
    active = state.get("activeTabs")
    yield from map(str, active if isinstance(active, list) else ())
    anchor = state.get("anchor")
    if isinstance(anchor, str) and anchor:
        try:
            found = load_json(anchor).value
        except JsonRefused:
            found = anchor
        yield from map(str, found if isinstance(found, list) else [anchor])


def _about(row: Row, inventory: Inventory) -> str | None:
    found = (_key(kind, row.get(field), inventory) for kind, field in ABOUT.items())
    return next((key for key in found if key), None)


def _key(kind: Kind, related: Any, inventory: Inventory) -> str | None:
    number = related.get("id") if isinstance(related, Mapping) else None
    key = inventory.key_of(kind, number) if isinstance(number, int) else None
    return str(key) if key else None


def _object(value: Any) -> dict[str, Any]:
    """A list and a single answer give JSON as text or as what it stands for."""
    if isinstance(value, str):
        try:
            value = load_json(value).value
        except JsonRefused:
            return {}
    return dict(value) if isinstance(value, Mapping) else {}


def _recipients(row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in objects(row.get("recipients")):
        yield str(each.get("type")), _object(each.get("recipient_config_json"))


def _is_secret(kind: str, config: Row) -> bool:
    return kind == "Webhook" or "://" in str(config)


def _sent(kind: str, config: Row) -> dict[str, Any]:
    return {"type": kind, "recipient_config_json": dict(config)}
