# [DEF:environments.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be done with an environment, and why not.
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.policies
"""What may be done with an environment, and why not."""

from __future__ import annotations

from functools import partial

from django.db.models import PROTECT, ForeignObjectRel

from apps.core.errors import LockstepError, NothingToDo
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.users.models import User
from apps.users.policies import require

EDIT = "environments.edit"
CHECK = "catalogue.check"


def allowed_actions(user: User, environment: Environment) -> dict[str, Verdict]:
    return verdicts(
        edit=partial(require, user, EDIT, environment),
        update_credentials=partial(require, user, EDIT, environment),
        enable=partial(_require_other_state, user, environment, enabled=True),
        disable=partial(_require_other_state, user, environment, enabled=False),
        remove=partial(_require_removable, user, environment),
    )


def require_unused(environment: Environment) -> None:
    """What the history of others names stays."""
    for relation in environment._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django's documented model API
        if not isinstance(relation, ForeignObjectRel):
            continue
        uses = relation.related_model._base_manager.filter(**{relation.field.name: environment})  # noqa: SLF001
        if relation.on_delete is PROTECT and uses.exists():
            raise LockstepError(
                f"The environment “{environment}” has {relation.related_model._meta.verbose_name_plural}, "  # noqa: SLF001
                f"whose history names it: disable it instead with `manage.py environment disable {environment}`."
            )


def _require_removable(user: User, environment: Environment) -> None:
    require(user, EDIT, environment)
    require_unused(environment)


def _require_other_state(user: User, environment: Environment, *, enabled: bool) -> None:
    require(user, EDIT, environment)
    if environment.enabled is enabled:
        raise NothingToDo(f"“{environment}” is {'enabled' if enabled else 'disabled'} already.")
