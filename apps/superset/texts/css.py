# [DEF:superset.texts.css:Module]
# @COMPLEXITY: 2
# @PURPOSE: Ids of charts in CSS selectors and HTML.

from __future__ import annotations

import re

from apps.superset.assets import Kind
from apps.superset.texts.spans import NOTHING, Found, Span

MARKS = ("chart-id", "slice-container-", "slice_")
"""Every spelling below contains one of these: a text without them can be skipped."""

SPELLINGS = (
    r"dashboard-chart-id-",  # class of a chart's holder in a dashboard
    r"chart-id-",  # id of the chart in it
    r"slice-container-",  # id of a chart's container in explore
    r"""data-test-chart-id\s*[~|^$*]?=\s*(?:\\?["']|&quot;)?""",  # attribute of `.chart-slice`
)
"""How 6.1.0's front end names a chart's element (static/assets: ChartHolder, Chart, SliceHeader, ExploreChartPanel)."""

CHART = re.compile(
    rf"(?<![\w-])(?:{'|'.join(SPELLINGS)})(\d{{1,18}})(?![\w-])|(?<![\w-])slice_(\d{{1,18}})-(?:menu|controls)\b"
)
"""The last group is the menu of a chart in a dashboard: `slice_5-controls`, `slice_5-menu`."""


def find(text: str) -> Found:
    if not any(mark in text for mark in MARKS):
        return NOTHING
    spans = []
    for match in CHART.finditer(text):
        group = 1 if match[1] else 2
        spans.append(Span(*match.span(group), Kind.CHART, int(match[group]), None, "css"))
    return Found(tuple(spans))
