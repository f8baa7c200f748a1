# [DEF:catalogue.plugin:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a worker can do with one environment: sync its catalogue, see whether it answers, look its numbers
#   up anew.
# @RELATION DEPENDS_ON -> environments.services
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.catalogue.policies import PLUGIN
from apps.catalogue.services.sync import PAUSE, refresh_ids, sync_catalogue
from apps.core.errors import LockstepError
from apps.environments.models import Environment
from apps.environments.services import check_connection, get_environment
from apps.plugins.base import Action, Context, Plugin


@dataclass(frozen=True)
class SyncParams:
    everything: bool = field(
        default=False,
        metadata={
            "title": "Read everything anew",
            "help": "Read every list to its end and take every content hash, not only what is new.",
        },
    )
    pause: float = field(
        default=PAUSE,
        metadata={"title": "Pause", "help": "Seconds of rest before each request, for the people who work there."},
    )


@dataclass(frozen=True)
class CheckParams:
    """Nothing to choose."""


@dataclass(frozen=True)
class RefreshParams:
    """Nothing to choose."""


def sync(context: Context, params: SyncParams) -> Mapping[str, Any]:
    environment = _environment(context)
    if not 0 <= params.pause <= 60:
        raise LockstepError(f"A pause of {params.pause} seconds is none: take 0 to 60.")
    return sync_catalogue(
        environment=environment, reporter=context, everything=params.everything, pause=params.pause
    ).to_json()


def check(context: Context, params: CheckParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    environment = check_connection(_environment(context), reporter=context)
    context.log(f"“{environment}” answers: Superset {environment.release} at {environment.url}")
    return {"environment": environment.name, "release": environment.release, "url": environment.url}


def refresh(context: Context, params: RefreshParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    return refresh_ids(environment=_environment(context), reporter=context).to_json()


def _environment(context: Context) -> Environment:
    assert context.environment  # every action here needs one
    return get_environment(context.environment)


def _action(slug: str, title: str, params: type[Any], run: Callable[[Context, Any], Mapping[str, Any]]) -> Action:
    return Action(slug=slug, title=title, params=params, run=run, needs_environment=True, repeatable=True)


plugin = Plugin(
    slug=PLUGIN,
    title="Catalogue",
    version="1.0",
    actions=(
        _action("sync", "Sync the catalogue", SyncParams, sync),
        _action("check", "Check the connection", CheckParams, check),
        _action("refresh_ids", "Refresh ids", RefreshParams, refresh),
    ),
)
