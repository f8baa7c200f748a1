"""The one way from an environment to a client that talks to it."""

from __future__ import annotations

from apps.core.errors import LockstepError
from apps.environments.models import Environment, Provider
from apps.superset.auth import AccessToken, Credentials, PasswordLogin
from apps.superset.client import Pace, SupersetClient
from apps.superset.protocol import Reporter, Silent


def open_client(environment: Environment, *, reporter: Reporter | None = None, rest: float = 0.0) -> SupersetClient:
    """A client for an enabled environment. Nothing is sent before its first method is called. It rests so many seconds
    before each read."""
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
        pace=Pace(rest=rest),
    )


def _credentials(environment: Environment) -> Credentials:
    secret = environment.secret.reveal()
    if environment.provider == Provider.TOKEN:
        return AccessToken(secret)
    return PasswordLogin(environment.username, secret, "ldap" if environment.provider == Provider.LDAP else "db")
