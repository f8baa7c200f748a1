# [DEF:users.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: The shapes of accounts, roles, grants, sessions and tokens in the API.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.api.serializers

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.serializers import AllowedActions, VerdictSerializer
from apps.core.api.strict import StrictSerializer
from apps.users import messages
from apps.users.access import EVERYWHERE
from apps.users.models import (
    ApiToken,
    Grant,
    GroupMapping,
    Role,
    RolePermission,
    Theme,
    TokenScope,
    TokenState,
    User,
)
from apps.users.policies import allowed_actions
from apps.users.services.accounts import FACTS
from apps.users.services.tokens import LONGEST


class SignInSerializer(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class PasswordSerializer(StrictSerializer):
    old = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)
    new = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class PreferencesSerializer(StrictSerializer):
    language = serializers.ChoiceField(
        choices=[code for code, _name in settings.LANGUAGES],
        allow_blank=True,
        required=False,
        help_text=_("empty: the language that the browser asks for"),
    )
    theme = serializers.ChoiceField(choices=[theme.value for theme in Theme], required=False)
    environment = serializers.SlugField(
        max_length=100,
        allow_unicode=True,
        allow_null=True,
        required=False,
        help_text=_("short name of the environment to begin with"),
    )
    time_zone = serializers.CharField(
        max_length=60, allow_blank=True, required=False, help_text=_("for example Europe/Berlin; empty: the browser's")
    )


class HeldRoleSerializer(serializers.ModelSerializer[Grant]):
    slug = serializers.CharField(source="role.slug")
    title = serializers.CharField(source="role.title")
    group = serializers.CharField(help_text=_("the directory group that gave it, if any"))

    class Meta:
        model = Grant
        fields: ClassVar[tuple[str, ...]] = ("slug", "title", "where", "group")


class PermissionSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(help_text=_("`area.verb` or `plugin.action`; `*` matches any"))
    where = serializers.CharField(
        help_text=_("`*`, `tier:…`, the short name of an environment, or several that must all match")
    )


class SessionUserSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name", help_text=_("empty if unknown"))
    email = serializers.CharField()
    administrator = serializers.BooleanField(help_text=_("whether the user has all permissions"))
    staff = serializers.BooleanField(source="is_staff", help_text=_("whether the user may use the admin"))
    preferences = PreferencesSerializer()
    must_change_password = serializers.BooleanField(
        source="password_change_due", help_text=_("until the password is changed, nothing else is open to the account")
    )


class SessionSerializer(serializers.Serializer[Any]):
    user = SessionUserSerializer()
    roles = HeldRoleSerializer(many=True)
    permissions = PermissionSerializer(many=True)
    csrf_token = serializers.CharField(help_text=_("send it as X-CSRFToken with every request that changes something"))
    sign_in = serializers.ListField(child=serializers.CharField(), help_text=_("available sign-in methods"))
    version = serializers.CharField(help_text=_("release of Lockstep"))
    allowed_actions = serializers.DictField(child=VerdictSerializer(), help_text=_("what belongs to no object"))


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    state = serializers.ChoiceField(choices=TokenState.choices)
    where = serializers.ListField(
        child=serializers.CharField(), help_text=_("limited to these environments; empty: all")
    )

    class Meta:
        model = ApiToken
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "name", "hint", "scope", "where", "state", "created", "expires", "last_used", "revoked"),
        )
        read_only_fields = fields


class NewTokenSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=TokenScope.choices, default=TokenScope.READ.value)
    where = serializers.ListField(child=serializers.CharField(max_length=110), default=list, max_length=50)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST, default=90)


class TokenMadeSerializer(TokenSerializer):
    token = serializers.CharField(help_text=_("shown only once"))

    class Meta(TokenSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields


class GrantSerializer(serializers.ModelSerializer[Grant]):
    user = serializers.CharField(source="user.username")
    role = serializers.CharField(source="role.slug")

    class Meta:
        model = Grant
        fields: ClassVar[tuple[str, ...]] = ("id", "user", "role", "where", "group", "created")
        read_only_fields = fields


class NewGrantSerializer(StrictSerializer):
    user = serializers.CharField(max_length=150)
    role = serializers.CharField(max_length=50, help_text=_("short name of the role"))
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=messages.WHERE)


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar[tuple[str, ...]] = ("id", *FACTS, "date_joined", "last_login")
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            "username": {"help_text": ""},
            "is_active": {"help_text": _("whether the account can sign in")},
            "is_staff": {"help_text": _("whether the user may use the admin")},
            "is_superuser": {"help_text": _("whether the account has every permission everywhere")},
        }
        """Instead of Django's own, which speak to whoever fills in its admin."""


class UserDetailSerializer(UserSerializer):
    roles = HeldRoleSerializer(source="grants", many=True, read_only=True)
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(UserSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*UserSerializer.Meta.fields, "roles", "allowed_actions")
        read_only_fields = fields


class UserEditSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    first_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False, help_text=_("whether the user may use the admin"))
    is_superuser = serializers.BooleanField(required=False, help_text=_("only superusers can change it"))
    must_change_password = serializers.BooleanField(required=False, help_text=messages.MUST_CHANGE_PASSWORD_HELP)


class UserAddSerializer(UserEditSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=4096, default="", allow_blank=True, write_only=True, trim_whitespace=False,
        help_text=_("if empty, nobody can sign in until a password is set"),
    )  # fmt: skip


class NewPasswordSerializer(StrictSerializer):
    new = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)
    must_change = serializers.BooleanField(
        default=False, help_text=_("whether its owner has to change it before anything else")
    )


class RolePermissionSerializer(StrictSerializer, serializers.ModelSerializer[RolePermission]):
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=messages.WHERE)

    class Meta:
        model = RolePermission
        fields: ClassVar[tuple[str, ...]] = ("what", "where")


class RoleSerializer(serializers.ModelSerializer[Role]):
    permissions = RolePermissionSerializer(many=True)

    class Meta:
        model = Role
        fields: ClassVar[tuple[str, ...]] = ("slug", "title", "description", "permissions")
        read_only_fields = fields


class RoleEditSerializer(StrictSerializer):
    title = serializers.CharField(max_length=100, required=False)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    permissions = RolePermissionSerializer(many=True, required=False)


class RoleAddSerializer(RoleEditSerializer):
    slug = serializers.SlugField(max_length=50)
    title = serializers.CharField(max_length=100)
    permissions = RolePermissionSerializer(many=True)


class GroupMappingSerializer(serializers.ModelSerializer[GroupMapping]):
    role = serializers.CharField(source="role.slug")

    class Meta:
        model = GroupMapping
        fields: ClassVar[tuple[str, ...]] = ("id", "group", "role", "where", "staff")
        read_only_fields = fields


class NewGroupMappingSerializer(StrictSerializer):
    group = serializers.CharField(max_length=300, help_text=_("as the provider writes it; case-insensitive"))
    role = serializers.CharField(max_length=50, help_text=_("short name of the role"))
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=messages.WHERE)
    staff = serializers.BooleanField(default=False, help_text=_("whether its members may use the admin"))


class GroupMappingEditSerializer(StrictSerializer):
    group = serializers.CharField(max_length=300, required=False)
    role = serializers.CharField(max_length=50, required=False, help_text=_("short name of the role"))
    where = serializers.CharField(max_length=110, required=False, help_text=messages.WHERE)
    staff = serializers.BooleanField(required=False, help_text=_("whether its members may use the admin"))
