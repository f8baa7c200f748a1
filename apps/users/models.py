# [DEF:users.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Who uses Lockstep, and what each may do.
# @RELATION DEPENDS_ON -> users.access

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.users.access import EVERYWHERE, WHAT, WHERE, Access, Permission, validate_what, validate_where


class User(AbstractUser):
    """An account of Lockstep; it has nothing to do with the accounts of a Superset. The e-mail address is optional."""

    session_epoch = models.PositiveIntegerField(default=0, editable=False, help_text="raised to end all sessions")

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django asks for it with each request: a session that was begun with another one has ended."""
        own = salted_hmac(
            "apps.users.session", f"{self.password}|{self.session_epoch}", secret=secret, algorithm="sha256"
        )
        return str(own.hexdigest())

    @cached_property
    def access(self) -> Access:
        """What the account may do: read once for an instance, so for each request anew."""
        return Access(self.held if self.is_active else ())

    @property
    def held(self) -> list[Permission]:
        """What its roles are worth, also while it is not active. Superusers may do all."""
        if self.is_superuser:
            return [Permission(EVERYWHERE)]
        rows = RolePermission.objects.filter(role__grants__user=self)
        return [
            Permission(what, (where, granted))
            for what, where, granted in rows.values_list("what", "where", "role__grants__where").distinct()
        ]


class Role(models.Model):
    """A set of permissions under a name. Those that come with Lockstep may be edited like any other."""

    slug = models.SlugField(max_length=50, unique=True)
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.title


class RolePermission(models.Model):
    """One thing that a role allows, and in which environments."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="permissions")
    what = models.CharField(max_length=200, validators=[validate_what], help_text=WHAT)
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=WHERE)

    class Meta:
        ordering: ClassVar = ["what", "where"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["role", "what", "where"], name="role_permission")]

    def __str__(self) -> str:
        return f"{self.what} on {self.where}"


class Grant(models.Model):
    """A role that an account holds, for all environments or some. `group` names the directory's group that gave it; a
    grant without one was made by a person and is taken back by a person only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=WHERE)
    group = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["user", "role", "where"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "role", "where", "group"], name="one_grant")]

    def __str__(self) -> str:
        return f"{self.role}" if self.where == EVERYWHERE else f"{self.role} on {self.where}"


class TokenScope(models.TextChoices):
    READ = "read"
    ACT = "act"  # all that its owner may do


class TokenState(models.TextChoices):
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ApiToken(models.Model):
    """A key to the API for scripts: at most what its owner may do. What was given out is known by its hash only."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False, help_text="how it begins")
    scope = models.CharField(max_length=10, choices=TokenScope.choices, default=TokenScope.READ)
    where = models.JSONField(default=list, blank=True, help_text="[where …] in which environments only; empty is all")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API token"
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def state(self) -> TokenState:
        if self.revoked:
            return TokenState.REVOKED
        return TokenState.VALID if self.expires > timezone.now() else TokenState.EXPIRED


class SignInAttempt(models.Model):
    """A password that is being looked at: it counts as wrong until it is known to be right, and then the row goes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"an attempt from {self.address or 'a command'}"


class SsoIdentity(models.Model):
    """Who an account is in the directory. The subject never changes hands; names and mail addresses do."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sso_identity")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    last_sign_in = models.DateTimeField(help_text="the last one that was accepted")
    claims = models.JSONField(default=dict, help_text="of that sign-in, as far as they may be shown")

    class Meta:
        verbose_name = "SSO identity"
        verbose_name_plural = "SSO identities"
        constraints: ClassVar = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_a_subject")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class SsoSession(models.Model):
    """Which of our sessions belongs to which of the provider: it may tell us that one has ended."""

    session_key = models.CharField(max_length=40, unique=True)
    sid = models.CharField(max_length=255, db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sid


class GroupMapping(models.Model):
    """What a group of the directory gives to its members here."""

    group = models.CharField(max_length=300, help_text="as the provider writes it; letter case does not count")
    role = models.ForeignKey(Role, models.PROTECT, related_name="+")
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=WHERE)
    staff = models.BooleanField(default=False, help_text="its members may use the admin")

    class Meta:
        ordering: ClassVar = ["group", "role"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "role", "where"], name="one_group_mapping")]

    def __str__(self) -> str:
        return f"{self.group}: {self.role}" + ("" if self.where == EVERYWHERE else f" on {self.where}")

    def matches(self, groups: Iterable[str]) -> bool:
        return self.group.casefold() in {group.casefold() for group in groups}
