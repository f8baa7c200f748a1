# [DEF:superset.content.ignored_keys:Module]
# @COMPLEXITY: 2
# @PURPOSE: The table of keys that are left out or normalized before assets are compared, each with its reason.
"""Facts were seen on running servers or read in the source of superset 6.1.0; paths of files are below `superset/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Kind
from apps.superset.references.places import NATIVE_FILTERS, PLACES, Means, Place
from apps.superset.references.reference import SYMBOLS, Packed, Template

GONE = object()
Treatment = Callable[[Any], Any]
"""Turns a value into its normal form; GONE to leave the key out."""


def canonical_json(value: Any) -> str:
    """The same text for the same value: sorted keys, 1, true and 1.0 distinguished, dates (from YAML) marked."""
    try:
        return _ENCODER.encode(value)
    except TypeError:  # not a JSON key: YAML allows dates, and keys of mixed types
        return _ENCODER.encode(_with_text_keys(value))


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_text_key(name): _with_text_keys(item) for name, item in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list | tuple) else value


def _text_key(name: Any) -> str:
    if isinstance(name, SYMBOLS):
        return f"{REFERENCE}{name}"
    return name if isinstance(name, str) else repr(name)


REFERENCE = "\0"
"""Prefix of references: text from outside has no NUL at this point (see safe_json, safe_yaml)."""


def _not_json(value: Any) -> Any:
    match value:
        case Template(parts):
            return {f"{REFERENCE}text": list(parts)}
        case Packed(packed):
            return {f"{REFERENCE}json": packed}
        case _ if isinstance(value, SYMBOLS):
            return f"{REFERENCE}{value}"
    return dict(value) if isinstance(value, Mapping) else repr(value)


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_not_json)


def drop(_: Any) -> Any:
    return GONE


def drop_if(*values: str) -> Treatment:
    """Leave out values that mean the same as a missing key; the values are given as JSON and are all empty."""

    def treat(value: Any) -> Any:
        if isinstance(value, str | list | dict) and value:
            return value
        return GONE if canonical_json(value) in values else value

    return treat


def null_is(default: Any) -> Treatment:
    return lambda value: default if value is None else value


def as_set(value: Any) -> Any:
    """A list whose order has no meaning: sorted, without duplicates."""
    if not isinstance(value, list):
        return value
    return [item for _, item in sorted({canonical_json(item): item for item in value}.items())]


def drop_named(value: Any) -> Any:
    """Leave out references, but keep the numbers of a wire document: verification compares them."""
    items = value if isinstance(value, list) else [value]
    return GONE if all(isinstance(item, SYMBOLS) for item in items) else value


def without_column_id(column: Any) -> Any:
    if not isinstance(column, Mapping) or "column_name" not in column or drop_named(column.get("id")) is not GONE:
        return column
    return {name: item for name, item in column.items() if name != "id"}


def without(key: str, *, beside: str) -> Treatment:
    """Leave out a key if the one next to it says the same."""

    def treat(holder: Any) -> Any:
        if not isinstance(holder, Mapping) or not holder.get(beside):
            return holder
        return {name: item for name, item in holder.items() if name != key}

    return treat


Rule = tuple[tuple[Kind, ...], str, Treatment, str]
"""Kinds, path, treatment, reason."""


def _of_places() -> Iterator[Rule]:
    """How the table of places treats numbers in a comparison."""
    for place in PLACES:
        kinds = (place.document,)
        if place.within:
            yield kinds, place.within, drop, f"{place.imported} on import: {place.source}"
        elif place.incidental:
            yield kinds, *_incidental(place), place.source
        elif place.unordered or place.layers:
            yield kinds, _anywhere(place.path), as_set, "a set, which the browser writes in any order"
        if place.empty:
            yield kinds, place.path.removesuffix(".{}"), drop_if(place.empty, "null"), PUT


def _incidental(place: Place) -> tuple[str, Treatment]:
    """Places whose number is left out because the key next to it says the same, or because it does not count."""
    if place.names is Means.COLUMN:
        return place.path, without_column_id
    if place.beside:
        return place.holder, without(place.key, beside=place.beside)
    return place.path, drop_named


def _anywhere(path: str) -> str:
    """A list of a scope means the same anywhere in a document."""
    top, *between, key = path.split(".")
    return f"{top}.**.{key}" if between else path


PUT = "written by a PUT of json_metadata where it is missing: daos/dashboard.py, set_dash_metadata"

EVERY = tuple(Kind)
DATABASE = (Kind.DATABASE,)
DATASET, CHART, DASHBOARD = (Kind.DATASET,), (Kind.CHART,), (Kind.DASHBOARD,)
NO, YES = False, True

# fmt: off
RULES: tuple[Rule, ...] = (
    # An export writes every field of an asset, null where it is empty; older releases lack some fields.
    (EVERY, "version", drop, "version of the file format: utils/dict_import_export.py"),
    (EVERY, "tags", drop_if("[]", "null"), "written only where TAGGING_SYSTEM is on: commands/dashboard/export.py"),
    (DASHBOARD, "published", null_is(NO), "default of the column: models/dashboard.py"),
    (DATASET, "offset", null_is(0), "default of the column: connectors/sqla/models.py"),
    (DATASET, "filter_select_enabled", null_is(YES), "default of the column"),
    (DATASET, "normalize_columns", drop_if("false", "null"), "default of the column"),
    (DATASET, "always_filter_main_dttm", drop_if("false", "null"), "default of the column"),
    (DATASET, "template_params", drop_if('""', "null"), "the importer makes null of '': datasets/schemas.py"),
    (DATASET, "extra", drop_if('""', "null"), "the importer makes null of '': datasets/schemas.py"),
    (DATABASE, "impersonate_user", drop_if("false", "null"), "4.1 exports it nowhere: models/core.py"),
    (DATABASE, "configuration_method", drop, "which form edits it; exported from 6.1: models/core.py"),
    (DATABASE, "encrypted_extra", drop, "a secret; exported from 6.1: commands/database/export.py"),
    (DATABASE, "masked_encrypted_extra", drop, "a secret; exported from 6.1: commands/database/export.py"),
    (DATABASE, "ssh_tunnel.*", drop_if("null"), "null and absent are the same"),
    (DATABASE, "extra", drop_if("{}", "null", '""'), "the default of the API is an empty object"),
    (EVERY, "*", drop_if("null"), "null and absent are the same"),

    # The order in which columns and metrics are exported means nothing (models/helpers.py sorts them by the letters of
    # their text), so `normalize` also keys them by name. Nulls get the defaults of their columns when inserted.
    (DATASET, "columns.*.is_active", drop_if("true", "null"), "null comes back as true (seen)"),
    (DATASET, "columns.*.is_dttm", drop_if("false", "null"), "null comes back as false"),
    (DATASET, "columns.*.*", drop_if("null"), "null and absent are the same"),
    (DATASET, "metrics.*.*", drop_if("null"), "null and absent are the same"),

    (CHART, "params.annotation_layers", drop_if("[]"), "the importer adds []: commands/chart/importers/v1/utils.py"),

    # Charts that are linked but not laid out are exported under random ids, too: see generated_layout.
    (DASHBOARD, "metadata.default_filters", drop, "removed on import: migrations/shared/native_filters.py"),
    (DASHBOARD, "metadata.show_native_filters", drop, "removed on import: commands/dashboard/importers/v1/utils.py"),
    (DASHBOARD, f"metadata.{NATIVE_FILTERS}", drop_if("[]", "null"), "[] set on import: native_filters.py"),

    # A PUT of json_metadata writes these where they are missing: daos/dashboard.py, set_dash_metadata.
    (DASHBOARD, "metadata.refresh_frequency", drop_if("0", "null"), "0 is written"),
    (DASHBOARD, "metadata.color_scheme", drop_if('""', "null"), "'' is written"),
    (DASHBOARD, "metadata.color_namespace", drop_if("null"), "null is removed"),
    (DASHBOARD, "metadata.label_colors", drop_if("{}", "null"), "{} is written"),
    (DASHBOARD, "metadata.shared_label_colors", drop_if("[]", "{}", "null"), "[] is written; {} is its older form"),
    (DASHBOARD, "metadata.map_label_colors", drop_if("{}", "null"), "{} is written"),
    (DASHBOARD, "metadata.color_scheme_domain", drop_if("[]", "null"), "[] is written"),
    (DASHBOARD, "metadata.cross_filters_enabled", drop_if("true"), "true is written"),

    (DASHBOARD, "metadata.**.tabsInScope", as_set, "a set"),
    *_of_places(),
)
# fmt: on
"""Kinds, path (`*`: any key or list item, `**`: any number of them), treatment, reason; applied in this order.

Not here, so compared: `label_colors`, `map_label_colors` and `color_scheme_domain` with content (imports keep them
as they are), `tags` with content, `theme_uuid`, and an empty string where null would do (imports keep it).
"""
