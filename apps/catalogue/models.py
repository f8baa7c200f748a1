"""What is known of the assets of two environments: which of the source stands for which of the target."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.environments.models import Environment


class DatabaseMapping(models.Model):
    """A database of the source and the one of the target that its datasets go to. Confirmed by a person, reused."""

    source = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    target = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    source_uuid = models.UUIDField()
    source_name = models.CharField(max_length=250)
    target_uuid = models.UUIDField()
    target_name = models.CharField(max_length=250)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["source_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target", "source_uuid"], name="one_mapping_per_database"),
        ]

    def __str__(self) -> str:
        return f"{self.source} “{self.source_name}” → {self.target} “{self.target_name}”"


class PairedKind(models.TextChoices):
    """The kinds of asset that can be paired by hand; databases are mapped."""

    DATASET = "dataset"
    CHART = "chart"
    DASHBOARD = "dashboard"


class AssetPairing(models.Model):
    """An asset of the source and the one of the target that it is to overwrite although their UUIDs differ."""

    source = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    target = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=PairedKind.choices)
    source_uuid = models.UUIDField()
    source_name = models.CharField(max_length=500)
    target_uuid = models.UUIDField()
    target_name = models.CharField(max_length=500)
    reason = models.CharField(max_length=500, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["kind", "source_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target", "kind", "source_uuid"], name="one_pairing_per_source"),
            models.UniqueConstraint(fields=["source", "target", "kind", "target_uuid"], name="one_pairing_per_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.source} “{self.source_name}” → {self.target} “{self.target_name}”"
