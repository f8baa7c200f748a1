# [DEF:overview.environments:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments with what other apps know of them: catalogue, who writes, freeze, and what may be done there.
# @RELATION CALLS -> migrations.environment_brief
# @RELATION CALLS -> environments.policies
# @RELATION CALLS -> catalogue.policies
# @RELATION DEPENDS_ON -> users.who
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from apps.catalogue.policies import SYNC, actions_on_environment
from apps.core.policies import Verdict
from apps.environments.models import Environment
from apps.environments.policies import CHECK, EDIT, allowed_actions, row_actions
from apps.migrations.environment_brief import environment_briefs
from apps.users.models import User
from apps.users.who import WhoCan

SHOWN = ("catalogue", "writing", "freeze")


def with_rows(environments: Sequence[Environment], user: User) -> list[Environment]:
    """For a list: the same number of queries for all."""
    who = WhoCan(EDIT)
    briefs = environment_briefs(environments, user)
    return [_shown(each, brief, row_actions(user, each, who)) for each, brief in zip(environments, briefs, strict=True)]


def with_detail(environment: Environment, user: User) -> Environment:
    """For the page of one: with `remove`, and with what a worker does there."""
    who, [brief] = WhoCan(EDIT, CHECK, SYNC), environment_briefs([environment], user)
    actions = allowed_actions(user, environment, who) | actions_on_environment(user, environment, who)
    return _shown(environment, brief, actions)


def _shown(environment: Environment, brief: Mapping[str, Any], actions: Mapping[str, Verdict]) -> Environment:
    vars(environment).update({name: brief[name] for name in SHOWN})
    vars(environment)["allowed_actions"] = {name: asdict(verdict) for name, verdict in actions.items()}
    return environment
