"""What a Superset in memory has by itself: themes, CSS templates, saved queries, alerts and reports, as in 6.1.0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from apps.superset.assets import Key, Kind
from apps.superset.errors import BundleRefused, NotFound

LIBRARY = ("theme", "css_template", "saved_query")
NO_NULL = (
    *("sql", "database", "timezone", "validator_type", "validator_config_json", "grace_period", "log_retention"),
    *("working_timeout", "report_format", "crontab", "extra"),
)
"""reports/schemas.py: ReportSchedulePostSchema."""


class FakeLibrary:
    environment: str
    account_id: int
    documents: dict[Kind, dict[int, dict[str, Any]]]
    reports: list[dict[str, Any]]
    next_row: int

    def __init__(self) -> None:
        self.library: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in LIBRARY}
        self.theme_of: dict[Key, int] = {}

    def shelve(self, resource: str, number: int, **fields: Any) -> None:
        self.library[resource][number] = {"id": number, **fields}

    def library_rows(self, resource: str) -> list[dict[str, Any]]:
        """Lists of saved queries show no parameters."""
        return [
            {name: value for name, value in row.items() if name != "template_parameters"}
            for row in self.library[resource].values()
        ]

    def library_row(self, resource: str, number: int) -> dict[str, Any]:
        if number not in self.library[resource]:
            raise NotFound("Not found", environment=self.environment)
        return self.library[resource][number]

    def put_in_library(self, resource: str, number: int, fields: Mapping[str, Any]) -> None:
        new = {"id": number, **({"uuid": f"theme-{number}"} if resource == "theme" else {})}
        self.library[resource].setdefault(number, new).update(fields)

    def take_from_library(self, resource: str, numbers: Any) -> None:
        """commands/theme/delete.py: _dissociate_dashboards."""
        for number in numbers:
            del self.library[resource][number]
        if resource == "theme":
            self.theme_of = {key: theme for key, theme in self.theme_of.items() if theme not in numbers}

    def theme_row(self, key: Key) -> dict[str, Any] | None:
        number = self.theme_of.get(key)
        row = self.library["theme"].get(number) if number is not None else None
        return {name: row[name] for name in ("id", "theme_name", "json_data")} if row else None

    # --- alerts and reports ------------------------------------------------------------------------------------------

    def whole_report(self, number: int) -> dict[str, Any] | None:
        """Relations as objects, and what is JSON as text (reports/api.py: show_columns)."""
        row = next((row for row in self.reports if row["id"] == number), None)
        if row is None:
            return None
        shown = {name: value for name, value in row.items() if name not in ("chart_id", "dashboard_id", "database_id")}
        for name in ("chart", "dashboard", "database"):
            shown[name] = {"id": row[f"{name}_id"]} if row.get(f"{name}_id") else None
        shown["owners"] = [{"id": each, "first_name": "Some", "last_name": "One"} for each in row.get("owners", ())]
        recipients = row.get("recipients", ())
        shown["recipients"] = [
            {"id": 7, "type": each["type"], "recipient_config_json": json.dumps(each["recipient_config_json"])}
            for each in recipients
        ]
        shown["validator_config_json"] = json.dumps(row.get("validator_config_json") or None)
        return shown

    def add_report(self, number: int, fields: Mapping[str, Any]) -> None:
        """commands/report/create.py."""
        if nulls := [name for name in NO_NULL if name in fields and fields[name] is None]:
            raise BundleRefused(f"Field may not be null: {nulls}", environment=self.environment)
        if fields["type"] == "Report" and "database" in fields:
            raise BundleRefused("Database reference is not allowed on a report", environment=self.environment)
        if any((row["name"], row["type"]) == (fields["name"], fields["type"]) for row in self.reports):
            raise BundleRefused("A report with this name already exists", environment=self.environment)
        about = (
            fields.get("dashboard") in self.documents[Kind.DASHBOARD]
            or fields.get("chart") in self.documents[Kind.CHART]
        )
        if not about:
            raise BundleRefused("Choose a chart or dashboard", environment=self.environment)
        stored = dict(fields)
        if stored.get("creation_method") in ("charts", "dashboards"):
            mail = {"type": "Email", "recipient_config_json": {"target": "robot@example.org"}}
            stored["recipients"] = [mail]
        row = {"id": number, "active": True, "grace_period": 14400, "extra": {}, "owners": [self.account_id], **stored}
        self.reports.append(_stored(row))

    def change_report(self, number: int, fields: Mapping[str, Any]) -> None:
        row = next(row for row in self.reports if row["id"] == number)
        row.update(_stored(fields))


def _stored(fields: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {"chart": "chart_id", "dashboard": "dashboard_id", "database": "database_id"}
    return {renamed.get(name, name): value for name, value in fields.items()}
