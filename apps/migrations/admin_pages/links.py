# [DEF:migrations.admin_pages.links:Module]
# @COMPLEXITY: 3
# @PURPOSE: Links from the page of a migration to its assets in Superset, on both sides.
# @RELATION DEPENDS_ON -> superset.releases.supported
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from apps.catalogue.models import CatalogueAsset
from apps.environments.models import Environment
from apps.migrations.models import Migration
from apps.migrations.status import Status
from apps.superset.assets import Key
from apps.superset.errors import SupersetError
from apps.superset.http.url import base_url
from apps.superset.plan.plan import Action, Change, Plan
from apps.superset.releases.supported import release_of
from apps.users.models import User


@dataclass(frozen=True, slots=True)
class Link:
    """To one asset on one environment."""

    environment: str
    url: str


def superset_links(user: User, migration: Migration, plan: Plan, status: Status) -> dict[Key, list[Link]]:
    """Of each asset that is known to be there. The address is that of the environment, and the rest a number or a UUID:
    no text of a Superset becomes a part of it."""
    sides = (
        (migration.source, plan.source.release, _is_on_source),
        (migration.target, plan.target.release, _is_on_target),
    )
    found: dict[Key, list[Link]] = {}
    for environment, release, is_there in sides:
        keys = [change.key for change in plan.changes if is_there(change, status)]
        for key, url in _urls(user, environment, release, keys).items():
            found.setdefault(key, []).append(Link(str(environment), url))
    return found


def _is_on_source(change: Change, _status: Status) -> bool:
    return change.action in (Action.CREATE, Action.UPDATE)


def _is_on_target(change: Change, status: Status) -> bool:
    if change.action is Action.REMOVE:
        return status is not Status.SUCCEEDED
    return change.action is not Action.CREATE or status is Status.SUCCEEDED


def _urls(user: User, environment: Environment, release: str, keys: Iterable[Key]) -> dict[Key, str]:
    try:
        base, pages = base_url(environment.url), release_of(release).pages
    except SupersetError:  # an address or a release that is no longer known
        return {}
    keys = [key for key in keys if key.kind in pages]
    numbers = _numbers(user, environment, keys) if any("{id}" in pages[key.kind] for key in keys) else {}
    return {
        key: base + pages[key.kind].format(uuid=quote(key.uuid, safe=""), id=numbers.get(key))
        for key in keys
        if key in numbers or "{id}" not in pages[key.kind]
    }


def _numbers(user: User, environment: Environment, keys: Iterable[Key]) -> Mapping[Key, int]:
    """As the last sync saw them."""
    rows = CatalogueAsset.objects.visible_to(user).filter(environment=environment, uuid__in={key.uuid for key in keys})
    return {Key.parse(f"{kind}/{uuid}"): number for kind, uuid, number in rows.values_list("kind", "uuid", "asset_id")}
