# [DEF:migrations.admin_pages.planning:Module]
# @COMPLEXITY: 3
# @PURPOSE: The page that starts the planning of a migration: what was chosen on it, and what the catalogues offer
#   to choose.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> catalogue.services.lookup
# @RELATION DEPENDS_ON -> superset.selection

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from apps.catalogue.admin_pages.pairs import chosen_databases, database_choices
from apps.catalogue.models import AssetKind, CatalogueAsset
from apps.catalogue.services.lookup import find_assets, last_sync
from apps.catalogue.services.mappings import confirmed_mapping
from apps.catalogue.services.sides import refuse_same
from apps.environments.models import Environment
from apps.environments.services.lookup import get_environment
from apps.migrations.models import Migration
from apps.migrations.policies.planning import require_planner
from apps.migrations.services.queueing import queue_plan
from apps.superset.selection import Selection
from apps.tasks.models import Task
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class Chosen:
    """`dashboards` are named by id, UUID or slug; `databases` are UUIDs of the source's, each with the target's."""

    source: Environment | None = None
    target: Environment | None = None
    dashboards: tuple[str, ...] = ()
    everything: bool = False
    databases: Mapping[str, str] = field(default_factory=dict)
    allow_many: bool = False
    acknowledge: tuple[str, ...] = ()
    """Names of refusals that are to pass."""

    @classmethod
    def of(cls, user: User, address: QueryDict, form: QueryDict) -> Self:
        """The address has the two environments, and what is chosen before the form is sent. NotThere for those that the
        user does not see.

        There an environment is named by its name or slug, and databases as SOURCE=TARGET by their UUIDs.
        """
        given = form or address
        source, target = (address.get(name, "") for name in ("source", "target"))
        return cls(
            source=get_environment(source, user=user) if source else None,
            target=get_environment(target, user=user) if target else None,
            dashboards=tuple(given.getlist("dashboard")),
            everything=bool(given.get("everything")),
            databases=_pairs(address.getlist("database")) | chosen_databases(form),
            allow_many=bool(given.get("allow_many")),
            acknowledge=tuple(given.get("acknowledge", "").split()),
        )

    @property
    def pairs(self) -> list[str]:
        """What differs from the confirmed mapping, which a plan uses anyway."""
        assert self.source
        assert self.target
        known = confirmed_mapping(source=self.source, target=self.target)
        return [f"{here}={there}" for here, there in self.databases.items() if known.get(here) != there]


def start(user: User, chosen: Chosen) -> Task:
    assert chosen.source
    assert chosen.target
    return queue_plan(
        actor=user,
        source=chosen.source,
        target=chosen.target,
        selection=Selection(() if chosen.everything else chosen.dashboards, everything=chosen.everything),
        database_pairs=chosen.pairs,
        allow_many=chosen.allow_many,
        acknowledge=chosen.acknowledge,
    )


def offered(user: User, chosen: Chosen) -> dict[str, Any]:
    """What the template shows. LockstepError where this user can make no plan between the two."""
    if not (chosen.source and chosen.target):
        return {}
    refuse_same(chosen.source, chosen.target)
    require_planner(user, chosen.source, chosen.target)
    found = find_assets(environment=chosen.source, kind=AssetKind.DASHBOARD)
    rows = [{"asset": asset, "chosen": bool(_names(asset) & {*chosen.dashboards})} for asset in found]
    return {
        "rows": rows,
        "unknown": _unknown(chosen.dashboards, found),
        "sync": last_sync(chosen.source),
        "unsynced": [each for each in (chosen.source, chosen.target) if not _is_synced(each)],
        "databases": database_choices(user, chosen.source, chosen.target, chosen.databases),
    }


def again(migration: Migration) -> str:
    """The address of the page with what this migration was planned for."""
    selection = migration.selection
    facts = [("source", migration.source.slug), ("target", migration.target.slug)]
    facts += [("dashboard", name) for name in selection.get("names", ())]
    facts += [("everything", "yes")] if selection.get("everything") else []
    return f"{reverse('admin:migrations_migration_plan')}?{urlencode(facts)}"


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    return {here: there for here, _, there in (text.partition("=") for text in texts)}


def _names(asset: CatalogueAsset) -> set[str]:
    return {str(asset.uuid), str(asset.asset_id), asset.slug} - {""}


def _unknown(names: Iterable[str], assets: Iterable[CatalogueAsset]) -> list[str]:
    """Names that the catalogue has nothing of; the environment may."""
    known = {name for asset in assets for name in _names(asset)}
    return [name for name in names if name not in known]


def _is_synced(environment: Environment) -> bool:
    sync = last_sync(environment)
    return bool(sync and sync.finished)
