# [DEF:superset.diff.diff:Module]
# @COMPLEXITY: 2
# @PURPOSE: The differences between two states of an asset.
"""Complete: every differing value is in a difference. Unknown keys get a general one with their path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from apps.superset.assets import Asset, Document, Kind
from apps.superset.content.normalize import digest
from apps.superset.diff.charts import compare_charts
from apps.superset.diff.dashboards import compare_dashboards
from apps.superset.diff.datasets import compare_datasets
from apps.superset.diff.difference import Difference, difference, text_diff
from apps.superset.diff.fields import general
from apps.superset.references.reference import shown

__all__ = ["Difference", "diff"]


def diff(before: Asset | None, after: Asset) -> tuple[Difference, ...]:
    """The differences of two normalised assets of the same kind; none for equal ones.

    A new asset (`before` is None) has one difference, `created`, with the hash of its content, and its SQL if any.
    The assets' own UUIDs and names are not compared, only their documents.
    """
    if before is None:
        return (_created(after),)
    return tuple(_COMPARISONS[after.kind](before.document, after.document))


def _created(asset: Asset) -> Difference:
    sql = shown(asset.document.get("sql")) if asset.kind is Kind.DATASET else None
    text = text_diff("", f"{sql}\n") if isinstance(sql, str) and sql else ""
    value = {"name": asset.name, "content_hash": digest(asset.document)}
    return difference("created", asset.name, "", None, value, text)


def _compare_any(before: Document, after: Document) -> Iterator[Difference]:
    yield from general("", before, after)


_COMPARISONS: Mapping[Kind, Callable[[Document, Document], Iterator[Difference]]] = {
    Kind.DATABASE: _compare_any,
    Kind.DATASET: compare_datasets,
    Kind.CHART: compare_charts,
    Kind.DASHBOARD: compare_dashboards,
}
