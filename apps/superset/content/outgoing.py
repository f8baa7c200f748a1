# [DEF:superset.content.outgoing:Module]
# @COMPLEXITY: 2
# @PURPOSE: An asset in the notation of the release that it is sent to.
# @RELATION CALLS -> superset.content.untouched_keys

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from apps.superset.assets import Asset, Document, Kind
from apps.superset.content.untouched_keys import sendable
from apps.superset.releases.base import Release


def outgoing(asset: Asset, release: Release) -> Asset:
    """The part of a symbolic asset that a request to this release may contain, as it takes it. Comparing undoes the
    notation (see `defaults`), so the content hash stays the same."""
    asset = sendable(asset)
    if asset.kind is not Kind.DATASET or not release.currency_is_text:
        return asset
    return asset.with_document(_with_currencies_as_text(asset.document))


def _with_currencies_as_text(document: Document) -> Document:
    metrics = document.get("metrics")
    if not isinstance(metrics, list):
        return document
    return {**document, "metrics": [_metric(each) for each in metrics]}


def _metric(metric: Any) -> Any:
    if not isinstance(metric, Mapping) or not isinstance(metric.get("currency"), Mapping):
        return metric
    return {**metric, "currency": json.dumps(dict(metric["currency"]))}
