# mypy: disable-error-code="import-not-found,import-untyped"
"""Reads the schemas of Superset's importer. Runs in the virtual environment of Superset.

    schema_reader.py read     prints the content of apps/superset/releases/importer_schemas/ as JSON
    schema_reader.py judge    reads `[[kind, document], …]` as JSON, and prints two verdicts for each, of the schema and
                              of the renumbering code: null if accepted, the messages of the schema, or the name of the
                              exception that aborts the import

The result is the last line of the output; the log of Superset may precede it.
"""

import copy
import hashlib
import importlib
import inspect
import json
import sys
from typing import Any

from superset.app import create_app

SCHEMAS = {
    "dataset": "superset.datasets.schemas:ImportV1DatasetSchema",
    "column": "superset.datasets.schemas:ImportV1ColumnSchema",
    "metric": "superset.datasets.schemas:ImportV1MetricSchema",
    "currency": "superset.datasets.schemas:ImportMetricCurrencySchema",
    "folder": "superset.datasets.schemas:FolderSchema",
    "chart": "superset.charts.schemas:ImportV1ChartSchema",
    "dashboard": "superset.dashboards.schemas:ImportV1DashboardSchema",
}

ADDED = ("currency", "folder")
"""Schemas that came with 6.0: before, a currency was a text, and datasets had no folders."""

TABLES = {
    "dataset": "superset.connectors.sqla.models:SqlaTable",
    "column": "superset.connectors.sqla.models:TableColumn",
    "metric": "superset.connectors.sqla.models:SqlMetric",
    "chart": "superset.models.slice:Slice",
    "dashboard": "superset.models.dashboard:Dashboard",
}

CODE = (
    "superset.commands.chart.importers.v1.utils:filter_chart_annotations",
    "superset.commands.chart.importers.v1.utils:import_chart",
    "superset.commands.dashboard.export:ExportDashboardsCommand._file_content",
    "superset.commands.dashboard.export:append_charts",
    "superset.commands.dashboard.export:get_default_position",
    "superset.commands.dashboard.importers.v1.utils:build_uuid_to_id_map",
    "superset.commands.dashboard.importers.v1.utils:import_dashboard",
    "superset.commands.dashboard.importers.v1.utils:update_cross_filter_scoping",
    "superset.commands.dashboard.importers.v1.utils:update_id_refs",
    "superset.commands.dataset.importers.v1.utils:import_dataset",
    "superset.commands.importers.v1.assets:ImportAssetsCommand._import",
    "superset.commands.importers.v1.utils:load_configs",
    "superset.commands.utils:update_chart_config_dataset",
    "superset.datasets.schemas:CurrencyField",
    "superset.models.sql_types.base:parse_currency_string",
    "superset.utils.schema:validate_json",
)
"""What our modules know by reading it: a digest that changed says what has to be read again. An older release lacks
some of it, and its file then lacks the digest."""

MARSHMALLOW = ("Boolean", "Dict", "Integer", "List", "Nested", "Url", "UUID", "String")
"""The kinds of field that `superset.importer_schema` knows, the special ones before what they are made of."""


def main() -> None:
    with create_app().app_context():
        answer = judged(json.load(sys.stdin)) if sys.argv[1] == "judge" else read()
    print(json.dumps(answer))


def read() -> dict[str, Any]:
    schemas = {name: path for name, path in SCHEMAS.items() if name not in ADDED or has(path)}
    names = {located(path): name for name, path in schemas.items()}
    return {
        "release": importlib.metadata.version("apache_superset"),
        "schemas": {name: schema(path, names) for name, path in schemas.items()},
        "tables": {name: table(path, located(SCHEMAS[name])) for name, path in TABLES.items()},
        "code": {path.replace(":", "."): digest(located(path)) for path in CODE if has(path)},
    }


def judged(documents: list[Any]) -> list[Any]:
    return [
        [
            verdict(lambda given, kind=kind: located(SCHEMAS[kind])().load(given), document),
            verdict(RENUMBERED[kind], document) if kind in RENUMBERED else None,
        ]
        for kind, document in documents
    ]


def verdict(act: Any, document: Any) -> Any:
    from marshmallow import ValidationError  # noqa: PLC0415 - of Superset's environment

    try:
        act(copy.deepcopy(document))
    except ValidationError as error:
        return json.loads(json.dumps(error.normalized_messages(), default=str))
    except Exception as error:  # noqa: BLE001 - any of them ends the import
        return type(error).__name__
    return None


class Everything(dict[str, Any]):
    """Numbers for whatever is asked for."""

    def __missing__(self, name: str) -> Any:
        return self.setdefault(name, self.make(len(self) + 1))

    def __contains__(self, name: object) -> bool:
        return True

    def __init__(self, make: Any) -> None:
        super().__init__()
        self.make = make


def dataset_of(number: int) -> dict[str, Any]:
    return {"datasource_id": number, "datasource_type": "table", "datasource_name": "sales"}


def renumber_dashboard(document: Any) -> None:
    update = located("superset.commands.dashboard.importers.v1.utils:update_id_refs")
    update(document, Everything(int), Everything(dataset_of))


def renumber_chart(document: Any) -> None:
    document = located("superset.commands.utils:update_chart_config_dataset")(document, dataset_of(1))
    located("superset.commands.chart.importers.v1.utils:filter_chart_annotations")(document)


RENUMBERED = {"dashboard": renumber_dashboard, "chart": renumber_chart}


def located(path: str) -> Any:
    module, _, name = path.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def has(path: str) -> bool:
    try:
        located(path)
    except (ModuleNotFoundError, AttributeError):
        return False
    return True


def digest(thing: Any) -> str:
    return hashlib.sha256(inspect.getsource(thing).encode()).hexdigest()[:16]


def schema(path: str, names: dict[Any, str]) -> dict[str, Any]:
    made = located(path)()
    if made.unknown != "raise":
        raise SystemExit(f"{path} accepts unknown keys ({made.unknown}): the validator refuses them all")
    hooks = {
        name: digest(getattr(type(made), name))
        for entries in made._hooks.values()  # noqa: SLF001 - no public API
        for name in sorted({entry if isinstance(entry, str) else entry[0] for entry in entries})
    }
    fields = {name: field(f"{path}.{name}", each, names) for name, each in made.fields.items()}
    return {"source": path.replace(":", "."), "hooks": hooks, "fields": fields}


def field(path: str, each: Any, names: dict[Any, str]) -> dict[str, Any]:
    """Only what differs from an optional field without null."""
    found: dict[str, Any] = {"type": kind_of(path, each)}
    found |= {"required": True} if each.required else {}
    found |= {"null": True} if each.allow_none else {}
    for validator in each.validators:
        found |= rule(path, validator)
    if found["type"] == "List":
        found["items"] = field(path, each.inner, names)
    if found["type"] == "Nested":
        found["schema"] = names[type(each.schema)]
        found |= {"class": type(each).__name__} if type(each).__name__ != "Nested" else {}
    return found


def kind_of(path: str, each: Any) -> str:
    classes = {base.__name__ for base in type(each).__mro__ if base.__module__ == "marshmallow.fields"}
    kind = next((name for name in MARSHMALLOW if name in classes), "")
    if not kind or (kind == "Dict" and (each.key_field or each.value_field)) or getattr(each, "strict", False):
        raise SystemExit(f"{path} is a field of a kind that the validator does not know: {each!r}")
    return kind


def rule(path: str, validator: Any) -> dict[str, Any]:
    name = getattr(validator, "__name__", type(validator).__name__)
    if name == "Length" and validator.equal is None:
        return {"length": [validator.min, validator.max]}
    if name == "OneOf":
        return {"one_of": list(validator.choices)}
    if name == "URL":  # which a field of that kind brings along
        return {}
    if name == "validate_json":
        return {"json": True}
    raise SystemExit(f"{path} has a rule that the validator does not know: {validator!r}")


def table(path: str, schema: Any) -> dict[str, Any]:
    """Of the columns that an import fills: their type, how long a text may be, and whether they may be null."""
    model = located(path)
    known = {*schema().fields, "position_json", "json_metadata"}
    columns = {column.name: column for column in model.__table__.columns if column.name in known}
    return {
        "source": path.replace(":", "."),
        "columns": {str(name): column(each) for name, each in sorted(columns.items())},
    }


def column(each: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"type": each.type.__class__.__name__}
    length = getattr(each.type, "length", None)
    found |= {"length": length} if length and isinstance(length, int) else {}
    found |= {} if each.nullable else {"null": False}
    if each.default is not None and each.default.is_scalar:
        found["default"] = each.default.arg
    return found


if __name__ == "__main__":
    main()
