# [DEF:freezes.policies:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether an environment is frozen, until when and why; and who may set that up.
# @RELATION DEPENDS_ON -> freezes.models
# @RELATION INHERITS_FROM -> core.errors
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.utils import timezone

from apps.core.errors import LockstepError
from apps.core.policies import Verdict, verdicts
from apps.environments.models import Environment
from apps.freezes import messages
from apps.freezes.models import FreezeWindow
from apps.users.models import User
from apps.users.policies import require

EDIT = "freezes.edit"


class Frozen(LockstepError):
    """Nothing is applied there now. The context has the window, its reason and when it ends."""

    kind: ClassVar[str] = "frozen"


@dataclass(frozen=True, slots=True)
class Freeze:
    """A window that lasts, and the moment at which it ends."""

    window: FreezeWindow
    until: datetime

    @property
    def until_local(self) -> str:
        local = self.until.astimezone(self.window.zone)
        return f"{local:%Y-%m-%d %H:%M} {self.window.time_zone}"


@dataclass(frozen=True, slots=True)
class _AllOfTier:
    """The place where only a permission for the tier, or for everything, holds."""

    tier: str
    slug: str = ""

    def __str__(self) -> str:
        return messages.TIER.format(tier=self.tier)


def freeze_of(
    environment: Environment, *, at: datetime | None = None, windows: Iterable[FreezeWindow] | None = None
) -> Freeze | None:
    """Of the windows that last the one that ends last. `windows` are those that count there, if they were read."""
    if windows is None:
        windows = FreezeWindow.objects.of(environment).select_related("environment")
    return longest_freeze(windows, environment, at=at or timezone.now())


def longest_freeze(windows: Iterable[FreezeWindow], environment: Environment, *, at: datetime) -> Freeze | None:
    """The same of windows that were read, of which not all need to count for this environment."""
    counting = (window for window in windows if window.counts_for(environment))
    lasting = [Freeze(window, span.ends) for window in counting if (span := window.lasting(at))]
    return max(lasting, key=lambda freeze: freeze.until, default=None)


def require_not_frozen(
    environment: Environment, *, at: datetime | None = None, windows: Iterable[FreezeWindow] | None = None
) -> None:
    if freeze := freeze_of(environment, at=at, windows=windows):
        raise Frozen(
            messages.FROZEN.format(
                environment=environment, until=freeze.until_local, reason=freeze.window.reason.rstrip(".")
            ),
            freeze=freeze.window.pk,
            reason=freeze.window.reason,
            until=freeze.until.isoformat(),
        )


def allowed_actions(user: User, window: FreezeWindow) -> dict[str, Verdict]:
    return verdicts(edit=partial(require_editable, user, window), remove=partial(require_editable, user, window))


def require_editable(user: User, window: FreezeWindow) -> None:
    """What counts for a whole tier, or for all, takes a permission for as much."""
    if window.environment is not None:
        require(user, EDIT, window.environment)
    elif window.tier:
        require(user, EDIT, _AllOfTier(window.tier))
    else:
        require(user, EDIT)
