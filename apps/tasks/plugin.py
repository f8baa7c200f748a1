# [DEF:tasks.plugin:Module]
# @COMPLEXITY: 3
# @PURPOSE: What a worker does for Lockstep itself: removing what is outdated, which the clock starts once a day.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> tasks.retention
# @RELATION DEPENDS_ON -> users.services.sessions

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string

from apps.plugins.base import Action, Context, Plugin
from apps.tasks.periodic import clean_ups
from apps.tasks.retention import PLUGIN, PRUNE, prune
from apps.users.services.sessions import forget_expired


@dataclass(frozen=True)
class PruneParams:
    """Nothing to choose: how long is what the settings say."""


def remove_outdated(context: Context, params: PruneParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    now = timezone.now()
    pruned = prune(now=now, between=context.check_cancelled)
    others = {each.name: import_string(each.function)(now) for each in clean_ups()}
    forget_expired()
    tasks = f"{pruned.tasks} task{'' if pruned.tasks == 1 else 's'} with {pruned.lines} lines"
    files = f"{pruned.files} files of {pruned.bytes} bytes"
    more = "".join(f", {number} {name}" for name, number in others.items())
    context.log(f"Removed {tasks}, {files}{more}")
    return {**asdict(pruned), **others}


plugin = Plugin(
    slug=PLUGIN,
    title="Retention",
    version="1.0",
    actions=(
        Action(slug=PRUNE, title="Remove what is outdated", params=PruneParams, run=remove_outdated, repeatable=True),
    ),
)
