# [DEF:doctor.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who may examine the installation, and why not now.
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> core.policies

from __future__ import annotations

from apps.core.errors import Conflict
from apps.core.policies import Verdict, verdict
from apps.doctor import messages
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.policies import require

PLUGIN, ACTION = "doctor", "examine"

EXAMINE = f"{PLUGIN}.{ACTION}"
"""Everywhere: what it finds is about the whole installation."""


def require_examinable(user: User) -> None:
    """One examination at a time is enough."""
    require(user, EXAMINE)
    task = Task.objects.filter(plugin=PLUGIN, action=ACTION, state__in=OPEN).first()
    if task:
        raise Conflict(messages.BUSY.format(task=task.pk, state=task.state_in_words), task=task.pk)


def examinable(user: User) -> Verdict:
    return verdict(lambda: require_examinable(user))
