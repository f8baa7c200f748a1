"""The catalogue of an environment as a sync leaves it: a thousand dashboards with three charts each. Needs Lockstep's
settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.catalogue.models import AssetKind, AssetPairing, CatalogueAsset, CatalogueSync, DatabaseMapping
from apps.environments.models import Environment
from apps.users.models import User

DASHBOARDS, CHARTS_EACH, DATASETS, DATABASES = 1000, 3, 200, 5
PAIRED = 40
BATCH = 500
NAMES = ("Sales", "USA Births Names", "Video Game Sales", "FCC New Coder Survey 2018", "World Bank, rural population")
OWNERS = ("BI team", "Analytics", "Superset Admin")
TAGS: tuple[list[str], ...] = (["finance", "core"], ["core"], [], ["survey", "public"])
PLACES = {AssetKind.DATABASE: 1, AssetKind.DATASET: 2, AssetKind.CHART: 3, AssetKind.DASHBOARD: 4}


def uuid_of(kind: AssetKind, number: int, place: int = 0) -> UUID:
    """The same in each environment, except for databases, which have their `place`."""
    return UUID(int=(PLACES[kind] << 64) + (place << 32 if kind is AssetKind.DATABASE else 0) + number + 1)


def fill(environments: list[Environment], now: datetime, dashboards: int = DASHBOARDS) -> None:
    for place, environment in enumerate(environments):
        CatalogueAsset.objects.bulk_create(_assets(environment, place, now, dashboards), batch_size=BATCH)
        counts = dict(zip(PLACES, (DATABASES, DATASETS, dashboards * CHARTS_EACH, dashboards), strict=True))
        CatalogueSync.objects.create(
            environment=environment, started=now, finished=now, listed_whole=now, counts=counts
        )


def match(environments: list[Environment], actor: User) -> None:
    """Each database is mapped between each two environments, except for the last one; some charts are paired."""
    for here, source in enumerate(environments):
        for there, target in enumerate(environments):
            if here == there:
                continue
            between: dict[str, Any] = {"source": source, "target": target, "confirmed_by": actor}
            DatabaseMapping.objects.bulk_create(
                DatabaseMapping(
                    **between,
                    **_named("source", uuid_of(AssetKind.DATABASE, number, here), f"warehouse {number}"),
                    **_named("target", uuid_of(AssetKind.DATABASE, number, there), f"warehouse {number}"),
                )
                for number in range(DATABASES - 1)
            )
    charts = range(0, 2 * PAIRED, 2)
    AssetPairing.objects.bulk_create(
        AssetPairing(
            source=environments[0],
            target=environments[-1],
            confirmed_by=actor,
            kind=AssetKind.CHART,
            **_named("source", uuid_of(AssetKind.CHART, number), f"Chart {number}"),
            **_named("target", uuid_of(AssetKind.CHART, number + 1), f"Chart {number + 1}"),
        )
        for number in charts
    )


def _named(side: str, uuid: UUID, name: str) -> dict[str, Any]:
    return {f"{side}_uuid": uuid, f"{side}_name": name}


def _assets(environment: Environment, place: int, now: datetime, dashboards: int) -> Iterator[CatalogueAsset]:
    """Every third dashboard, chart and dataset differs from environment to environment."""

    def asset(kind: AssetKind, number: int, below: list[str], **facts: Any) -> CatalogueAsset:
        content = f"{kind} {number} {place if number % 3 == 0 else ''}"
        hashed = hashlib.sha256(content.encode()).hexdigest()
        return CatalogueAsset(
            environment=environment,
            kind=kind,
            uuid=uuid_of(kind, number, place),
            asset_id=number + 1,
            version="1",
            content_hash=hashed,
            hashed_version="1",
            hashed_at=now,
            portable_hash=hashed,
            names=below,
            depends_on=below,
            seen_at=now,
            **facts,
        )

    def key(kind: AssetKind, number: int) -> str:
        return f"{kind.value}/{uuid_of(kind, number, place)}"

    for number in range(DATABASES):
        yield asset(AssetKind.DATABASE, number, [], name=f"warehouse {number}", backend="postgresql")
    for number in range(DATASETS):
        database = number % DATABASES
        facts = {"name": f"table_{number}", "database_uuid": uuid_of(AssetKind.DATABASE, database, place)}
        below = [key(AssetKind.DATABASE, database)]
        yield asset(AssetKind.DATASET, number, below, changed_on=now - timedelta(hours=number), **facts)
    for number in range(dashboards * CHARTS_EACH):
        facts = {"name": f"{NAMES[number % len(NAMES)]}, chart {number}", "owners": [OWNERS[number % len(OWNERS)]]}
        below = [key(AssetKind.DATASET, number % DATASETS)]
        yield asset(AssetKind.CHART, number, below, changed_on=now - timedelta(minutes=31 * number), **facts)
    for number in range(dashboards):
        charts = range(number * CHARTS_EACH, (number + 1) * CHARTS_EACH)
        yield asset(
            AssetKind.DASHBOARD,
            number,
            [key(AssetKind.CHART, chart) for chart in charts],
            name=f"{NAMES[number % len(NAMES)]}, {number}",
            slug=f"board-{number}",
            status="draft" if number % 9 == 8 else "published",
            owners=[OWNERS[number % len(OWNERS)]],
            tags=TAGS[number % len(TAGS)],
            changed_on=now - timedelta(minutes=97 * number),
        )
