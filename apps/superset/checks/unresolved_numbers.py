# [DEF:superset.checks.unresolved_numbers:Module]
# @COMPLEXITY: 2
# @PURPOSE: Ids that cannot be translated and that differ on the target: the target keeps its own unless a person
#   decides otherwise.
# @RELATION CALLS -> superset.checks.suspects
# @RELATION CALLS -> superset.references.list_items
# @RELATION CALLS -> superset.checks.text_references
"""A number with an unknown meaning is equal on both sides only until somebody corrects it on the target. From then on
the source's number is wrong, and sending it would undo that correction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Bundle
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.checks.suspects import suspects
from apps.superset.checks.text_references import loose_numbers
from apps.superset.messages.message import Message
from apps.superset.plan.plan import Note
from apps.superset.plan.refusal import Refusal
from apps.superset.references.list_items import paired
from apps.superset.references.reference import Template, number_in
from apps.superset.references.walk import TABLE, Spot

NUMBER = "number"

NAMES = ("id", "column_name", "metric_name", "name", "label")
"""The keys that distinguish the items of a list."""


@dataclass(frozen=True, slots=True)
class Differing:
    """`desired` with the target's numbers, except where the source's are requested; and the differences of each asset,
    under the name that requests the source's."""

    desired: Bundle
    kept: tuple[Refusal, ...]
    sent: tuple[Refusal, ...]

    def notes(self) -> Iterator[Note]:
        if self.kept:
            yield Note.of("number_differs", (f"{each.text} ({each.acknowledge})" for each in self.kept))


def differing(desired: Bundle, current: Bundle, acknowledged: Collection[str]) -> Differing:
    """Both in symbolic form."""
    assets, kept, sent = list[Asset](), list[Refusal](), list[Refusal]()
    for asset in desired:
        there = current.get(asset.key)
        if there is None or there.document == asset.document:
            assets.append(asset)
            continue
        work = _Keeping({each.path for each in suspects(asset)})
        found = work.value(asset.document, there.document, TABLE[asset.kind], "")
        if not work.kept:
            assets.append(asset)
            continue
        name = f"{NUMBER}:{asset.key}"
        refusal = _refusal(asset, work.kept, name)
        (sent if name in acknowledged else kept).append(refusal)
        assets.append(asset if name in acknowledged else asset.with_document(found))
    return Differing(Bundle.of(assets), tuple(kept), tuple(sent))


def _refusal(asset: Asset, differences: Iterable[Message], name: str) -> Refusal:
    message = Message("refusal.number", asset=asset, differences=tuple(differences))
    return Refusal(NUMBER, asset.name, message, {"key": str(asset.key)}, name)


class _Keeping:
    """One walk through a document and its counterpart on the target; `paths` are those of its suspects."""

    def __init__(self, paths: Collection[str]) -> None:
        self.paths = paths
        self.kept: list[Message] = []

    def value(self, wanted: Any, there: Any, spot: Spot, path: str) -> Any:
        if isinstance(wanted, Mapping) and isinstance(there, Mapping):
            return {
                name: self.value(item, there[name], spot.below(str(name)), f"{path}.{name}" if path else str(name))
                if name in there
                else item
                for name, item in wanted.items()
            }
        if isinstance(wanted, list) and isinstance(there, list):
            below, pairs = spot.below("*"), enumerate(paired(wanted, there, NAMES))
            return [self.value(item, other, below, f"{path}.{number}") for number, (item, other) in pairs]
        if path in self.paths and number_in(wanted) is not None and number_in(there) is not None:
            return self.chosen(wanted, there, path)
        if isinstance(wanted, str | Template) and isinstance(there, str | Template) and wanted != there:
            return self.text(wanted, there, spot, path)
        return wanted

    def chosen(self, wanted: Any, there: Any, path: str) -> Any:
        if wanted != there:
            self.kept.append(Message("refusal.number.value", path=path, ours=wanted, theirs=there))
        return there

    def text(self, wanted: str | Template, there: str | Template, spot: Spot, path: str) -> Any:
        if (
            isinstance(wanted, str)
            and isinstance(there, str)
            and any(each.startswith(f"{path}.") for each in self.paths)
        ):
            return self.json(wanted, there, spot, path)
        ours, rest = loose_numbers(wanted, rendered=spot.is_rendered)
        theirs, other = loose_numbers(there, rendered=spot.is_rendered)
        if not ours or rest != other or ours == theirs:
            return wanted
        facts = {"ours": ", ".join(ours), "theirs": ", ".join(theirs)}
        self.kept.append(Message("refusal.number.text", path=path, **facts))
        return there

    def json(self, wanted: str, there: str, spot: Spot, path: str) -> str:
        try:
            ours, theirs = load_json(wanted).value, load_json(there).value
        except JsonRefused:
            return wanted
        found = self.value(ours, theirs, spot, path)
        return wanted if found == ours else there if found == theirs else json.dumps(found)
