# [DEF:doctor.plugin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The task that examines environments.
# @RELATION DEPENDS_ON -> plugins.base
# @RELATION DEPENDS_ON -> users.models
# @RELATION CALLS -> doctor.services.environments
# @RELATION DEPENDS_ON -> core.sentences

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.sentences import Sentence
from apps.doctor import messages
from apps.doctor.findings import Finding, State, worst
from apps.doctor.policies import ACTION, PLUGIN
from apps.doctor.services.environments import examine_environment
from apps.doctor.services.examination import FINDINGS, chosen_environments
from apps.plugins.base import Action, Context, Plugin, Stage
from apps.users.models import User

ASK = "ask"
LEVELS = {State.WARNING: "warning", State.FAILED: "error"}


@dataclass(frozen=True)
class ExamineParams:
    environments: tuple[str, ...] = field(
        default=(),
        metadata={"title": _("Environments"), "help": _("Names of those to ask. Empty: all that are enabled.")},
    )


def permit(user: User, params: ExamineParams) -> None:
    """NotThere for one that the user may not see."""
    chosen_environments(user, params.environments)


def examine(context: Context, params: ExamineParams) -> Mapping[str, Any]:
    context.stage(ASK, 1, 1)
    chosen = chosen_environments(context.actor, params.environments)
    found: list[Finding] = []
    for number, environment in enumerate(chosen):
        context.check_cancelled()
        context.progress(ASK, number, len(chosen))
        for each in examine_environment(environment, context):
            _log(context, each)
            found.append(each)
    context.progress(ASK, len(chosen), len(chosen))
    return {"state": worst(found).value, FINDINGS: [each.stored() for each in found]}


def _log(context: Context, found: Finding) -> None:
    """What to do is a line of its own."""
    level, check = LEVELS.get(found.state, "info"), Sentence(messages.TITLES[found.check])
    facts = {"environment": found.environment, "check": check, "sentence": found.sentence}
    context.log(Sentence(messages.FINDING, **facts), level=level)
    if found.next_step:
        context.log(found.next_step, level=level)


plugin = Plugin(
    slug=PLUGIN,
    title=_("Doctor"),
    version="1.0",
    actions=(
        Action(
            slug=ACTION,
            title=_("Examine the environments"),
            params=ExamineParams,
            run=examine,
            policy=permit,
            stages=(Stage(ASK, _("Ask the environments")),),
            repeatable=True,
        ),
    ),
)
