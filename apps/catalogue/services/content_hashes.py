# [DEF:catalogue.services.content_hashes:Module]
# @COMPLEXITY: 3
# @PURPOSE: The second half of a sync: content hashes and dependencies, for the assets that changed since theirs
#   were taken.
# @RELATION DEPENDS_ON -> superset.remote.hashes
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.sentences

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import F, Q

from apps.catalogue import messages
from apps.catalogue.models import CatalogueAsset
from apps.catalogue.services import rows
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.superset.assets import Key, Kind
from apps.superset.protocol import Client, Reporter
from apps.superset.remote.hashes import Digest, Hashed, Hashing


class Row(NamedTuple):
    """What is needed of a stored asset; an instance of the model takes twice that, and there may be thousands."""

    pk: int
    name: str
    version: str


Pending = dict[Key, Row]


def refresh_hashes(client: Client, environment: Environment, reporter: Reporter, *, everything: bool = False) -> int:
    """Take the hashes that are behind, or all of them; each batch is stored before the next is requested.

    What cannot be exported gets no hash and is tried again when it changes. Returns how many hashes were taken.
    """
    pending = _pending(environment, everything=everything)
    if not pending:
        return 0
    hashing = Hashing(client, rows.inventory_of(environment), pending, reporter)
    taken = 0
    for hashed in _batches(hashing, environment):
        for key, error in hashed.failed.items():
            asset = f"{key.kind} “{pending[key].name}”"
            line = Sentence(messages.NOT_HASHED, asset=asset, error=error)
            reporter.log(line, level="warning", asset=str(key))
        _store(pending, {**dict.fromkeys(hashed.failed), **hashed.digests})
        taken += len(hashed.digests)
    return taken


def _pending(environment: Environment, *, everything: bool) -> Pending:
    assets = CatalogueAsset.objects.filter(environment=environment)
    if not everything:
        half_read = Q(depends_on__isnull=True) & ~Q(content_hash="")
        assets = assets.filter(Q(hashed_version=None) | ~Q(hashed_version=F("version")) | half_read)
    found = assets.values_list("kind", "uuid", "pk", "name", "version").iterator(rows.ROWS)
    return {
        Key(Kind(kind), str(uuid)): Row(number, name, version)  # a star would lose the types
        for kind, uuid, number, name, version in found
    }


def _batches(hashing: Hashing, environment: Environment) -> Iterator[Hashed]:
    """Dashboards bring most of the rest along; what is alone comes after them."""
    for kind in (Kind.DASHBOARD, Kind.CHART, Kind.DATASET):
        yield from hashing.batches(kind)
    yield from _of_connections(hashing, environment)
    yield from hashing.batches(Kind.DATABASE)


def _of_connections(hashing: Hashing, environment: Environment) -> Iterator[Hashed]:
    """The export of a connection holds all its datasets, which may be thousands; the export of one of them holds it."""
    for key in sorted(hashing.wanted, key=str):
        datasets = CatalogueAsset.objects.filter(
            environment=environment, kind=Kind.DATASET.value, database_uuid=key.uuid
        )
        if (number := datasets.values_list("asset_id", flat=True).first()) is not None:
            yield from hashing.along_with(Kind.DATASET, number)


def _store(pending: Pending, digests: dict[Key, Digest | None]) -> None:
    """A hash belongs to the version that was listed before the export: an asset edited in between is taken again."""
    rows.store_digests((pending[key].pk, found, pending[key].version) for key, found in digests.items())
