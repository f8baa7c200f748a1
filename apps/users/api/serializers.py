# [DEF:users.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Accounts, grants, sessions and tokens as the API shows and takes them.
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.users.models import ApiToken, Grant, TokenScope, TokenState
from apps.users.tokens import LONGEST


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
