# [DEF:superset.macros:Module]
# @COMPLEXITY: 3
# @PURPOSE: Numbers inside free text that no importer and nobody else rewrites: found, and told as a warning.
# @RELATION DEPENDS_ON -> superset.plan

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.plan import Note

MACRO = re.compile(r"\{\{-?[^}]*?\b(?:dataset\(\s*\d+|metric\(\s*['\"][^'\"]*['\"]\s*,\s*\d+)")
"""Jinja macros that name a dataset by number: `{{ dataset(12) }}`, `{{ metric('count', 12) }}`."""

LINK = re.compile(r"/superset/dashboard/\d+|/explore/\?[^\s\"')]*slice_id=\d+|datasource_id=\d+")
"""Links to one environment's dashboards and charts, in markdown and templates."""


def macro_notes(assets: Bundle) -> tuple[Note, ...]:
    """A warning for each kind of number that stays as it is, naming the assets."""
    found = [(str(asset), kind) for asset in assets for kind in _numbers_in(asset)]
    notes = (
        Note(kind, text, tuple(sorted(name for name, each in found if each == kind)))
        for kind, text in SENTENCES.items()
    )
    return tuple(note for note in notes if note.assets)


SENTENCES = {
    "macro_numbers": "Jinja macros name datasets by a number of the source, which is not rewritten.",
    "link_numbers": "Links name dashboards or charts by a number of the source, which is not rewritten.",
}


def _numbers_in(asset: Asset) -> Iterator[str]:
    text = json.dumps(asset.document, default=str, ensure_ascii=False)
    if MACRO.search(text.replace('\\"', '"')):
        yield "macro_numbers"
    if asset.kind in (Kind.DASHBOARD, Kind.CHART) and LINK.search(text):
        yield "link_numbers"
