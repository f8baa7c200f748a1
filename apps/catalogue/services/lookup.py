# [DEF:catalogue.services.lookup:Module]
# @COMPLEXITY: 3
# @PURPOSE: Searches the catalogue, without a request to a server.
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from django.db.models import QuerySet

from apps.catalogue.models import AssetKind, CatalogueAsset, CatalogueSync
from apps.environments.models import Environment


def find_assets(*, environment: Environment, kind: AssetKind) -> QuerySet[CatalogueAsset]:
    """The assets of a kind by name."""
    return CatalogueAsset.objects.filter(environment=environment, kind=kind).order_by("name", "pk")


def last_sync(environment: Environment) -> CatalogueSync | None:
    return CatalogueSync.objects.filter(environment=environment).first()
