# [DEF:superset.conversion.notes:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a conversion to another release loses, for the losses of a plan.
# @RELATION DEPENDS_ON -> superset.conversion.fields
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> contracts.plain_text

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from apps.contracts.plain_text import one_line
from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.conversion.fields import EMPTY, Dropped
from apps.superset.plan.plan import Note
from apps.superset.releases.base import Release
from apps.superset.texts.spans import excerpt


def conversion_losses(
    dropped: Iterable[Dropped], members: Bundle, source: Release, target: Release
) -> tuple[Note, ...]:
    """Every value that is lost, with its asset and field; and what arrives without effect, although it has one on the
    source."""
    return tuple(
        Note.of(kind, lines)
        for kind, lines in (
            ("unsupported_fields", [_line(each) for each in dropped]),
            ("undrawn", list(_undrawn(members, source, target))),
            ("unused_settings", list(_unused(members, source, target))),
        )
        if lines
    )


def _line(dropped: Dropped) -> str:
    return f"{dropped.asset}: {dropped.path}: {excerpt(_text(dropped.value))}"


def _text(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _undrawn(members: Bundle, source: Release, target: Release) -> Iterator[str]:
    unknown = target.undrawn - source.undrawn
    for asset in members.of_kind(Kind.CHART):
        if (viz_type := asset.document.get("viz_type")) in unknown:
            yield f"{asset}: {viz_type}"


def _unused(members: Bundle, source: Release, target: Release) -> Iterator[str]:
    unused = sorted(target.unused_settings - source.unused_settings)
    for asset in members.of_kind(Kind.DASHBOARD):
        yield from (f"{asset}: {name}" for name in unused if _has(asset, name))


def _has(asset: Asset, name: str) -> bool:
    return (asset.document.get("metadata") or {}).get(name) not in EMPTY
