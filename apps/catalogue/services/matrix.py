# [DEF:catalogue.services.matrix:Module]
# @COMPLEXITY: 3
# @PURPOSE: The assets of one environment over all others, and one of them in full.
# @RELATION DEPENDS_ON -> catalogue.services.neighbours
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.catalogue import messages
from apps.catalogue.models import AssetKind, CatalogueAsset
from apps.catalogue.services.contents import key_of, kind_in, uuid_in
from apps.catalogue.services.neighbours import Neighbours
from apps.core.errors import NotThere
from apps.environments.models import Environment
from apps.users.models import User

Row = dict[str, Any]

FACTS = ("uuid", "asset_id", "kind", "name", "slug", "status", "owners", "tags", "changed_on")


def matrix_rows(
    *, user: User, environment: Environment, neighbours: Neighbours, kind: AssetKind, limit: int, offset: int
) -> list[Row]:
    """By name. Each row has how the asset stands in each other environment."""
    assets = CatalogueAsset.objects.visible_to(user).filter(environment=environment, kind=kind)
    found = assets.order_by("name", "pk").values_list(*FACTS)[offset : offset + limit]
    return [_row(dict(zip(FACTS, facts, strict=True)), environment, neighbours) for facts in found]


def asset_row(*, user: User, environment: Environment, neighbours: Neighbours, kind: AssetKind, uuid: str) -> Row:
    """The same of one asset."""
    assets = CatalogueAsset.objects.visible_to(user).filter(environment=environment, kind=kind, uuid=uuid)
    found = assets.values(*FACTS).first()
    if found is None:
        raise NotThere(messages.NO_SUCH_ASSET.format(kind=kind.value, uuid=uuid, environment=environment))
    return _row(found, environment, neighbours)


def _row(facts: Row, environment: Environment, neighbours: Neighbours) -> Row:
    number, uuid = facts.pop("asset_id"), str(facts["uuid"])
    url = neighbours.pages[environment.slug](facts["kind"], uuid, number)
    elsewhere = neighbours.elsewhere(key_of(facts["kind"], uuid))
    return {**facts, "uuid": uuid, "id": number, "url": url, "elsewhere": elsewhere}


def asset_graph(neighbours: Neighbours, root: str) -> Row:
    """What it is made of, the asset itself first. The state of each node is that in the first other environment."""
    graph = neighbours.graph
    keys = sorted(graph.closure(root), key=lambda key: (key != root, -_rank(key), key))
    edges = [[uuid_in(key), uuid_in(below)] for key in keys for below in graph.below(key)]
    return {"nodes": [_node(neighbours, key) for key in keys], "edges": edges}


def asset_users(neighbours: Neighbours, key: str) -> list[Row]:
    """Whatever would change with it: dashboards first, then by name."""
    users = [{**_node(neighbours, user), "via": via} for user, via in neighbours.graph.users(key).items()]
    for user in users:
        del user["id"], user["state"]
    return sorted(users, key=lambda user: (-list(AssetKind).index(user["kind"]), user["name"]))


def asset_places(neighbours: Neighbours, row: Row) -> list[Row]:
    """Where else it exists, as a list that names the environments and the asset there."""
    return list(_places(neighbours, row))


def _places(neighbours: Neighbours, row: Row) -> Iterator[Row]:
    for other in neighbours.others:
        found = row["elsewhere"][other.slug]
        key = key_of(row["kind"], found["uuid"]) if found["uuid"] else ""
        content = neighbours.drifts[other.slug].there.contents.get(key)
        name = content.name if content else None
        yield {"environment": other.slug, "tier": other.tier, "name": name, **found}


def _node(neighbours: Neighbours, key: str) -> Row:
    """Of what the catalogue does not have, only the UUID is known."""
    kind, uuid, content = kind_in(key), uuid_in(key), neighbours.contents.get(key)
    node: Row = {"uuid": uuid, "kind": kind, "name": "", "id": None, "url": None, "state": _state(neighbours, key)}
    if content:
        page = neighbours.pages[neighbours.environment.slug]
        node |= {"name": content.name, "id": content.id, "url": page(kind, uuid, content.id)}
    return node


def _state(neighbours: Neighbours, key: str) -> str | None:
    """Databases are mapped and not compared."""
    if kind_in(key) == AssetKind.DATABASE or not neighbours.others:
        return None
    return neighbours.drifts[neighbours.others[0].slug].state(key).value


def _rank(key: str) -> int:
    return list(AssetKind).index(AssetKind(kind_in(key)))
