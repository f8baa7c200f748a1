# [DEF:plugins.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: The plugins that this installation knows, and which are enabled.
# @RELATION DEPENDS_ON -> core.fields
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.users.policies import Rules, VisibleQuerySet


class PluginState(models.TextChoices):
    READY = "ready", _("ready")
    BROKEN = "broken", _("broken")  # found, but it could not be loaded
    MISSING = "missing", _("missing")  # no longer installed


VIEW = "plugins.view"


class PluginRecord(models.Model):
    """A plugin that was ever installed here. Shipped plugins start enabled, others disabled."""

    slug = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=50, blank=True)
    enabled = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=PluginState.choices, default=PluginState.READY)
    reason = models.TextField(blank=True, help_text="why it is broken or missing")
    settings = models.JSONField(default=dict, help_text="what is set, by name, without the secrets")
    # Bound to the settings: the address that they are sent to is one of them
    secrets = EncryptedTextField(  # type: ignore[misc]
        null=True, bound_to=("slug", "settings"), help_text="a JSON object: secret settings by name"
    )

    VISIBLE_BY: ClassVar[Rules] = ((VIEW, None),)

    objects = VisibleQuerySet["PluginRecord"].as_manager()

    class Meta:
        verbose_name = _("plugin")
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.title or self.slug

    @property
    def state_in_words(self) -> str:
        return str(PluginState(self.state).label)
