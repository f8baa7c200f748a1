# [DEF:catalogue.plugin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The tasks of one environment: sync its catalogue, test the connection, refresh its ids.
# @RELATION DEPENDS_ON -> environments.services.lookup
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalogue import messages
from apps.catalogue.policies import PLUGIN
from apps.catalogue.services.sync import HASH, LIST, PAUSE, refresh_ids, sync_catalogue
from apps.core.errors import LockstepError
from apps.core.row_actions import Text
from apps.core.sentences import Sentence
from apps.environments.models import Environment
from apps.environments.services.connection import check_connection
from apps.environments.services.lookup import get_environment
from apps.plugins.base import Action, Context, Plugin, Stage


@dataclass(frozen=True)
class SyncParams:
    everything: bool = field(
        default=False,
        metadata={
            "title": _("Full sync"),
            "help": _("Read every list to its end and recompute every content hash, not only what is new."),
        },
    )
    pause: float = field(
        default=PAUSE,
        metadata={"title": _("Pause"), "help": _("Seconds to wait before each request, to spare the server.")},
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
        raise LockstepError(messages.BAD_PAUSE.format(seconds=params.pause))
    return sync_catalogue(
        environment=environment, reporter=context, everything=params.everything, pause=params.pause
    ).to_json()


def check(context: Context, params: CheckParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    context.stage("connect", 1, 1)
    environment = check_connection(_environment(context), reporter=context)
    facts = {"release": environment.release, "url": environment.url}
    context.log(Sentence(messages.CONNECTED, environment=environment, **facts))
    return {"environment": environment.name, **facts, "sign_in_kinds": environment.sign_in_kinds}


def refresh(context: Context, params: RefreshParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    return refresh_ids(environment=_environment(context), reporter=context).to_json()


def _environment(context: Context) -> Environment:
    assert context.environment  # every action here needs one
    return get_environment(context.environment)


Run = Callable[[Context, Any], Mapping[str, Any]]


def _action(
    slug: str, params: type[Any], run: Run, title: Text, task_title: Text, *stages: Stage, large: bool = False
) -> Action:
    return Action(
        slug=slug,
        title=title,
        task_title=task_title,
        params=params,
        run=run,
        stages=stages,
        needs_environment=True,
        repeatable=True,
        large=large,
    )


plugin = Plugin(
    slug=PLUGIN,
    title=_("Catalogue"),
    version="1.0",
    actions=(
        _action(
            "sync",
            SyncParams,
            sync,
            _("Sync the catalogue"),
            _("Sync {environment}"),
            Stage(LIST, _("Read the lists")),
            Stage(HASH, _("Compute the content hashes")),
            large=True,
        ),
        _action(
            "check",
            CheckParams,
            check,
            _("Test the connection"),
            _("Test the connection to {environment}"),
            Stage("connect", _("Connect")),
        ),
        _action("refresh_ids", RefreshParams, refresh, _("Refresh ids"), _("Refresh the ids of {environment}")),
    ),
)
