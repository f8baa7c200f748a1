# [DEF:environments.api.serializers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Environments as the API shows and takes them; never a credential.
# @RELATION DEPENDS_ON -> core.api.serializers
# @RELATION DEPENDS_ON -> core.policies
# @RELATION CALLS -> environments.protection
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.api.serializers import AllowedActions, StoredError
from apps.core.api.strict import StrictSerializer
from apps.core.policies import Verdict
from apps.environments import protection
from apps.environments.messages import SIGN_IN_KINDS
from apps.environments.models import MOST_APPROVALS, Environment, ProtectionRequest, Provider, Tier
from apps.users.models import User

FACTS = (
    *("name", "slug", "url", "tier", "protected", "approvals_needed", "check_queries", "enabled"),
    *("username", "provider", "ca_bundle"),
    *("state", "release", "last_contact", "last_error", "sign_in_kinds", "created"),
)


def _of_request(user: User, request: ProtectionRequest) -> dict[str, Verdict]:
    return protection.allowed_actions(user, request.environment) if request.environment else {}


class EnvironmentSerializer(serializers.ModelSerializer[Environment]):
    """Everything but the secret, which no response contains."""

    state = serializers.CharField(help_text=_("`ok`, `disabled`, `not checked`, or the error of the last contact"))
    last_error = StoredError(allow_null=True, help_text=_("{kind, sentence, at …} of the last contact, if it failed"))
    sign_in_kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SIGN_IN_KINDS)),
        allow_null=True,
        help_text=_("what the server offers, as of the last test or sync; null if not known"),
    )

    class Meta:
        model = Environment
        fields: ClassVar[tuple[str, ...]] = FACTS
        read_only_fields: ClassVar[tuple[str, ...]] = FACTS


class ProtectionRequestSerializer(serializers.ModelSerializer[ProtectionRequest]):
    """A change that lowers a protection, waiting for another user with `environments.edit` to confirm it."""

    requested_by = serializers.CharField(help_text=_("user name"))
    before: Any = serializers.DictField(help_text=_("values before the change"))
    after: Any = serializers.DictField(help_text=_("requested values"))
    sign_in: Any = serializers.DictField(
        child=serializers.CharField(),
        allow_null=True,
        help_text=_("{username, provider} of a new account; null if unchanged"),
    )
    allowed_actions = AllowedActions(_of_request)

    class Meta:
        model = ProtectionRequest
        fields: ClassVar[tuple[str, ...]] = (
            *("removes", "before", "after", "sign_in", "reason", "requested_by", "requested", "expires"),
            "allowed_actions",
        )
        read_only_fields: ClassVar[tuple[str, ...]] = fields


class CredentialsSerializer(StrictSerializer):
    """How Lockstep signs in to a Superset."""

    provider = serializers.ChoiceField(choices=Provider.choices, default=Provider.DB.value)
    username = serializers.CharField(max_length=200, allow_blank=True, default="")
    secret = serializers.CharField(
        max_length=10_000, write_only=True, trim_whitespace=False, help_text=_("password or token")
    )


class EnvironmentAddSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=500, help_text=_("with or without /api/v1"))
    tier = serializers.ChoiceField(choices=Tier.choices, default=Tier.OTHER.value)
    protected = serializers.BooleanField(default=False, help_text=_("changes need approval"))
    approvals_needed = serializers.IntegerField(
        min_value=1, max_value=MOST_APPROVALS, default=1, help_text=_("approvals needed if protected")
    )
    check_queries = serializers.BooleanField(
        default=False, help_text=_("after an apply, run each written chart's query for one row")
    )
    ca_bundle = serializers.CharField(
        max_length=500,
        allow_blank=True,
        default="",
        help_text=_("PEM file on the server, with certificates to trust"),
    )
    sign_in = CredentialsSerializer()


class EnvironmentEditSerializer(StrictSerializer):
    url = serializers.CharField(max_length=500, required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    protected = serializers.BooleanField(required=False)
    approvals_needed = serializers.IntegerField(min_value=1, max_value=MOST_APPROVALS, required=False)
    check_queries = serializers.BooleanField(required=False)
    ca_bundle = serializers.CharField(max_length=500, allow_blank=True, required=False)
    reason = serializers.CharField(
        max_length=1000, required=False, help_text=_("why, for the person who confirms, if this lowers the protection")
    )
    sign_in = CredentialsSerializer(required=False, help_text=_("required if the address is on another server"))
