# [DEF:users.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: The tables of accounts, roles, grants, API tokens and single sign-on.
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
from django.utils.translation import gettext_lazy as _

from apps.users import messages
from apps.users.access import EVERYWHERE, Access, Permission, validate_what, validate_where


class Theme(models.TextChoices):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class User(AbstractUser):
    """An account of Lockstep, unrelated to the accounts of a Superset. The e-mail address is optional."""

    language = models.CharField(max_length=10, blank=True, editable=False, help_text="empty: as the browser asks")
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM, editable=False)
    start_environment = models.CharField(max_length=100, blank=True, editable=False, help_text="its short name")
    time_zone = models.CharField(max_length=60, blank=True, editable=False, help_text="empty: that of the browser")
    must_change_password = models.BooleanField(
        messages.MUST_CHANGE_PASSWORD, default=False, help_text=messages.MUST_CHANGE_PASSWORD_HELP
    )
    session_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("incremented to end all sessions")
    )

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django compares it with each request: a session that began with another value has ended."""
        own = salted_hmac(
            "apps.users.session", f"{self.password}|{self.session_epoch}", secret=secret, algorithm="sha256"
        )
        return str(own.hexdigest())

    @property
    def password_change_due(self) -> bool:
        """Whether nothing but changing the password is open to it. A password of the directory is not changed here."""
        return self.must_change_password and self.has_usable_password()

    @cached_property
    def access(self) -> Access:
        """What the account may do, read once per instance and therefore once per request."""
        return Access(self.held if self.is_active else ())

    @property
    def held(self) -> list[Permission]:
        """The permissions of its roles, even while it is inactive. Superusers have all."""
        if self.is_superuser:
            return [Permission(EVERYWHERE)]
        rows = RolePermission.objects.filter(role__grants__user=self)
        return [
            Permission(what, (where, granted))
            for what, where, granted in rows.values_list("what", "where", "role__grants__where").distinct()
        ]


class Role(models.Model):
    """A named set of permissions. The default roles can be edited like any other."""

    slug = models.SlugField(
        messages.SHORT_NAME, max_length=50, unique=True, error_messages={"unique": messages.SHORT_NAME_TAKEN}
    )
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.title


class RolePermission(models.Model):
    """One thing that a role allows, and in which environments."""

    role = models.ForeignKey(Role, models.CASCADE, related_name="permissions")
    what = models.CharField(max_length=200, validators=[validate_what], help_text=messages.WHAT)
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=messages.WHERE)

    class Meta:
        ordering: ClassVar = ["what", "where"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["role", "what", "where"], name="role_permission")]

    def __str__(self) -> str:
        return f"{self.what} on {self.where}"


class Grant(models.Model):
    """A role that an account has, in all environments or some. `group` names the directory group that gave it; a grant
    without one was made by a person, and only a person revokes it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=messages.WHERE)
    group = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["user", "role", "where"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "where", "group"],
                name="one_grant",
                violation_error_message=messages.GRANTED_ALREADY,
            )
        ]

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
    """A token with which a script uses the API, within the permissions of its owner. Only the hash is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False, help_text=_("the first characters"))
    scope = models.CharField(max_length=10, choices=TokenScope.choices, default=TokenScope.READ)
    where = models.JSONField(default=list, blank=True, help_text=_("limited to these environments; empty: all"))
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("API token")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def state(self) -> TokenState:
        if self.revoked:
            return TokenState.REVOKED
        return TokenState.VALID if self.expires > timezone.now() else TokenState.EXPIRED


class SignInAttempt(models.Model):
    """A password that is being checked. It counts as wrong until it turns out to be right; then the row is deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"an attempt from {self.address or 'a command'}"


class SsoIdentity(models.Model):
    """The identity of an account in the directory. A subject is never reassigned; names and mail addresses are."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sso_identity")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    last_sign_in = models.DateTimeField(help_text=_("the last accepted sign-in"))
    claims = models.JSONField(default=dict, help_text=_("claims of that sign-in that may be shown"))

    class Meta:
        verbose_name = _("SSO identity")
        verbose_name_plural = _("SSO identities")
        constraints: ClassVar = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_a_subject")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class SsoSession(models.Model):
    """Which of our sessions belongs to which of the provider's, which may notify us that one has ended."""

    session_key = models.CharField(max_length=40, unique=True)
    sid = models.CharField(max_length=255, db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.sid


class GroupMapping(models.Model):
    """A role that the members of a directory group get."""

    group = models.CharField(max_length=300, help_text=_("as the provider writes it; case-insensitive"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="+")
    where = models.CharField(max_length=110, default=EVERYWHERE, validators=[validate_where], help_text=messages.WHERE)
    staff = models.BooleanField(default=False, help_text=_("members may use the admin"))

    class Meta:
        ordering: ClassVar = ["group", "role"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "role", "where"],
                name="one_group_mapping",
                violation_error_message=messages.MAPPED_ALREADY,
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.role}" + ("" if self.where == EVERYWHERE else f" on {self.where}")

    def matches(self, groups: Iterable[str]) -> bool:
        return self.group.casefold() in {group.casefold() for group in groups}
