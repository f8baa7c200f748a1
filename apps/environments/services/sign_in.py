# [DEF:environments.services.sign_in:Module]
# @COMPLEXITY: 3
# @PURPOSE: How Lockstep signs in to an environment.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.crypto.encryption

from __future__ import annotations

from dataclasses import dataclass, field

from apps.core.crypto.encryption import Secret
from apps.environments.models import Environment, Provider


@dataclass(frozen=True, slots=True)
class SignIn:
    """How Lockstep signs in: the account's name and password, or a ready token."""

    secret: str = field(repr=False)
    username: str = ""
    provider: str = Provider.DB.value


def sign_in_with(environment: Environment, sign_in: SignIn) -> None:
    environment.username = sign_in.username
    environment.provider = sign_in.provider
    environment.secret = Secret.of(sign_in.secret)
