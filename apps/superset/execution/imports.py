# [DEF:superset.execution.imports:Module]
# @COMPLEXITY: 2
# @PURPOSE: Packs assets for the endpoint that imports them, and sends them there.
# @RELATION CALLS -> superset.bundle.bundle
# @RELATION CALLS -> superset.execution.companions

from __future__ import annotations

from collections.abc import Sequence

from apps.superset.assets import Asset
from apps.superset.bundle.bundle import write_bundle
from apps.superset.execution.companions import companions
from apps.superset.protocol import Client
from apps.superset.references.numbering import Numbering
from apps.superset.releases.base import Endpoint


def import_through(endpoint: Endpoint, assets: Sequence[Asset], target: Client, numbering: Numbering) -> None:
    """One request. Only assets/import finds assets of the target by UUID: dashboard/import is given the numbers of the
    datasets that filters use, and all others files for what their assets stand on."""
    profile = target.profile
    if endpoint is not Endpoint.ASSETS:
        assets = [numbering.with_dataset_numbers(asset) for asset in assets]
        assets += companions(assets, numbering.inventory, profile.connection_fields)
    target.import_bundle(endpoint, write_bundle(assets, type=profile.importers[endpoint].bundle_type))
