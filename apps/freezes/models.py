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
from apps.freezes import messages
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
        raise ValidationError(messages.NO_TIME_ZONE.format(name=name))


class FreezeQuerySet(models.QuerySet["FreezeWindow"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Windows of the environments that the user may see; those of a tier or of all if they may see any."""
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
        return messages.ALL_OF_TIER.format(tier=self.tier) if self.tier else str(messages.EVERYWHERE)

    @property
    def when(self) -> str:
        """`every Friday 18:00 to Monday 08:00 Europe/Berlin`, `2026-12-23 18:00 to 2027-01-04 08:00 UTC`."""
        if weekly := self.weekly:
            days = {"from_day": _day(weekly.from_day), "until_day": _day(weekly.until_day)}
            times = {"from_time": f"{weekly.from_time:%H:%M}", "until_time": f"{weekly.until_time:%H:%M}"}
            return messages.EVERY_WEEK.format(**days, **times, zone=self.time_zone)
        assert self.starts
        assert self.ends
        starts, ends = (f"{each.astimezone(self.zone):%Y-%m-%d %H:%M}" for each in (self.starts, self.ends))
        return messages.ONCE.format(starts=starts, ends=ends, zone=self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def weekly(self) -> Weekly | None:
        if self.from_time is None or self.until_time is None:
            return None
        return Weekly(Day(self.from_day), self.from_time, Day(self.until_day), self.until_time, self.zone)

    def counts_for(self, environment: Environment) -> bool:
        """The same as the query `of`, of a window that was read."""
        if self.environment_id is not None:
            return bool(self.environment_id == environment.pk)
        return self.tier in {"", environment.tier}

    def upcoming(self, at: datetime) -> Span | None:
        """The current window, else the next; None if the last one is past."""
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
        """What no single field can check."""
        if self.environment is not None and self.tier:
            raise ValidationError({"tier": messages.ENVIRONMENT_OR_TIER})
        once, weekly = ([getattr(self, name) not in (None, "") for name in names] for names in (ONCE, WEEKLY))
        if any(once) == any(weekly) or not (all(once) or all(weekly)):
            raise ValidationError(messages.ONCE_OR_WEEKLY)
        if self.starts and self.ends and self.starts >= self.ends:
            raise ValidationError({"ends": messages.ENDS_BEFORE_START})


def _end(span: Span) -> datetime:
    return span.ends


def _day(day: Day) -> str:
    return day.name.capitalize()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
