# [DEF:superset.view.raw:Module]
# @COMPLEXITY: 2
# @PURPOSE: The documents of a change as YAML, with references as text and secrets masked.

from __future__ import annotations

from apps.contracts.belief import without_secrets
from apps.superset.assets import Asset
from apps.superset.bundle.safe_yaml import dump_yaml
from apps.superset.references.reference import shown


def as_yaml(asset: Asset | None) -> str | None:
    """None for none."""
    return dump_yaml(without_secrets(shown(asset.document))) if asset else None
