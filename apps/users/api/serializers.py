from __future__ import annotations

from typing import Any

from rest_framework import serializers


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, write_only=True, trim_whitespace=False)


class SessionUserSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name", help_text="empty where it is not known")
    administrator = serializers.BooleanField(source="is_superuser")


class SessionSerializer(serializers.Serializer[Any]):
    user = SessionUserSerializer(allow_null=True)
    csrf_token = serializers.CharField(help_text="send it as X-CSRFToken with everything that changes something")
