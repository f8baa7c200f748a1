# [DEF:superset.planning.choices.connections:Module]
# @COMPLEXITY: 2
# @PURPOSE: The connections that a plan creates on the target because somebody chose so, and what speaks against it.
# @RELATION CALLS -> superset.connections.document
# @RELATION DEPENDS_ON -> superset.planning.sides

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.superset.assets import Asset, Bundle, Kind
from apps.superset.connections.document import open_secrets, planned_connection, secrets_of
from apps.superset.messages.message import Message
from apps.superset.plan.connection import NewConnection
from apps.superset.plan.plan import Action, Change, Note
from apps.superset.plan.refusal import Refusal
from apps.superset.planning.sides import Sides

SSH_TUNNELING = "SSH_TUNNELING"


def chosen_connections(sides: Sides) -> list[Asset]:
    """As the plan creates them."""
    return [planned_connection(asset) for asset in _chosen(sides)]


def _chosen(sides: Sides) -> list[Asset]:
    return [asset for asset in sides.gathered.databases if asset.uuid in sides.request.connections]


def against_connections(sides: Sides) -> Iterator[Refusal]:
    """A connection of the target is never overwritten, neither by UUID nor by name."""
    taken = {entry.name: entry for entry in sides.there.of_kind(Kind.DATABASE)}
    for asset in _chosen(sides):
        if existing := sides.there.get(asset.key) or taken.get(asset.name):
            message = Message("refusal.connection_exists", asset=asset, name=existing.name, uuid=existing.key.uuid)
            yield Refusal("connection_exists", asset.name, message)
        if places := open_secrets(asset):
            message = Message("refusal.connection_open_secrets", asset=asset, places=", ".join(places))
            yield Refusal("connection_open_secrets", asset.name, message)
        if asset.document.get("ssh_tunnel") and SSH_TUNNELING not in sides.target.features():
            yield Refusal("connection_tunnel", asset.name, Message("refusal.connection_tunnel", asset=asset))
    needed = {asset.uuid for asset in sides.gathered.databases}
    for uuid in sorted(sides.request.connections - needed):
        yield Refusal("connection_unneeded", uuid, Message("refusal.connection_unneeded", uuid=uuid))


def new_connections(changes: Iterable[Change], desired: Bundle) -> tuple[NewConnection, ...]:
    created = (each for each in changes if each.key.kind is Kind.DATABASE and each.action is Action.CREATE)
    return tuple(
        NewConnection(each.key.uuid, each.name, tuple(secret.value for secret in secrets_of(desired.assets[each.key])))
        for each in created
    )


def connection_notes(connections: Iterable[NewConnection]) -> Iterator[Note]:
    if names := [f"database “{each.name}”" for each in connections]:
        yield Note.of("connections_created", names)
