# [DEF:audit.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: The record of who did what. Rows are only ever added; the database itself refuses anything else (see
#   `triggers.py`).
# @RELATION INHERITS_FROM -> core.append_only

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.append_only import AppendOnly, AppendOnlyManager


class AuditEntry(AppendOnly):
    """One change of one object. Written only by `services.record`, and sealed after the commit (`sealer.py`)."""

    at = models.DateTimeField(db_index=True, editable=False)
    # PROTECT: accounts with audit entries are made inactive, not deleted
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    os_user = models.CharField(max_length=150, help_text=_("operating system account, for commands"))
    source = models.CharField(max_length=20, help_text=_("surface that the change came through, for example `command`"))
    address = models.CharField(max_length=45, blank=True, help_text=_("client address of the request"))
    request_id = models.CharField(max_length=36, blank=True, help_text=_("X-Request-ID of the response"))
    action = models.CharField(max_length=80, help_text=_("noun and verb, for example `environment.add`"))
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=80)
    object_name = models.CharField(max_length=500)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    nonce = models.CharField(max_length=32, unique=True, editable=False, help_text="makes each entry unique")
    mark = models.CharField(max_length=80, editable=False, help_text="proves that Lockstep wrote it: see `seals.py`")

    number = models.PositiveBigIntegerField(null=True, unique=True, editable=False, help_text=_("place in the chain"))
    previous = models.CharField(max_length=80, blank=True, editable=False, help_text="hash of the previous entry")
    hash = models.CharField(max_length=80, blank=True, editable=False)
    sealed_at = models.DateTimeField(null=True, editable=False, help_text="when it got its place; never decreases")

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        verbose_name_plural = _("audit entries")
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["id"], condition=models.Q(number=None), name="audit_not_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_name}"


class AuditCheckpoint(AppendOnly):
    """The end of a closed segment: entries up to this number are in an exported file and may be deleted here."""

    number = models.PositiveBigIntegerField(unique=True)
    hash = models.CharField(max_length=80, help_text="hash of the entry with this number: the chain continues from it")
    entries = models.PositiveBigIntegerField(help_text="number of entries in the file")
    file = models.CharField(max_length=500)
    file_sha256 = models.CharField(max_length=64)
    until = models.DateTimeField(help_text="when the last of them was sealed")
    mark = models.CharField(max_length=80, editable=False, help_text="proves that Lockstep wrote it: see `seals.py`")
    at = models.DateTimeField(auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"checkpoint at entry {self.number}"
