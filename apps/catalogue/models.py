# [DEF:catalogue.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: What is known of the assets of each environment, and which of one stands for which of another.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.errors import sentence_of
from apps.environments.models import Environment
from apps.users.policies import Rules, VisibleQuerySet

BY_BOTH_SIDES: Rules = (("catalogue.view", "source__"), ("catalogue.view", "target__"))


class AssetKind(models.TextChoices):
    """The engine's kinds, in dependency order."""

    DATABASE = "database"
    DATASET = "dataset"
    CHART = "chart"
    DASHBOARD = "dashboard"


class AssetStatus(models.TextChoices):
    """Whether others see a dashboard."""

    PUBLISHED = "published"
    DRAFT = "draft"


class CatalogueAsset(models.Model):
    """One asset of one Superset as the last sync saw it. A copy: what is gone there goes here at the next sync.

    The content hash is that of the normal form, the same under which a plan knows the asset. It was taken of the state
    `hashed_version` and is behind until that equals `version`; empty, where the asset cannot be exported. With it come
    what the asset depends on, and the portable hash, by which assets of two environments are compared: equal for a plan
    are those whose portable hashes are, if what they name is mapped and paired.
    """

    VISIBLE_BY: ClassVar[Rules] = (("catalogue.view", "environment__"),)

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="assets")
    kind = models.CharField(max_length=20, choices=AssetKind.choices)
    uuid = models.UUIDField()
    asset_id = models.PositiveIntegerField(help_text="the number it has in its Superset")
    name = models.CharField(max_length=500)
    slug = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=20, choices=AssetStatus.choices, blank=True, help_text="of a dashboard")
    owners = models.JSONField(default=list, help_text="[full name …]")
    tags = models.JSONField(default=list, help_text="[name …], those that people gave")
    database_uuid = models.UUIDField(null=True, help_text="of a dataset: its connection")
    backend = models.CharField(max_length=100, blank=True, help_text="of a connection: its engine")
    changed_on = models.DateTimeField(null=True, help_text="null for connections: their lists have no time zone")
    version = models.CharField(max_length=40, blank=True, help_text="the server's own word for when it changed")

    content_hash = models.CharField(max_length=64, blank=True)
    hashed_version = models.CharField(max_length=40, null=True)  # noqa: DJ001 - empty is a version, None is never
    hashed_at = models.DateTimeField(null=True)
    portable_hash = models.CharField(max_length=64, blank=True, help_text="of the content without UUIDs")
    names = models.JSONField(null=True, help_text="[kind/uuid …]: what stands for the UUIDs, in order")
    depends_on = models.JSONField(null=True, help_text="[kind/uuid …]: what it is made of; null: not read yet")
    seen_at = models.DateTimeField(help_text="when a list last brought something new of it")

    objects = VisibleQuerySet["CatalogueAsset"].as_manager()

    class Meta:
        verbose_name = _("asset")
        ordering: ClassVar = ["kind", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["environment", "kind", "uuid"], name="one_row_per_asset"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["environment", "kind", "name"], name="asset_by_name"),
            models.Index(fields=["environment", "kind", "asset_id"], name="asset_by_number"),
            models.Index(fields=["environment", "kind", "-changed_on"], name="asset_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} “{self.name}”"


class CatalogueSync(models.Model):
    """How the last sync of an environment went. `finished` and `counts` are of the last one that came to its end."""

    environment = models.OneToOneField(Environment, models.CASCADE, related_name="catalogue_sync")
    started = models.DateTimeField()
    finished = models.DateTimeField(null=True)
    listed_whole = models.DateTimeField(null=True, help_text="when every list was last read to its end")
    error = models.JSONField(null=True, help_text="{kind, sentence, at …} of the last one, if it failed")
    counts = models.JSONField(default=dict, help_text="{kind: number}")

    def __str__(self) -> str:
        return f"catalogue of {self.environment}"

    @property
    def failure(self) -> str:
        """Why it failed, in the language at work; empty if it did not."""
        return sentence_of(self.error)


class DatabaseMapping(models.Model):
    """A database of the source and the one of the target that its datasets go to. Confirmed by a person, reused."""

    VISIBLE_BY: ClassVar[Rules] = BY_BOTH_SIDES

    source = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    target = models.ForeignKey(Environment, models.CASCADE, related_name="+")
    source_uuid = models.UUIDField()
    source_name = models.CharField(max_length=250)
    target_uuid = models.UUIDField()
    target_name = models.CharField(max_length=250)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(auto_now=True)

    objects = VisibleQuerySet["DatabaseMapping"].as_manager()

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

    VISIBLE_BY: ClassVar[Rules] = BY_BOTH_SIDES

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

    objects = VisibleQuerySet["AssetPairing"].as_manager()

    class Meta:
        verbose_name = _("pairing")
        ordering: ClassVar = ["kind", "source_name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target", "kind", "source_uuid"], name="one_pairing_per_source"),
            models.UniqueConstraint(fields=["source", "target", "kind", "target_uuid"], name="one_pairing_per_target"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.source} “{self.source_name}” → {self.target} “{self.target_name}”"
