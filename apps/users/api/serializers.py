# [DEF:users.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Accounts, grants, sessions and tokens as the API shows and takes them.
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> core.api.serializers

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.core.api.serializers import AllowedActions
from apps.users.access import EVERYWHERE, WHERE
from apps.users.models import (
    ApiToken,
    Grant,
    GroupMapping,
    Role,
    RolePermission,
    TokenScope,
    TokenState,
    User,
)
from apps.users.policies import allowed_actions
from apps.users.services.accounts import FACTS
from apps.users.services.tokens import LONGEST


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class PasswordSerializer(serializers.Serializer[Any]):
    old = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)
    new = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class HeldRoleSerializer(serializers.ModelSerializer[Grant]):
    slug = serializers.CharField(source="role.slug")
    title = serializers.CharField(source="role.title")
    group = serializers.CharField(help_text="of the directory, if it came from there")

    class Meta:
        model = Grant
        fields: ClassVar[tuple[str, ...]] = ("slug", "title", "where", "group")


class PermissionSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(help_text="`area.verb` or `plugin.action`; `*` stands for any")
    where = serializers.CharField(help_text="`*`, `tier:…`, the slug of an environment, or several that must agree")


class SessionUserSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name", help_text="empty where it is not known")
    email = serializers.CharField()
    administrator = serializers.BooleanField(help_text="whether they may do everything")
    staff = serializers.BooleanField(source="is_staff", help_text="whether the admin is open to them")


class SessionSerializer(serializers.Serializer[Any]):
    user = SessionUserSerializer()
    roles = HeldRoleSerializer(many=True)
    permissions = PermissionSerializer(many=True)
    csrf_token = serializers.CharField(help_text="send it as X-CSRFToken with everything that changes something")
    sign_in = serializers.ListField(child=serializers.CharField(), help_text="ways to sign in")


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    state = serializers.ChoiceField(choices=TokenState.choices)
    where = serializers.ListField(child=serializers.CharField(), help_text="in these environments only; empty is all")

    class Meta:
        model = ApiToken
        fields: ClassVar[tuple[str, ...]] = (
            *("id", "name", "hint", "scope", "where", "state", "created", "expires", "last_used", "revoked"),
        )
        read_only_fields = fields


class TokenAskedSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=TokenScope.choices, default=TokenScope.READ.value)
    where = serializers.ListField(child=serializers.CharField(max_length=110), default=list, max_length=50)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST, default=90)


class TokenMadeSerializer(TokenSerializer):
    token = serializers.CharField(help_text="shown this once")

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


class GrantAskedSerializer(serializers.Serializer[Any]):
    user = serializers.CharField(max_length=150)
    role = serializers.CharField(max_length=50, help_text="short name of the role")
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=WHERE)


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar[tuple[str, ...]] = ("id", *FACTS, "date_joined", "last_login")
        read_only_fields = fields


class UserDetailSerializer(UserSerializer):
    roles = HeldRoleSerializer(source="grants", many=True, read_only=True)
    allowed_actions = AllowedActions(allowed_actions)

    class Meta(UserSerializer.Meta):
        fields: ClassVar[tuple[str, ...]] = (*UserSerializer.Meta.fields, "roles", "allowed_actions")
        read_only_fields = fields


class UserEditSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    first_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    last_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    is_active = serializers.BooleanField(required=False)
    is_staff = serializers.BooleanField(required=False, help_text="whether the admin is open to them")
    is_superuser = serializers.BooleanField(required=False, help_text="only superusers may change it")


class UserAddSerializer(UserEditSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(
        max_length=4096, default="", allow_blank=True, write_only=True, trim_whitespace=False,
        help_text="without one nobody can sign in until it is set",
    )  # fmt: skip


class NewPasswordSerializer(serializers.Serializer[Any]):
    new = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class RolePermissionSerializer(serializers.ModelSerializer[RolePermission]):
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=WHERE)

    class Meta:
        model = RolePermission
        fields: ClassVar[tuple[str, ...]] = ("what", "where")


class RoleSerializer(serializers.ModelSerializer[Role]):
    permissions = RolePermissionSerializer(many=True)

    class Meta:
        model = Role
        fields: ClassVar[tuple[str, ...]] = ("slug", "title", "description", "permissions")
        read_only_fields = fields


class RoleEditSerializer(serializers.Serializer[Any]):
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


class GroupMappingAskedSerializer(serializers.Serializer[Any]):
    group = serializers.CharField(max_length=300, help_text="as the provider writes it; letter case does not count")
    role = serializers.CharField(max_length=50, help_text="short name of the role")
    where = serializers.CharField(max_length=110, default=EVERYWHERE, help_text=WHERE)
    staff = serializers.BooleanField(default=False, help_text="whether its members may use the admin")


class GroupMappingEditSerializer(serializers.Serializer[Any]):
    group = serializers.CharField(max_length=300, required=False)
    role = serializers.CharField(max_length=50, required=False, help_text="short name of the role")
    where = serializers.CharField(max_length=110, required=False, help_text=WHERE)
    staff = serializers.BooleanField(required=False, help_text="whether its members may use the admin")
