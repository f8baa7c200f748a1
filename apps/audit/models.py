"""The record of who did what. Rows are only ever added."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.core.append_only import AppendOnly, AppendOnlyManager


class AuditEntry(AppendOnly):
    """One thing done to one object. Written by `services.record` only."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    # PROTECT: who has left traces is made inactive, not deleted
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    os_user = models.CharField(max_length=150, help_text="account of the operating system, where a command did it")
    source = models.CharField(max_length=20, help_text="the surface it came through, such as `command`")
    action = models.CharField(max_length=80, help_text="verb on noun, such as `environment.add`")
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80)
    object_name = models.CharField(max_length=500)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_name}"
