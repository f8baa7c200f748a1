# [DEF:superset.execution.verify:Module]
# @COMPLEXITY: 3
# @PURPOSE: Compares the target with the plan.
# @RELATION DEPENDS_ON -> superset.remote.exports

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from apps.superset.assets import Asset, Bundle, Key, Kind
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.checks.usage import unlinked
from apps.superset.content.comparable import comparable
from apps.superset.content.normalize import content_hash, normalize
from apps.superset.content.untouched_keys import NOT_CARRIED
from apps.superset.diff.diff import diff
from apps.superset.errors import NotVerified
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.remote.exports import Exported, label


def deviations(expected: Mapping[Key, str | None], found: Exported, inventory: Inventory) -> list[str]:
    """One sentence per asset that is not as expected (content hash, or None if it should not exist)."""
    return [text for key, wanted in expected.items() if (text := _deviation(key, wanted, found, inventory))]


def _deviation(key: Key, wanted: str | None, found: Exported, inventory: Inventory) -> str:
    if key in found.unreadable:
        detail = found.unreadable[key].detail
        return str(Message("deviation.unreadable", asset=label(key, inventory), detail=detail))
    asset = found.symbolic.get(key) if key in inventory else None
    if asset is None:
        return "" if wanted is None else str(Message("deviation.gone", asset=key))
    if wanted is None:
        return str(Message("deviation.exists", asset=asset))
    is_as_wanted = content_hash(comparable(asset)) == wanted
    return "" if is_as_wanted else str(Message("deviation.changed", asset=asset))


def remaining(
    expected: Mapping[Key, str | None],
    desired: Bundle,
    sent: Mapping[Key, Asset],
    found: Exported,
    inventory: Inventory,
) -> list[str]:
    """Every difference between the plan and the target after the writes, described; empty if verified.

    What was sent is compared twice: in symbolic form, and number by number with the target's current numbers.
    """
    differences = []
    for key, wanted in expected.items():
        if text := _deviation(key, wanted, found, inventory):
            differences.extend(_details(desired.get(key), found.symbolic.get(key)) or [text])
        elif key in sent and key in found.wire:
            differences.extend(_numeric(sent[key], found.wire.assets[key]))
    return differences


def unlinked_charts(keys: Iterable[Key], found: Exported, inventory: Inventory) -> list[str]:
    """One sentence per chart in the layout of one of these dashboards that is not linked to it."""
    dashboards = [found.symbolic.assets[key] for key in keys if key.kind is Kind.DASHBOARD and key in found.symbolic]
    return [
        str(Message("deviation.unlinked", dashboard=dashboard, chart=chart.name))
        for dashboard in dashboards
        for chart in unlinked(dashboard, inventory)
    ]


def not_verified(differences: Sequence[str], environment: str) -> NotVerified:
    key = "error.not_verified.one" if len(differences) == 1 else "error.not_verified"
    return NotVerified(
        Message(key, count=len(differences), differences="; ".join(differences[:10])),
        environment=environment,
        context={"differences": list(differences)},
    )


def _details(wanted: Asset | None, found: Asset | None) -> list[str]:
    if wanted is None or found is None:
        return []
    return [f"{wanted}: {each.sentence()}" for each in diff(comparable(wanted), comparable(found))]


def _numeric(sent: Asset, found: Asset) -> Iterator[str]:
    """Differences between the documents as sent and as read back, numbers included."""
    for each in diff(normalize(_parsed(sent)), normalize(_parsed(found))):
        yield f"{sent}: {each.sentence()}"


def _parsed(asset: Asset) -> Asset:
    """A wire document with its stored query parsed, without the keys that do not travel."""
    document: dict[str, Any] = {name: value for name, value in asset.document.items() if name not in NOT_CARRIED}
    if asset.kind is Kind.CHART and isinstance(document.get("query_context"), str):
        document["query_context"] = _parsed_text(document["query_context"])
    return asset.with_document(document)


def _parsed_text(text: str) -> Any:
    """The parsed value of a JSON text; the text itself if it is not JSON."""
    try:
        return load_json(text).value
    except JsonRefused:
        return text
