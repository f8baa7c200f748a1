# [DEF:environments.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Where the Supersets live, and how Lockstep signs in to each.
# @RELATION DEPENDS_ON -> core.fields
# @RELATION DEPENDS_ON -> users.policies
"""Where the Supersets live, and how Lockstep signs in to each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.core.fields import EncryptedTextField
from apps.users.policies import Rules, VisibleQuerySet

MOST_APPROVALS = 20


@dataclass(frozen=True, slots=True)
class Hold:
    """A model whose rows keep an environment from being removed names it as `HOLDS_ENVIRONMENT`: which rows do, what to
    say of them, and what to do about them."""

    what: str
    next_step: str
    rows: models.Q = field(default_factory=models.Q)
    named_by: str = "pk"


class Tier(models.TextChoices):
    """What an environment is for."""

    DEV = "dev"
    TEST = "test"
    STAGE = "stage"
    PROD = "prod"
    OTHER = "other"


class Provider(models.TextChoices):
    """How Lockstep signs in: by a password that Superset's database or directory checks, or by a ready token."""

    DB = "db"
    LDAP = "ldap"
    TOKEN = "token"  # noqa: S105 - the name of a way to sign in


class Environment(models.Model):
    """One Superset. `secret` is the password or the token; it is written, used to sign in, and never shown."""

    VISIBLE_BY: ClassVar[Rules] = (("environments.view", ""),)

    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True, allow_unicode=True)
    url = models.CharField(max_length=500, unique=True)
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.OTHER)
    protected = models.BooleanField(default=False, help_text="changes need an approval")
    approvals_needed = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_APPROVALS)],
        help_text="how many people have to approve a change, where it is protected",
    )
    enabled = models.BooleanField(default=True)

    username = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=10, choices=Provider.choices, default=Provider.DB)
    # For this Superset at this address, and no other
    secret = EncryptedTextField(bound_to=("slug", "url"))
    ca_bundle = models.CharField(max_length=500, blank=True, help_text="file with the certificates to trust")

    release = models.CharField(max_length=50, blank=True)
    last_contact = models.DateTimeField(null=True)
    last_error = models.JSONField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = VisibleQuerySet["Environment"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """One word for lists."""
        if not self.enabled:
            return "disabled"
        if self.last_error:
            return str(self.last_error["kind"]).replace("_", " ")
        return "ok" if self.last_contact else "not checked"

    def facts(self) -> dict[str, Any]:
        """What may be told of it: everything but the secret."""
        return {
            "name": self.name,
            "slug": self.slug,
            "url": self.url,
            "tier": self.tier,
            "protected": self.protected,
            "approvals_needed": self.approvals_needed,
            "enabled": self.enabled,
            "username": self.username,
            "provider": self.provider,
            "ca_bundle": self.ca_bundle,
        }
