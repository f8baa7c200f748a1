# [DEF:environments.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Where the Supersets live, and how Lockstep signs in to each.
# @RELATION DEPENDS_ON -> core.fields
# @RELATION DEPENDS_ON -> core.crypto.encryption
# @RELATION DEPENDS_ON -> users.policies

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.advice import Advice
from apps.core.crypto.encryption import Secret
from apps.core.errors import sentence_of
from apps.core.fields import EncryptedTextField
from apps.environments import messages
from apps.users.policies import Rules, VisibleQuerySet

MOST_APPROVALS = 20


@dataclass(frozen=True, slots=True)
class Hold:
    """A model whose rows keep an environment from being removed names it as `HOLDS_ENVIRONMENT`: which rows do, what to
    say of them, and what to do about them."""

    what: str | Promise
    next_step: Advice
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

    name = models.CharField(max_length=100, unique=True, error_messages={"unique": messages.NAME_TAKEN})
    slug = models.SlugField(
        messages.SHORT_NAME,
        max_length=100,
        unique=True,
        allow_unicode=True,
        error_messages={"unique": messages.SHORT_NAME_TAKEN},
    )
    url = models.CharField(
        messages.ADDRESS, max_length=500, unique=True, error_messages={"unique": messages.ADDRESS_TAKEN}
    )
    tier = models.CharField(max_length=10, choices=Tier.choices, default=Tier.OTHER)
    protected = models.BooleanField(default=False, help_text="changes need approval")
    approvals_needed = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_APPROVALS)],
        help_text="approvals needed for a change if the environment is protected",
    )
    check_queries = models.BooleanField(
        default=False, help_text="after an apply, run each written chart's query for one row"
    )
    enabled = models.BooleanField(default=True)

    username = models.CharField(max_length=200, blank=True)
    provider = models.CharField(max_length=10, choices=Provider.choices, default=Provider.DB)
    # For this Superset at this address, and no other
    secret = EncryptedTextField(bound_to=("slug", "url"))
    ca_bundle = models.CharField(max_length=500, blank=True, help_text="PEM file with the certificates to trust")

    release = models.CharField(max_length=50, blank=True)
    last_contact = models.DateTimeField(null=True)
    last_error = models.JSONField(null=True)
    sign_in_kinds = models.JSONField(null=True, help_text="what the server offered last; null if not known")
    created = models.DateTimeField(auto_now_add=True)

    objects = VisibleQuerySet["Environment"].as_manager()

    waiting: ProtectionRequest | None = None
    """After an edit that was not done: what waits for its confirmation."""

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

    @property
    def failure(self) -> str:
        """Why the last contact failed, in the language at work; empty if it did not."""
        return sentence_of(self.last_error)

    @property
    def offered_sign_in(self) -> str:
        """What the server offers, in the language at work."""
        if not self.sign_in_kinds:
            return str(messages.SIGN_IN_NOT_KNOWN)
        return "; ".join(str(messages.SIGN_IN_KINDS[kind]) for kind in self.sign_in_kinds)

    def facts(self) -> dict[str, Any]:
        """Everything but the secret."""
        return {
            "name": self.name,
            "slug": self.slug,
            "url": self.url,
            "tier": self.tier,
            "protected": self.protected,
            "approvals_needed": self.approvals_needed,
            "check_queries": self.check_queries,
            "enabled": self.enabled,
            "username": self.username,
            "provider": self.provider,
            "ca_bundle": self.ca_bundle,
        }


class RequestState(models.TextChoices):
    """What became of the wish to lower a protection."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    EXPIRED = "expired"
    ALONE = "alone", _("done alone")


class ProtectionRequest(models.Model):
    """An edit or removal that makes a protected environment easier to write to. A second holder of the permission
    confirms it; where there is none it was done at once (`alone`), and is shown for a while."""

    VISIBLE_BY: ClassVar[Rules] = (("environments.view", "environment__"),)

    environment = models.ForeignKey(Environment, models.SET_NULL, null=True, related_name="protection_requests")
    environment_name = models.CharField(max_length=100, help_text="it may be removed by now")
    removes = models.BooleanField(default=False)
    before = models.JSONField(default=dict, help_text="what is to be changed, as it was")
    after = models.JSONField(default=dict)
    sign_in = models.JSONField(null=True, help_text="{username, provider} of the new sign-in, if there is one")
    secret: models.Field[Secret | None, Secret | None] = EncryptedTextField(  # type: ignore[misc, assignment]
        null=True, bound_to=("environment_name", "after"), help_text="of the new sign-in, until it is decided"
    )
    reason = models.CharField(max_length=1000, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.PENDING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided: models.Field[datetime | None, datetime | None] = models.DateTimeField(null=True)

    objects = VisibleQuerySet["ProtectionRequest"].as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["environment"], condition=models.Q(state="pending"), name="one_pending_request_per_environment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.environment_name}: {self.in_words}"

    @property
    def in_words(self) -> str:
        if self.removes:
            return str(messages.REMOVE)
        changes = [
            f"{name.replace('_', ' ')} {_word(self.before[name])} → {_word(value)}"
            for name, value in self.after.items()
        ]
        return ", ".join([*changes, *self._account])

    @property
    def _account(self) -> list[str]:
        """Whoever confirms an address lets Lockstep sign in there, so they see as whom."""
        if not self.sign_in:
            return []
        name = f"“{self.sign_in['username']}”" if self.sign_in["username"] else messages.OWNER_OF_TOKEN
        return [messages.NEW_SIGN_IN.format(account=name, provider=self.sign_in["provider"])]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(messages.YES if value else messages.NO)
    return str(value)
