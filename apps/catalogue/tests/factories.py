"""An environment with recorded dashboards behind it, and the syncing of it."""

from __future__ import annotations

from typing import Any

from apps.catalogue.models import CatalogueAsset
from apps.catalogue.services.sync import Synced, sync_catalogue
from apps.environments.models import Environment
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.assets import Key
from apps.superset.protocol import Silent
from apps.superset.tests.world import examples


class Mirror:
    """“dev” with the nine recorded dashboards."""

    def __init__(self, patch: Any) -> None:
        self.server = examples()
        self.servers = Servers(dev=self.server).install(patch)
        self.environment: Environment = make_environment("dev")

    def sync(self, **options: Any) -> Synced:
        self.server.requests.clear()
        whole: dict[str, Any] = {"reporter": Silent(), "pause": 0, **options}
        return sync_catalogue(environment=self.environment, **whole)

    def row(self, key: Key) -> CatalogueAsset:
        return CatalogueAsset.objects.get(environment=self.environment, kind=key.kind.value, uuid=key.uuid)

    def has(self, key: Key) -> bool:
        return CatalogueAsset.objects.filter(kind=key.kind.value, uuid=key.uuid).exists()
