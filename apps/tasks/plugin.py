# [DEF:tasks.plugin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The daily retention task.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> tasks.retention
# @RELATION DEPENDS_ON -> users.services.sessions
# @RELATION DEPENDS_ON -> core.sentences

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from apps.core.sentences import Sentence
from apps.plugins.base import Action, Context, Plugin
from apps.tasks import messages
from apps.tasks.periodic import clean_ups
from apps.tasks.retention import PLUGIN, PRUNE, prune
from apps.users.services.sessions import forget_expired


@dataclass(frozen=True)
class PruneParams:
    """Nothing to choose: the limits are settings."""


def remove_expired(context: Context, params: PruneParams) -> Mapping[str, Any]:  # noqa: ARG001 - the contract's shape
    now = timezone.now()
    pruned = prune(now=now, between=context.check_cancelled)
    others = {each.name: import_string(each.function)(now) for each in clean_ups()}
    forget_expired()
    removed = messages.pruned(pruned.tasks, pruned.lines, pruned.files, pruned.bytes)
    more = "".join(f", {number} {name}" for name, number in others.items())
    context.log(Sentence(messages.REMOVED, what=f"{removed}{more}"))
    return {**asdict(pruned), **others}


plugin = Plugin(
    slug=PLUGIN,
    title=_("Retention"),
    version="1.0",
    actions=(Action(slug=PRUNE, title=_("Delete old tasks"), params=PruneParams, run=remove_expired, repeatable=True),),
)
