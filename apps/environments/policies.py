# [DEF:environments.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: What may be done with an environment, and why not.
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import PROTECT, ForeignObjectRel

from apps.core.advice import advise
from apps.core.errors import Conflict, LockstepError, NothingToDo
from apps.core.policies import Verdict
from apps.environments import messages
from apps.environments.models import Environment, Hold
from apps.users.models import User
from apps.users.policies import require
from apps.users.who import WhoCan, with_who

EDIT = "environments.edit"
CHECK = "catalogue.check"

NAMED = 3
"""How many of the rows that keep an environment are named."""


def allowed_actions(user: User, environment: Environment, who: WhoCan | None = None) -> dict[str, Verdict]:
    """`who` can EDIT."""
    guards = _guards(environment) | {"remove": lambda user: require_removable(user, environment)}
    return _verdicts(user, environment, guards, who or WhoCan(EDIT))


def row_actions(user: User, environment: Environment, who: WhoCan) -> dict[str, Verdict]:
    """For a list: without `remove`, which looks at all that names the environment. `who` can EDIT."""
    return _verdicts(user, environment, _guards(environment), who)


def _guards(environment: Environment) -> dict[str, Callable[[User], None]]:
    return {
        "edit": lambda user: require(user, EDIT, environment),
        "update_credentials": lambda user: require(user, EDIT, environment),
        "enable": lambda user: _require_other_state(user, environment, enabled=True),
        "disable": lambda user: _require_other_state(user, environment, enabled=False),
    }


def _verdicts(
    user: User, environment: Environment, guards: dict[str, Callable[[User], None]], who: WhoCan
) -> dict[str, Verdict]:
    return with_who(user, guards, lambda _action: who.names((EDIT, environment)))


def require_removable(user: User, environment: Environment) -> None:
    """Not while something is to be done there, and not if the history of others names it."""
    require(user, EDIT, environment)
    for relation in environment._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django's documented model API
        if isinstance(relation, ForeignObjectRel):
            _require_free_of(user, environment, relation)


def _require_free_of(user: User, environment: Environment, relation: ForeignObjectRel) -> None:
    model: Any = relation.related_model
    hold: Hold | None = getattr(model, "HOLDS_ENVIRONMENT", None)
    rows = model.objects.filter(**{relation.field.name: environment})
    if hold and (number := rows.filter(hold.rows).count()):
        seen = rows.filter(hold.rows).visible_to(user).order_by("pk").values_list(hold.named_by, flat=True)
        facts = {"what": hold.what, "which": _describe(list(seen[:NAMED]), number), "next_step": hold.next_step}
        raise Conflict(messages.HELD.format(environment=environment, **facts))
    if hold is None and relation.on_delete is PROTECT and rows.exists():
        raise LockstepError(
            messages.IN_HISTORY.format(environment=environment, what=model._meta.verbose_name_plural),  # noqa: SLF001
            advice=advise("environments.disable", environment=environment),
        )


def _describe(names: list[Any], number: int) -> str:
    if not names:
        return messages.NOT_VISIBLE.format(number=number)
    rest = number - len(names)
    text = ", ".join(map(str, names))
    return messages.AND_MORE.format(names=text, number=rest) if rest else text


def _require_other_state(user: User, environment: Environment, *, enabled: bool) -> None:
    require(user, EDIT, environment)
    if environment.enabled is enabled:
        message = messages.ALREADY_ENABLED if enabled else messages.ALREADY_DISABLED
        raise NothingToDo(message.format(environment=environment))
