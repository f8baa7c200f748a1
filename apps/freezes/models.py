# [DEF:freezes.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Windows in which nothing is applied, once or every week, and where.
# @RELATION DEPENDS_ON -> freezes.recurrence
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from apps.environments.models import Environment, Tier
from apps.freezes.recurrence import Day, Span, Weekly
from apps.users.models import User
from apps.users.policies import Rules, access_of

SEEN_WITH = "environments.view"
DAYS = [(day.value, day.name.capitalize()) for day in Day]
ONCE = ("starts", "ends")
WEEKLY = ("from_day", "from_time", "until_day", "until_time")


class FreezeState(models.TextChoices):
    LASTS = "lasts"
    TO_COME = "to come"
    OVER = "over"


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is no time zone: write one such as Europe/Berlin, or UTC.")


class FreezeQuerySet(models.QuerySet["FreezeWindow"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of environments that the user may see, and those of no one environment for who may see any."""
        if not access_of(user).may_somewhere(SEEN_WITH):
            return self.none()
        return self.filter(Q(environment=None) | Q(environment__in=Environment.objects.visible_to(user)))

    def of(self, environment: Environment) -> Self:
        """Those that count for this one."""
        others = Q(tier="") | Q(tier=environment.tier)
        return self.filter(Q(environment=environment) | (Q(environment=None) & others))


class FreezeWindow(models.Model):
    """For one environment, those of a tier, or all. Either `starts` and `ends` are set or the four of `WEEKLY`, which
    are read by the clocks of `time_zone`."""

    VISIBLE_BY: ClassVar[Rules] = ((SEEN_WITH, "environment__"),)

    reason = models.CharField(max_length=200)
    environment = models.ForeignKey(Environment, models.CASCADE, null=True, blank=True, related_name="+")
    tier = models.CharField(max_length=10, choices=Tier.choices, blank=True, default="")
    time_zone = models.CharField(max_length=50, default="UTC", validators=[validate_time_zone])
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    from_day = models.CharField(max_length=3, choices=DAYS, blank=True, default="")
    from_time = models.TimeField(null=True, blank=True)
    until_day = models.CharField(max_length=3, choices=DAYS, blank=True, default="")
    until_time = models.TimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = FreezeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.reason} ({self.where})"

    @property
    def where(self) -> str:
        if self.environment is not None:
            return str(self.environment)
        return f"all of tier {self.tier}" if self.tier else "all environments"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def weekly(self) -> Weekly | None:
        if self.from_time is None or self.until_time is None:
            return None
        return Weekly(Day(self.from_day), self.from_time, Day(self.until_day), self.until_time, self.zone)

    def upcoming(self, at: datetime) -> Span | None:
        """The one that lasts at this moment, else the next; None if there is none any more."""
        spans = [span for span in self._around(at) if span.ends > at]
        return max((span for span in spans if span.holds(at)), key=_end, default=min(spans, key=_end, default=None))

    def lasting(self, at: datetime) -> Span | None:
        span = self.upcoming(at)
        return span if span and span.holds(at) else None

    def state(self, at: datetime) -> FreezeState:
        if self.lasting(at):
            return FreezeState.LASTS
        return FreezeState.TO_COME if self.upcoming(at) else FreezeState.OVER

    def _around(self, at: datetime) -> list[Span]:
        if weekly := self.weekly:
            return list(weekly.around(at))
        return [Span(self.starts, self.ends)] if self.starts and self.ends else []

    def facts(self) -> dict[str, Any]:
        return {
            "reason": self.reason,
            "environment": self.environment.slug if self.environment else None,
            "tier": self.tier,
            "time_zone": self.time_zone,
            **{name: _plain(getattr(self, name)) for name in (*ONCE, *WEEKLY)},
        }

    def clean(self) -> None:
        """Everything that a single field cannot tell."""
        if self.environment is not None and self.tier:
            raise ValidationError({"tier": "Name an environment or a tier, not both; neither stands for all."})
        once, weekly = ([getattr(self, name) not in (None, "") for name in names] for names in (ONCE, WEEKLY))
        if any(once) == any(weekly) or not (all(once) or all(weekly)):
            raise ValidationError("Give when it starts and ends, or the day and time of the week of both.")
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValidationError({"ends": "It must end after it starts."})


def _end(span: Span) -> datetime:
    return span.ends


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
