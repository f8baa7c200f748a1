# [DEF:schedules.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Schedules, and the outcome of each of their slots.
# @RELATION DEPENDS_ON -> core.advice
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.advice import advise
from apps.environments.models import Environment, Hold
from apps.schedules import messages
from apps.users.dismissal import Dismissible
from apps.users.policies import Rules, VisibleQuerySet


class Overlap(models.TextChoices):
    """What happens to a slot that is due before the previous run has ended."""

    SKIP = "skip"
    QUEUE = "queue"  # the first one waits, others are skipped


class Missed(models.TextChoices):
    """What happens to slots that were due during an outage."""

    RUN_ONCE = "run_once"  # the last one, late; the others are skipped
    SKIP = "skip"


class ScheduledRunState(models.TextChoices):
    STARTED = "started", _("started")  # see its task
    WAITING = "waiting", _("waiting")  # for the previous run to end
    SKIPPED = "skipped", _("skipped")  # the previous run had not ended
    MISSED = "missed", _("missed")  # it was found too late
    REFUSED = "refused", _("refused")  # it could not be started


class Schedule(models.Model):
    """Runs an action whenever a cron expression is due. `next_run` is the first slot that was not looked at yet."""

    name = models.CharField(max_length=100, unique=True, error_messages={"unique": messages.NAME_USED})
    plugin = models.CharField(max_length=100)
    action = models.CharField(max_length=100)
    params = models.JSONField(default=dict)
    environment = models.ForeignKey(Environment, models.PROTECT, null=True, blank=True, related_name="+")
    cron = models.CharField(max_length=100)
    zone = models.CharField(max_length=64, default="UTC")
    enabled = models.BooleanField(default=True, help_text="False while it is paused")
    priority = models.SmallIntegerField(
        default=0,
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
        help_text="of its tasks: the highest goes first",
    )
    overlap = models.CharField(max_length=10, choices=Overlap.choices, default=Overlap.SKIP)
    missed = models.CharField(max_length=10, choices=Missed.choices, default=Missed.RUN_ONCE)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        help_text="it runs on behalf of the user who saved or resumed it last",
    )
    next_run = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    VISIBLE_BY: ClassVar[Rules] = (("schedules.view", "environment__"),)
    VISIBLE_OWNER: ClassVar[str] = "actor"
    HOLDS_ENVIRONMENT: ClassVar = Hold(
        what=messages.HAS_SCHEDULES,
        next_step=advise("schedules.remove"),
        named_by="name",
    )

    objects = VisibleQuerySet["Schedule"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [models.Index(fields=["enabled", "next_run"], name="schedule_due")]

    def __str__(self) -> str:
        return self.name


class ScheduledRun(Dismissible):
    """The outcome of one slot of a schedule; without a slot, a person started the run.

    A slot has one row, whichever workers look at it and however often: the constraint makes it run once. `slot` is when
    it was due, `created` when that was noticed, `started` when its task started.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="runs")
    slot = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=ScheduledRunState.choices)
    reason = models.TextField(blank=True, help_text="why it was not started")
    missed_since = models.DateTimeField(null=True, help_text="the first of the slots before it that were skipped")
    task = models.ForeignKey("tasks.Task", models.SET_NULL, null=True, related_name="scheduled")
    created = models.DateTimeField(default=timezone.now)
    started = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["schedule", "slot"], name="one_run_per_slot")]

    def __str__(self) -> str:
        return f"{self.schedule}, {self.slot:%Y-%m-%d %H:%M}" if self.slot else f"{self.schedule}, by hand"

    @property
    def began(self) -> datetime | None:
        """When its task started, also in the minute before that is stored here."""
        return self.started or (self.task.started if self.task else None)
