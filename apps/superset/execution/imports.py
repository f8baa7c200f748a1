# [DEF:superset.execution.imports:Module]
# @COMPLEXITY: 2
# @PURPOSE: Packs assets for the endpoint that imports them, and sends them there.
# @RELATION CALLS -> superset.bundle.bundle

from __future__ import annotations

from collections.abc import Sequence

from apps.superset.assets import Asset
from apps.superset.bundle.bundle import write_bundle
from apps.superset.protocol import Client
from apps.superset.references.numbering import Numbering
from apps.superset.releases.base import Endpoint


def import_through(endpoint: Endpoint, assets: Sequence[Asset], target: Client, numbering: Numbering) -> None:
    """One request. Only assets/import finds datasets of the target by UUID; dashboard/import is given their numbers."""
    bundle_type = target.profile.importers[endpoint].bundle_type
    if endpoint is Endpoint.ASSETS:
        target.import_assets(write_bundle(assets, type=bundle_type))
    else:
        numbered = [numbering.with_dataset_numbers(asset) for asset in assets]
        target.import_dashboards(write_bundle(numbered, type=bundle_type))
