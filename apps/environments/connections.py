# [DEF:environments.connections:Module]
# @COMPLEXITY: 3
# @PURPOSE: The one way from an environment to a client that talks to it.
# @RELATION CALLS -> superset.client
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> core.errors
"""The one way from an environment to a client that talks to it."""

from __future__ import annotations

from apps.core.errors import LockstepError
from apps.environments.models import Environment, Provider
from apps.superset.auth import AccessToken, Credentials, PasswordLogin
from apps.superset.client import SupersetClient
from apps.superset.protocol import Reporter, Silent


def open_client(environment: Environment, *, reporter: Reporter | None = None) -> SupersetClient:
    """A client for an enabled environment. Nothing is sent before its first method is called."""
    if not environment.enabled:
        raise LockstepError(
            f"The environment “{environment}” is disabled: enable it with `manage.py environment enable {environment}`."
        )
    return SupersetClient(
        environment.url,
        _credentials(environment),
        environment=environment.name,
        ca_bundle=environment.ca_bundle,
        reporter=reporter or Silent(),
    )


def _credentials(environment: Environment) -> Credentials:
    secret = environment.secret.reveal()
    if environment.provider == Provider.TOKEN:
        return AccessToken(secret)
    return PasswordLogin(environment.username, secret, "ldap" if environment.provider == Provider.LDAP else "db")
