# [DEF:migrations.api.assets:Module]
# @COMPLEXITY: 3
# @PURPOSE: The assets of an environment over all others, and one asset in full, with their migrations: each page in
#   one request.
# @RELATION INHERITS_FROM -> environments.api.views
# @RELATION DEPENDS_ON -> catalogue.services.matrix
# @RELATION DEPENDS_ON -> users.api.acting
# @RELATION CALLS -> migrations.services.asset_history
# @RELATION CALLS -> migrations.environment_brief

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalogue.models import AssetKind
from apps.catalogue.policies import VIEW
from apps.catalogue.services import matrix
from apps.catalogue.services.contents import key_of, kind_in
from apps.catalogue.services.neighbours import Neighbours
from apps.environments.api.views import EnvironmentView
from apps.environments.models import Environment
from apps.migrations.api.asset_serializers import AssetDetailSerializer, MatrixQuerySerializer, MatrixSerializer
from apps.migrations.environment_brief import environment_brief
from apps.migrations.policies.assets import actions_on_assets
from apps.migrations.services.asset_history import asset_history, last_migrations, written_now, written_since_sync
from apps.users.api.acting import actor_of
from apps.users.models import User
from apps.users.policies import require

OTHER = ("slug", "name", "tier", "protected")
Row = dict[str, Any]


class AssetsView(EnvironmentView):
    """Base of what shows assets beside those of other environments."""

    required_permission = VIEW

    def environment(self) -> Environment:
        environment = self.get_object()
        require(self.request.user, VIEW, environment)
        return environment


class AssetMatrix(AssetsView):
    serializer_class = MatrixSerializer
    query_class = MatrixQuerySerializer

    @extend_schema(parameters=[MatrixQuerySerializer], responses=MatrixSerializer)
    def get(self, request: Request, slug: str) -> Response:
        query = MatrixQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        kind, page = AssetKind(query.validated_data.pop("kind")), query.validated_data
        user, environment = actor_of(request), self.environment()
        neighbours = Neighbours(user, environment, kind, written_in=written_since_sync)
        rows = matrix.matrix_rows(user=user, environment=environment, neighbours=neighbours, kind=kind, **page)
        brief = environment_brief(environment)
        return Response(
            {
                "environment": brief,
                "kind": kind.value,
                "total": sum(kind_in(key) == kind for key in neighbours.contents),
                "others": [{name: getattr(each, name) for name in OTHER} for each in neighbours.others],
                "rows": with_migrations(user, neighbours, rows, kind, brief["writing"]),
                "allowed_actions": asdict(actions_on_assets(user, environment, neighbours.others, kind)),
            }
        )


class AssetDetail(AssetsView):
    serializer_class = AssetDetailSerializer

    @extend_schema(responses=AssetDetailSerializer)
    def get(self, request: Request, slug: str, kind: str, uuid: UUID) -> Response:
        if kind not in AssetKind:
            raise Http404
        found, key = AssetKind(kind), key_of(kind, uuid)
        user, environment = actor_of(request), self.environment()
        neighbours = Neighbours(user, environment, AssetKind.DASHBOARD, written_in=written_since_sync)
        row = matrix.asset_row(user=user, environment=environment, neighbours=neighbours, kind=found, uuid=str(uuid))
        brief = environment_brief(environment)
        with_migrations(user, neighbours, [row], found, brief["writing"])
        return Response(
            {
                "asset": row,
                "environment": brief,
                "graph": matrix.asset_graph(neighbours, key),
                "used_by": matrix.asset_users(neighbours, key),
                "elsewhere": matrix.asset_places(neighbours, row),
                "history": asset_history(user, environment, key, neighbours.pairs),
                "known": neighbours.graph.is_known(key),
                "allowed_actions": asdict(actions_on_assets(user, environment, neighbours.others, found)),
            }
        )


def with_migrations(
    user: User, neighbours: Neighbours, rows: list[Row], kind: AssetKind, writing: Row | None
) -> list[Row]:
    """The rows with their last migration, and with the run that writes them now. `writing` holds the environment."""
    environment = neighbours.environment
    keys = [key_of(kind, row["uuid"]) for row in rows]
    last = last_migrations(user, environment, keys, kind, neighbours.pairs)
    busy = written_now(environment) if writing else set()
    for key, row in zip(keys, rows, strict=True):
        row["last_migration"] = last.get(key)
        row["busy"] = writing if key in busy else None
    return rows
