# [DEF:superset.references.translations:Module]
# @COMPLEXITY: 2
# @PURPOSE: Every number that an asset was read with and the number that replaces it on the target. A table for the log
#   of a run.
# @RELATION DEPENDS_ON -> superset.references.reference
# @RELATION DEPENDS_ON -> superset.protocol

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Asset, Kind
from apps.superset.protocol import Reporter
from apps.superset.references.places import UUIDS
from apps.superset.references.reference import Column, Numbers, Own, Packed, Ref, Template


def translations(asset: Asset, numbers: Numbers) -> list[dict[str, Any]]:
    """Of a symbolic asset: `{path, before, after}` each. References stored before their numbers were kept, and those
    that the target has no number for, are left out."""
    return [
        {"path": path, "before": before, "after": str(after)}
        for path, before, after in _below("", asset.document, asset, numbers)
        if before and after is not None
    ]


def log_translations(assets: Iterable[Asset], numbers: Numbers, reporter: Reporter) -> None:
    """One line for each asset that refers to others by number, with the number of the source and of the target."""
    for asset in assets:
        if found := translations(asset, numbers):
            reporter.log(f"{asset}: references translated: {len(found)}", level="debug", references=found)


Found = Iterator[tuple[str, str, int | str | None]]


def _below(path: str, value: Any, asset: Asset, numbers: Numbers) -> Found:
    match value:
        case Mapping():
            for name, item in value.items():
                yield from _named(path, name, item, asset, numbers)
        case list() | tuple():
            for place, item in enumerate(value):
                yield from _below(f"{path}.{place}", item, asset, numbers)
        case Template():
            for ref in value.refs:
                yield path, ref.written, numbers.id_of(ref.key)
        case Packed():
            yield from _below(path, value.value, asset, numbers)
        case Ref() | Own() | Column():
            yield path, value.written, _number(value, asset, numbers)


def _named(path: str, name: Any, item: Any, asset: Asset, numbers: Numbers) -> Found:
    if isinstance(name, Ref):
        yield f"{path}.{{}}", name.written, _number(name, asset, numbers)
    key = name.written if isinstance(name, Ref) else str(name)
    yield from _below(f"{path}.{key}" if path else key, item, asset, numbers)


def _number(value: Ref | Own | Column, asset: Asset, numbers: Numbers) -> int | str | None:
    match value:
        case Own():
            return numbers.id_of(asset.key)
        case Column(name):
            return numbers.column_id_of(str(asset.document.get(UUIDS[Kind.CHART].field) or ""), name)
    number = numbers.id_of(value.key)
    return None if number is None else value.spelled(number)
