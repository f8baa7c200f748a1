# [DEF:plugins.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Which plugins this installation knows, and which of them may run.
# @RELATION DEPENDS_ON -> core.fields
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.core.fields import EncryptedTextField
from apps.users.policies import Rules, VisibleQuerySet


class PluginState(models.TextChoices):
    READY = "ready"
    BROKEN = "broken"  # found, but it could not be loaded
    MISSING = "missing"  # known from before, no longer installed


VIEW = "plugins.view"


class PluginRecord(models.Model):
    """One plugin that was ever found here. Shipped ones are enabled; others wait for a person to enable them."""

    slug = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=50, blank=True)
    enabled = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=PluginState.choices, default=PluginState.READY)
    reason = models.TextField(blank=True, help_text="why it is broken or missing")
    settings = models.JSONField(default=dict, help_text="what is set, by name, without the secrets")
    # For the plugin with these settings: where they are sent is one of them
    secrets = EncryptedTextField(  # type: ignore[misc]
        null=True, bound_to=("slug", "settings"), help_text="a JSON object: secret settings by name"
    )

    VISIBLE_BY: ClassVar[Rules] = ((VIEW, None),)

    objects = VisibleQuerySet["PluginRecord"].as_manager()

    class Meta:
        verbose_name = "plugin"
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.title or self.slug
